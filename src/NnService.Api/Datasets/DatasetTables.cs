using System.Collections.Concurrent;
using Microsoft.Extensions.Caching.Memory;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Storage;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;

namespace NnService.Api.Datasets;

/// <summary>The tables of stored datasets, by column from a file beside the uploaded bytes; what was read is kept while memory and file handles allow. Datasets
/// never change, so a kept table is stale only where somebody has changed its file.</summary>
internal sealed class DatasetTables(BlobStore blobs, Database database, Damage damage, FileHandles handles, MemoryLimits limits, ILogger<DatasetTables> log)
    : IDisposable
{
    private const int BytesPerByte = 16; // of a CSV that is read as a whole; a large one is not
    private const int BytesPerByteOfJson = 24;
    private const long MostBytesWhileReading = 256L << 20;
    private const long LargeBytes = 64L << 20; // of a file whose room is worth a collection
    private const string Kind = "dataset"; // as damage is noted about

    private readonly MemoryCache _tables = new(new MemoryCacheOptions { SizeLimit = limits.TableCells });

    // Files of columns whose every byte was found as it was written. A table too large to be kept is opened for each request, and read for that once.
    private readonly ConcurrentDictionary<string, (long Length, DateTime Written)> _intact = new();

    private readonly ConcurrentDictionary<string, Lock> _turns = new(); // of those that were read anew

    /// <summary>Memory that reading an upload takes at the most.</summary>
    /// <param name="format">What it is.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="all">As below.</param>
    public static long BytesWhileReading(DatasetFormat format, long length, long all) =>
        format == DatasetFormat.Json ? length * BytesPerByteOfJson : BytesWhileReading(length, all);

    /// <summary>The same of a CSV.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="all">Bytes that there are for work in all: reading must find some beside other work.</param>
    public static long BytesWhileReading(long length, long all) => Math.Min(length * BytesPerByte, Math.Min(MostBytesWhileReading, all / 2));

    /// <summary>What is said of an upload whose bytes are not there or not those of then.</summary>
    public static string SayDamaged(string name) =>
        $"Dataset \"{name}\" is damaged: its stored bytes are not those that were uploaded. Put them back from a backup, or upload them again under the same name.";

    /// <summary>What damage to a dataset is noted about: the key of its bytes, for another may have its name by now.</summary>
    public static string Subject(string blobKey) => $"{Kind} {blobKey}";

    /// <summary>
    /// Removes the files of a dataset whose row is gone, or names others. What cannot be removed stays, as a crash in between leaves it: a file without a row,
    /// which the next start puts into quarantine. Whoever reads the table at the time reads on.
    /// </summary>
    public void Delete(string name, string blobKey)
    {
        var isLarge = StampOf(blobKey).Length >= LargeBytes;
        try
        {
            blobs.Delete(blobKey);
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("Files of dataset {Name} stay, though no row names them: {Reason}", name, closed.Message);
        }

        Forget(blobKey);
        if (isLarge)
            CloseFiles();
    }

    /// <summary>
    /// Lets go of datasets that another node has deleted: of their tables, of the files that lie here for them, and of what was noted of them. Whoever reads one
    /// at the time reads on.
    /// </summary>
    public void ForgetGone()
    {
        // Looked at before the rows: each of these has had one, and none comes to have one again.
        HashSet<string> known = [.. _tables.Keys.OfType<string>(), .. _intact.Keys, .. _turns.Keys, .. damage.Which(Kind)];
        HashSet<string> there;
        using (var db = database.Read())
            there = [.. db.Datasets.Select(row => row.BlobKey)];
        known.ExceptWith(there);
        var isLarge = known.Any(key => _intact.TryGetValue(key, out var stamp) && stamp.Length >= LargeBytes);
        foreach (var key in known)
            Forget(key);
        blobs.LetCopiesGo(there);
        if (isLarge)
            CloseFiles();
    }

    /// <summary>Notes that the uploaded bytes of a dataset are not there or not those of then; nothing where it was deleted since its row was read.</summary>
    public void NoteDamaged(string name, string blobKey)
    {
        if (!IsGone(blobKey))
            damage.Note(SayDamaged(name), Subject(blobKey));
    }

    /// <summary>The table; null where it was deleted since its row was read. Errors: <see cref="DamageException"/>.</summary>
    public Table? Find(Dataset dataset)
    {
        var stamp = StampOf(dataset.BlobKey);
        if (_tables.TryGetValue(dataset.BlobKey, out Kept? kept) && kept!.Stamp == stamp)
            return kept.Table;
        try
        {
            var isIntact = _intact.TryGetValue(dataset.BlobKey, out var then) && then == stamp;
            var stored = ColumnFile.TryOpen(blobs.CompanionOf(dataset.BlobKey), isIntact) ?? ReadAnew(dataset);
            var table = stored.WrittenIn(DatasetReading.Parse(dataset.Reading).Notation);
            Keep(dataset, table);
            return table;
        }
        catch (Exception failure) when (failure is DamageException or IOException && IsGone(dataset.BlobKey))
        {
            blobs.Delete(dataset.BlobKey); // what may just have been made beside it
            return null;
        }
    }

    /// <summary>Opens the uploaded bytes; null where they were deleted since the row was read. Errors: <see cref="DamageException"/>.</summary>
    public FileStream? OpenBytes(Dataset dataset)
    {
        try
        {
            RefuseDamage(dataset);
            return blobs.OpenRead(dataset.BlobKey);
        }
        catch (Exception failure) when (failure is DamageException or IOException && IsGone(dataset.BlobKey))
        {
            return null;
        }
    }

    /// <summary>Reads a table from uploaded bytes into its file of columns. Errors: <see cref="TableFormatException"/>.</summary>
    /// <param name="blobKey">Where the bytes are.</param>
    /// <param name="reading">How they are read.</param>
    /// <param name="isNew">Whether they are being uploaded.</param>
    public Table Read(string blobKey, DatasetReading reading, bool isNew)
    {
        Table? read = null;
        var stored = blobs.WriteCompanion(
            blobKey,
            path =>
            {
                using var bytes = blobs.OpenRead(blobKey);
                using var columns = ColumnFile.Create(path);
                read = reading.Read(bytes, columns, isNew);
                columns.Finish(read);
            },
            path => ColumnFile.TryOpen(path));
        return stored?.WithNotesOf(read!) ?? throw new IOException("A file of columns that was just written cannot be read.");
    }

    /// <summary>Reads a CSV into a file of columns that has no name and goes with the table. Errors: <see cref="TableFormatException"/>.</summary>
    /// <param name="csv">A stream that can seek.</param>
    /// <param name="options">How it is read.</param>
    public Table ReadOnce(Stream csv, TableReadOptions options) => Nameless(into => CsvTable.Read(csv, options with { Into = into }), options.Notation);

    /// <summary>The table with some of its columns read as words, made anew from the uploaded bytes each time; null where it was deleted since its row was read.
    /// Errors: <see cref="DamageException"/>.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="columns">The columns.</param>
    public Table? FindAsWords(Dataset dataset, IEnumerable<string> columns)
    {
        using var bytes = OpenBytes(dataset);
        if (bytes is null)
            return null;
        var reading = DatasetReading.Parse(dataset.Reading);
        var types = new SortedDictionary<string, ColumnType>(reading.Types ?? [], StringComparer.Ordinal);
        foreach (var column in columns)
            types[column] = ColumnType.Category;
        return Nameless(into => (reading with { Types = types }).Read(bytes, into, isNew: false), reading.Notation);
    }

    public void Dispose() => _tables.Dispose();

    private Table Nameless(Func<ColumnFile, Table> read, CellNotation notation) =>
        blobs.WriteNameless(
            path =>
            {
                using var columns = ColumnFile.Create(path);
                columns.Finish(read(columns));
            },
            path => ColumnFile.TryOpen(path))?.WrittenIn(notation) ?? throw new IOException("A file of columns that was just written cannot be read.");

    private void Keep(Dataset dataset, Table table)
    {
        var stamp = _intact[dataset.BlobKey] = StampOf(dataset.BlobKey);
        using (var entry = _tables.CreateEntry(dataset.BlobKey))
        {
            entry.Value = new Kept(table, stamp);
            entry.Size = Math.Max((long)table.Rows * table.Columns.Count, limits.TableCells / handles.ForTables); // each holds its file open
        }

        if (StampOf(dataset.BlobKey) == default && IsGone(dataset.BlobKey))
            Forget(dataset.BlobKey); // it was deleted since it was opened, and forgotten before it was kept
    }

    private void Forget(string blobKey)
    {
        _tables.Remove(blobKey);
        _intact.TryRemove(blobKey, out _);
        _turns.TryRemove(blobKey, out _);
        damage.Deleted(Subject(blobKey));
    }

    // A large file has its room until every table that was opened on it has been collected.
    private static void CloseFiles() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false, compacting: false);

    // Those who come while it is read find it ready: nobody takes the memory for it a second time.
    private Table ReadAnew(Dataset dataset)
    {
        using var alone = _turns.GetOrAdd(dataset.BlobKey, _ => new Lock()).EnterScope();
        if (ColumnFile.TryOpen(blobs.CompanionOf(dataset.BlobKey)) is { } made)
            return made;
        RefuseDamage(dataset);
        NoteDirectory(dataset);
        var why = File.Exists(blobs.CompanionOf(dataset.BlobKey)) ? "damaged or of another version" : "not in this data folder";
        log.LogInformation("Reading dataset {Name} anew: its file of columns is {Why:l}", dataset.Name, why);
        return Read(dataset.BlobKey, DatasetReading.Parse(dataset.Reading), isNew: false);
    }

    // A file that is not there belongs to a dataset that is damaged, or that was deleted a moment ago: the row comes last and goes first.
    private void RefuseDamage(Dataset dataset)
    {
        var says = SayDamaged(dataset.Name);
        if (IsWhole(dataset))
            damage.Mended(says);
        else
            throw IsGone(dataset.BlobKey) ? new DamageException(says) : damage.Refuse(says, Subject(dataset.BlobKey));
    }

    private bool IsWhole(Dataset dataset)
    {
        var says = $"Dataset \"{dataset.Name}\" cannot be read: {blobs.PlaceOf(dataset.BlobKey)} is closed to the service's user. "
            + "Give it the right to read that.";
        try
        {
            var isWhole = blobs.IsWhole(dataset.BlobKey, dataset.Sha256);
            damage.Mended(says);
            return isWhole;
        }
        catch (UnauthorizedAccessException)
        {
            throw damage.Refuse(says, Subject(dataset.BlobKey));
        }
    }

    // Its origin is unknown, so it is kept; the table goes into an unnamed file that ends with the process.
    private void NoteDirectory(Dataset dataset)
    {
        var path = blobs.CompanionOf(dataset.BlobKey);
        var says = $"{path} is a directory, where the service keeps dataset \"{dataset.Name}\" by column. "
            + "Nothing is lost, but each start reads the dataset anew: move the directory away.";
        if (Directory.Exists(path))
            damage.Note(says, Subject(dataset.BlobKey));
        else
            damage.Mended(says);
    }

    private bool IsGone(string blobKey)
    {
        using var db = database.Read();
        return !db.Datasets.Any(row => row.BlobKey == blobKey);
    }

    private (long Length, DateTime Written) StampOf(string blobKey)
    {
        var path = blobs.CompanionOf(blobKey);
        return new FileInfo(path) is { Exists: true } file ? (file.Length, file.LastWriteTimeUtc) : Directory.Exists(path) ? (-1, default) : default;
    }

    private sealed record Kept(Table Table, (long Length, DateTime Written) Stamp);
}
