using System.Formats.Tar;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.Keeping;

/// <summary>Puts a backup into an empty folder: nothing is in its place before all of it is known to be whole.</summary>
internal static class Restoration
{
    private const string Staging = "restoring"; // left by a restore that was killed

    /// <summary>Restores. Errors: <see cref="StartException"/> where the folder is not empty, or the archive is no whole backup: then the folder stays
    /// empty.</summary>
    /// <param name="archive">The backup.</param>
    /// <param name="target">The folder; made where it is missing.</param>
    /// <param name="import">Takes uploads and checkpoints that are kept elsewhere.</param>
    public static BackupManifest Run(string archive, string target, BlobImport import)
    {
        var full = Path.GetFullPath(target);
        RefuseUnlessEmpty(full);
        using var folder = DataFolder.Open(full);
        var staging = Directory.CreateDirectory(Path.Combine(full, Staging)).FullName;
        try
        {
            var manifest = Extract(archive, staging);
            import.Run(staging);
            PutInPlace(staging, folder);
            return manifest;
        }
        catch (Exception failure)
        {
            Directory.Delete(staging, recursive: true);
            throw failure is InvalidDataException or EndOfStreamException or JsonException or FormatException
                ? new StartException($"{archive} is no whole backup: {failure.Message}", failure)
                : failure;
        }
    }

    private static void RefuseUnlessEmpty(string folder)
    {
        List<string?> there = Directory.Exists(folder)
            ? [.. Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Where(name => name != "lock")] : [];
        if (there.Count > 0)
            throw new StartException(
                $"{folder} is not empty: it has {string.Join(", ", there.Take(5))}{(there.Count > 5 ? " …" : "")}. "
                + "Move that away, or choose another folder with --Data:Path=…");
    }

    private static BackupManifest Extract(string archive, string staging)
    {
        using var file = File.OpenRead(archive);
        using var reader = new TarReader(file);
        var files = new List<BackupFile>();
        while (Next(reader) is { } entry)
        {
            if (entry.Name == BackupManifest.FileName)
                return Compare(Read(entry), files, Next(reader));
            files.Add(Extract(entry, staging, files));
        }

        throw new InvalidDataException("it ends before its manifest.");
    }

    private static TarEntry? Next(TarReader reader)
    {
        try
        {
            return reader.GetNextEntry();
        }
        catch (Exception other) when (other is InvalidDataException or FormatException)
        {
            throw new InvalidDataException("it is not in the form of tar, or compressed: unpack it first (gunzip), or it was damaged.", other);
        }
    }

    private static BackupFile Extract(TarEntry entry, string staging, List<BackupFile> before)
    {
        if (entry.EntryType != TarEntryType.RegularFile || !BackupManifest.Has(entry.Name))
            throw new InvalidDataException($"it has \"{Echo.Cut(entry.Name)}\", which no backup has.");
        if (before.Any(file => file.Path == entry.Name))
            throw new InvalidDataException($"it has {entry.Name} twice.");
        var path = Path.Combine(staging, entry.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var content = new HashingStream(entry.DataStream ?? Stream.Null);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
        content.CopyTo(file);
        file.Flush(flushToDisk: true);
        return new BackupFile(entry.Name, file.Length, content.Sha256());
    }

    private static BackupManifest Read(TarEntry entry) =>
        JsonSerializer.Deserialize<BackupManifest>(entry.DataStream ?? Stream.Null, SpecJson.Options)
        ?? throw new InvalidDataException("its manifest is empty.");

    private static BackupManifest Compare(BackupManifest manifest, List<BackupFile> found, TarEntry? after)
    {
        if (manifest.Format != BackupManifest.FormatName)
            throw new InvalidDataException($"its format is \"{Echo.Cut(manifest.Format)}\".");
        if (manifest.Version > BackupManifest.LatestVersion)
            throw new InvalidDataException($"its form is number {manifest.Version}, of a later release; this one reads up to {BackupManifest.LatestVersion}.");
        if (after is not null)
            throw new InvalidDataException("something follows its manifest.");
        if (manifest.Files.Except(found).FirstOrDefault() is { } wrong)
            throw new InvalidDataException($"{wrong.Path} is missing or damaged.");
        if (found.Except(manifest.Files).FirstOrDefault() is { } unknown)
            throw new InvalidDataException($"{unknown.Path} is not in its manifest.");
        if (found.All(file => file.Path != BackupManifest.Database))
            throw new InvalidDataException("it has no database.");
        return manifest;
    }

    // The database comes last: a start refuses a folder that has uploads and none.
    private static void PutInPlace(string staging, DataFolder folder)
    {
        foreach (var name in (string[])["blobs", "checkpoints"])
            if (Directory.Exists(Path.Combine(staging, name)))
            {
                FolderSync.Flush(Path.Combine(staging, name));
                Directory.Move(Path.Combine(staging, name), Path.Combine(folder.Path, name));
            }

        FolderSync.Flush(folder.Path);
        File.Move(Path.Combine(staging, BackupManifest.Database), folder.DatabaseFile);
        Directory.Delete(staging, recursive: true);
        folder.MarkDatabase();
        FolderSync.Flush(folder.Path);
    }
}
