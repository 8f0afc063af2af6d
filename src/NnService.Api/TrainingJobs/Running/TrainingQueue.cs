using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Startup;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Has queued jobs trained, from the start of the process to its end. The queue itself is the rows; this only wakes whoever works it off.</summary>
internal abstract class TrainingQueue(PlainQueries queries, CheckpointStore checkpoints, Quarantine quarantine, ILogger log) : IHostedService
{
    protected PlainQueries Queries { get; } = queries;

    protected CheckpointStore Checkpoints { get; } = checkpoints;

    protected ILogger Log { get; } = log;

    /// <summary>Tells of jobs that may have been queued, after their rows say so.</summary>
    public abstract Task WakeAsync(IEnumerable<TrainingJob> jobs);

    public abstract Task StartAsync(CancellationToken cancellationToken);

    public abstract Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Removes what is half written, and the files of jobs that have ended. Of a job that the database does not know, a checkpoint may be all there is.</summary>
    protected void Sweep()
    {
        Checkpoints.RemoveUnfinished();
        var files = Checkpoints.All(); // before the rows: a job is there before its checkpoints
        if (files.Count == 0)
            return;
        var jobs = files.Select(file => file.Job).ToHashSet();
        var (known, underWay) = (Queries.Jobs().Where(jobs.Contains).ToHashSet(), Queries.UnendedJobs().ToHashSet());
        foreach (var file in files.Where(file => known.Contains(file.Job) && !underWay.Contains(file.Job)))
            Checkpoints.Remove(file);
        List<StoredCheckpoint> unknown = [.. files.Where(file => !known.Contains(file.Job))];
        if (!Checkpoints.IsShared)
            quarantine.Take([.. unknown.Select(file => file.Place)], "no row names their training jobs");
        else if (unknown.Count > 0)
            Log.LogWarning("{Count} checkpoints are of jobs that the database does not know; they stay. The command check lists them", unknown.Count);
    }

    /// <summary>The problem of a job whose process has died again and again.</summary>
    protected internal static string DiedTooOften() => JsonSerializer.Serialize(
        Refusal.Of(500, $"The process died {TrainingJob.MostDeaths} times in a row while it trained this job, without getting as far as a new checkpoint. "
            + "It may need more memory than there is: try a smaller network or table."),
        SpecJson.Options);
}
