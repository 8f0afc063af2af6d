using NnService.Api.Storage.S3;

namespace NnService.Api.Storage;

/// <summary>Where uploads and checkpoints are kept.</summary>
/// <param name="BlobFolder">A folder beside the data folder, which several nodes may share; null: in the data folder.</param>
/// <param name="S3">A bucket; null: in a folder.</param>
/// <param name="CacheBytes">The room for local copies of what is kept elsewhere.</param>
internal sealed record StorageSettings(string? BlobFolder, S3Settings? S3, long CacheBytes)
{
    /// <summary>Whether uploads are in the data folder, where no other node reaches them.</summary>
    public bool IsLocal => BlobFolder is null && S3 is null;

    /// <summary>From what age on a file that is shared with other nodes belongs to none of them that is at work on it: an upload takes no day.</summary>
    public static readonly TimeSpan LeftBehind = TimeSpan.FromDays(1);
}
