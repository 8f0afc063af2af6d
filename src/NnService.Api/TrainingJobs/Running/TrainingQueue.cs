using System.Collections.Concurrent;
using System.Text.Json;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Startup;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Has queued jobs trained, from the start of the process to its end. The queue itself is the rows; this only wakes whoever works it off.</summary>
internal abstract class TrainingQueue(NewsFeed news, PlainQueries queries, CheckpointStore checkpoints, Quarantine quarantine, ILogger log) : IHostedService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<TrainingJob> _queued = new(); // that nobody has been woken for yet
    private volatile bool _isOver;
    private int _isWaking;

    protected PlainQueries Queries { get; } = queries;

    protected CheckpointStore Checkpoints { get; } = checkpoints;

    protected ILogger Log { get; } = log;

    public abstract Task StartAsync(CancellationToken cancellationToken);

    public abstract Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Wakes whoever works off jobs that may have been queued, after their rows say so.</summary>
    protected abstract Task WakeAsync(IReadOnlyCollection<TrainingJob> jobs);

    /// <summary>From now on whatever is queued has somebody woken.</summary>
    protected void Listen() => news.Heard += Hear;

    /// <summary>From now on nobody is woken.</summary>
    protected void Ignore()
    {
        news.Heard -= Hear;
        _isOver = true;
    }

    /// <summary>Something was changed.</summary>
    protected virtual void Hear(News heard)
    {
        if (heard.Queued.Count == 0)
            return;
        heard.Queued.ForEach(_queued.Enqueue);
        if (Interlocked.Exchange(ref _isWaking, 1) == 0)
            _ = Task.Run(WakeAsync);
    }

    // One at a time: of many jobs that are posted at once, each may be a request to the database.
    private async Task WakeAsync()
    {
        do
        {
            var jobs = new List<TrainingJob>();
            while (_queued.TryDequeue(out var job))
                jobs.Add(job);
            try
            {
                await WakeAsync(jobs);
            }
            catch (Exception failure)
            {
                Log.LogWarning(failure, "Queued jobs wait: nobody could be woken for them, which is tried again in a second");
                jobs.ForEach(_queued.Enqueue);
                await Task.Delay(s_pause);
            }

            Volatile.Write(ref _isWaking, 0);
        }
        while (!_isOver && !_queued.IsEmpty && Interlocked.Exchange(ref _isWaking, 1) == 0);
    }

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
        Refusal.Of(500, $"The process died, or had no memory left, {TrainingJob.MostDeaths} times in a row while it trained this job, without getting as far as a new checkpoint. "
            + "It may need more memory than there is: try a smaller network or table."),
        SpecJson.Options);
}
