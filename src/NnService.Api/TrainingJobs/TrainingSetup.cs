using NnService.Api.Http;
using Quartz;

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
        var threads = TrainingThreads.Of(builder.Configuration, Environment.ProcessorCount);
        services.AddSingleton(threads);
        services.AddSingleton(new QueueLimit(Setting.Number(builder.Configuration, "Training:MaxQueuedJobs", 10_000, low: 1)));
        services.AddSingleton(new CheckpointInterval(Setting.Seconds(builder.Configuration, "Training:CheckpointSeconds", 5)));
        services.AddQuartz(quartz =>
        {
            quartz.UseInMemoryStore();
            quartz.UseDefaultThreadPool(pool => pool.MaxConcurrency = threads.Jobs);
            quartz.AddJob<TrainingWorker>(job => job.WithIdentity(TrainingWorker.Key).StoreDurably());
        });
        services.AddQuartzHostedService(options => options.WaitForJobsToComplete = true);
        services.AddHostedService(provider => provider.GetRequiredService<TrainingQueue>());
    }
}

/// <summary>How long the queue may be.</summary>
/// <param name="MostQueued">Jobs that may wait; more are refused with 429.</param>
internal sealed record QueueLimit(long MostQueued);

/// <summary>How often a run is saved.</summary>
/// <param name="Seconds">Between two checkpoints, at the least.</param>
internal sealed record CheckpointInterval(double Seconds);
