using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace NnService.Api.Studies;

/// <summary>Something that has happened to a study, saved with it, as it is sent to whoever listens.</summary>
internal sealed class StudyEvent
{
    public const string Done = "done";

    /// <summary>Its id in the stream.</summary>
    public long Number { get; init; }

    public required long StudyNumber { get; init; }

    /// <summary><c>trial</c>, <c>state</c> or <c>done</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What is sent, as JSON.</summary>
    public required string Data { get; init; }
}

internal sealed class StudyEventMapping : IEntityTypeConfiguration<StudyEvent>
{
    public void Configure(EntityTypeBuilder<StudyEvent> builder)
    {
        builder.HasKey(entry => entry.Number);
        builder.HasIndex(entry => new { entry.StudyNumber, entry.Number });
    }
}
