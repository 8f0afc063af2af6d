using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Studies;

/// <summary>One trial or fold of a study, with what came of its job, which may be deleted before it.</summary>
internal sealed class StudyTrial
{
    public long Number { get; init; }

    public long StudyNumber { get; init; }

    /// <summary>Counted from 0.</summary>
    public required int Trial { get; init; }

    /// <summary>What it has of its own, as a JSON object by pointer, or by name for a fold.</summary>
    public required string Parameters { get; init; }

    /// <summary>Null before its job is there.</summary>
    public Guid? JobId { get; private set; }

    /// <summary>That of its job; queued before.</summary>
    public JobState State { get; private set; } = JobState.Queued;

    /// <summary>How often it was let go on by successive halving.</summary>
    public int Rung { get; private set; }

    /// <summary>Whether its rung has been decided against it.</summary>
    public bool IsOut { get; private set; }

    /// <summary>The metric of its model; null: it has none.</summary>
    public double? Value { get; private set; }

    /// <summary>Epochs trained.</summary>
    public int Epochs { get; private set; }

    /// <summary>The version of its model; null: none.</summary>
    public int? ModelVersion { get; private set; }

    /// <summary>Why it failed; null: it has not.</summary>
    public string? Error { get; private set; }

    public bool HasEnded => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    public void Attach(Guid jobId) => JobId = jobId;

    /// <summary>Follows its job.</summary>
    public void Follow(JobState state, int epochs) => (State, Epochs) = (state, epochs);

    /// <summary>Its job has ended.</summary>
    public void End(JobState state, int epochs, double? value, int? modelVersion, string? error) =>
        (State, Epochs, Value, ModelVersion, Error) = (state, epochs, value, modelVersion, error);

    public void Promote() => Rung++;

    public void TakeOut() => IsOut = true;
}

internal sealed class StudyTrialMapping : IEntityTypeConfiguration<StudyTrial>
{
    public void Configure(EntityTypeBuilder<StudyTrial> builder)
    {
        builder.HasKey(trial => trial.Number);
        builder.HasIndex(trial => new { trial.StudyNumber, trial.Trial }).IsUnique();
    }
}
