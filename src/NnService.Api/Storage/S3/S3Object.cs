namespace NnService.Api.Storage.S3;

/// <summary>An object of the bucket.</summary>
/// <param name="Key">Without the prefix of the settings.</param>
/// <param name="Length">Bytes.</param>
/// <param name="WrittenAt">When, by the server's clock.</param>
internal sealed record S3Object(string Key, long Length, DateTime WrittenAt);
