using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace NnService.Api.TrainingJobs;

internal sealed class TrainingJobMapping : IEntityTypeConfiguration<TrainingJob>, IEntityTypeConfiguration<JobTransition>
{
    public void Configure(EntityTypeBuilder<TrainingJob> builder)
    {
        builder.HasKey(job => job.Number);
        builder.HasIndex(job => job.Id).IsUnique();
        builder.HasIndex(job => new { job.State, job.Priority, job.Number }).IsDescending(false, true, false); // the order in which they are claimed
        builder.HasIndex(job => job.State); // for lists, newest first: the row's number stands at the end of every index
        builder.HasIndex(job => job.DatasetName);
        builder.HasIndex(job => job.NetworkName);
        builder.HasIndex(job => job.ModelName);
        builder.HasIndex(job => job.StudyId);
        builder.HasIndex(job => job.EndedAt);
        builder.HasIndex(job => job.TrainLoss);
        builder.HasIndex(job => job.ValidationLoss);
        builder.HasMany(job => job.Transitions).WithOne().HasForeignKey(transition => transition.JobNumber).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<JobTransition> builder) => builder.HasKey(transition => transition.Number);
}
