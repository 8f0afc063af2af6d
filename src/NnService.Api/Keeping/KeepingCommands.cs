using System.Diagnostics;
using System.Globalization;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Keeping;

/// <summary><c>backup FILE</c>, <c>restore FILE</c> and <c>check</c>, from the shell.</summary>
internal static class KeepingCommands
{
    /// <summary>Writes a backup; beside a running service too. The exit code: 0 where all that is in it is whole.</summary>
    public static async Task<int> BackUpAsync(string file, IServiceProvider services)
    {
        if (File.Exists(file))
            throw new StartException($"{file} is there already. Choose another name: a backup never overwrites one.");
        var engine = services.GetRequiredService<DatabaseEngine>();
        if (engine.WhyNoCopy is { } why)
            throw new StartException(why);
        var isOwned = services.GetRequiredService<DataFolder>().IsOwned;
        if (isOwned)
            engine.Examine();
        var begun = Stopwatch.GetTimestamp();
        var isWhole = false;
        using (var snapshot = services.GetRequiredService<Backups>().Take())
        {
            await WriteAsync(file, snapshot, begun);
            isWhole = snapshot.Damaged.Count == 0;
        }

        if (isOwned)
            engine.Close();
        return isWhole ? 0 : 1;
    }

    /// <summary>Restores a backup into an empty folder. The exit code.</summary>
    public static int Restore(string file, IServiceProvider services)
    {
        if (!File.Exists(file))
            throw new StartException($"There is no file {file}.");
        if (!StorageSetup.IsDatabaseInFolder(services.GetRequiredService<IConfiguration>()))
            throw new StartException(
                "A backup is restored into a data folder that has its database in it. "
                + "Leave Database:Provider out, and move the folder's rows with migrate-to afterwards.");
        var folder = DataFolder.PathIn(services.GetRequiredService<IConfiguration>());
        var manifest = Restoration.Run(file, folder, services.GetRequiredService<BlobImport>());
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Restored {manifest.Files.Count} files of {manifest.CreatedAt:yyyy-MM-dd HH:mm:ss} UTC into {Path.GetFullPath(folder)}, each with its SHA-256."));
        TellOfKeys(services);
        return 0;
    }

    // Keys that were revoked since the backup are good again.
    private static void TellOfKeys(IServiceProvider services)
    {
        var (engine, queries) = (services.GetRequiredService<DatabaseEngine>(), services.GetRequiredService<PlainQueries>());
        var hasKeys = queries.Ask(engine.TableNames).Contains("ApiKeys"); // early releases had none
        if (hasKeys && queries.GoodKeys(services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime) is > 0 and var good)
            Console.WriteLine($"{good} {(good == 1 ? "key is" : "keys are")} good, those too that were revoked after the backup: keys list shows them, keys revoke takes them back.");
        engine.Close();
    }

    /// <summary>Says what is not in order, and mends what can be. The exit code: 0 where all is well in the end.</summary>
    public static int Check(bool fix, IServiceProvider services)
    {
        var engine = services.GetRequiredService<DatabaseEngine>();
        if (!services.GetRequiredService<DataFolder>().IsOwned)
            throw new StartException("A service runs on the folder. Stop it first; or " + WhatElse(engine, services.GetRequiredService<Node>()));
        engine.Examine();
        var left = 0;
        foreach (var finding in services.GetRequiredService<FolderCheck>().Run())
        {
            Console.WriteLine(finding.What);
            if (fix && finding.Fix is { } mend)
            {
                mend();
                Console.WriteLine("  mended");
                continue;
            }

            left++;
            Console.WriteLine($"  mend it: {finding.Command}");
        }

        engine.Close();
        Console.WriteLine(left == 0 ? "All is in order." : $"{left} {(left == 1 ? "thing is" : "things are")} not in order.");
        return left == 0 ? 0 : 1;
    }

    private static string WhatElse(DatabaseEngine engine, Node node) =>
        !node.IsAlone ? "check from another folder, which may be empty (--Data:Path): what nodes share is the same from each."
        : engine.IsInFolder ? "make a backup, restore it elsewhere and check that."
        : "put copies of the database and of the folder up elsewhere and check those.";

    // Under its name only when it is whole and on disk.
    private static async Task WriteAsync(string file, Snapshot snapshot, long begun)
    {
        var temporary = $"{file}.{Guid.NewGuid():N}.tmp";
        try
        {
            BackupManifest manifest;
            await using (var target = Open(temporary))
            {
                manifest = await snapshot.WriteAsync(target, CancellationToken.None);
                target.Flush(flushToDisk: true);
            }

            File.Move(temporary, file);
            FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(file))!);
            foreach (var (_, name) in snapshot.Damaged)
                await Console.Error.WriteLineAsync($"Dataset \"{name}\" is damaged, and so is its copy in the backup. Put its bytes back from an older one.");
            var (bytes, seconds) = (manifest.Files.Sum(kept => kept.Bytes), Stopwatch.GetElapsedTime(begun).TotalSeconds);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"Wrote {file}: {manifest.Files.Count} files, {bytes:N0} bytes, in {seconds:0.0} s."));
        }
        catch (Exception failure)
        {
            File.Delete(temporary);
            if (failure is IOException or UnauthorizedAccessException)
                throw new StartException($"The backup {file} cannot be written: {failure.Message}", failure);
            throw;
        }
    }

    // Whoever reads a backup has read the service's tables.
    private static FileStream Open(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
}
