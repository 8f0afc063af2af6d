using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace NnService.Api.Access.Keys;

/// <summary>
/// A key as its owner has it: <c>nn_&lt;id&gt;_&lt;secret&gt;</c>, with 256 random bits for the secret. The service keeps the SHA-256 of the whole text: nobody can guess such a
/// secret, so that a slow hash, which is made for passwords, would protect nothing more.
/// </summary>
internal static class KeyText
{
    private const string Prefix = "nn_";
    private const int IdLength = 36;
    private const int SecretBytes = 32;
    private const int Longest = 256;

    /// <summary>A new key with an id.</summary>
    public static string New(Guid id) => $"{Prefix}{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes))}";

    /// <summary>The id in a key; false where it is not of that form.</summary>
    public static bool TryReadId(ReadOnlySpan<char> text, out Guid id)
    {
        id = default;
        return text.Length is > IdLength + 4 and <= Longest && text.StartsWith(Prefix, StringComparison.Ordinal) && text[IdLength + Prefix.Length] == '_'
            && Guid.TryParseExact(text.Slice(Prefix.Length, IdLength), "D", out id);
    }

    /// <summary>SHA-256 of a key.</summary>
    /// <param name="text">At most 256 characters; of a longer one, which is no key, those.</param>
    /// <param name="hash">[32] the hash.</param>
    public static void Hash(ReadOnlySpan<char> text, Span<byte> hash)
    {
        Span<byte> utf8 = stackalloc byte[Longest * 3];
        SHA256.HashData(utf8[..Encoding.UTF8.GetBytes(text[..Math.Min(text.Length, Longest)], utf8)], hash);
    }

    /// <summary>The same in lower-case hexadecimal.</summary>
    public static string Sha256Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(text, hash);
        return Convert.ToHexStringLower(hash);
    }
}
