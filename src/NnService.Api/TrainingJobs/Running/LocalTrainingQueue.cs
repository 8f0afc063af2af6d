using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>The queue of a process that has its database for itself: starts the worker with the first job and stops it with the process.</summary>
internal sealed class LocalTrainingQueue(
    LateScheduler<TrainingWorker> scheduler, Database database, PlainQueries queries, CheckpointStore checkpoints, Quarantine quarantine,
    RunningJobs running, TimeProvider clock, ILogger<LocalTrainingQueue> log) : TrainingQueue(queries, checkpoints, quarantine, log)
{
    public override async Task WakeAsync(IEnumerable<TrainingJob> jobs)
    {
        if (jobs.Any(job => job.State == JobState.Queued))
            await scheduler.FireAsync(CancellationToken.None);
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!Queries.HasUnendedJob())
        {
            Sweep();
            return;
        }

        // The folder's lock is ours, so a job that is `running` belongs to a process that is dead.
        var (left, saved) = database.Write(db =>
        {
            var orphans = db.TrainingJobs.Include(job => job.Transitions).Where(job => job.State == JobState.Running).ToList();
            orphans.ForEach(job => job.TakeBack(clock.GetUtcNow().UtcDateTime, Checkpoints.LatestGeneration(job.Id), DiedTooOften));
            db.SaveChanges();
            var waiting = db.TrainingJobs.Where(job => job.State == JobState.Queued || job.State == JobState.Paused);
            return (orphans.Count, waiting.Where(job => job.GenerationAtDeath > 0).Select(job => job.Id).ToList());
        });
        saved.ForEach(Checkpoints.NoteWhetherLost);
        if (left > 0)
            Log.LogInformation("Took {Count} training jobs back that a process before this one had left", left);
        Sweep();
        await scheduler.FireAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        running.Interrupt();
        await scheduler.StopAsync(cancellationToken);
    }
}
