namespace NnService.Api.Data.Nodes;

/// <summary>
/// Tells this process what other nodes have changed. Every news has a number, one more than that of the one before; where one is missing, or the number in the
/// database has gone on, everything may have changed (decision 80).
/// </summary>
internal sealed class NewsFeed(Node node, ILogger<NewsFeed> log)
{
    private readonly Lock _gate = new();
    private long _heard = -1; // the number of the last news; −1: none yet
    private bool _isMissed; // something that was told could not be followed

    /// <summary>Is given what others have changed. Whoever listens returns soon; what it throws is logged.</summary>
    public event Action<News>? Heard;

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
            isMissing = number > _heard || _isMissed;
            (_heard, _isMissed) = (Math.Max(_heard, number), false);
        }

        if (isMissing)
            Tell(News.OfEverything);
    }

    /// <summary>Whoever listens could not follow what was told, as where the database could not be read: it is told again with the next comparison.</summary>
    public void Miss()
    {
        lock (_gate)
            _isMissed = true;
    }

    /// <summary>Nothing was heard for a while, and nobody knows what has changed.</summary>
    public void Lose() => Tell(News.OfEverything);

    private void Tell(News news)
    {
        foreach (var listener in Heard?.GetInvocationList().Cast<Action<News>>() ?? [])
            try
            {
                listener(news);
            }
            catch (Exception failure)
            {
                log.LogWarning(failure, "What other nodes have changed could not be followed");
            }
    }
}
