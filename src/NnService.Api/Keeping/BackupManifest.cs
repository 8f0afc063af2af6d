using System.Globalization;
using System.Text.RegularExpressions;
using NnService.Api.Storage;

namespace NnService.Api.Keeping;

/// <summary>The last file of a backup: what stands before it. Without it the backup is cut short.</summary>
/// <param name="Format">Always <see cref="FormatName"/>.</param>
/// <param name="Version">Of the form of the archive, 1 so far.</param>
/// <param name="Service">The version of the service that has written it.</param>
/// <param name="CreatedAt">The moment whose state it has.</param>
/// <param name="Files">Everything else in the archive, in its order.</param>
internal sealed partial record BackupManifest(string Format, int Version, string Service, DateTime CreatedAt, IReadOnlyList<BackupFile> Files)
{
    /// <summary>What says that an archive is a backup.</summary>
    public const string FormatName = "nnservice-backup";

    /// <summary>The manifest's own name in the archive.</summary>
    public const string FileName = "manifest.json";

    /// <summary>The newest form of archives that this service reads.</summary>
    public const int LatestVersion = 1;

    /// <summary>The database's name in the archive, as in the data folder.</summary>
    public const string Database = "nnservice.db";

    public const string Blobs = "blobs/";

    public const string Checkpoints = "checkpoints/";

    /// <summary>The name of a checkpoint in the archive, as in the data folder.</summary>
    public static string CheckpointOf(StoredCheckpoint checkpoint) =>
        string.Create(CultureInfo.InvariantCulture, $"{Checkpoints}{checkpoint.Job:N}.{checkpoint.Generation:D9}");

    /// <summary>Whether a file of this name can be in a backup: nothing that leads out of the folder, nothing else than what the service keeps.</summary>
    public static bool Has(string path) => Known().IsMatch(path);

    [GeneratedRegex(@"^(nnservice\.db|blobs/[0-9a-f]{32}|checkpoints/[0-9a-f]{32}\.[0-9]{9,19})\z")]
    private static partial Regex Known();
}

/// <summary>A file of a backup.</summary>
/// <param name="Path">Its name in the archive and in the data folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its hash, lower-case hexadecimal.</param>
internal sealed record BackupFile(string Path, long Bytes, string Sha256);
