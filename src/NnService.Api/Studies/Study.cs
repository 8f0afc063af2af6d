using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NnService.Api.TrainingJobs;
using NnService.Engine.Specs;

namespace NnService.Api.Studies;

/// <summary>Many training jobs for one question. What it does next follows from its rows and those of its jobs alone, so that it goes on after a restart.</summary>
internal sealed class Study
{
    public long Number { get; init; }

    public required Guid Id { get; init; }

    public required string Name { get; init; }

    public required StudyKind Kind { get; init; }

    /// <summary>The states of jobs; queued until its first job is there.</summary>
    public JobState State { get; private set; } = JobState.Queued;

    /// <summary>Why it ends or has ended; null: it goes on.</summary>
    public StudyStopReason? StopReason { get; private set; }

    /// <summary>The request as JSON, every default filled in.</summary>
    public required string Request { get; init; }

    /// <summary>The job that the trials are made of, as JSON.</summary>
    public required string Base { get; init; }

    public required string ModelName { get; init; }

    /// <summary>The name under which its trials keep their models.</summary>
    public required string TrialModelName { get; init; }

    public required int Trials { get; init; }

    /// <summary>Sentences as a JSON array.</summary>
    public required string Warnings { get; set; }

    public required DateTime CreatedAt { get; init; }

    public DateTime? StartedAt { get; private set; }

    public DateTime? EndedAt { get; private set; }

    /// <summary>Since when its time counts, by the steady clock; null: it does not.</summary>
    public DateTime? CountsFrom { get; private set; }

    /// <summary>Its time before that.</summary>
    public double SecondsBefore { get; private set; }

    /// <summary>The job that trains once more on all rows; null: none yet.</summary>
    public Guid? RefitJobId { get; set; }

    /// <summary>The best trial so far; null: none.</summary>
    public int? BestTrial { get; set; }

    public int? ModelVersion { get; private set; }

    /// <summary>A cross-validation's figures as JSON; null before.</summary>
    public string? Metrics { get; set; }

    /// <summary>Why it failed; null otherwise.</summary>
    public string? Error { get; private set; }

    public bool HasEnded => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    /// <summary>Whether it is to make no more jobs and end with what there is.</summary>
    public bool IsStopping => StopReason is not null;

    /// <summary>Seconds that it has been under way, pauses left out.</summary>
    public double Seconds(StudyMoment now) => SecondsBefore + (CountsFrom is { } from ? Math.Max(0, (now.Steady - from).TotalSeconds) : 0);

    /// <summary>Adds a sentence to its warnings; null: nothing.</summary>
    public void Warn(string? sentence)
    {
        if (sentence is not null)
            Warnings = JsonSerializer.Serialize(JsonSerializer.Deserialize<IReadOnlyList<string>>(Warnings, SpecJson.Options)!.Append(sentence), SpecJson.Options);
    }

    /// <summary>Its first job is there.</summary>
    public void Begin(StudyMoment now)
    {
        if (State != JobState.Queued)
            return;
        (State, StartedAt, CountsFrom) = (JobState.Running, now.Utc, now.Steady);
    }

    /// <summary>A process goes on with it: the time between the two does not count.</summary>
    public void TakeBack(StudyMoment now)
    {
        if (State == JobState.Running)
            CountsFrom = now.Steady;
    }

    /// <summary>Saves its time up to now, for a process that comes after this one.</summary>
    public void KeepTime(StudyMoment now)
    {
        if (CountsFrom < now.Steady) // or it was resumed while this waited for the database
            (SecondsBefore, CountsFrom) = (Seconds(now), now.Steady);
    }

    /// <summary>Asks for the end with the best so far. False where it has ended otherwise.</summary>
    public bool Stop(StudyMoment now, StudyStopReason reason)
    {
        if (HasEnded)
            return StopReason == reason;
        StopReason ??= reason;
        if (State != JobState.Running)
            (State, StartedAt, CountsFrom) = (JobState.Running, StartedAt ?? now.Utc, now.Steady);
        return true;
    }

    /// <summary>Holds it. False where it has ended or is to stop.</summary>
    public bool Pause(StudyMoment now)
    {
        if (HasEnded || IsStopping)
            return false;
        KeepTime(now);
        (State, CountsFrom) = (JobState.Paused, null);
        return true;
    }

    /// <summary>Lets it go on. False where it has ended.</summary>
    public bool Resume(StudyMoment now)
    {
        if (HasEnded)
            return false;
        if (State == JobState.Paused)
            (State, CountsFrom) = StartedAt is null ? (JobState.Queued, null) : (JobState.Running, (DateTime?)now.Steady);
        return true;
    }

    /// <summary>Ends it at once; no model is kept. False where it has ended otherwise.</summary>
    public bool Cancel(StudyMoment now)
    {
        if (HasEnded)
            return State == JobState.Cancelled;
        StopReason = StudyStopReason.Cancelled;
        End(JobState.Cancelled, now);
        return true;
    }

    /// <summary>Ends it.</summary>
    /// <param name="now">The time.</param>
    /// <param name="modelVersion">The version it has made; null: none.</param>
    public void Succeed(StudyMoment now, int? modelVersion)
    {
        StopReason ??= StudyStopReason.Completed;
        ModelVersion = modelVersion;
        End(JobState.Succeeded, now);
    }

    /// <summary>Ends it as stopped before there was anything to keep.</summary>
    public void EndStopped(StudyMoment now) => End(JobState.Cancelled, now);

    /// <summary>Ends it without a model.</summary>
    public void Fail(StudyMoment now, string error)
    {
        (StopReason, Error) = (StudyStopReason.Error, error);
        End(JobState.Failed, now);
    }

    private void End(JobState state, StudyMoment now)
    {
        if (HasEnded)
            throw new InvalidOperationException($"The study has ended ({State}).");
        KeepTime(now);
        (State, EndedAt, CountsFrom) = (state, now.Utc, null);
    }
}

internal sealed class StudyMapping : IEntityTypeConfiguration<Study>
{
    public void Configure(EntityTypeBuilder<Study> builder)
    {
        builder.HasKey(study => study.Number);
        builder.HasIndex(study => study.Id).IsUnique();
        builder.HasIndex(study => study.Name).IsUnique();
        builder.HasIndex(study => study.State);
        builder.HasMany<StudyTrial>().WithOne().HasForeignKey(trial => trial.StudyNumber).OnDelete(DeleteBehavior.Cascade);
        builder.HasMany<StudyEvent>().WithOne().HasForeignKey(entry => entry.StudyNumber).OnDelete(DeleteBehavior.Cascade);
    }
}
