namespace NnService.Api.Storage;

/// <summary>A complete file of the blob store.</summary>
/// <param name="Key">Of the blob, also for its companion.</param>
/// <param name="Length">Bytes.</param>
/// <param name="WrittenAt">When, by the clock of whoever keeps it.</param>
/// <param name="Place">Its path or address.</param>
/// <param name="IsCompanion">Whether it is something made from the blob that can be made again.</param>
internal sealed record StoredFile(string Key, long Length, DateTime WrittenAt, string Place, bool IsCompanion = false);
