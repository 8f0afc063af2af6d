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
