using System.Collections.Concurrent;
using System.Security.Cryptography;
using NnService.Api.Errors;

namespace NnService.Api.Storage.S3;

/// <summary>
/// Blobs as objects of a bucket. What is read is fetched once into files of this machine, up to a bound, so that everything that reads a file goes on reading
/// one.
/// </summary>
internal sealed class S3Blobs : BlobStore
{
    /// <summary>What the keys of them all begin with.</summary>
    public const string Start = "blobs/";
    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(5);

    private readonly S3Bucket _bucket;
    private readonly S3Health _health;
    private readonly BlobCache _cache;
    private readonly TimeProvider _clock;
    private readonly ILogger<S3Blobs> _log;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _fetching = new();
    private readonly string _place;

    public S3Blobs(DataFolder data, S3Bucket bucket, S3Health health, StorageSettings settings, TimeProvider clock, ILogger<S3Blobs> log)
        : base(data.CreateFolder("cache"))
    {
        (_bucket, _health, _clock, _log, _place) = (bucket, health, clock, log, settings.S3!.Place);
        Cache = _cache = new BlobCache(Folder, settings.CacheBytes, clock);
    }

    public override string Place => _place;

    public override bool IsShared => true;

    // The copy stays here: what comes next is that the table is read.
    public override async Task<StoredBlob> WriteAsync(Stream content, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(content);
        var (key, temporary) = (Guid.CreateVersion7().ToString("N"), NewTemporary());
        try
        {
            var (length, sha256) = await CopyAsync(content, temporary, isFlushed: false, cancellation);
            await _bucket.PutAsync(Start + key, temporary, cancellation);
            Keep(key, temporary);
            return new StoredBlob(key, length, sha256);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public override FileStream OpenRead(string key)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (!TryFetch(key))
                throw new FileNotFoundException($"There is no {PlaceOf(key)}.");
            try
            {
                return new FileStream(CopyOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
            }
            catch (FileNotFoundException) when (attempt < 3)
            {
                // the copy had to make room for others in between
            }
        }
    }

    // A copy that is not what it was is made anew, once.
    public override bool IsWhole(string key, string sha256)
    {
        if (HasWholeCopy(key, sha256))
            return true;
        if (!File.Exists(CopyOf(key)))
            return false; // there is no such object
        File.Delete(CopyOf(key));
        if (HasWholeCopy(key, sha256))
            return true;
        File.Delete(CopyOf(key)); // so that it is looked at anew when it has been put back
        return false;
    }

    public override bool? IsKeptWhole(string key, string sha256) =>
        Blocking.Wait(() => _bucket.HashAsync(Start + key, CancellationToken.None)) is { } hash ? hash == sha256 : null;

    public override void Delete(string key)
    {
        try
        {
            if (Obstacle() is { } obstacle) // which is asked once for a while: many may go at a time
                throw new StorageUnavailableException(obstacle);
            using var brief = new CancellationTokenSource(Brief);
            Blocking.Wait(() => _bucket.DeleteAsync(Start + key, brief.Token));
        }
        catch (Exception failure) when (failure is StorageUnavailableException or OperationCanceledException)
        {
            _log.LogWarning("{Place} could not be deleted and stays, though no row names it: {Reason}", PlaceOf(key), failure.Message);
        }

        DeleteFile(CopyOf(key));
        DeleteCompanion(key);
    }

    public override string PlaceOf(string key) => _bucket.PlaceOf(Start + key);

    public override string? Obstacle() => _health.Obstacle();

    public override IEnumerable<StoredFile> All() => Blocking.Wait(() => _bucket.ListAsync(Start, CancellationToken.None))
        .Select(item => new StoredFile(item.Key[Start.Length..], item.Length, item.WrittenAt, _bucket.PlaceOf(item.Key)));

    public override IReadOnlyList<StoredFile> OrphansIn(IEnumerable<StoredFile> files, IReadOnlySet<string> keys)
    {
        var leftBehind = _clock.GetUtcNow().UtcDateTime - StorageSettings.LeftBehind;
        return [.. files.Where(file => !keys.Contains(file.Key) && file.WrittenAt < leftBehind)];
    }

    private string CopyOf(string key) => Path.Combine(Folder, key);

    private bool HasWholeCopy(string key, string sha256)
    {
        try
        {
            using var bytes = OpenRead(key);
            return Convert.ToHexStringLower(SHA256.HashData(bytes)) == sha256;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    // One request for all who ask. False: there is no such object.
    private bool TryFetch(string key)
    {
        _cache.Use(key);
        if (File.Exists(CopyOf(key)))
            return true;
        var turn = _fetching.GetOrAdd(key, _ => new SemaphoreSlim(1));
        turn.Wait();
        try
        {
            return File.Exists(CopyOf(key)) || TryFetchNow(key);
        }
        finally
        {
            turn.Release();
            _fetching.TryRemove(key, out _); // who still waits finds the file
        }
    }

    private bool TryFetchNow(string key)
    {
        var temporary = NewTemporary();
        try
        {
            if (Blocking.Wait(() => _bucket.FetchAsync(Start + key, temporary, CancellationToken.None)) is null)
                return false;
            Keep(key, temporary);
            return true;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private void Keep(string key, string temporary)
    {
        _cache.Use(key);
        File.Move(temporary, CopyOf(key), overwrite: true);
        _cache.MakeRoom();
    }
}
