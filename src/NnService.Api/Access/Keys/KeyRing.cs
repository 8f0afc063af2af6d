using System.Collections.ObjectModel;
using System.Globalization;
using NnService.Api.Data.Nodes;
using NnService.Api.Startup;

namespace NnService.Api.Access.Keys;

/// <summary>
/// The keys that are good, by id. They are read from the database once, in plain SQL (decision 43), and changed here with every change there; where another node
/// has changed them, they are read again.
/// </summary>
internal sealed class KeyRing
{
    private const string Sql = """
        SELECT "Number" || '/' || "Id" || '/' || "Sha256" || '/' || "Scopes" || '/' || coalesce(CAST("ExpiresAt" AS TEXT), '') || '/' || "Name" FROM "ApiKeys"
        """;

    private readonly Lock _gate = new();
    private volatile IReadOnlyDictionary<Guid, KnownKey>? _keys; // replaced as a whole: requests read it without a lock; null: to be read again
    private IReadOnlyDictionary<Guid, KnownKey>? _last; // what they were last: what goes on with a key hangs on its object; null: never read yet

    private readonly PlainQueries _queries;
    private readonly Node _node;
    private readonly NewsFeed _news;
    private readonly KnownKey? _ofSettings; // it has no row: it is good as long as it stands there

    public KeyRing(PlainQueries queries, KeySettings settings, Node node, NewsFeed news)
    {
        (_queries, _node, _news) = (queries, node, news);
        _ofSettings = settings.AdminKey is { } text
            ? new KnownKey(0, "setting", "Access:AdminKey", ScopeSet.Of(Http.Scope.Admin), KeyText.Sha256Of(text), expiresAt: null)
            : null;
        news.Heard += Hear;
    }

    /// <summary>All with a row. Errors: those of the database, at the first call.</summary>
    public IEnumerable<KnownKey> All => Keys.Values;

    /// <summary>The key that a text is; null where it is none.</summary>
    public KnownKey? Find(ReadOnlySpan<char> text)
    {
        if (KeyText.TryReadId(text, out var id) && Keys.TryGetValue(id, out var key) && key.Is(text))
            return key;
        return _ofSettings?.Is(text) == true ? _ofSettings : null;
    }

    /// <summary>The key of an id; null where there is none.</summary>
    public KnownKey? ById(Guid id) => Keys.GetValueOrDefault(id);

    /// <summary>From now on it is good.</summary>
    public void Add(Guid id, KnownKey key)
    {
        lock (_gate)
            _keys = _last = new Dictionary<Guid, KnownKey>(Keys) { [id] = key };
    }

    /// <summary>From now on it is not; what went on with it ends.</summary>
    public void Remove(Guid id)
    {
        lock (_gate)
        {
            var left = new Dictionary<Guid, KnownKey>(Keys);
            left.Remove(id, out var key);
            _keys = _last = left;
            key?.End();
        }
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
                        ReadAll();
                }
                catch (Exception)
                {
                    _keys = null;
                    _news.Miss();
                }
        });
    }

    // A key that is known stays the object it is, with its last use and with what goes on with it; one that is no more is revoked.
    private IReadOnlyDictionary<Guid, KnownKey> ReadAll()
    {
        var now = _queries.Ask(Sql).Select(row => row.Split('/', 6)).ToDictionary(row => Guid.Parse(row[1]), Read);
        foreach (var (id, key) in _last ?? ReadOnlyDictionary<Guid, KnownKey>.Empty)
            if (now.ContainsKey(id) || key.Number == 0)
                now[id] = key;
            else
                key.End();
        return _keys = _last = now;
    }

    private IReadOnlyDictionary<Guid, KnownKey> Keys
    {
        get
        {
            if (_keys is { } known && !_node.IsDeaf)
                return known;
            lock (_gate)
                return _keys is { } read && !_node.IsDeaf ? read : ReadAll();
        }
    }

    private static KnownKey Read(string[] row)
    {
        DateTime? expiresAt = row[4].Length > 0 ? new DateTime(long.Parse(row[4], CultureInfo.InvariantCulture), DateTimeKind.Utc) : null;
        return new KnownKey(long.Parse(row[0], CultureInfo.InvariantCulture), Guid.Parse(row[1]).ToString(), row[5], ScopeSet.Parse(row[3]), row[2], expiresAt);
    }
}
