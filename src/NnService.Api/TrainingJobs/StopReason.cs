namespace NnService.Api.TrainingJobs;

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
