using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Startup;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs.Lists;

namespace NnService.Api.TrainingJobs.Running.Clusters;

/// <summary>
/// The queue of a node of several: each queued job is put into the scheduler that all share. Row and scheduler are two commits; what a crash leaves between
/// them, the leading node finds every few seconds.
/// </summary>
internal sealed class ClusterTrainingQueue(
    ClusterScheduler scheduler, Node node, NewsFeed news, Database database, PlainQueries queries, CheckpointStore checkpoints, Quarantine quarantine,
    DataFolder folder, BlobStore blobs, RunningJobs running, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<ClusterTrainingQueue> log)
    : TrainingQueue(news, queries, checkpoints, quarantine, log), IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    // A trigger that is being fired is there until it has been.
    private const string Forgotten = """
        SELECT "Id" || '/' || "Priority" || '/' || "Number" FROM "TrainingJobs" AS job
        WHERE "State" IN ('Queued', 'Running')
            AND NOT EXISTS (SELECT 1 FROM qrtz_triggers WHERE job_name = CAST(job."Id" AS text) AND trigger_state <> 'ERROR')
            AND NOT EXISTS (SELECT 1 FROM qrtz_fired_triggers WHERE job_name = CAST(job."Id" AS text))
        ORDER BY "Number"
        """;

    /// <summary>Asks for what was paused or cancelled while it waited, and is left in the scheduler when it ends.</summary>
    public const string Ended = """
        SELECT job_name FROM qrtz_job_details
        WHERE NOT EXISTS (SELECT 1 FROM "TrainingJobs" AS job WHERE "State" IN ('Queued', 'Running', 'Paused') AND CAST(job."Id" AS text) = job_name)
            AND NOT EXISTS (SELECT 1 FROM qrtz_fired_triggers AS fired WHERE fired.job_name = qrtz_job_details.job_name)
        """;

    // A node of a version before the figures does not write them (decision 86).
    private const string Figureless = """
        SELECT CAST("Id" AS text) FROM "TrainingJobs" AS job
        WHERE "State" = 'Succeeded' AND "Metrics" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "JobFigures" WHERE "JobNumber" = job."Number")
        """;

    private readonly CancellationTokenSource _end = new();
    private ITimer? _timer;
    private HashSet<string> _seen = []; // forgotten jobs at the last look: one that is new may be on its way
    private NodeRest? _rest; // from the start on
    private int _isLooking;

    /// <summary>Puts a queued job into the scheduler again.</summary>
    public Task PutBackAsync(TrainingJob job) => WakeAsync([job]);

    protected override async Task WakeAsync(IReadOnlyCollection<TrainingJob> jobs)
    {
        var isAny = false;
        foreach (var job in jobs)
            isAny |= await TryRingAsync(job.Id, job.Priority, job.Number);
        if (isAny)
            Announce();
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _rest = new NodeRest(() => scheduler.StandByAsync(forGood: false), BeginAgainAsync, WhyUnfit, clock, Log, _end.Token);
        Sweep();
        Listen();
        node.BeganToLead += AddFiguresInBackground;
        // Before the runs are told to leave, or this node would fire them itself. What is registered last is called first.
        lifetime.ApplicationStopping.Register(() => scheduler.StandByAsync(forGood: true).GetAwaiter().GetResult());
        _ = Task.Run(BeginAsync, CancellationToken.None); // the start waits for none of it
        return Task.CompletedTask;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        Ignore();
        node.BeganToLead -= AddFiguresInBackground;
        await _end.CancelAsync();
        _timer?.Dispose();
        await scheduler.StandByAsync(forGood: true);
        running.Interrupt();
        await scheduler.StopAsync(cancellationToken);
        database.Tell(new News { Queue = true }); // what it has given back can be taken now
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _end.Dispose();
    }

    private async Task BeginAsync()
    {
        _timer = clock.CreateTimer(_ => LookInBackground(), null, s_pause, s_pause);
        AddFiguresInBackground();
        await BeginAgainAsync();
    }

    private void AddFiguresInBackground() => _ = Task.Run(AddFigures);

    private void AddFigures()
    {
        try
        {
            foreach (var id in Queries.Ask(Figureless).Select(Guid.Parse))
                database.Write(db =>
                {
                    // Of nodes that start at once, one adds them.
                    var job = db.TrainingJobs.Where(job => job.Id == id && !db.JobFigures.Any(figure => figure.JobNumber == job.Number))
                        .Select(job => new { job.Number, job.Metrics }).FirstOrDefault();
                    if (job is not null)
                        JobFigure.Add(db, job.Number, job.Metrics!);
                    return true;
                });
        }
        catch (Exception away)
        {
            Log.LogDebug(away, "Jobs without figures are looked for again at the next start");
        }
    }

    private async Task BeginAgainAsync()
    {
        while (node.Trains && !_end.IsCancellationRequested)
            try
            {
                await scheduler.StartAsync(_end.Token);
                break;
            }
            catch (Exception failure)
            {
                Log.LogWarning("This node cannot take on jobs yet: {Reason}", failure.GetBaseException().Message);
                await Task.Delay(s_pause, clock);
            }
    }

    /// <summary>Why this node can train nothing now; null where it can.</summary>
    public string? WhyUnfit() => folder.Obstacle() ?? blobs.Obstacle();

    /// <summary>Takes no jobs for a while, and then until nothing is in the way any more.</summary>
    public Task RestAsync(string why) => _rest!.BeginAsync(why);

    protected override void Hear(News heard)
    {
        base.Hear(heard);
        if (node.Trains && heard.Queue)
            _ = NudgeAsync();
    }

    private async Task NudgeAsync()
    {
        try
        {
            await scheduler.NudgeAsync(_end.Token);
        }
        catch (Exception failure)
        {
            Log.LogDebug(failure, "The scheduler looks at its next turn");
        }
    }

    private async Task<bool> TryRingAsync(Guid id, int priority, long number)
    {
        try
        {
            await scheduler.RingAsync(id, priority, number, CancellationToken.None);
            return true;
        }
        catch (Exception failure)
        {
            Log.LogWarning("Training job {JobId} waits until the scheduler can be reached: {Reason}", id, failure.GetBaseException().Message);
            return false;
        }
    }

    private void Announce()
    {
        database.Tell(new News { Queue = true });
        if (node.Trains)
            _ = NudgeAsync();
    }

    private void LookInBackground()
    {
        if (node.Leads && Interlocked.Exchange(ref _isLooking, 1) == 0)
            _ = Task.Run(LookAsync);
    }

    private async Task LookAsync()
    {
        try
        {
            var forgotten = Queries.Ask(Forgotten).ToHashSet();
            foreach (var job in forgotten.Where(_seen.Contains).Select(row => row.Split('/')))
            {
                Log.LogInformation("Training job {JobId} is put into the scheduler again", job[0]);
                await TryRingAsync(Guid.Parse(job[0]), int.Parse(job[1]), long.Parse(job[2]));
            }

            if (forgotten.Overlaps(_seen))
                Announce();
            _seen = forgotten;
            foreach (var id in Queries.Ask(Ended))
                await scheduler.ForgetAsync(Guid.Parse(id));
        }
        catch (Exception away)
        {
            Log.LogDebug(away, "The queue is looked at again later"); // the scheduler's tables are made by the first node that trains
        }
        finally
        {
            Volatile.Write(ref _isLooking, 0);
        }
    }
}
