using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Security.Cryptography;
using NnService.Api.Errors;
using NnService.Api.Metrics;

namespace NnService.Api.Storage;

/// <summary>
/// Checkpoints of jobs that are under way: a file each, named by job and generation, with its SHA-256 as the last 32 bytes. The two latest are kept, so that
/// there is one where the other turns out to be damaged. Like a blob, one is safe before it can be seen.
/// </summary>
internal abstract class CheckpointStore
{
    /// <summary>How many of a job are kept.</summary>
    protected const int Generations = 2;

    private const string Kind = "training job", NewKind = "new checkpoints of training job"; // as damage is noted about

    private readonly Damage _damage;
    private readonly Histogram<double> _seconds;

    protected CheckpointStore(Damage damage, ServiceMeter meter)
    {
        _damage = damage;
        _seconds = meter.Duration("nnservice.checkpoint.write.duration", "Time to write a checkpoint until it is safe.");
    }

    /// <summary>Whether checkpoints are kept outside of the data folder, where other nodes may read and write them too.</summary>
    public abstract bool IsShared { get; }

    /// <summary>Writes the next generation of a job and drops those before its predecessor.</summary>
    public void Write(Guid job, Action<Stream> content)
    {
        var begun = Stopwatch.GetTimestamp();
        try
        {
            Put(job, content);
        }
        catch (StorageUnavailableException unavailable)
        {
            _damage.Replace(SayUnwritten(job, unavailable), UnwrittenOf(job));
            throw;
        }

        _damage.Deleted(UnwrittenOf(job));
        _seconds.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds);
    }

    /// <summary>The number of a job's latest generation: every one that is written has a higher one. 0 where there is none.</summary>
    public long LatestGeneration(Guid job) => GenerationsOf(job) is [var latest, ..] ? latest : 0;

    /// <summary>The same for a job that is given back: 0 also where nobody can be asked now, and what its row knows of it stays.</summary>
    public long ReachableGeneration(Guid job)
    {
        try
        {
            return LatestGeneration(job);
        }
        catch (Exception away) when (away is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Notes that a job which had checkpoints has none any more, or that they are there again.</summary>
    public void NoteWhetherLost(Guid job)
    {
        if (LatestGeneration(job) == 0)
            _damage.Note(SayLost(job), Subject(job));
        else
            _damage.Mended(SayLost(job));
    }

    /// <summary>Reads the latest checkpoint of a job that is whole; null where there is none. One that is damaged is noted and passed over, and one that has gone
    /// meanwhile is passed over.</summary>
    /// <param name="job">The job.</param>
    /// <param name="read">Reads the content of one that is whole; where it returns null, or cannot read it, as of another version of the service, that is passed
    /// over too.</param>
    public TContent? ReadLatest<TContent>(Guid job, Func<Stream, TContent?> read)
        where TContent : class
    {
        // Whoever trains it may have written the next two since these were listed, and a list of a network's folder may be old.
        var (content, areGone) = ReadLatest(job, GenerationsOf(job), read);
        return areGone ? ReadLatest(job, GenerationsOf(job), read).Content : content;
    }

    private (TContent? Content, bool AreGone) ReadLatest<TContent>(Guid job, IReadOnlyList<long> generations, Func<Stream, TContent?> read)
        where TContent : class
    {
        var gone = 0;
        foreach (var generation in generations)
        {
            if (!TryOpen(job, generation, out var opened))
            {
                gone++;
                continue;
            }

            using var file = opened;
            var isWhole = file is not null && IsWhole(file);
            if (isWhole && TryRead(file!, read) is { } content)
                return (content, false);
            if (isWhole)
                continue; // nothing is wrong with it
            var goesOn = generation == generations[^1] ? "starts over" : "goes on from the one before it";
            _damage.Note($"Checkpoint {generation} of training job {job} is {(file is null ? "a directory" : "damaged")}; the job {goesOn}.", Subject(job));
        }

        return (null, gone > 0 && gone == generations.Count);
    }

    private bool TryOpen(Guid job, long generation, out FileStream? file)
    {
        try
        {
            file = Open(job, generation);
            return true;
        }
        catch (FileNotFoundException)
        {
            file = null;
            return false;
        }
    }

    /// <summary>Removes all checkpoints of jobs that have ended.</summary>
    public void Delete(params ReadOnlySpan<Guid> jobs)
    {
        foreach (var job in jobs)
            NeedNoMore(job);
        try
        {
            foreach (var job in jobs)
                RemoveAll(job);
        }
        catch (StorageUnavailableException)
        {
            // the next start sweeps what is left
        }
    }

    /// <summary>A job has ended: that checkpoints are lost, or cannot be written, is nobody's concern any more.</summary>
    public void NeedNoMore(Guid job)
    {
        _damage.Mended(SayLost(job));
        _damage.Deleted(UnwrittenOf(job));
    }

    /// <summary>A job was deleted: what was noted of its checkpoints holds no longer.</summary>
    public void Forget(Guid job)
    {
        NeedNoMore(job);
        _damage.Deleted(Subject(job));
    }

    /// <summary>Jobs of whose checkpoints something is noted.</summary>
    public IReadOnlyList<Guid> Noted() => [.. _damage.Which(Kind).Concat(_damage.Which(NewKind)).Distinct().Select(Guid.Parse)];

    /// <summary>Complete checkpoints; some may be gone by the time they are looked at.</summary>
    public abstract IReadOnlyList<StoredCheckpoint> All();

    /// <summary>Opens one; null where it has gone meanwhile.</summary>
    public abstract FileStream? Open(StoredCheckpoint checkpoint);

    /// <summary>Whether a checkpoint's bytes are those that were written; reads all of them. True also where it has gone meanwhile.</summary>
    public bool IsWhole(StoredCheckpoint checkpoint)
    {
        using var file = Open(checkpoint);
        return file is null || IsWhole(file);
    }

    /// <summary>Removes one.</summary>
    public abstract void Remove(StoredCheckpoint checkpoint);

    /// <summary>What was left half written, by a crash or by a run under way.</summary>
    public abstract IReadOnlyList<string> Unfinished();

    /// <summary>Removes what a crash has left half written.</summary>
    public void RemoveUnfinished()
    {
        foreach (var file in Unfinished())
            File.Delete(file);
    }

    /// <summary>Writes the next generation, complete or not at all, and drops old ones.</summary>
    protected abstract void Put(Guid job, Action<Stream> content);

    /// <summary>The numbers of a job's generations, the latest first.</summary>
    protected abstract IReadOnlyList<long> GenerationsOf(Guid job);

    /// <summary>Opens a generation; null where a directory has its name.</summary>
    /// <exception cref="FileNotFoundException">It has gone meanwhile.</exception>
    protected abstract FileStream? Open(Guid job, long generation);

    /// <summary>Removes all files of a job.</summary>
    protected abstract void RemoveAll(Guid job);

    /// <summary>Writes a content and its hash behind it into a file, and has the file on disk.</summary>
    protected static void WriteHashed(string path, Action<Stream> content)
    {
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        using var hash = SHA256.Create();
        using (var hashed = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
            content(hashed);
        file.Write(hash.Hash!);
        file.Flush(flushToDisk: true);
    }

    /// <summary>How a generation is written in names, so that they sort.</summary>
    protected static string Format(long generation) => generation.ToString("D9", CultureInfo.InvariantCulture);

    /// <summary>The number in a name; 0 where there is none.</summary>
    protected static long GenerationIn(ReadOnlySpan<char> text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string Subject(Guid job) => $"{Kind} {job}";

    private static string UnwrittenOf(Guid job) => $"{NewKind} {job}";

    private static string SayLost(Guid job) =>
        $"The checkpoints of training job {job} are missing: it starts over, unless they are put back before it goes on.";

    private static string SayUnwritten(Guid job, StorageUnavailableException why) =>
        $"No checkpoint of training job {job} can be written: {why.Message} The training goes on; after a crash it would go on from its last checkpoint.";

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
}
