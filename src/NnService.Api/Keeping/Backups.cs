using NnService.Api.Data;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Keeping;

/// <summary>Takes backups, beside everything else that goes on: the state of one moment, with every file that its rows name.</summary>
internal sealed class Backups(
    DatabaseEngine engine, PlainQueries queries, BlobStore blobs, CheckpointStore checkpoints, DataFolder folder, TimeProvider clock)
{
    /// <summary>Holds the state of this moment until the result is disposed of: a copy of the database, and second names of the files.</summary>
    public Snapshot Take()
    {
        folder.Require();
        var staging = Staging.Create(folder);
        try
        {
            Directory.CreateDirectory(Path.Combine(staging.Path, "blobs"));
            Directory.CreateDirectory(Path.Combine(staging.Path, "checkpoints"));
            if (checkpoints.IsShared)
                FetchCheckpoints(staging.Path);
            var (at, datasets) = (clock.GetUtcNow().UtcDateTime, queries.DatasetHashes());
            engine.CopyTo(Path.Combine(staging.Path, BackupManifest.Database), () =>
            {
                (at, datasets) = (clock.GetUtcNow().UtcDateTime, queries.DatasetHashes());
                if (!blobs.IsShared)
                    LinkFiles(datasets.Keys, staging.Path);
            });
            return new Snapshot(staging, at, datasets, blobs);
        }
        catch
        {
            staging.Dispose();
            throw;
        }
    }

    // Nobody commits meanwhile: the blobs of all rows are there, and no checkpoint counts points that the database does not have.
    private void LinkFiles(IEnumerable<string> keys, string staging)
    {
        foreach (var key in keys)
            FileLink.TryLink(blobs.PlaceOf(key), Path.Combine(staging, "blobs", key)); // the others never change, and are read as they are written
        foreach (var checkpoint in checkpoints.All())
            LinkOrCopyUnlessGone(checkpoint.Place, Path.Combine(staging, "checkpoints", Path.GetFileName(checkpoint.Place)));
    }

    // Before that moment, and not in it: everybody would wait for another machine. One that is older than the database's history is no fault.
    private void FetchCheckpoints(string staging)
    {
        foreach (var checkpoint in checkpoints.All().Where(checkpoint => checkpoint.Job != Guid.Empty))
        {
            using var content = checkpoints.Open(checkpoint);
            if (content is null)
                continue; // a run has dropped it
            using var copy = File.Create(Path.Combine(staging, BackupManifest.CheckpointOf(checkpoint)));
            content.CopyTo(copy);
        }
    }

    // A run drops old checkpoints whenever it likes. A later one would count points that the database does not have.
    private static void LinkOrCopyUnlessGone(string file, string target)
    {
        try
        {
            if (!FileLink.TryLink(file, target))
                File.Copy(file, target);
        }
        catch (FileNotFoundException)
        {
        }
    }
}
