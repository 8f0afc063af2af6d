using NnService.Api.Data;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Keeping;

/// <summary>Adds up what the data folder holds, by kind and by name.</summary>
internal sealed class StorageUse(Database database, PlainQueries queries, DataFolder folder, BlobStore blobs, CheckpointStore checkpoints)
{
    private const int MostItems = 20;
    private const string Columns = ".columns";

    public StorageResponse Look()
    {
        folder.Require();
        List<(string Kind, FileInfo File)> files = [.. new DirectoryInfo(folder.Path).EnumerateFiles("*", SearchOption.AllDirectories)
            .Select(file => (KindOf(file), file)).Where(found => found.file.Exists)]; // it may have gone since it was listed
        var kinds = files.GroupBy(file => file.Kind).Select(kind => new StoredKind(kind.Key, kind.Sum(file => LengthOf(file.File)), kind.Count()));
        List<StoredFile> uploads = blobs.IsShared ? [.. blobs.All()] : [];
        var saved = checkpoints.All();
        using var db = database.Read();
        return new StorageResponse(
            files.Sum(file => LengthOf(file.File)),
            new DriveInfo(folder.Path).AvailableFreeSpace,
            [.. kinds.OrderByDescending(kind => kind.Bytes)],
            Datasets(
            [
                .. files.Where(file => file.Kind is "uploads" or "columns").Select(file => (KeyOf(file.File), LengthOf(file.File))),
                .. uploads.Select(file => (file.Key, file.Length)),
            ]),
            Models(db),
            Histories(db),
            [.. Largest(saved.GroupBy(file => file.Job == Guid.Empty ? Path.GetFileName(file.Place) : file.Job.ToString())
                .Select(job => new StoredItem(job.Key, job.Sum(file => file.Length), job.Count())))],
            !blobs.IsShared ? null : new StoredElsewhere(
                blobs.Place,
                [
                    new StoredKind("uploads", uploads.Sum(file => file.Length), uploads.Count),
                    new StoredKind("checkpoints", saved.Sum(file => file.Length), saved.Count),
                ]));
    }

    private string KindOf(FileInfo file)
    {
        var path = Path.GetRelativePath(folder.Path, file.FullName);
        return path.Split(Path.DirectorySeparatorChar)[0] switch
        {
            _ when file.Extension == ".tmp" => "temporary",
            "blobs" => file.Extension == Columns ? "columns" : "uploads",
            "checkpoints" => "checkpoints",
            "cache" => file.Extension == Columns ? "columns" : "cache",
            "quarantine" => "quarantine",
            "staging" => "temporary",
            "reserve" => "reserve",
            var name when name.StartsWith(Path.GetFileName(folder.DatabaseFile), StringComparison.Ordinal) => "database",
            _ => "other",
        };
    }

    private List<StoredItem> Datasets(IReadOnlyList<(string Key, long Bytes)> files)
    {
        var names = queries.DatasetHashes();
        return [.. Largest(files.GroupBy(file => file.Key).Where(blob => names.ContainsKey(blob.Key))
            .Select(blob => new StoredItem(names[blob.Key].Name, blob.Sum(file => file.Bytes), blob.Count())))];
    }

    private static List<StoredItem> Models(AppDbContext db)
    {
        var models =
            from version in db.ModelVersions
            group version by version.ModelNumber into model
            select new { Number = model.Key, Bytes = model.Sum(version => (long)version.Parameters.Length), Count = model.Count() };
        var largest =
            from model in models
            join named in db.Models on model.Number equals named.Number
            orderby model.Bytes descending, named.Name
            select new { named.Name, model.Bytes, model.Count };
        return [.. largest.Take(MostItems).AsEnumerable().Select(model => new StoredItem(model.Name, model.Bytes, model.Count))];
    }

    private static List<StoredItem> Histories(AppDbContext db)
    {
        var histories =
            from block in db.HistoryBlocks
            group block by block.JobNumber into job
            select new { Number = job.Key, Bytes = job.Sum(block => (long)block.Points.Length), Count = job.Count() };
        var largest =
            from history in histories
            join job in db.TrainingJobs on history.Number equals job.Number
            orderby history.Bytes descending, job.Number
            select new { job.Id, history.Bytes, history.Count };
        return [.. largest.Take(MostItems).AsEnumerable().Select(job => new StoredItem(job.Id.ToString(), job.Bytes, job.Count))];
    }

    private static IEnumerable<StoredItem> Largest(IEnumerable<StoredItem> items) =>
        items.OrderByDescending(item => item.Bytes).ThenBy(item => item.Name, StringComparer.Ordinal).Take(MostItems);

    private static string KeyOf(FileInfo blob) => Path.GetFileNameWithoutExtension(blob.Name);

    private static long LengthOf(FileInfo file) => file.Exists ? file.Length : 0;
}
