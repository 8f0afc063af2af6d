namespace NnService.Api.TrainingJobs;

/// <summary>What a running job does.</summary>
public enum JobStage
{
    /// <summary>It trains.</summary>
    Training,

    /// <summary>Its training has ended; baselines and metrics are computed.</summary>
    Evaluating,
}
