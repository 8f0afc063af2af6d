using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Startup;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Starts the worker with the first job and stops it with the process. The queue itself is the rows; this only wakes whoever works it off.</summary>
internal sealed class TrainingQueue(
    LateScheduler<TrainingWorker> scheduler, Database database, PlainQueries queries, CheckpointStore checkpoints, Quarantine quarantine,
    RunningJobs running, TimeProvider clock, ILogger<TrainingQueue> log) : IHostedService
{
    /// <summary>Tells the worker that there may be a job.</summary>
    public async Task WakeAsync(CancellationToken cancellation) => await scheduler.FireAsync(cancellation);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!queries.HasUnendedJob())
        {
            Sweep();
            return;
        }

        // The folder's lock is ours, so a job that is `running` belongs to a process that is dead.
        var (left, saved) = database.Write(db =>
        {
            var orphans = db.TrainingJobs.Include(job => job.Transitions).Where(job => job.State == JobState.Running).ToList();
            orphans.ForEach(job => job.TakeBack(clock.GetUtcNow().UtcDateTime, checkpoints.LatestGeneration(job.Id), DiedTooOften));
            db.SaveChanges();
            var waiting = db.TrainingJobs.Where(job => job.State == JobState.Queued || job.State == JobState.Paused);
            return (orphans.Count, waiting.Where(job => job.GenerationAtDeath > 0).Select(job => job.Id).ToList());
        });
        saved.ForEach(checkpoints.NoteWhetherLost);
        if (left > 0)
            log.LogInformation("Took {Count} training jobs back that a process before this one had left", left);
        Sweep();
        await WakeAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        running.Interrupt();
        await scheduler.StopAsync(cancellationToken);
    }

    // Removes what is half written, and the files of jobs that have ended. Of a job that the database does not know, a checkpoint may be all there is.
    private void Sweep()
    {
        checkpoints.RemoveUnfinished();
        var files = checkpoints.All(); // before the rows: a job is there before its checkpoints
        if (files.Count == 0)
            return;
        var jobs = files.Select(file => file.Job).ToHashSet();
        var (known, underWay) = (queries.Jobs().Where(jobs.Contains).ToHashSet(), queries.UnendedJobs().ToHashSet());
        foreach (var file in files.Where(file => known.Contains(file.Job) && !underWay.Contains(file.Job)))
            checkpoints.Remove(file);
        List<StoredCheckpoint> unknown = [.. files.Where(file => !known.Contains(file.Job))];
        if (!checkpoints.IsShared)
            quarantine.Take([.. unknown.Select(file => file.Place)], "no row names their training jobs");
        else if (unknown.Count > 0)
            log.LogWarning("{Count} checkpoints are of jobs that the database does not know; they stay. The command check lists them", unknown.Count);
    }

    private static string DiedTooOften() => JsonSerializer.Serialize(
        Refusal.Of(500, "The process died five times in a row while it trained this job, without getting as far as a new checkpoint. "
            + "It may need more memory than there is: try a smaller network or table."),
        SpecJson.Options);
}
