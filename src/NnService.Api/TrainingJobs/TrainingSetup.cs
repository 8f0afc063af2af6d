using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Startup;

namespace NnService.Api.TrainingJobs;

/// <summary>Registers the background worker.</summary>
internal static class TrainingSetup
{
    public static void AddTraining(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<RunningJobs>();
        services.AddSingleton<JobFeeds>();
        services.AddSingleton<JobControl>();
        services.AddSingleton<TrainingRun>();
        services.AddSingleton<TrainingQueue>();
        services.AddSingleton<CreateTrainingJob>();
        services.AddSingleton<JobTrace>();
        services.AddSingleton<JobEnd>();
        services.AddSingleton<ModelVerification>();
        var threads = TrainingThreads.Of(builder.Configuration, Environment.ProcessorCount);
        services.AddSingleton(threads);
        var (queued, memory) = (Setting.Number(builder.Configuration, "Training:MaxQueuedJobs", 10_000, low: 1), Setting.Number(builder.Configuration, "Training:MaxMemoryBytes", long.MaxValue, low: 1));
        services.AddSingleton(provider => JobLimits.Of(queued, memory, provider.GetRequiredService<MemoryBudget>()));
        services.AddSingleton(new CheckpointInterval(Setting.Seconds(builder.Configuration, "Training:CheckpointSeconds", 5)));
        services.AddTransient<TrainingWorker>();
        services.AddSingleton(provider => new LateScheduler<TrainingWorker>(provider, TrainingWorker.Key, threads.Jobs));
        services.AddHostedService(provider => provider.GetRequiredService<TrainingQueue>());
    }
}

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

/// <summary>How often a run is saved.</summary>
/// <param name="Seconds">Between two checkpoints, at the least.</param>
internal sealed record CheckpointInterval(double Seconds);
