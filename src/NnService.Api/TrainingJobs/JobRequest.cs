namespace NnService.Api.TrainingJobs;

/// <summary>What a job under way has been asked for; saved, so that a crash does not forget it.</summary>
public enum JobRequest
{
    /// <summary>To end early and keep the model.</summary>
    Stop,

    /// <summary>To hold.</summary>
    Pause,
}
