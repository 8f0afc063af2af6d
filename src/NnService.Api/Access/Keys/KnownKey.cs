using System.Runtime.InteropServices;
using System.Security.Claims;
using System.Security.Cryptography;
using NnService.Api.Http;

namespace NnService.Api.Access.Keys;

/// <summary>
/// A key as requests are compared with it. Once it has been shown, its text is remembered here and compared instead of its hash, which would cost a
/// prediction several percent: what is remembered goes with this object, when the key is revoked.
/// </summary>
internal sealed class KnownKey : IDisposable
{
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(40);

    private readonly byte[] _hash;
    private readonly CancellationTokenSource _ended = new();
    private string? _verified;
    private long _lastUsed; // ticks; 0: never
    private int _isUnsaved;

    /// <param name="number">Its row; 0: it has none.</param>
    /// <param name="id">What stands in the key and in the audit log.</param>
    /// <param name="name">What people call it.</param>
    /// <param name="scopes">What it may be used for.</param>
    /// <param name="sha256">Its hash in hexadecimal.</param>
    /// <param name="expiresAt">Null: it does not expire.</param>
    public KnownKey(long number, string id, string name, ScopeSet scopes, string sha256, DateTime? expiresAt)
    {
        (Number, Id, Name, Scopes, ExpiresAt, _hash) = (number, id, name, scopes, expiresAt, Convert.FromHexString(sha256));
        Principal = new ClaimsPrincipal(new ClaimsIdentity(
            [
                new Claim(ClaimTypes.NameIdentifier, id), new Claim(ClaimTypes.Name, name),
                .. scopes.Members.Select(scope => new Claim(ScopeMetadata.Claim, ScopeSet.NameOf(scope))),
            ],
            "key"));
    }

    public long Number { get; }

    public string Id { get; }

    public string Name { get; }

    public ScopeSet Scopes { get; }

    public DateTime? ExpiresAt { get; }

    /// <summary>Who shows it, for the framework.</summary>
    public ClaimsPrincipal Principal { get; }

    /// <summary>When it was used last; null: never since it is known.</summary>
    public DateTime? LastUsedAt => Volatile.Read(ref _lastUsed) is > 0 and var ticks ? new DateTime(ticks, DateTimeKind.Utc) : null;

    /// <summary>Whether a text is this key; how long that takes does not tell how much of it is right.</summary>
    public bool Is(ReadOnlySpan<char> text)
    {
        if (Volatile.Read(ref _verified) is { } known
            && CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(known.AsSpan()), MemoryMarshal.AsBytes(text)))
            return true;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        KeyText.Hash(text, hash);
        if (!CryptographicOperations.FixedTimeEquals(hash, _hash))
            return false;
        Volatile.Write(ref _verified, text.ToString());
        return true;
    }

    /// <summary>Whether its time is over.</summary>
    public bool HasExpired(DateTime now) => ExpiresAt <= now;

    /// <summary>Notes a use; true where there was none to be saved yet.</summary>
    public bool Use(DateTime now)
    {
        Volatile.Write(ref _lastUsed, now.Ticks);
        return Volatile.Read(ref _isUnsaved) == 0 && Interlocked.Exchange(ref _isUnsaved, 1) == 0;
    }

    /// <summary>The last use, which is about to be saved.</summary>
    public DateTime TakeLastUse()
    {
        Volatile.Write(ref _isUnsaved, 0);
        return LastUsedAt!.Value;
    }

    /// <summary>Is cancelled when the key is revoked or expires, for answers that go on for long.</summary>
    public CancellationTokenSource Ending(DateTime now)
    {
        var ending = CancellationTokenSource.CreateLinkedTokenSource(_ended.Token);
        if (ExpiresAt - now is { } left && left < s_longestTimer)
            ending.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        return ending;
    }

    /// <summary>It is revoked.</summary>
    public void End() => _ended.Cancel();

    public void Dispose() => _ended.Dispose();
}
