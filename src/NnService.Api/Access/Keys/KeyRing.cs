using System.Collections.ObjectModel;
using System.Globalization;
using System.Runtime.ExceptionServices;
using NnService.Api.Data.Nodes;
using NnService.Api.Startup;

namespace NnService.Api.Access.Keys;

/// <summary>
/// The keys that are good, by id. They are read from the database once, in plain SQL (decision 43), and changed here with every change there; where another node
/// has changed them, they are read again. Requests that wait for that hold no thread, share one read, and its failure too.
/// </summary>
internal sealed class KeyRing
{
    private const string Sql = """
        SELECT "Number" || '/' || "Id" || '/' || "Sha256" || '/' || "Scopes" || '/' || coalesce(CAST("ExpiresAt" AS TEXT), '') || '/' || "Name" FROM "ApiKeys"
        """;

    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1); // in which a failure is everybody's: each try may take until a connection is given up

    private readonly Lock _gate = new(); // one at a time reads or changes them
    private volatile IReadOnlyDictionary<Guid, KnownKey>? _keys; // replaced as a whole: requests read it without a lock; null: to be read again
    private volatile IReadOnlyDictionary<Guid, KnownKey>? _last; // what they were last: what goes on with a key hangs on its object; null: never read yet
    private (ExceptionDispatchInfo Why, long At, bool IsOfRequest)? _failure; // of the last read that failed

    private readonly Lock _turn = new();
    private Task<IReadOnlyDictionary<Guid, KnownKey>>? _next; // the read that has not begun yet; null: nobody waits for one

    private readonly PlainQueries _queries;
    private readonly Node _node;
    private readonly NewsFeed _news;
    private readonly TimeProvider _clock;
    private readonly KnownKey? _ofSettings; // it has no row: it is good as long as it stands there

    public KeyRing(PlainQueries queries, KeySettings settings, Node node, NewsFeed news, TimeProvider clock)
    {
        (_queries, _node, _news, _clock) = (queries, node, news, clock);
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
    public KnownKey? LastKnown(ReadOnlySpan<char> text) => Find(_last, text);

    /// <summary>The key of an id as far as it was known last; null where there is none.</summary>
    public KnownKey? LastKnown(Guid id) => _last?.GetValueOrDefault(id);

    /// <summary>From now on it is good.</summary>
    public void Add(Guid id, KnownKey key) => Change(keys => keys[id] = key);

    /// <summary>From now on it is not; what went on with it ends.</summary>
    public void Remove(Guid id)
    {
        KnownKey? gone = null;
        Change(keys => keys.Remove(id, out gone));
        gone?.End();
    }

    /// <summary>The keys are read again when they are needed next.</summary>
    public void Forget() => _keys = null;

    // Read at once, and not with the next request: what goes on with a key that was revoked ends now. Where the database is away, requests read them, and say
    // what is the matter; where none comes, they are read with the next look for news.
    private void Hear(News news)
    {
        if (!news.Keys)
            return;
        Task.Run(() =>
        {
            lock (_gate) // whoever has been reading when a key was revoked has stored what was read
                try
                {
                    if (_last is not null)
                        ReadAll(isForRequest: false);
                }
                catch (Exception)
                {
                    _keys = null;
                    _news.Miss();
                }
        });
    }

    private IReadOnlyDictionary<Guid, KnownKey>? Known => _node.IsDeaf ? null : _keys;

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
            var keys = new Dictionary<Guid, KnownKey>(_last ?? ReadOnlyDictionary<Guid, KnownKey>.Empty);
            change(keys);
            _last = keys;
            if (_keys is not null)
                _keys = keys;
        }
    }

    private IReadOnlyDictionary<Guid, KnownKey> ReadOrFail(long asked)
    {
        if (_failure is var (why, at, isOfRequest) && (at > asked || (isOfRequest && _clock.GetElapsedTime(at) < s_second)))
            why.Throw();
        return ReadAll(isForRequest: true);
    }

    // A key that is known stays the object it is, with its last use and with what goes on with it; one that is no more is revoked.
    private IReadOnlyDictionary<Guid, KnownKey> ReadAll(bool isForRequest)
    {
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

        foreach (var (id, key) in _last ?? ReadOnlyDictionary<Guid, KnownKey>.Empty)
            if (now.ContainsKey(id) || key.Number == 0)
                now[id] = key;
            else
                key.End();
        return _keys = _last = now;
    }

    private static KnownKey Read(string[] row)
    {
        DateTime? expiresAt = row[4].Length > 0 ? new DateTime(long.Parse(row[4], CultureInfo.InvariantCulture), DateTimeKind.Utc) : null;
        return new KnownKey(long.Parse(row[0], CultureInfo.InvariantCulture), Guid.Parse(row[1]).ToString(), row[5], ScopeSet.Parse(row[3]), row[2], expiresAt);
    }
}
