using System.Buffers;
using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Access.Keys;

/// <summary>When keys are asked for, and what is done with wrong ones.</summary>
/// <param name="RequireKey"><c>Access:RequireKey</c>: whether requests on loopback need one too; null where it is not said.</param>
/// <param name="AdminKey"><c>Access:AdminKey</c>: an admin key that whoever runs the service has made; null: none.</param>
/// <param name="FailuresPerMinute"><c>Access:FailuresPerMinute</c>: wrong keys of one address that are answered as such; more are told to wait.</param>
internal sealed record KeySettings(bool? RequireKey, string? AdminKey, int FailuresPerMinute)
{
    private const string AdminKeyName = "Access:AdminKey", RequireKeyName = "Access:RequireKey";
    private const int DefaultFailures = 60;
    private const int ShortestKey = 43; // 256 bits in base64
    private const int LongestKey = 200;
    private const int FewestCharacters = 10; // of the 64 of base64, 43 drawn ones have 31 in the mean

    // What may stand behind "Bearer" (RFC 6750, section 2.1).
    private static readonly SearchValues<char> s_token =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    /// <summary>Reads the settings. Errors: <see cref="StartException"/> where one is wrong; it does not repeat the key.</summary>
    public static KeySettings Of(IConfiguration settings)
    {
        var key = settings[AdminKeyName] is { Length: > 0 } given ? given : null;
        if (key is not null && (key.Length is < ShortestKey or > LongestKey || key.AsSpan().ContainsAnyExcept(s_token) || key.Distinct().Count() < FewestCharacters))
            throw new StartException(
                $"The setting {AdminKeyName} has {key.Length} characters; it must have {ShortestKey} to {LongestKey} letters, digits or -._~+/= "
                + "that nobody can guess, for example what openssl rand -base64 32 prints.");
        return new KeySettings(
            settings[RequireKeyName] is { Length: > 0 } ? Setting.Flag(settings, RequireKeyName, missing: false) : null,
            key,
            (int)Math.Min(Setting.Number(settings, "Access:FailuresPerMinute", DefaultFailures, low: 1), int.MaxValue));
    }
}
