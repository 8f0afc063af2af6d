using NnService.Api.Access.Audit;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Api.Startup;
using NnService.Api.Storage;
using NnService.Engine.Data.Columns;

namespace NnService.Api.Keeping;

/// <summary>Looks through a data folder that no service has: every hash, the database's pages and references, and what belongs to nothing.</summary>
internal sealed class FolderCheck(
    Database database, DatabaseEngine engine, PlainQueries queries, BlobStore blobs, CheckpointStore checkpoints, Quarantine quarantine, DataFolder folder)
{
    private string Fix => $"NnService.Api check --fix --Data:Path={folder.Path}";

    private static string Restore => "NnService.Api restore BACKUP --Data:Path=NEW_FOLDER";

    /// <summary>Everything that is not as it should be.</summary>
    /// <exception cref="StartException">The database is of a later version, or of something else.</exception>
    public IReadOnlyList<Finding> Run()
    {
        var faults = engine.Faults();
        if (faults.Count > 0) // what it says of the files is worth nothing then
            return [.. faults.Select(fault => new Finding($"The database {engine.Name} is damaged: {fault}.", Restore))];
        ForeignTables.Refuse(engine, queries, queries.Ask(engine.TableNames));
        return [.. Datasets(), .. Models(), .. Audit(), .. Orphans(), .. Checkpoints(), .. HalfWritten()];
    }

    private IEnumerable<Finding> Datasets()
    {
        foreach (var (key, (name, sha256)) in queries.DatasetHashes())
        {
            if (blobs.IsKeptWhole(key, sha256) is var isWhole && isWhole != true)
                yield return new Finding(
                    $"The bytes of dataset \"{name}\" ({blobs.PlaceOf(key)}) are {(isWhole is null ? "missing" : "not those that were uploaded")}."
                        + (blobs.IsShared ? "" : " Put back, they must be readable by the service's user."),
                    PutBack(key));
            if (File.Exists(blobs.CompanionOf(key)) && ColumnFile.TryOpen(blobs.CompanionOf(key)) is null)
                yield return new Finding(
                    $"The file of columns of dataset \"{name}\" is damaged or of another release; it is made anew from the upload at its next use.",
                    Fix, () => File.Delete(blobs.CompanionOf(key)));
        }
    }

    private IEnumerable<Finding> Models()
    {
        using var connection = engine.OpenToRead();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT m."Name", v."Version", v."Description", v."Parameters", v."CheckSha256"
            FROM "ModelVersions" v JOIN "Models" m ON m."Number" = v."ModelNumber"
            """;
        using var rows = command.ExecuteReader();
        while (rows.Read())
            if (ModelVersion.CheckOf(rows.GetString(2), rows.GetFieldValue<byte[]>(3)) != rows.GetString(4))
                yield return new Finding($"Version {rows.GetInt32(1)} of model \"{rows.GetString(0)}\" is not what was saved.", Restore);
    }

    private IEnumerable<Finding> Audit()
    {
        if (!queries.Ask(engine.TableNames).Contains(AuditEntry.Table))
            yield break; // a folder of an older release, which its next start brings up to date
        var ever = engine.RowsEver(AuditEntry.Table);
        using var db = database.Read();
        if (AuditChain.Verify(db, ever, noted: null) is { Holds: false } broken)
            yield return new Finding($"The audit log is not as it was written: {broken.Detail}", Restore);
    }

    private string PutBack(string key)
    {
        var (path, place) = (BackupManifest.Blobs + key, blobs.PlaceOf(key));
        return !blobs.IsShared ? $"tar --extract --file BACKUP --directory {folder.Path} {path}"
            : $"tar --extract --to-stdout --file BACKUP {path} {(IsInBucket(place) ? "| aws s3 cp -" : ">")} {place}";
    }

    // Where others may keep files too, nothing is taken away.
    private IEnumerable<Finding> Orphans() => blobs.OrphansIn(blobs.All(), Named()).Select(file => blobs.IsShared
        ? new Finding($"No row names {file.Place}, which is older than a day. Where no other service keeps it, it can go.", RemovalOf(file.Place))
        : new Finding(
            $"No row names {file.Place}; --fix puts it into quarantine, as a start does.", Fix, () => quarantine.Take([file.Place], "no row names it")));

    private HashSet<string> Named() => [.. queries.DatasetHashes().Keys, .. engine.Marker() is { } marker ? [marker] : Array.Empty<string>()];

    private static bool IsInBucket(string place) => place.StartsWith("s3://", StringComparison.Ordinal);

    private static string RemovalOf(string place) => IsInBucket(place) ? $"aws s3 rm {place}" : $"rm {place}";

    private IEnumerable<Finding> Checkpoints()
    {
        var files = checkpoints.All();
        var (known, underWay) = (queries.Jobs().ToHashSet(), queries.UnendedJobs().ToHashSet());
        foreach (var file in files)
            if (!known.Contains(file.Job))
                yield return OfNoJob(file.Place);
            else if (!underWay.Contains(file.Job))
                yield return new Finding(
                    $"{file.Place} is the checkpoint of a job that has ended; it is needed no more.", Fix, () => checkpoints.Remove(file));
            else if (!checkpoints.IsWhole(file))
                yield return OfDamaged(file.Place);
    }

    private Finding OfNoJob(string place) => checkpoints.IsShared
        ? new Finding($"{place} is the checkpoint of a job that the database does not know. Where no other service keeps it, it can go.", RemovalOf(place))
        : new Finding(
            $"{place} is the checkpoint of a job that the database does not know; --fix puts it into quarantine.",
            Fix, () => quarantine.Take([place], "no row names its training job"));

    private Finding OfDamaged(string place) => checkpoints.IsShared
        ? new Finding($"{place} is damaged; its job goes on from the checkpoint before it, or starts over.", RemovalOf(place))
        : new Finding(
            $"{place} is damaged; its job goes on from the checkpoint before it, or starts over. --fix puts it into quarantine.",
            Fix, () => quarantine.Take([place], "it is damaged"));

    private IEnumerable<Finding> HalfWritten() => blobs.Unfinished().Concat(checkpoints.Unfinished())
        .Select(file => new Finding($"{file} was never written to its end.", Fix, () => File.Delete(file)));
}
