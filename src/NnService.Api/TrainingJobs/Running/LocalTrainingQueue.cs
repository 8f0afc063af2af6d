using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>The queue of a process that has its database for itself: starts the worker with the first job and stops it with the process.</summary>
internal sealed class LocalTrainingQueue(
    LateScheduler<TrainingWorker> scheduler, Database database, PlainQueries queries, CheckpointStore checkpoints, Quarantine quarantine,
    RunningJobs running, TrainingThreads threads, NewsFeed news, TimeProvider clock, ILogger<LocalTrainingQueue> log)
    : TrainingQueue(news, queries, checkpoints, quarantine, log)
{
    protected override Task WakeAsync(IReadOnlyCollection<TrainingJob> jobs) => FireAsync(Math.Min(jobs.Count, threads.Jobs), CancellationToken.None);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!Queries.HasUnendedJob())
        {
            Sweep();
            Listen();
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
        Listen();
        await FireAsync(threads.Jobs, cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        Ignore();
        running.Interrupt();
        await scheduler.StopAsync(cancellationToken);
    }

    // One that finds nothing to claim is gone at once.
    private async Task FireAsync(int workers, CancellationToken cancellation)
    {
        for (var worker = 0; worker < workers; worker++)
            await scheduler.FireAsync(cancellation);
    }
}
