using System.Security.Cryptography;
using System.Text;

namespace NnService.Api.Webhooks;

/// <summary>Signatures of messages, and their keys, as the Standard Webhooks specification has them (standardwebhooks.com).</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";
    private const int KeyBytes = 32;
    private const int FewestBytes = 24;
    private const int MostBytes = 64;

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes));

    /// <summary>Whether a secret of a caller's own will do.</summary>
    public static bool IsSecret(string secret) =>
        secret.StartsWith(Prefix, StringComparison.Ordinal)
        && new byte[secret.Length] is var bytes && Convert.TryFromBase64String(secret[Prefix.Length..], bytes, out var length)
        && length is >= FewestBytes and <= MostBytes;

    /// <summary><c>v1,</c> and the HMAC-SHA256 of id, time and body in base64.</summary>
    public static string Of(string secret, string id, long timestamp, string payload)
    {
        var key = Convert.FromBase64String(secret[Prefix.Length..]);
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{payload}")));
    }
}
