using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Storage;
using NnService.Engine.Specs;
using Quartz;

namespace NnService.Api.TrainingJobs;

/// <summary>Starts and stops the worker with the process. The queue itself is the rows; this only wakes whoever works it off.</summary>
internal sealed class TrainingQueue(
    ISchedulerFactory schedulers, Database database, CheckpointStore checkpoints, RunningJobs running, TimeProvider clock, ILogger<TrainingQueue> log) : IHostedService
{
    /// <summary>Tells the worker that there may be a job.</summary>
    public async Task WakeAsync(CancellationToken cancellation) =>
        await (await schedulers.GetScheduler(cancellation)).TriggerJob(TrainingWorker.Key, cancellation);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // The folder's lock is ours, so a job that is `running` belongs to a process that is dead.
        var (left, underWay) = database.Write(db =>
        {
            var orphans = db.TrainingJobs.Include(job => job.Transitions).Where(job => job.State == JobState.Running).ToList();
            orphans.ForEach(job => job.TakeBack(clock.GetUtcNow().UtcDateTime, checkpoints.LatestGeneration(job.Id), DiedTooOften));
            db.SaveChanges();
            return (orphans.Count, db.TrainingJobs.Where(job => job.State == JobState.Queued || job.State == JobState.Paused).Select(job => job.Id).ToHashSet());
        });
        if (left > 0)
            log.LogInformation("Took {Count} training jobs back that a process before this one had left", left);
        checkpoints.Sweep(underWay);
        await WakeAsync(cancellationToken);
    }

    // Before the scheduler stops and waits for the worker (hosted services stop in reverse order of their start).
    public Task StopAsync(CancellationToken cancellationToken)
    {
        running.Interrupt();
        return Task.CompletedTask;
    }

    private static string DiedTooOften() => JsonSerializer.Serialize(
        Refusal.Of(500, "The process died five times in a row while it trained this job, without getting as far as a new checkpoint. It may need more memory than there is: try a smaller network or table."),
        SpecJson.Options);
}
