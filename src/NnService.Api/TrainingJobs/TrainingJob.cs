using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace NnService.Api.TrainingJobs;

/// <summary>States of a job on its way.</summary>
public enum JobState
{
    /// <summary>Waiting for a worker.</summary>
    Queued,

    /// <summary>A worker trains it.</summary>
    Running,

    /// <summary>Held until it is resumed.</summary>
    Paused,

    /// <summary>Ended with a model.</summary>
    Succeeded,

    /// <summary>Ended by an error.</summary>
    Failed,

    /// <summary>Ended because somebody asked for it; nothing was kept.</summary>
    Cancelled,
}

/// <summary>Why a job ended.</summary>
public enum StopReason
{
    /// <summary>All epochs are done.</summary>
    Completed,

    /// <summary>The monitored loss had stopped improving.</summary>
    EarlyStopping,

    /// <summary>The time was up.</summary>
    TimeLimit,

    /// <summary>Somebody asked to stop and keep the model.</summary>
    Stopped,

    /// <summary>Somebody asked to cancel.</summary>
    Cancelled,

    /// <summary>A loss was not finite.</summary>
    Diverged,

    /// <summary>Something failed.</summary>
    Error,
}

/// <summary>A saved run. The row is the truth: whatever a worker knows and has not written here did not happen.</summary>
internal sealed class TrainingJob
{
    public long Number { get; init; }

    public required Guid Id { get; init; }

    public JobState State { get; private set; } = JobState.Queued;

    public StopReason? StopReason { get; private set; }

    /// <summary>Claims so far; every write of a run says which claim it belongs to.</summary>
    public int Attempt { get; private set; }

    public required int Priority { get; init; }

    public required string DatasetName { get; init; }

    /// <summary>Null where the network stands in the configuration itself.</summary>
    public required string? NetworkName { get; init; }

    /// <summary>The model whose weights are the start; null: none.</summary>
    public required string? InitialModelName { get; init; }

    public required string ModelName { get; init; }

    /// <summary>The resolved configuration as JSON, every default filled in.</summary>
    public required string Configuration { get; init; }

    /// <summary>The network's spec as JSON: the job outlives a network that is deleted after it.</summary>
    public required string NetworkSpec { get; init; }

    public required string Warnings { get; init; }

    public required DateTime CreatedAt { get; init; }

    public DateTime? StartedAt { get; private set; }

    public DateTime? EndedAt { get; private set; }

    public int Epoch { get; private set; }

    public required int Epochs { get; init; }

    public double? TrainLoss { get; private set; }

    public double? ValidationLoss { get; private set; }

    public double? SamplesPerSecond { get; private set; }

    public int? ModelVersion { get; private set; }

    /// <summary>Metrics of each part as JSON; null until the job has succeeded.</summary>
    public string? Metrics { get; private set; }

    /// <summary>A problem as JSON; null unless the job has failed.</summary>
    public string? Error { get; private set; }

    public List<JobTransition> Transitions { get; } = [];

    public bool HasEnded => State is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    public void Create() => Record(JobState.Queued, CreatedAt, "created");

    public void Claim(DateTime now)
    {
        Require(JobState.Queued);
        Attempt++;
        StartedAt ??= now;
        (Epoch, TrainLoss, ValidationLoss) = (0, null, null);
        Move(JobState.Running, now, $"claimed, attempt {Attempt}");
    }

    /// <summary>Back into the queue after the process that ran it has died or stopped.</summary>
    public void Requeue(DateTime now, string reason)
    {
        Require(JobState.Running);
        Move(JobState.Queued, now, reason);
    }

    public void Progress(int epoch, double? trainLoss, double? validationLoss, double? samplesPerSecond)
    {
        Require(JobState.Running);
        Epoch = epoch;
        TrainLoss = trainLoss;
        ValidationLoss = validationLoss;
        SamplesPerSecond = samplesPerSecond;
    }

    /// <summary>Ends the job with a model; the losses are those of the model's epoch, which need not be the last one.</summary>
    public void Succeed(DateTime now, StopReason reason, int modelVersion, string metrics, double? trainLoss, double? validationLoss)
    {
        Require(JobState.Running);
        (TrainLoss, ValidationLoss) = (trainLoss, validationLoss);
        StopReason = reason;
        ModelVersion = modelVersion;
        Metrics = metrics;
        End(JobState.Succeeded, now, reason.ToString());
    }

    public void Fail(DateTime now, StopReason reason, string error)
    {
        Require(JobState.Running);
        StopReason = reason;
        Error = error;
        End(JobState.Failed, now, reason.ToString());
    }

    public void Cancel(DateTime now)
    {
        if (HasEnded)
            throw new InvalidOperationException($"A job that is {State} cannot be cancelled.");
        StopReason = TrainingJobs.StopReason.Cancelled;
        End(JobState.Cancelled, now, "cancelled");
    }

    private void End(JobState state, DateTime now, string reason)
    {
        EndedAt = now;
        Move(state, now, reason);
    }

    private void Require(JobState state)
    {
        if (State != state)
            throw new InvalidOperationException($"The job is {State}, not {state}.");
    }

    private void Move(JobState state, DateTime now, string reason)
    {
        State = state;
        Record(state, now, reason);
    }

    private void Record(JobState state, DateTime now, string reason) =>
        Transitions.Add(new JobTransition { State = state, At = now, Reason = char.ToLowerInvariant(reason[0]) + reason[1..] });
}

/// <summary>One change of a job's state.</summary>
internal sealed class JobTransition
{
    public long Number { get; init; }

    public long JobNumber { get; init; }

    public required JobState State { get; init; }

    public required DateTime At { get; init; }

    public required string Reason { get; init; }
}

internal sealed class TrainingJobMapping : IEntityTypeConfiguration<TrainingJob>, IEntityTypeConfiguration<JobTransition>
{
    public void Configure(EntityTypeBuilder<TrainingJob> builder)
    {
        builder.HasKey(job => job.Number);
        builder.HasIndex(job => job.Id).IsUnique();
        builder.HasIndex(job => new { job.State, job.Priority, job.Number });
        builder.HasIndex(job => job.DatasetName);
        builder.HasMany(job => job.Transitions).WithOne().HasForeignKey(transition => transition.JobNumber).OnDelete(DeleteBehavior.Cascade);
    }

    public void Configure(EntityTypeBuilder<JobTransition> builder) => builder.HasKey(transition => transition.Number);
}
