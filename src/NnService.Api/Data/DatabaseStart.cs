using System.Data.Common;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>
/// Brings the database up to date before the first request, looks whether files and rows belong together, and puts files aside that no row names.
/// </summary>
internal sealed class DatabaseStart(
    Database database, DatabaseEngine engine, PlainQueries queries, DataFolder folder, BlobStore blobs, Quarantine quarantine, Damage damage, Node node,
    Reserve reserve, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<DatabaseStart> log) : IHostedService, IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private ITimer? _cleaning;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            BeginFromReserve();
        }
        catch (DbException unusable) when (database.Failures.In(unusable) is { } fault)
        {
            throw new StartException(fault.Explain(engine.Name), unusable);
        }

        _cleaning = clock.CreateTimer(_ => Tidy(), null, TimeSpan.Zero, Hour);
        return Task.CompletedTask;
    }

    /// <summary>Closes the database, as the last hosted service to stop.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        engine.Close();
        return Task.CompletedTask;
    }

    public void Dispose() => _cleaning?.Dispose();

    // A database that nobody may write to has to be written to as well: the index of its log lies beside it.
    private void BeginFromReserve()
    {
        try
        {
            Begin();
        }
        catch (Exception full) when (database.Failures.IsFullDisk(full) && reserve.Release())
        {
            Begin();
            lifetime.ApplicationStarted.Register(reserve.Fill); // with what is left, for deletes
            log.LogWarning("The disk of the data folder is full: the service has begun with the room it keeps for deletes. Delete what is not needed any more");
        }
    }

    private void Tidy()
    {
        quarantine.DeleteOld();
        if (!lifetime.ApplicationStarted.IsCancellationRequested || reserve.IsInUse)
            return; // a start on a full disk may need the room, and a delete does
        try
        {
            reserve.Fill(); // somebody may have made room without a delete
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("The room that is kept for deletes cannot be set aside again: {Reason}", closed.Message);
        }
    }

    private void Begin()
    {
        engine.Examine();
        BringUpToDate();
        Compare();
        engine.Attend();
    }

    private void BringUpToDate()
    {
        var tables = queries.Ask(engine.TableNames);
        if (tables.Count == 0)
        {
            RefuseForgottenRows();
            database.Execute(engine.Schema.Script);
            return;
        }

        var done = ForeignTables.Refuse(engine, queries, tables);
        if (!done.Contains(engine.Schema.Latest))
        {
            // The data folder's lock proves that whoever has left a row here is dead.
            if (engine.MigrationLockTable is { } locks && tables.Contains(locks))
                database.Execute($"DELETE FROM \"{locks}\"");
            database.Migrate();
        }
    }

    // Or all uploads would be put into quarantine, for no row names them.
    private void RefuseForgottenRows()
    {
        var hasRows = File.Exists(folder.DatabaseFile);
        var place = hasRows || !blobs.IsShared ? "the data folder " + folder.Path : blobs.Place;
        if (!engine.IsInFolder && (hasRows || blobs.Any()))
            throw new StartException(
                $"The database {engine.Name} is empty, but {place} is not. Move its rows into the database with "
                + "NnService.Api migrate-to; or choose an empty folder with --Data:Path=…, or the database that belongs to this one.");
    }

    // The same where the database is that of another folder. One among several nodes is refused with an empty one too: others may fill it with what it misses.
    private void RefuseOtherFolder(IReadOnlyList<(string BlobKey, long Bytes, string Name)> datasets, Dictionary<string, long> lengths)
    {
        var (place, holds) = (blobs.IsShared ? blobs.Place : folder.Path, lengths.Count > 0 ? "which has others" : "which is empty");
        if (!engine.IsInFolder && datasets.Count > 0 && (lengths.Count > 0 || !node.IsAlone)
            && !datasets.Any(dataset => lengths.ContainsKey(dataset.BlobKey))) // one of another length is damaged
            throw new StartException(
                $"No dataset of the database {engine.Name} has its file in {place}, {holds}: they do not belong together. "
                + "Name the folder or the bucket that belongs to this database, or the database that belongs to this one.");
    }

    private void Compare()
    {
        blobs.RemoveUnfinished();
        Staging.RemoveLeft(folder);
        var datasets = queries.Datasets();
        List<StoredFile> files = [.. blobs.All()];
        var lengths = files.Where(file => !file.IsCompanion).ToDictionary(file => file.Key, file => file.Length);
        var marker = Meet(datasets, lengths);
        foreach (var (key, _, name) in StillThere(datasets.Where(dataset => lengths.GetValueOrDefault(dataset.BlobKey, -1) != dataset.Bytes)))
            damage.Note(Datasets.DatasetTables.SayDamaged(name), Datasets.DatasetTables.Subject(key));
        var keys = datasets.Select(dataset => dataset.BlobKey).ToHashSet();
        blobs.KeepCopiesOf(keys);
        if (marker is not null)
            keys.Add(marker);
        PutAside(blobs.OrphansIn(files, keys));
        log.LogDebug("{Count} datasets have their files", datasets.Count);
    }

    // What one of several nodes has written, all find, or they do not share their uploads. While it looks, no other node does.
    private string? Meet(IReadOnlyList<(string BlobKey, long Bytes, string Name)> datasets, Dictionary<string, long> lengths)
    {
        if (engine.Marker() is { } marker)
            return lengths.ContainsKey(marker) ? marker : throw new StartException(
                $"The uploads in {blobs.Place} are not those of the other nodes on the database {engine.Name}: the file {marker}, by which nodes know each other, "
                + "is not there. Name the folder or the bucket that they have (Storage:BlobFolder, Storage:S3), or a database of its own.");
        RefuseOtherFolder(datasets, lengths);
        if (node.IsAlone)
            return null;
        using var content = new MemoryStream("Nodes of a cluster know by this file that they share their uploads. Keep it.\n"u8.ToArray());
        var written = blobs.WriteAsync(content, CancellationToken.None).GetAwaiter().GetResult();
        database.Execute(engine.MarkBy(written.Key));
        return written.Key;
    }

    // Another node may have deleted a dataset since its row was read.
    private IEnumerable<(string BlobKey, long Bytes, string Name)> StillThere(IEnumerable<(string BlobKey, long Bytes, string Name)> datasets)
    {
        List<(string BlobKey, long Bytes, string Name)> lacking = [.. datasets];
        if (lacking.Count == 0 || !blobs.IsShared)
            return lacking;
        var keys = queries.Datasets().Select(dataset => dataset.BlobKey).ToHashSet();
        return lacking.Where(dataset => keys.Contains(dataset.BlobKey));
    }

    // Where others may keep files too, a start takes nothing away.
    private void PutAside(IReadOnlyList<StoredFile> orphans)
    {
        if (!blobs.IsShared)
            quarantine.Take([.. orphans.Select(orphan => orphan.Place)], "no row names them; they may be uploads whose rows were lost");
        else if (orphans.Count > 0)
            log.LogWarning(
                "{Count} files in {Place} are named by no row and older than a day; they stay. The command check lists them", orphans.Count, blobs.Place);
    }
}
