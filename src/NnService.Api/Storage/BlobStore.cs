using System.Security.Cryptography;

namespace NnService.Api.Storage;

/// <summary>Files by key in the data folder. What <see cref="WriteAsync"/> has returned survives a crash: the bytes are on disk before their name is.</summary>
public sealed class BlobStore
{
    private const string Companion = ".columns";

    private readonly string _folder;

    /// <param name="data">The data folder; blobs live in its <c>blobs</c>.</param>
    public BlobStore(DataFolder data)
    {
        ArgumentNullException.ThrowIfNull(data);
        _folder = data.CreateFolder("blobs");
    }

    /// <summary>Where the files lie. What else is left here by a process that was killed, the next start removes.</summary>
    public string Folder => _folder;

    /// <summary>Stores a stream under a new key: temporary file, hash on the way, fsync, rename, fsync of the folder.</summary>
    /// <param name="content">Read to its end.</param>
    /// <param name="cancellation">Ends the copy; what was written is removed.</param>
    public async Task<StoredBlob> WriteAsync(Stream content, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(content);
        var key = Guid.CreateVersion7().ToString("N");
        var temporary = Path.Combine(_folder, key + ".tmp");
        try
        {
            long length = 0;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous))
            {
                var buffer = new byte[1 << 16];
                for (int read; (read = await content.ReadAsync(buffer, cancellation)) > 0;)
                {
                    hash.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
                    length += read;
                }

                await file.FlushAsync(cancellation);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, PathOf(key));
            FolderSync.Flush(_folder);
            return new StoredBlob(key, length, Convert.ToHexStringLower(hash.GetHashAndReset()));
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Opens a blob for reading. Errors: <see cref="FileNotFoundException"/>.</summary>
    public FileStream OpenRead(string key) =>
        new(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);

    /// <summary>Whether anything is stored.</summary>
    public bool Any() => Directory.EnumerateFiles(_folder).Any(file => !IsUnfinished(file));

    /// <summary>Whether a blob's bytes are those that were stored; reads all of them.</summary>
    /// <param name="key">Of the blob.</param>
    /// <param name="sha256">The hash that <see cref="WriteAsync"/> has returned.</param>
    public bool IsWhole(string key, string sha256)
    {
        if (!File.Exists(PathOf(key)))
            return false;
        using var bytes = OpenRead(key);
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == sha256;
    }

    /// <summary>Where a blob's companion lies: something made from the blob that can be made again, and that goes with it.</summary>
    public string CompanionOf(string key) => PathOf(key) + Companion;

    /// <summary>
    /// Makes a blob's companion and opens it: complete under its name, or not there. Where a directory has its name, what was opened is a file without one.
    /// </summary>
    /// <param name="key">Of the blob.</param>
    /// <param name="write">Writes the file at the path it is given.</param>
    /// <param name="open">Opens it; the file may be deleted while it is open.</param>
    public T WriteCompanion<T>(string key, Action<string> write, Func<string, T> open)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(open);
        var temporary = Path.Combine(_folder, $"{Guid.CreateVersion7():N}.tmp");
        try
        {
            write(temporary);
            if (Directory.Exists(CompanionOf(key)))
                return open(temporary);
            File.Move(temporary, CompanionOf(key), overwrite: true);
            return open(CompanionOf(key));
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes a file and opens it; it has lost its name by then, and ends when it is closed.</summary>
    /// <param name="write">Writes the file at the path it is given.</param>
    /// <param name="open">Opens it; the file may be deleted while it is open.</param>
    public T WriteNameless<T>(Action<string> write, Func<string, T> open)
    {
        ArgumentNullException.ThrowIfNull(write);
        ArgumentNullException.ThrowIfNull(open);
        var temporary = Path.Combine(_folder, $"{Guid.CreateVersion7():N}.tmp");
        try
        {
            write(temporary);
            return open(temporary);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Removes a blob and its companion; nothing happens where they are gone already, or where somebody has put a directory in their place.</summary>
    public void Delete(string key)
    {
        foreach (var path in (string[])[PathOf(key), CompanionOf(key)])
            if (!Directory.Exists(path))
                File.Delete(path);
    }

    /// <summary>Whether as many bytes lie under a key as were stored.</summary>
    public bool HasLength(string key, long length) => new FileInfo(PathOf(key)) is { Exists: true } file && file.Length == length;

    /// <summary>Where a blob lies.</summary>
    public string PathOf(string key) => Path.Combine(_folder, key);

    /// <summary>What was left half written, by a crash or by an upload under way.</summary>
    public IReadOnlyList<string> Unfinished() => [.. Directory.EnumerateFiles(_folder).Where(IsUnfinished)];

    /// <summary>Removes what a crash has left of uploads that never came to their end.</summary>
    public void RemoveUnfinished()
    {
        foreach (var file in Unfinished())
            File.Delete(file);
    }

    /// <summary>Complete files that no row names: of uploads that a crash has kept from their row, or of rows that were lost.</summary>
    public IReadOnlyList<string> Orphans(IReadOnlySet<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        return [.. Directory.EnumerateFiles(_folder).Where(file => !IsUnfinished(file) && !keys.Contains(KeyOf(Path.GetFileName(file))))];
    }

    // Those of the framework's buffers for large bodies and answers are called ASPNETCORE_….tmp.
    private static bool IsUnfinished(string file) => Path.GetExtension(file) == ".tmp";

    private static string KeyOf(string file) => file.EndsWith(Companion, StringComparison.Ordinal) ? file[..^Companion.Length] : file;
}

/// <summary>What was stored.</summary>
/// <param name="Key">Its name in the store.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record StoredBlob(string Key, long Length, string Sha256);
