using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using Quartz;

namespace NnService.Api.TrainingJobs;

/// <summary>Starts and stops the worker with the process. The queue itself is the rows; this only wakes whoever works it off.</summary>
internal sealed class TrainingQueue(ISchedulerFactory schedulers, Database database, RunningJobs running, TimeProvider clock, ILogger<TrainingQueue> log)
    : IHostedService
{
    /// <summary>Tells the worker that there may be a job.</summary>
    public async Task WakeAsync(CancellationToken cancellation) =>
        await (await schedulers.GetScheduler(cancellation)).TriggerJob(TrainingWorker.Key, cancellation);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // The folder's lock is ours, so a job that is `running` belongs to a process that is dead.
        var left = database.Write(db =>
        {
            var orphans = db.TrainingJobs.Include(job => job.Transitions).Where(job => job.State == JobState.Running).ToList();
            orphans.ForEach(job => job.Requeue(clock.GetUtcNow().UtcDateTime, "the process that ran it ended"));
            return orphans.Count;
        });
        if (left > 0)
            log.LogInformation("Queued {Count} training jobs again that a process before this one had left", left);
        await WakeAsync(cancellationToken);
    }

    // Before the scheduler stops and waits for the worker (hosted services stop in reverse order of their start).
    public Task StopAsync(CancellationToken cancellationToken)
    {
        running.Interrupt();
        return Task.CompletedTask;
    }
}
