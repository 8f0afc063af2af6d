using Quartz;

namespace NnService.Api.Startup;

/// <summary>
/// Quartz for one kind of job, in a container of its own, put together and started when a job is fired for the first time: in the service's container
/// it takes 24 ms and 3 MiB of every start, and a scheduler that runs from the start 45 ms and 7 MiB more (decision 43).
/// </summary>
/// <param name="services">Make the job.</param>
/// <param name="key">Of the job.</param>
/// <param name="concurrency">How many of it may run at once.</param>
internal sealed class LateScheduler<TJob>(IServiceProvider services, JobKey key, int concurrency)
    where TJob : class, IJob
{
    private readonly Later<IScheduler> _scheduler = new(() =>
    {
        using (ExecutionContext.SuppressFlow()) // or what the job logs for days would carry the id of the request that fired it first
            return Task.Run(() => Start(services, key, concurrency)).GetAwaiter().GetResult();
    });

    /// <summary>Has the job executed.</summary>
    public async Task FireAsync(CancellationToken cancellation) => await _scheduler.Value.TriggerJob(key, cancellation);

    /// <summary>Stops, when the jobs under way have come to their end.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        if (_scheduler.IsMade)
            await _scheduler.Value.Shutdown(waitForJobsToComplete: true, cancellation);
    }

    private static async Task<IScheduler> Start(IServiceProvider services, JobKey key, int concurrency)
    {
        var own = new ServiceCollection();
        own.AddSingleton(services.GetRequiredService<ILoggerFactory>());
        own.AddLogging();
        own.AddTransient(_ => services.GetRequiredService<TJob>());
        own.AddQuartz(quartz =>
        {
            quartz.UseInMemoryStore();
            quartz.UseDefaultThreadPool(pool => pool.MaxConcurrency = concurrency);
            quartz.AddJob<TJob>(job => job.WithIdentity(key).StoreDurably());
        });
        var scheduler = await own.BuildServiceProvider().GetRequiredService<ISchedulerFactory>().GetScheduler();
        await scheduler.Start();
        return scheduler;
    }
}
