using System.Globalization;

namespace NnService.Api.Storage;

/// <summary>
/// Where files go that no row names: they may be the last copy of something whose row was lost. They keep their names, lie in a folder that is named by the day
/// on which they came, and are deleted so many days after it. The files' own times are older, and those of another user's file cannot be set.
/// </summary>
internal sealed class Quarantine(DataFolder data, QuarantineAge age, TimeProvider clock, ILogger<Quarantine> log)
{
    private const string Day = "yyyy-MM-dd";

    private readonly string _folder = Path.Combine(data.Path, "quarantine");

    /// <summary>Puts files here.</summary>
    /// <param name="files">Paths within the data folder.</param>
    /// <param name="why">What they are, for the log.</param>
    public void Take(IReadOnlyCollection<string> files, string why)
    {
        if (files.Count == 0)
            return;
        var today = Today();
        foreach (var file in files)
            File.Move(file, Path.Combine(today, Path.GetFileName(file)), overwrite: true);
        FolderSync.Flush(today);
        log.LogWarning("Moved {Count} files to {Folder}: {Why}. They are deleted after {Days} days: {Files}",
            files.Count, today, why, age.Days, files.Select(Path.GetFileName));
    }

    /// <summary>Keeps copies of files that are about to be changed; their names get the time.</summary>
    /// <returns>Where the copies are.</returns>
    public IReadOnlyList<string> Copy(params IEnumerable<string> files)
    {
        var (today, stamp) = (Today(), clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture));
        var copies = new List<string>();
        foreach (var file in files)
        {
            copies.Add(Path.Combine(today, $"{Path.GetFileName(file)}.{stamp}"));
            File.Copy(file, copies[^1], overwrite: true);
        }

        FolderSync.Flush(today);
        return copies;
    }

    /// <summary>Deletes what has been here long enough.</summary>
    public void DeleteOld()
    {
        var oldest = clock.GetUtcNow().UtcDateTime.AddDays(-Math.Min(age.Days, 100_000)); // no date is older
        try
        {
            var folder = new DirectoryInfo(_folder);
            foreach (var file in folder.EnumerateFiles().Where(file => file.LastWriteTimeUtc < oldest).ToList()) // of versions that had no days, and set that time
                Delete(file);
            foreach (var day in folder.EnumerateDirectories().Where(day => EndOf(day.Name) < oldest).ToList())
            {
                foreach (var file in day.EnumerateFiles().ToList())
                    Delete(file);
                if (!day.EnumerateFileSystemInfos().Any())
                    day.Delete();
            }
        }
        catch (DirectoryNotFoundException)
        {
            // there is none, as nearly always
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("The quarantine {Folder} cannot be tidied: {Reason}", _folder, closed.Message);
        }
    }

    /// <summary>What is here, in a sentence; null where nothing is.</summary>
    public string? Says()
    {
        try
        {
            return !Directory.Exists(_folder) || Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Count() is not (> 0 and var count) ? null
                : $"{count} {(count == 1 ? "file is" : "files are")} in quarantine ({_folder}): no row of the database names {(count == 1 ? "it" : "them")}, "
                    + $"or {(count == 1 ? "it is a copy" : "they are copies")} from before a damage. "
                    + $"Look whether something is missing; files are deleted {age.Days} days after they came there (Storage:QuarantineDays).";
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return $"The quarantine {_folder} cannot be read: {unreadable.Message}";
        }
    }

    private string Today()
    {
        var today = Directory.CreateDirectory(Path.Combine(_folder, clock.GetUtcNow().ToString(Day, CultureInfo.InvariantCulture))).FullName;
        FolderSync.Flush(_folder);
        return today;
    }

    // A folder with another name is nobody's here, and stays.
    private static DateTime EndOf(string day) =>
        DateTime.TryParseExact(day, Day, CultureInfo.InvariantCulture, DateTimeStyles.None, out var begin) && begin < DateTime.MaxValue.Date
            ? begin.AddDays(1) : DateTime.MaxValue;

    private void Delete(FileInfo file)
    {
        file.Delete();
        log.LogInformation("Deleted {File} from the quarantine, after {Days} days", file.Name, age.Days);
    }
}

/// <summary>How long files stay in quarantine.</summary>
/// <param name="Days">From the day they come.</param>
internal sealed record QuarantineAge(long Days);
