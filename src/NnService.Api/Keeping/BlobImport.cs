using NnService.Api.Storage;
using NnService.Api.Storage.S3;

namespace NnService.Api.Keeping;

/// <summary>
/// Takes uploads and checkpoints of a backup to where they are kept outside of the data folder. What is there already under their names is the same.
/// </summary>
internal sealed class BlobImport(StorageSettings settings, IServiceProvider services)
{
    /// <summary>Takes them out of a folder of extracted files, and leaves there what belongs into the data folder.</summary>
    public void Run(string extracted)
    {
        var (blobs, checkpoints) = (Path.Combine(extracted, "blobs"), Path.Combine(extracted, "checkpoints"));
        if (settings.S3 is not null)
            Send(services.GetRequiredService<S3Bucket>(), FilesIn(blobs), FilesIn(checkpoints));
        else if (settings.BlobFolder is { } folder)
            Copy(new SharedFolder(folder).Path, FilesIn(blobs), FilesIn(checkpoints));
        else
            return;
        foreach (var done in (string[])[blobs, checkpoints])
            if (Directory.Exists(done))
                Directory.Delete(done, recursive: true);
    }

    private static string[] FilesIn(string folder) => Directory.Exists(folder) ? Directory.GetFiles(folder) : [];

    private static void Send(S3Bucket bucket, string[] blobs, string[] checkpoints)
    {
        foreach (var file in blobs)
            Send($"{S3Blobs.Start}{Path.GetFileName(file)}", file);
        foreach (var file in checkpoints) // job.generation in the archive
            Send($"{S3Checkpoints.Start}{Path.GetFileName(file).Replace('.', '/')}", file);

        void Send(string key, string file) => Blocking.Wait(() => bucket.PutAsync(key, file, CancellationToken.None));
    }

    private static void Copy(string target, string[] blobs, string[] checkpoints)
    {
        CopyAll(blobs, target);
        CopyAll(checkpoints, Directory.CreateDirectory(Path.Combine(target, "checkpoints")).FullName);

        static void CopyAll(string[] files, string into)
        {
            foreach (var file in files)
            {
                var temporary = Path.Combine(into, $"{Guid.CreateVersion7():N}.tmp");
                using (FileStream from = File.OpenRead(file), to = File.Create(temporary))
                {
                    from.CopyTo(to);
                    to.Flush(flushToDisk: true);
                }

                File.Move(temporary, Path.Combine(into, Path.GetFileName(file)), overwrite: true);
            }

            FolderSync.Flush(into);
        }
    }
}
