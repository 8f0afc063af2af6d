namespace NnService.Api.TrainingJobs;

/// <summary>One change of a job's state.</summary>
internal sealed class JobTransition
{
    public long Number { get; init; }

    public long JobNumber { get; init; }

    public required JobState State { get; init; }

    public required DateTime At { get; init; }

    public required string Reason { get; init; }

    /// <summary>The epoch of the history's last point before it; −1: there was none.</summary>
    public required int AfterPoint { get; init; }
}
