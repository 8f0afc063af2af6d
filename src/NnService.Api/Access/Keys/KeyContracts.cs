using NnService.Api.Http;

namespace NnService.Api.Access.Keys;

/// <summary>A key to be made.</summary>
public sealed record KeyRequest
{
    /// <summary>What people call it: 1 to 100 characters.</summary>
    public string? Name { get; init; }

    /// <summary>What it may be used for.</summary>
    public IReadOnlyList<Scope>? Scopes { get; init; }

    /// <summary>When it ends; left out: it does not. In UTC where nothing else is said.</summary>
    public DateTime? ExpiresAt { get; init; }
}

/// <summary>A key, without its secret.</summary>
/// <param name="Id">Stands in the key.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Scopes">What it may be used for.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends; null: it does not.</param>
/// <param name="LastUsedAt">When it was used last; null: never. After a crash, and where another node was asked, it may be a minute early.</param>
public sealed record KeyResponse(Guid Id, string Name, IReadOnlyList<Scope> Scopes, DateTime CreatedAt, DateTime? ExpiresAt, DateTime? LastUsedAt)
{
    internal static KeyResponse Of(ApiKey row, DateTime? usedHere) => new(
        row.Id, row.Name, ScopeSet.Parse(row.Scopes).Members, row.CreatedAt, row.ExpiresAt,
        usedHere is null || row.LastUsedAt > usedHere ? row.LastUsedAt : usedHere); // the row has what other nodes saw
}

/// <summary>A key that was made.</summary>
/// <param name="Id">Stands in the key.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Scopes">What it may be used for.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends; null: it does not.</param>
/// <param name="Key">The key. It is not kept, and shown this once.</param>
public sealed record NewKeyResponse(Guid Id, string Name, IReadOnlyList<Scope> Scopes, DateTime CreatedAt, DateTime? ExpiresAt, string Key);
