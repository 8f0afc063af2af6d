using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Access.Keys;

/// <summary>Makes, shows and revokes keys. The ring hears of it with the commit.</summary>
internal sealed class KeyStore(Database database, KeyRing ring, TimeProvider clock)
{
    private const int LongestName = 100;

    /// <summary>What is wrong with a request; empty: nothing.</summary>
    public IReadOnlyList<SpecProblem> ProblemsOf(string? name, IReadOnlyList<Scope>? scopes, DateTime? expiresAt)
    {
        var problems = new List<SpecProblem>();
        if (name is not { Length: > 0 and <= LongestName } || name.Any(char.IsControl) || string.IsNullOrWhiteSpace(name))
            problems.Add(new SpecProblem("#/name", $"Give the key a name of 1 to {LongestName} characters, by which people know whose it is."));
        if (scopes is not { Count: > 0 })
            problems.Add(new SpecProblem("#/scopes", "Say what the key may be used for: one or more of read, predict, write, admin."));
        if (Utc(expiresAt) <= Now)
            problems.Add(new SpecProblem("#/expiresAt", "The key would have expired already; give a time to come, or leave it out."));
        return problems;
    }

    /// <summary>Makes a key; its text is in the second part and nowhere else.</summary>
    public async Task<(ApiKey Row, string Text)> CreateAsync(string name, ScopeSet scopes, DateTime? expiresAt, CancellationToken cancellation)
    {
        var (row, text) = New(name, scopes, Utc(expiresAt));
        await database.WriteAsync(db => db.ApiKeys.Add(row), cancellation);
        return (row, text);
    }

    /// <summary>Makes an admin key in plain SQL, for a start (decision 43); null where there is one that is good.</summary>
    public string? CreateFirst()
    {
        if (ring.All.Any(key => key.Scopes.Grants(Scope.Admin) && !key.HasExpired(Now)))
            return null;
        var (row, text) = New("first", ScopeSet.Of(Scope.Admin), expiresAt: null);
        var id = row.Id.ToString().ToUpperInvariant(); // as EF Core writes it
        // Of several nodes that start on an empty database one makes it: whoever writes second finds it.
        var ifNone = $"""
            FROM (SELECT 1) AS "One" WHERE NOT EXISTS (
                SELECT 1 FROM "ApiKeys" WHERE "Scopes" LIKE '%admin%' AND ("ExpiresAt" IS NULL OR "ExpiresAt" > {row.CreatedAt.Ticks}))
            """;
        database.Execute($"""
            INSERT INTO "AuditEntries" ("At", "Who", "Target") SELECT {row.CreatedAt.Ticks}, 'service', 'first key {row.Id}' {ifNone};
            INSERT INTO "ApiKeys" ("Id", "Name", "Scopes", "Sha256", "CreatedAt")
                SELECT '{id}', '{row.Name}', '{row.Scopes}', '{row.Sha256}', {row.CreatedAt.Ticks} {ifNone}
            """, new News { Keys = true });
        if (ring.All.All(key => key.Id != row.Id.ToString()))
            return null;
        return text;
    }

    /// <summary>A key of this process alone, until the ring takes it back.</summary>
    public (Guid Id, string Text) Lend(string name, ScopeSet scopes)
    {
        var (row, text) = New(name, scopes, expiresAt: null);
        ring.Lend(row.Id, new KnownKey(0, row.Id.ToString(), name, scopes, row.Sha256, expiresAt: null));
        return (row.Id, text);
    }

    /// <summary>All keys, the oldest first.</summary>
    public IReadOnlyList<KeyResponse> List()
    {
        using var db = database.Read();
        return [.. db.ApiKeys.OrderBy(key => key.Number).AsEnumerable().Select(Describe)];
    }

    /// <summary>Revokes a key at once; false where there is none of that id.</summary>
    public Task<bool> RevokeAsync(Guid id, CancellationToken cancellation) => database.WriteFromReserveAsync(
        db =>
        {
            db.News.Keys = true;
            return db.ApiKeys.Where(key => key.Id == id).ExecuteDelete() > 0;
        },
        cancellation);

    /// <summary>A key with its last use, which may not be saved yet.</summary>
    public KeyResponse Describe(ApiKey row) => KeyResponse.Of(row, ring.LastKnown(row.Id)?.LastUsedAt);

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private static DateTime? Utc(DateTime? time) =>
        time is { Kind: DateTimeKind.Unspecified } said ? DateTime.SpecifyKind(said, DateTimeKind.Utc) : time?.ToUniversalTime();

    private (ApiKey Row, string Text) New(string name, ScopeSet scopes, DateTime? expiresAt)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var text = KeyText.New(id);
        return (
            new ApiKey { Id = id, Name = name, Scopes = scopes.ToString(), Sha256 = KeyText.Sha256Of(text), CreatedAt = Now, ExpiresAt = expiresAt },
            text);
    }
}
