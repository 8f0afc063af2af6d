using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace NnService.Api.Storage;

/// <summary>
/// Uploaded bytes by key. What <see cref="WriteAsync"/> has returned survives a crash. Beside them, always on this machine, what is made from them
/// (companions), and room for what lasts only as long as a request.
/// </summary>
internal abstract class BlobStore
{
    private const string Companion = ".columns";

    protected BlobStore(string local) => Folder = local;

    /// <summary>Where files of this process alone lie. What is left here half written by a process that was killed, the next start removes.</summary>
    public string Folder { get; }

    /// <summary>Bounds what lies in that folder where blobs are kept elsewhere; null: it holds the blobs themselves, and their companions are not bounded.</summary>
    protected BlobCache? Cache { get; init; }

    /// <summary>Where the blobs are, for messages: a folder, or a bucket.</summary>
    public abstract string Place { get; }

    /// <summary>Whether blobs are kept outside of the data folder, where other nodes may read and write them too.</summary>
    public abstract bool IsShared { get; }

    /// <summary>Stores a stream under a new key; when it returns, its bytes are safe.</summary>
    /// <param name="content">Read to its end.</param>
    /// <param name="cancellation">Ends the copy; what was written is removed.</param>
    public abstract Task<StoredBlob> WriteAsync(Stream content, CancellationToken cancellation);

    /// <summary>Opens a blob for reading. Errors: <see cref="FileNotFoundException"/>.</summary>
    public abstract FileStream OpenRead(string key);

    /// <summary>Whether a blob's bytes, as they are read here, are those that were stored; reads all of them.</summary>
    /// <param name="key">Of the blob.</param>
    /// <param name="sha256">The hash that <see cref="WriteAsync"/> has returned.</param>
    public abstract bool IsWhole(string key, string sha256);

    /// <summary>The same of the bytes where they are kept, past every copy on this machine. Null: there are none.</summary>
    public abstract bool? IsKeptWhole(string key, string sha256);

    /// <summary>Removes a blob and its companion; nothing happens where they are gone already.</summary>
    public abstract void Delete(string key);

    /// <summary>Where a blob lies, for messages.</summary>
    public abstract string PlaceOf(string key);

    /// <summary>Why blobs cannot be reached now, in a sentence; null where they can. Cheap enough for a probe.</summary>
    public abstract string? Obstacle();

    /// <summary>Whether anything is stored.</summary>
    public bool Any() => All().Any(file => !file.IsCompanion);

    /// <summary>Everything that is stored completely.</summary>
    public abstract IEnumerable<StoredFile> All();

    /// <summary>
    /// Of those files, what no row names and nobody is about to name: of uploads that a crash has kept from their row, or of rows that were lost.
    /// </summary>
    public abstract IReadOnlyList<StoredFile> OrphansIn(IEnumerable<StoredFile> files, IReadOnlySet<string> keys);

    /// <summary>What was left half written, by a crash or by an upload under way.</summary>
    public virtual IReadOnlyList<string> Unfinished() => [.. Directory.EnumerateFiles(Folder).Where(IsUnfinished)];

    /// <summary>Removes what a crash has left of uploads that never came to their end.</summary>
    public void RemoveUnfinished()
    {
        foreach (var file in Unfinished())
            File.Delete(file);
    }

    /// <summary>Where a blob's companion lies: something made from the blob that can be made again, and that goes with it.</summary>
    public string CompanionOf(string key)
    {
        Cache?.Use(key);
        return Path.Combine(Folder, key + Companion);
    }

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
        var temporary = NewTemporary();
        try
        {
            write(temporary);
            if (Directory.Exists(CompanionOf(key)))
                return open(temporary);
            File.Move(temporary, CompanionOf(key), overwrite: true);
            var opened = open(CompanionOf(key));
            Cache?.MakeRoom();
            return opened;
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
        var temporary = NewTemporary();
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

    /// <summary>Room that is left on the disk of <see cref="Folder"/>.</summary>
    public long FreeBytes => new DriveInfo(Folder).AvailableFreeSpace;

    /// <summary>An empty file for so many bytes, which is gone when its handle is closed. Errors: <see cref="IOException"/> where they have no room.</summary>
    public SafeFileHandle OpenScratch(long bytes) => FreeBytes is var free && free < bytes
        ? throw new IOException($"{bytes:N0} bytes are needed in {Folder}, and {free:N0} are free")
        : File.OpenHandle(
            NewTemporary(), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.DeleteOnClose, preallocationSize: bytes);

    /// <summary>Removes what lies on this machine for blobs that no row names: copies, which can be made again.</summary>
    public void KeepCopiesOf(IReadOnlySet<string> keys)
    {
        if (!IsShared)
            return; // they are the blobs
        foreach (var file in Directory.EnumerateFiles(Folder).Where(file => !IsUnfinished(file) && !keys.Contains(KeyOf(Path.GetFileName(file)))).ToList())
            File.Delete(file);
    }

    /// <summary>The same beside uploads and readers: copies that somebody has used lately stay, for an upload has its files before its row.</summary>
    public void LetCopiesGo(IReadOnlySet<string> keys) => Cache?.LetGo(keys);

    /// <summary>A name beside the companions that no other process or node uses.</summary>
    protected string NewTemporary() => Path.Combine(Folder, $"{Guid.CreateVersion7():N}.tmp");

    /// <summary>Copies a stream into a new file, hashed on the way.</summary>
    protected static async Task<(long Length, string Sha256)> CopyAsync(Stream content, string file, bool isFlushed, CancellationToken cancellation)
    {
        long length = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var target = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        var buffer = new byte[1 << 16];
        for (int read; (read = await content.ReadAsync(buffer, cancellation)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
            length += read;
        }

        await target.FlushAsync(cancellation);
        if (isFlushed)
            target.Flush(flushToDisk: true);
        return (length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Removes a blob's companion, and what is known of its use.</summary>
    protected void DeleteCompanion(string key)
    {
        DeleteFile(CompanionOf(key));
        Cache?.Forget(key);
    }

    /// <summary>Removes a file; where somebody has put a directory in its place, that stays.</summary>
    protected static void DeleteFile(string path)
    {
        if (!Directory.Exists(path))
            File.Delete(path);
    }

    /// <summary>Whether a file is not complete yet. Those of the framework's buffers for large bodies and answers are called ASPNETCORE_….tmp.</summary>
    protected static bool IsUnfinished(string file) => Path.GetExtension(file) == ".tmp";

    /// <summary>Whether a file is a companion.</summary>
    protected static bool IsCompanion(string file) => file.EndsWith(Companion, StringComparison.Ordinal);

    /// <summary>The key of a blob or of its companion, by the name of the file.</summary>
    protected static string KeyOf(string file) => IsCompanion(file) ? file[..^Companion.Length] : file;
}

/// <summary>What was stored.</summary>
/// <param name="Key">Its name in the store.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
internal sealed record StoredBlob(string Key, long Length, string Sha256);
