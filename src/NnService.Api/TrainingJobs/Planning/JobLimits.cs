using NnService.Api.Limits;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>What is refused before it is queued.</summary>
/// <param name="MostQueued">Jobs that may wait; more are refused with 429.</param>
/// <param name="MostMemoryBytes">Memory that one job may need, as far as it can be estimated.</param>
/// <param name="MemorySetting">The setting that says so.</param>
internal sealed record JobLimits(long MostQueued, long MostMemoryBytes, string MemorySetting)
{
    public static JobLimits Of(long queued, long memory, MemoryBudget budget) => memory <= budget.ForTrainings
        ? new JobLimits(queued, memory, "Training:MaxMemoryBytes")
        : new JobLimits(queued, budget.ForTrainings, "Limits:MemoryBytes");
}
