using Quartz;

namespace NnService.Api.TrainingJobs;

/// <summary>Registers the background worker.</summary>
internal static class TrainingSetup
{
    public static void AddTraining(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<RunningJobs>();
        services.AddSingleton<TrainingRun>();
        services.AddSingleton<TrainingQueue>();
        services.AddScoped<CreateTrainingJob>();
        var threads = TrainingThreads.Of(builder.Configuration, Environment.ProcessorCount);
        services.AddSingleton(threads);
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
