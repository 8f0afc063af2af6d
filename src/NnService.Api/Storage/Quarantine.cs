using System.Globalization;

namespace NnService.Api.Storage;

/// <summary>
/// Where files go that no row names: they may be the last copy of something whose row was lost. They keep their names and are deleted so many days after they
/// came here; the age counts from the file's own time, which is set then.
/// </summary>
internal sealed class Quarantine(DataFolder data, QuarantineAge age, TimeProvider clock, ILogger<Quarantine> log)
{
    private readonly string _folder = Path.Combine(data.Path, "quarantine");

    /// <summary>Puts files here.</summary>
    /// <param name="files">Paths within the data folder.</param>
    /// <param name="why">What they are, for the log.</param>
    public void Take(IReadOnlyCollection<string> files, string why)
    {
        if (files.Count == 0)
            return;
        Directory.CreateDirectory(_folder);
        foreach (var file in files)
            Enter(file, target => File.Move(file, target, overwrite: true));
        FolderSync.Flush(_folder);
        log.LogWarning("Moved {Count} files to {Folder}: {Why}. They are deleted after {Days} days: {Files}",
            files.Count, _folder, why, age.Days, files.Select(Path.GetFileName));
    }

    /// <summary>Keeps copies of files that are about to be changed; their names get the time.</summary>
    /// <returns>The names of the copies.</returns>
    public IReadOnlyList<string> Copy(params IEnumerable<string> files)
    {
        Directory.CreateDirectory(_folder);
        var stamp = clock.GetUtcNow().ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
        List<string> copies = [.. files.Select(file => Enter(file, target => File.Copy(file, target, overwrite: true), $".{stamp}"))];
        FolderSync.Flush(_folder);
        return copies;
    }

    /// <summary>Deletes what has been here long enough.</summary>
    public void DeleteOld()
    {
        var oldest = clock.GetUtcNow().UtcDateTime.AddDays(-Math.Min(age.Days, 100_000)); // no date is older
        try
        {
            foreach (var file in new DirectoryInfo(_folder).EnumerateFiles().Where(file => file.LastWriteTimeUtc < oldest).ToList())
            {
                file.Delete();
                log.LogInformation("Deleted {File} from the quarantine, after {Days} days", file.Name, age.Days);
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
            return !Directory.Exists(_folder) || Directory.EnumerateFiles(_folder).Count() is not (> 0 and var count) ? null
                : $"{count} {(count == 1 ? "file is" : "files are")} in quarantine ({_folder}): no row of the database names {(count == 1 ? "it" : "them")}, "
                    + $"or {(count == 1 ? "it is a copy" : "they are copies")} from before a damage. "
                    + $"Look whether something is missing; files are deleted {age.Days} days after they came there (Storage:QuarantineDays).";
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return $"The quarantine {_folder} cannot be read: {unreadable.Message}";
        }
    }

    private string Enter(string file, Action<string> put, string suffix = "")
    {
        var target = Path.Combine(_folder, Path.GetFileName(file) + suffix);
        put(target);
        File.SetLastWriteTimeUtc(target, clock.GetUtcNow().UtcDateTime);
        return Path.GetFileName(target);
    }
}

/// <summary>How long files stay in quarantine.</summary>
/// <param name="Days">From the day they come.</param>
internal sealed record QuarantineAge(long Days);
