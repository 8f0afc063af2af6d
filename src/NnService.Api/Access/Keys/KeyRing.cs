using System.Collections.ObjectModel;
using System.Globalization;
using System.Runtime.ExceptionServices;
using NnService.Api.Data.Nodes;
using NnService.Api.Startup;

namespace NnService.Api.Access.Keys;

/// <summary>
/// The keys that are good, by id. They are read from the database in plain SQL (decision 43), and again with the first request after a change that was told.
/// Requests that wait for that hold no thread, share one read, and its failure too.
/// </summary>
internal sealed class KeyRing : IDisposable
{
    private const string Sql = """
        SELECT "Number" || '/' || "Id" || '/' || "Sha256" || '/' || "Scopes" || '/' || coalesce(CAST("ExpiresAt" AS TEXT), '') || '/' || "Name" FROM "ApiKeys"
        """;

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1); // in which a failure is everybody's: each try may take until a connection is given up

    private readonly Lock _gate = new(); // one at a time reads or changes them
    private volatile Reading? _read; // replaced as a whole: requests look at it without a lock; null: never read yet
    private volatile int _told; // changes that were told
    private int _unfollowed; // of those, the ones that nobody has looked for yet
    private volatile bool _isDisposed;
    private (ExceptionDispatchInfo Why, long At, bool IsOfRequest)? _failure; // of the last read that failed

    private readonly Lock _turn = new();
    private Task<IReadOnlyDictionary<Guid, KnownKey>>? _next; // the read that has not begun yet; null: nobody waits for one

    private readonly PlainQueries _queries;
    private readonly Node _node;
    private readonly TimeProvider _clock;
    private readonly KnownKey? _ofSettings; // it has no row: it is good as long as it stands there

    public KeyRing(PlainQueries queries, KeySettings settings, Node node, NewsFeed news, TimeProvider clock)
    {
        (_queries, _node, _clock) = (queries, node, clock);
        _ofSettings = settings.AdminKey is { } text
            ? new KnownKey(0, "setting", "Access:AdminKey", ScopeSet.Of(Http.Scope.Admin), KeyText.Sha256Of(text), expiresAt: null)
            : null;
        news.Heard += Hear;
    }

    /// <summary>All with a row. Errors: those of the database, at the first call.</summary>
    public IEnumerable<KnownKey> All
    {
        get
        {
            lock (_gate)
                return (Known ?? ReadOrFail(_clock.GetTimestamp())).Values;
        }
    }

    /// <summary>The key that a text is; null where it is none. Errors: those of the database, where it has to be asked.</summary>
    public ValueTask<KnownKey?> FindAsync(ReadOnlySpan<char> text)
    {
        var known = Known;
        return known is null && KeyText.TryReadId(text, out _) ? new(FindInNextAsync(text.ToString())) : new(Find(known, text));
    }

    /// <summary>The same as far as it was known last, without asking the database: for what lets nobody in.</summary>
    public KnownKey? LastKnown(ReadOnlySpan<char> text) => Find(_read?.Keys, text);

    /// <summary>The key of an id as far as it was known last; null where there is none.</summary>
    public KnownKey? LastKnown(Guid id) => _read?.Keys.GetValueOrDefault(id);

    /// <summary>A key of this process alone, without a row.</summary>
    public void Lend(Guid id, KnownKey key) => Change(keys => keys[id] = key);

    /// <summary>A key without a row is good no longer; what went on with it ends.</summary>
    public void TakeBack(Guid id)
    {
        KnownKey? gone = null;
        Change(keys => keys.Remove(id, out gone));
        gone?.End();
    }

    public void Dispose() => _isDisposed = true;

    // Whoever asks from now on has them read again.
    private void Hear(News news)
    {
        if (!news.Keys)
            return;
        Interlocked.Increment(ref _told);
        if (Interlocked.Increment(ref _unfollowed) == 1)
            _ = Task.Run(FollowAsync);
    }

    // Also where nobody asks: what goes on with a key that was revoked ends now.
    private async Task FollowAsync()
    {
        for (var left = 1; left > 0 && !_isDisposed;)
            try
            {
                var seen = Volatile.Read(ref _unfollowed);
                lock (_gate)
                    if (_read is not null && Known is null)
                        ReadAll(isForRequest: false);
                left = Interlocked.Add(ref _unfollowed, -seen);
            }
            catch (Exception)
            {
                await Task.Delay(s_second); // the database is away
            }
    }

    private IReadOnlyDictionary<Guid, KnownKey>? Known => _read is { } read && read.Told == _told && !_node.IsDeaf ? read.Keys : null;

    private KnownKey? Find(IReadOnlyDictionary<Guid, KnownKey>? keys, ReadOnlySpan<char> text)
    {
        if (KeyText.TryReadId(text, out var id) && keys?.GetValueOrDefault(id) is { } key && key.Is(text))
            return key;
        return _ofSettings?.Is(text) == true ? _ofSettings : null;
    }

    private async Task<KnownKey?> FindInNextAsync(string text) => Find(await NextAsync(), text);

    // One read for all who ask before it begins: so each of them sees what was changed before it asked.
    private Task<IReadOnlyDictionary<Guid, KnownKey>> NextAsync()
    {
        var asked = _clock.GetTimestamp();
        lock (_turn)
            return _next ??= Task.Run(() =>
            {
                lock (_gate)
                {
                    lock (_turn)
                        _next = null;
                    return Known ?? ReadOrFail(asked);
                }
            });
    }

    // What was not read yet, or may hold no longer, is read when it is needed next.
    private void Change(Action<Dictionary<Guid, KnownKey>> change)
    {
        lock (_gate)
        {
            var last = _read ?? new Reading(ReadOnlyDictionary<Guid, KnownKey>.Empty, Told: -1);
            var keys = new Dictionary<Guid, KnownKey>(last.Keys);
            change(keys);
            _read = last with { Keys = keys };
        }
    }

    private Dictionary<Guid, KnownKey> ReadOrFail(long asked)
    {
        if (_failure is var (why, at, isOfRequest) && (at > asked || (isOfRequest && _clock.GetElapsedTime(at) < s_second)))
            why.Throw();
        return ReadAll(isForRequest: true);
    }

    // A key that is known stays the object it is, with its last use and with what goes on with it; one that is no more is revoked.
    private Dictionary<Guid, KnownKey> ReadAll(bool isForRequest)
    {
        var told = _told; // before the rows: what is changed meanwhile is read once more
        Dictionary<Guid, KnownKey> now;
        try
        {
            now = _queries.Ask(Sql).Select(row => row.Split('/', 6)).ToDictionary(row => Guid.Parse(row[1]), Read);
        }
        catch (Exception failure)
        {
            _failure = (ExceptionDispatchInfo.Capture(failure), _clock.GetTimestamp(), isForRequest);
            throw;
        }

        foreach (var (id, key) in _read?.Keys ?? ReadOnlyDictionary<Guid, KnownKey>.Empty)
            if (now.ContainsKey(id) || key.Number == 0)
                now[id] = key;
            else
                key.End();
        (_read, _failure) = (new Reading(now, told), null);
        return now;
    }

    private static KnownKey Read(string[] row)
    {
        DateTime? expiresAt = row[4].Length > 0 ? new DateTime(long.Parse(row[4], CultureInfo.InvariantCulture), DateTimeKind.Utc) : null;
        return new KnownKey(long.Parse(row[0], CultureInfo.InvariantCulture), Guid.Parse(row[1]).ToString(), row[5], ScopeSet.Parse(row[3]), row[2], expiresAt);
    }

    // The keys as they were behind so many changes.
    private sealed record Reading(IReadOnlyDictionary<Guid, KnownKey> Keys, int Told);
}
