namespace NnService.Api.Storage;

/// <summary>A complete checkpoint.</summary>
/// <param name="Job">Of which job; the empty id: its name is not that of a checkpoint.</param>
/// <param name="Generation">The number among those of its job.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Place">Its path or address.</param>
internal sealed record StoredCheckpoint(Guid Job, long Generation, long Length, string Place);
