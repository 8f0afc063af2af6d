namespace NnService.Api.TrainingJobs.Running;

/// <summary>How often a run is saved.</summary>
/// <param name="Seconds">Between two checkpoints, at the least.</param>
internal sealed record CheckpointInterval(double Seconds);
