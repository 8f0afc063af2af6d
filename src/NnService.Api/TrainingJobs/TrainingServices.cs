using NnService.Api.Data.Nodes;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Startup;
using NnService.Api.TrainingJobs.Comparisons;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Running;
using NnService.Api.TrainingJobs.Running.Clusters;
using NnService.Api.TrainingJobs.Watching;

namespace NnService.Api.TrainingJobs;

/// <summary>Registers what training jobs need, the background worker included.</summary>
internal static class TrainingServices
{
    public static void AddTraining(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<RunningJobs>();
        services.AddSingleton<JobFeeds>();
        services.AddSingleton<JobControl>();
        services.AddSingleton<TrainingRun>();
        services.AddSingleton<CreateTrainingJob>();
        services.AddSingleton<JobTrace>();
        services.AddSingleton<NewPlans>();
        services.AddSingleton<StoredPlans>();
        services.AddSingleton<RunPlans>();
        services.AddSingleton<JobWaiter>();
        services.AddSingleton<TestedJobs>();
        services.AddSingleton<TestAnswersOfJobs>();
        services.AddSingleton<JobComparison>();
        services.AddSingleton<ModelVerification>();
        var threads = TrainingThreads.Of(builder.Configuration, Environment.ProcessorCount);
        services.AddSingleton(threads);
        var (queued, memory) = (Setting.Number(builder.Configuration, "Training:MaxQueuedJobs", 10_000, low: 1),
            Setting.Number(builder.Configuration, "Training:MaxMemoryBytes", long.MaxValue, low: 1));
        services.AddSingleton(provider => JobLimits.Of(queued, memory, provider.GetRequiredService<MemoryBudget>()));
        services.AddSingleton(new CheckpointInterval(Setting.Seconds(builder.Configuration, "Training:CheckpointSeconds", 5)));
        services.AddHostedService<JobGauges>();
        services.AddSingleton<AttemptRunner>();
        services.AddTransient<TrainingWorker>();
        services.AddTransient<ClusterJob>();
        services.AddSingleton(provider => new LateScheduler<TrainingWorker>(provider, TrainingWorker.Key, threads.Jobs));
        services.AddSingleton<ClusterScheduler>();
        services.AddSingleton<LocalTrainingQueue>();
        services.AddSingleton<ClusterTrainingQueue>();
        services.AddSingleton<TrainingQueue>(provider => provider.GetRequiredService<Node>() is { IsAlone: true }
            ? provider.GetRequiredService<LocalTrainingQueue>() : provider.GetRequiredService<ClusterTrainingQueue>());
        services.AddHostedService<NewsOfJobs>();
        services.AddHostedService(provider => provider.GetRequiredService<TrainingQueue>());
    }
}
