using System.Text;

namespace NnService.Api.Http;

/// <summary>How a header whose value is a caller's own choice comes to its endpoint.</summary>
internal static class KeyHeader
{
    /// <summary>The header by which a POST that is sent again is known.</summary>
    public const string Idempotency = "Idempotency-Key";

    /// <summary>
    /// Reads the bytes of the header one by one, whatever they are, so that the endpoint refuses those that are no ASCII: the server would answer bytes that are
    /// not UTF-8 by itself, without a word.
    /// </summary>
    public static void UseAnyBytesInKeys(this WebApplicationBuilder builder) => builder.WebHost.ConfigureKestrel(options =>
        options.RequestHeaderEncodingSelector = name => name.Equals(Idempotency, StringComparison.OrdinalIgnoreCase) ? Encoding.Latin1 : null!);
}
