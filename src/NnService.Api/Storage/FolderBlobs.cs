using System.Security.Cryptography;

namespace NnService.Api.Storage;

/// <summary>Blobs as files: in the data folder, or in a folder that several nodes share (NFS). The bytes are on disk before their name is.</summary>
internal sealed class FolderBlobs : BlobStore
{
    private readonly SharedFolder? _shared;
    private readonly string _folder;
    private readonly TimeProvider _clock;

    /// <param name="data">The data folder.</param>
    /// <param name="shared">The folder beside it; null: blobs live in its <c>blobs</c>.</param>
    /// <param name="cacheBytes">Room in the data folder for the companions of blobs that are kept outside of it.</param>
    /// <param name="clock">For the age of what others may be at work on.</param>
    public FolderBlobs(DataFolder data, SharedFolder? shared, long cacheBytes, TimeProvider clock)
        : base(data.CreateFolder(shared is null ? "blobs" : "cache"))
    {
        (_shared, _folder, _clock) = (shared, shared?.Path ?? Folder, clock);
        Cache = shared is null ? null : new BlobCache(Folder, cacheBytes, clock);
    }

    public override string Place => _folder;

    public override bool IsShared => _shared is not null;

    /// <summary>Where a blob lies.</summary>
    public string PathOf(string key) => Path.Combine(_folder, key);

    // Temporary file, hash on the way, fsync, rename, fsync of the folder.
    public override async Task<StoredBlob> WriteAsync(Stream content, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(content);
        _shared?.Require();
        var key = Guid.CreateVersion7().ToString("N");
        var temporary = PathOf(key + ".tmp");
        try
        {
            var (length, sha256) = await CopyAsync(content, temporary, isFlushed: true, cancellation);
            File.Move(temporary, PathOf(key));
            FolderSync.Flush(_folder);
            return new StoredBlob(key, length, sha256);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public override FileStream OpenRead(string key) =>
        new(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);

    public override bool IsWhole(string key, string sha256) => IsKeptWhole(key, sha256) == true;

    public override bool? IsKeptWhole(string key, string sha256)
    {
        _shared?.Require(); // a mount that is gone is no damage
        if (!File.Exists(PathOf(key)))
            return null;
        using var bytes = OpenRead(key);
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == sha256;
    }

    public override void Delete(string key)
    {
        if (_shared?.Obstacle() is null) // otherwise it stays, as one that no row names
            DeleteFile(PathOf(key));
        DeleteCompanion(key);
    }

    public override string PlaceOf(string key) => PathOf(key);

    public override string? Obstacle() => _shared?.ObstacleSoon();

    public override IEnumerable<StoredFile> All()
    {
        _shared?.Require();
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles().Where(file => !IsUnfinished(file.Name)))
            if (file.Exists) // it may have gone since it was listed
                yield return new StoredFile(KeyOf(file.Name), file.Length, file.LastWriteTimeUtc, file.FullName, IsCompanion(file.Name));
    }

    public override IReadOnlyList<StoredFile> OrphansIn(IEnumerable<StoredFile> files, IReadOnlySet<string> keys) =>
        [.. files.Where(file => !keys.Contains(file.Key) && (_shared is null || IsLeftBehind(file.WrittenAt)))];

    // Other nodes write into a shared folder too.
    public override IReadOnlyList<string> Unfinished() => _shared is null ? base.Unfinished()
        : [.. base.Unfinished(), .. Directory.EnumerateFiles(_folder).Where(file => IsUnfinished(file) && IsLeftBehind(File.GetLastWriteTimeUtc(file)))];

    private bool IsLeftBehind(DateTime writtenAt) => writtenAt < _clock.GetUtcNow().UtcDateTime - StorageSettings.LeftBehind;
}
