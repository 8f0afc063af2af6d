using System.Formats.Tar;
using System.Text.Json;
using NnService.Api.Http;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.Keeping;

/// <summary>The state of the data folder at one moment, to be written as an archive.</summary>
/// <param name="staging">Has the files.</param>
/// <param name="at">The moment.</param>
/// <param name="datasets">Name and hash of each dataset by the key of its blob.</param>
/// <param name="blobs">Where blobs are read that have no second name there, as all that are kept outside of the data folder: one after the other, as they are
/// written.</param>
internal sealed class Snapshot(
    Staging staging, DateTime at, IReadOnlyDictionary<string, (string Name, string Sha256)> datasets, BlobStore blobs) : IDisposable
{
    private readonly List<(string Key, string Name)> _damaged = [];

    /// <summary>The moment.</summary>
    public DateTime At => at;

    /// <summary>Datasets whose bytes are missing or not those that were uploaded, by the keys of their blobs; known when the archive has been written. One that
    /// was deleted meanwhile may be among them.</summary>
    public IReadOnlyList<(string Key, string Name)> Damaged => _damaged;

    /// <summary>Writes the archive: the database, blobs, checkpoints, and at the end the manifest with the hash of each.</summary>
    public async Task<BackupManifest> WriteAsync(Stream target, CancellationToken cancellation)
    {
        await using var archive = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true);
        var files = new List<BackupFile>();
        foreach (var path in Paths())
        {
            await using var file = Open(path);
            if (file is not null)
                files.Add(await AddAsync(archive, path, file, cancellation));
        }

        _damaged.AddRange(WrongDatasets(files));
        var manifest = new BackupManifest(BackupManifest.FormatName, BackupManifest.LatestVersion, ServiceVersion.Text, at, files);
        using var text = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest, SpecJson.Options));
        await archive.WriteEntryAsync(EntryOf(BackupManifest.FileName, text), cancellation);
        return manifest;
    }

    public void Dispose() => staging.Dispose();

    private IEnumerable<string> Paths() => Directory.EnumerateFiles(staging.Path, "*", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(staging.Path, file).Replace(Path.DirectorySeparatorChar, '/'))
        .Where(BackupManifest.Has)
        .Union(datasets.Keys.Select(key => BackupManifest.Blobs + key))
        .OrderByDescending(path => path == BackupManifest.Database).ThenBy(path => path, StringComparer.Ordinal);

    // Null where a dataset's bytes are lost: its row is worth keeping.
    private FileStream? Open(string path)
    {
        if (!path.StartsWith(BackupManifest.Blobs, StringComparison.Ordinal) || File.Exists(Path.Combine(staging.Path, path)))
            return new FileStream(Path.Combine(staging.Path, path), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
        try
        {
            return blobs.OpenRead(path[BackupManifest.Blobs.Length..]);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private async Task<BackupFile> AddAsync(TarWriter archive, string path, FileStream file, CancellationToken cancellation)
    {
        await using var hashed = new HashingStream(file);
        await archive.WriteEntryAsync(EntryOf(path, hashed), cancellation);
        return new BackupFile(path, file.Length, hashed.Sha256());
    }

    private PaxTarEntry EntryOf(string path, Stream content) =>
        new(TarEntryType.RegularFile, path) { DataStream = content, ModificationTime = at, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite };

    private IEnumerable<(string Key, string Name)> WrongDatasets(List<BackupFile> files)
    {
        var hashes = files.ToDictionary(file => file.Path, file => file.Sha256);
        return datasets.Where(dataset => hashes.GetValueOrDefault(BackupManifest.Blobs + dataset.Key) is var hash && hash != dataset.Value.Sha256)
            .Select(dataset => (dataset.Key, dataset.Value.Name));
    }
}
