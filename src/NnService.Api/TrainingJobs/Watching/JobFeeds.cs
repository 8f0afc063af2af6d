using System.Threading.Channels;

namespace NnService.Api.TrainingJobs.Watching;

/// <summary>
/// Tells listeners that a job's rows have something new, after it was committed: so a listener that reads the rows whenever it is told misses nothing,
/// and one that has missed something finds it there. Points come along, formatted once for all listeners.
/// </summary>
internal sealed class JobFeeds
{
    // One lock for all: a subscription must not slip into a set that is being thrown away because its last listener has left.
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, HashSet<JobListener>> _listeners = [];

    /// <summary>The state of some job has changed, and that is committed. Whoever listens must return at once.</summary>
    public event Action? AnyChanged;

    /// <summary>Subscribes; to be done before the rows are read, or what is saved in between is missed.</summary>
    public JobListener Listen(Guid job)
    {
        var listener = new JobListener(this, job);
        lock (_gate)
        {
            if (!_listeners.TryGetValue(job, out var listeners))
                _listeners[job] = listeners = [];
            listeners.Add(listener);
        }

        return listener;
    }

    /// <summary>Points have been saved.</summary>
    /// <param name="job">Their job.</param>
    /// <param name="points">In order, at least one.</param>
    /// <param name="format">Makes what is sent of them; asked once, and only where somebody listens.</param>
    public void Saved(Guid job, IReadOnlyList<HistoryPoint> points, Func<IReadOnlyList<HistoryPoint>, byte[]> format)
    {
        if (ListenersOf(job) is { Length: > 0 } listeners)
            Tell(listeners, new JobNews(points[0].Epoch, points[^1].Epoch, format(points)));
    }

    /// <summary>The state has changed.</summary>
    public void Changed(Guid job)
    {
        Tell(ListenersOf(job), JobNews.LookAgain);
        AnyChanged?.Invoke();
    }

    /// <summary>Another node has saved points.</summary>
    public void Grown(Guid job) => Tell(ListenersOf(job), JobNews.LookAgain);

    /// <summary>Any job may have changed, on another node.</summary>
    public void AllChanged()
    {
        JobListener[] all;
        lock (_gate)
            all = [.. _listeners.Values.SelectMany(listeners => listeners)];
        Tell(all, JobNews.LookAgain);
        AnyChanged?.Invoke();
    }

    internal void Forget(JobListener listener)
    {
        lock (_gate)
            if (_listeners.TryGetValue(listener.Job, out var listeners) && listeners.Remove(listener) && listeners.Count == 0)
                _listeners.Remove(listener.Job);
    }

    private JobListener[] ListenersOf(Guid job)
    {
        lock (_gate)
            return _listeners.TryGetValue(job, out var listeners) ? [.. listeners] : [];
    }

    // Outside the lock: whoever falls behind leaves.
    private static void Tell(JobListener[] listeners, JobNews news)
    {
        foreach (var listener in listeners)
            listener.Tell(news);
    }
}

/// <summary>Something new in a job's rows.</summary>
/// <param name="FirstEpoch">Of the points in it.</param>
/// <param name="LastEpoch">Of the points in it; before the first where there are none.</param>
/// <param name="Data">The points as they are sent; null where there are none and the rows are to be read.</param>
internal sealed record JobNews(int FirstEpoch, int LastEpoch, byte[]? Data)
{
    public static readonly JobNews LookAgain = new(0, -1, null);
}

/// <summary>One listener's place in the feed. Who falls too far behind is dropped, and finds what was missed in the rows.</summary>
internal sealed class JobListener(JobFeeds feeds, Guid job) : IDisposable
{
    private const int MostWaiting = 64;

    private readonly Channel<JobNews> _news = Channel.CreateBounded<JobNews>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    public Guid Job => job;

    /// <summary>What is new, in order; it ends where this listener was dropped.</summary>
    public ChannelReader<JobNews> News => _news.Reader;

    /// <summary>Waits for news. True: there is some; false: there was none for so long, and the rows are to be read all the same; null: there will be none, for
    /// it was dropped.</summary>
    public async Task<bool?> WaitAsync(TimeSpan patience, TimeProvider clock, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellation);
        try
        {
            return await News.WaitToReadAsync(either.Token) ? true : null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    public void Dispose() => feeds.Forget(this);

    internal void Tell(JobNews news)
    {
        if (!_news.Writer.TryWrite(news))
        {
            _news.Writer.TryComplete();
            feeds.Forget(this);
        }
    }
}
