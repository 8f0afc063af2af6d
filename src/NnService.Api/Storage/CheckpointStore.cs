using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using NnService.Api.Errors;
using NnService.Api.Metrics;

namespace NnService.Api.Storage;

/// <summary>
/// Checkpoints of jobs that are under way: a file each, named by job and generation, with its SHA-256 as the last 32 bytes. The two latest are kept, so that
/// there is one where the other turns out to be damaged. Like a blob, one is on disk before its name is.
/// </summary>
internal sealed class CheckpointStore
{
    private const int Generations = 2;

    private readonly string _folder;
    private readonly Damage _damage;
    private readonly Histogram<double> _seconds;

    public CheckpointStore(DataFolder data, Damage damage, ServiceMeter meter)
    {
        (_folder, _damage) = (data.CreateFolder("checkpoints"), damage);
        _seconds = meter.Duration("nnservice.checkpoint.write.duration", "Time to write a checkpoint until it is safe on disk.");
    }

    /// <summary>Writes the next generation of a job and drops those before its predecessor.</summary>
    public void Write(Guid job, Action<Stream> content)
    {
        var begun = Stopwatch.GetTimestamp();
        var (path, temporary) = (PathOf(job, LatestGeneration(job) + 1), Path.Combine(_folder, $"{job:N}.tmp"));
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                using var hash = SHA256.Create();
                using (var hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
                    content(hashed);
                file.Write(hash.Hash!);
                file.Flush(flushToDisk: true);
            }
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        File.Move(temporary, path);
        FolderSync.Flush(_folder);
        foreach (var (old, _) in FilesOf(job).Where(file => File.Exists(file.Path)).Skip(Generations))
            File.Delete(old);
        _seconds.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    /// <summary>The number of a job's latest generation: every one that is written has a higher one. 0 where there is none.</summary>
    public long LatestGeneration(Guid job) => FilesOf(job).Select(file => file.Generation).FirstOrDefault();

    /// <summary>Notes that a job which had checkpoints has none any more, or that they are there again.</summary>
    public void NoteWhetherLost(Guid job)
    {
        if (LatestGeneration(job) == 0)
            _damage.Note(SayLost(job), Subject(job));
        else
            _damage.Mended(SayLost(job));
    }

    /// <summary>Reads the latest checkpoint of a job that is whole; null where there is none. One that is damaged is noted and passed over.</summary>
    /// <param name="job">The job.</param>
    /// <param name="read">Reads the content; what it returns null for, or cannot read, is passed over too.</param>
    public TContent? ReadLatest<TContent>(Guid job, Func<Stream, TContent?> read)
        where TContent : class
    {
        var files = FilesOf(job);
        foreach (var (path, generation) in files)
        {
            var isDirectory = Directory.Exists(path);
            using var file = isDirectory ? null : File.OpenRead(path);
            if (file is not null && IsWhole(file) && TryRead(file, read) is { } content)
                return content;
            var goesOn = path == files[^1].Path ? "starts over" : "goes on from the one before it";
            _damage.Note($"Checkpoint {generation} of training job {job} is {(isDirectory ? "a directory" : "damaged")}; the job {goesOn}.", Subject(job));
        }

        return null;
    }

    /// <summary>Removes all checkpoints of a job that has ended.</summary>
    public void Delete(Guid job)
    {
        _damage.Mended(SayLost(job)); // it needs none any more
        foreach (var (path, _) in FilesOf(job).Where(file => File.Exists(file.Path)))
            File.Delete(path);
    }

    /// <summary>A job was deleted: what was noted of its checkpoints holds no longer.</summary>
    public void Forget(Guid job) => _damage.Deleted(Subject(job));

    /// <summary>Complete checkpoints; some may be gone by the time they are looked at.</summary>
    public IReadOnlyList<string> Files() => [.. Directory.EnumerateFiles(_folder).Where(file => Path.GetExtension(file) != ".tmp")];

    /// <summary>Checkpoints whose bytes are not those that were written; reads all of them.</summary>
    public IReadOnlyList<string> Damaged()
    {
        return [.. Files().Where(file => !IsWholeAt(file))];

        static bool IsWholeAt(string path)
        {
            using var file = File.OpenRead(path);
            return IsWhole(file);
        }
    }

    /// <summary>The jobs that have files here, and with the empty id files that are of no job.</summary>
    public IReadOnlySet<Guid> Jobs() => Directory.EnumerateFiles(_folder).Select(JobOf).ToHashSet();

    /// <summary>Removes what a crash has left half written, and the files of jobs that have ended.</summary>
    /// <param name="underWay">The jobs that have not ended.</param>
    /// <param name="known">All jobs of the database that have files here.</param>
    /// <returns>Complete files of jobs that the database does not know; they stay.</returns>
    public IReadOnlyList<string> Sweep(IReadOnlySet<Guid> underWay, IReadOnlySet<Guid> known)
    {
        var orphans = new List<string>();
        foreach (var file in Directory.EnumerateFiles(_folder).Where(file => !underWay.Contains(JobOf(file)) || Path.GetExtension(file) == ".tmp").ToList())
            if (Path.GetExtension(file) == ".tmp" || known.Contains(JobOf(file)))
                File.Delete(file);
            else
                orphans.Add(file);
        return orphans;
    }

    private static string Subject(Guid job) => $"training job {job}";

    private static string SayLost(Guid job) =>
        $"The checkpoints of training job {job} are missing: it starts over, unless they are put back before it goes on.";

    private static TContent? TryRead<TContent>(Stream file, Func<Stream, TContent?> read)
        where TContent : class
    {
        try
        {
            file.Position = 0;
            return read(file);
        }
        catch (Exception unfit) when (unfit is InvalidDataException or EndOfStreamException or ArgumentException)
        {
            return null;
        }
    }

    private static bool IsWhole(FileStream file)
    {
        var left = file.Length - SHA256.HashSizeInBytes;
        if (left < 0)
            return false;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (; left > 0; left -= buffer.Length)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(left, buffer.Length));
            file.ReadExactly(piece);
            hash.AppendData(piece);
        }

        Span<byte> written = stackalloc byte[SHA256.HashSizeInBytes];
        file.ReadExactly(written);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(written);
    }

    // The latest first; also a directory that has the name of one, so that no other gets its name.
    private List<(string Path, long Generation)> FilesOf(Guid job) =>
        [.. Directory.EnumerateFileSystemEntries(_folder, $"{job:N}.*")
            .Select(path => (Path: path, Generation: long.TryParse(Path.GetExtension(path).TrimStart('.'),
                NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0))
            .Where(file => file.Generation > 0)
            .OrderByDescending(file => file.Generation)];

    private string PathOf(Guid job, long generation) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{job:N}.{generation:D9}"));

    private static Guid JobOf(string path) => Guid.TryParseExact(Path.GetFileNameWithoutExtension(path), "N", out var job) ? job : Guid.Empty;
}
