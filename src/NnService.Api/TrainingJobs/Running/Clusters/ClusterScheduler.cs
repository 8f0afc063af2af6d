using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Startup;
using Quartz;

namespace NnService.Api.TrainingJobs.Running.Clusters;

/// <summary>
/// Quartz.NET on the cluster's database: it knows which nodes live, and fires each queued job on one of them; the jobs of a node that has died, it fires again
/// (decision 79). A node that does not train only puts jobs into it. In a container of its own, as <see cref="LateScheduler{TJob}"/> is.
/// </summary>
internal sealed class ClusterScheduler(IServiceProvider services, DatabaseEngine engine, Node node) : IDisposable
{
    private const string Name = "nnservice";

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(2); // behind the notices, which are no promise
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    // Quartz fires by time, and by priority only among what is due at the same instant. So the order of the queue is written as times that are long past: the
    // higher priority first, then the older job.
    private static readonly DateTimeOffset s_first = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private const int HighestPriority = 10;
    private const long MillisecondsOfPriority = 100_000_000_000; // more jobs than there will be; 21 priorities of it end in 1966

    private readonly SemaphoreSlim _gate = new(1, 1); // starts, nudges and the end come one after another
    private volatile Later<IScheduler> _scheduler = New(services, engine, node);
    private readonly Lock _count = new();
    private volatile bool _fires, _isStopping;
    private int _executing;
    private TaskCompletionSource _idle = Done();

    /// <summary>Begins to fire jobs on this node. Errors: those of Quartz, after which it can be tried again.</summary>
    public async Task StartAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_isStopping)
                return;
            await _scheduler.Value.Start(cancellation);
            _fires = true;
        }
        catch
        {
            var broken = _scheduler;
            _scheduler = New(services, engine, node); // one that was started half way would not look for dead nodes
            if (broken.IsMade)
                await broken.Value.Shutdown(waitForJobsToComplete: false, CancellationToken.None);
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Has a queued job fired, on whichever node has room. Once more for the same job is no harm.</summary>
    public async Task RingAsync(Guid id, int priority, long number, CancellationToken cancellation)
    {
        var job = JobBuilder.Create<ClusterJob>().WithIdentity(KeyOf(id)).StoreDurably().RequestRecovery().Build();
        var trigger = TriggerBuilder.Create().WithIdentity(id.ToString()).ForJob(job)
            .StartAt(s_first.AddMilliseconds(((HighestPriority - priority) * MillisecondsOfPriority) + number))
            .WithSimpleSchedule(simple => simple.WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires))
            .Build();
        await _scheduler.Value.ScheduleJob(job, [trigger], new ScheduleJobOptions { Replace = true }, cancellation);
    }

    /// <summary>There may be something to fire: looks now and not at the next turn.</summary>
    public async Task NudgeAsync(CancellationToken cancellation)
    {
        if (!_fires || !await _gate.WaitAsync(0, cancellation))
            return; // somebody nudges it already
        try
        {
            // Quartz has no word for it: a scheduler that stands by for a moment looks at once when it goes on.
            if (_fires)
            {
                await _scheduler.Value.Standby(cancellation);
                await _scheduler.Value.Start(cancellation);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A job that has ended is not known any more.</summary>
    public async Task ForgetAsync(Guid id) => await _scheduler.Value.DeleteJob(KeyOf(id));

    /// <summary>Fires nothing more; what runs goes on.</summary>
    /// <param name="forGood">Whether it is not to begin again.</param>
    public async Task StandByAsync(bool forGood)
    {
        await _gate.WaitAsync();
        _isStopping |= forGood;
        _fires = false;
        _gate.Release();
        if (_scheduler.IsMade)
            await _scheduler.Value.Standby();
    }

    /// <summary>A job has been fired and is about to do its work, until what is returned is disposed of.</summary>
    public IDisposable Enter()
    {
        lock (_count)
            if (_executing++ == 0)
                _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Execution(this);
    }

    /// <summary>Stops, when the jobs under way have come to their end.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        Task idle;
        lock (_count)
            idle = _idle.Task;
        await idle.WaitAsync(cancellation); // a scheduler that is shutting down takes no job back
        if (_scheduler.IsMade)
            await _scheduler.Value.Shutdown(waitForJobsToComplete: true, cancellation);
    }

    public void Dispose() => _gate.Dispose();

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    private static Later<IScheduler> New(IServiceProvider services, DatabaseEngine engine, Node node) => new(() =>
    {
        using (ExecutionContext.SuppressFlow())
            return Task.Run(() => Create(services, engine, node)).GetAwaiter().GetResult();
    });

    private static JobKey KeyOf(Guid id) => new(id.ToString());

    private static async Task<IScheduler> Create(IServiceProvider services, DatabaseEngine engine, Node node)
    {
        var own = new ServiceCollection();
        own.AddSingleton<ILoggerFactory>(new SchedulerLogs(services.GetRequiredService<ILoggerFactory>(), services.GetRequiredService<DatabaseFailures>()));
        own.AddLogging();
        own.AddTransient(_ => services.GetRequiredService<ClusterJob>());
        own.AddQuartz(quartz =>
        {
            quartz.ConfigureScheduler(options =>
            {
                options.InstanceName = Name;
                options.InstanceId = $"{node.Name} {node.Id:N}";
                options.IdleWaitTime = s_idle;
            });
            quartz.UseDefaultThreadPool(pool => pool.MaxConcurrency = Math.Max(1, node.Slots));
            quartz.UsePersistentStore(store =>
            {
                engine.StoreSchedule(store);
                store.ProvisionSchema();
                store.UseClustering(cluster => (cluster.CheckinInterval, cluster.CheckinMisfireThreshold) = (node.CheckIn, node.CheckIn * 2));
                store.ConfigureStore(options =>
                {
                    options.StoreJobDataAsStrings = true;
                    options.DbRetryInterval = s_retry;
                });
            });
        });
        return await own.BuildServiceProvider().GetRequiredService<ISchedulerFactory>().GetScheduler();
    }

    private sealed class Execution(ClusterScheduler scheduler) : IDisposable
    {
        public void Dispose()
        {
            lock (scheduler._count)
                if (--scheduler._executing == 0)
                    scheduler._idle.SetResult();
        }
    }
}
