namespace NnService.Api.TrainingJobs.Running.Clusters;

/// <summary>The rest of a node that can train nothing now: it fires no jobs for a while, and then until nothing is in the way any more.</summary>
/// <param name="standBy">Has it fire nothing more.</param>
/// <param name="begin">Has it fire jobs again.</param>
/// <param name="whyUnfit">Why it can train nothing now; null where it can.</param>
/// <param name="clock">By which it rests.</param>
/// <param name="log">Of the queue.</param>
/// <param name="end">The node stops.</param>
internal sealed class NodeRest(Func<Task> standBy, Func<Task> begin, Func<string?> whyUnfit, TimeProvider clock, ILogger log, CancellationToken end)
{
    /// <summary>How long it rests at least.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(30);

    private int _isResting;

    /// <summary>Begins one, unless there is one already.</summary>
    public async Task BeginAsync(string why)
    {
        if (end.IsCancellationRequested || Interlocked.Exchange(ref _isResting, 1) != 0)
            return;
        log.LogError("This node takes on no training jobs for a while: {Reason}", why);
        try
        {
            await standBy();
        }
        catch
        {
            Volatile.Write(ref _isResting, 0);
            throw;
        }

        _ = Task.Run(EndAsync);
    }

    private async Task EndAsync()
    {
        do
            await Task.Delay(Shortest, clock, end);
        while (whyUnfit() is not null);
        await begin();
        Volatile.Write(ref _isResting, 0); // not before it has begun, or it would begin under the next rest
        log.LogInformation("This node takes on training jobs again");
        if (whyUnfit() is { } why) // a job that it took before that could not have it rest
            await BeginAsync(why);
    }
}
