namespace NnService.Api.Data.Nodes;

/// <summary>
/// Tells this process what has been changed: by its own writes, behind their commit, and by other nodes. Between nodes every news has a number, one more than
/// that of the one before; where one is missing, or the number in the database has gone on, everything may have changed (decision 80).
/// </summary>
internal sealed class NewsFeed(Node node, ILogger<NewsFeed> log)
{
    private readonly Lock _gate = new();
    private long _heard = -1; // the number of the last news; −1: none yet
    private long _modelChanges;

    /// <summary>Is given what was changed. Whoever listens returns at once, for the writer waits; what it throws is logged.</summary>
    public event Action<News>? Heard;

    /// <summary>Counts the changes of which version a name leads to. What was looked up under an older count may no longer hold.</summary>
    public long ModelChanges => node.IsDeaf ? Interlocked.Increment(ref _modelChanges) : Volatile.Read(ref _modelChanges);

    /// <summary>This process has changed something, or may have.</summary>
    public void Tell(News news)
    {
        if (news.Models)
            Interlocked.Increment(ref _modelChanges);
        foreach (var listener in Heard?.GetInvocationList().Cast<Action<News>>() ?? [])
            try
            {
                listener(news);
            }
            catch (Exception failure)
            {
                log.LogWarning(failure, "What has been changed could not be followed");
            }
    }

    /// <summary>A notice has come.</summary>
    public void Hear(string text)
    {
        var notice = Notice.Parse(text);
        bool isMissing;
        lock (_gate)
        {
            if (notice.Number > 0 && notice.Number <= _heard)
                return; // looked for already
            isMissing = notice.Number > 0 && _heard >= 0 && notice.Number > _heard + 1;
            if (notice.Number > 0)
                _heard = notice.Number;
        }

        if (isMissing)
            Tell(News.OfEverything);
        else if (notice.Node != node.Id)
            Tell(notice.News);
    }

    /// <summary>The number in the database has been read.</summary>
    public void Compare(long number)
    {
        bool isMissing;
        lock (_gate)
        {
            isMissing = number > _heard;
            _heard = Math.Max(_heard, number);
        }

        if (isMissing)
            Tell(News.OfEverything);
    }

    /// <summary>Nothing was heard for a while, and nobody knows what has changed.</summary>
    public void Lose() => Tell(News.OfEverything);
}
