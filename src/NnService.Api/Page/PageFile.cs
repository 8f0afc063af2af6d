using System.Security.Cryptography;

namespace NnService.Api.Page;

/// <summary>A file of the web page.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="ContentType">What it is.</param>
internal sealed record PageFile(byte[] Content, string ContentType)
{
    /// <summary>Its ETag, in quotes.</summary>
    public string Tag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(Content))[..32]}\"";
}
