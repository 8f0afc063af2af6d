using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Errors;
using NnService.Api.Metrics;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Data.Sqlite;

/// <summary>SQLite: a file in the data folder, its write-ahead log and the log's index beside it.</summary>
internal sealed class SqliteEngine(
    DataFolder folder, BlobStore blobs, Quarantine quarantine, Damage damage, DatabaseCheck check, ServiceMeter meter) : DatabaseEngine, IDisposable
{
    private SqliteConnection? _open;
    private bool _wasLogDamaged;

    public override string Name => folder.DatabaseFile;

    public override Schema Schema { get; } = new("schema.sql");

    public override string TableNames => "SELECT name FROM sqlite_master WHERE type = 'table'";

    public override string? MigrationLockTable => "__EFMigrationsLock";

    public override void Configure(DbContextOptionsBuilder options) =>
        options.UseSqlite(SqliteSettings.ConnectionString(folder.DatabaseFile)).AddInterceptors(new SqliteSettings());

    public override DbConnection OpenToRead() => SqliteSettings.Open(folder.DatabaseFile, canWrite: false);

    public override DbConnection OpenToWrite() => SqliteSettings.Open(folder.DatabaseFile, canWrite: true);

    public override void Examine()
    {
        SqliteVersion.RefuseOld();
        RefuseMissing();
        _wasLogDamaged = ExamineFiles();
    }

    public override void Attend()
    {
        KeepOpen();
        folder.MarkDatabase();
        if (_wasLogDamaged)
            check.Run(); // pages of before and after the damage may stand beside each other
        else
            check.Begin();
    }

    /// <summary>Closes the connections: with the last one SQLite takes the write-ahead log into the database and removes it.</summary>
    public override void Close()
    {
        check.Stop();
        if (folder.Obstacle() is not null)
            return; // taking in a log that somebody has cut short would damage the database too; the next start looks at it as it is
        folder.UnwatchFiles();
        _open?.Dispose();
        using var connection = new SqliteConnection(SqliteSettings.ConnectionString(folder.DatabaseFile));
        SqliteConnection.ClearPool(connection);
    }

    public void Dispose() => _open?.Dispose();

    // SQLite would make a new one without a word, and remove the log of an empty one: it begins a log only when the database has its first page.
    private void RefuseMissing()
    {
        var (file, log) = (new FileInfo(folder.DatabaseFile), new FileInfo(folder.DatabaseFile + "-wal"));
        if (file is { Exists: true, Length: > 0 } || (!folder.HasHadDatabase && !blobs.Any() && log is not { Exists: true, Length: > 0 }))
            return;
        var why = log is { Exists: true, Length: > 0 } ? "its log is there" : blobs.Any() ? "there are uploads beside it" : "this folder has had one";
        throw new StartException(
            $"{file.FullName} is {(file.Exists ? "empty" : "missing")}, but {why}. "
            + $"Put the database back from a backup; or, to begin anew, move {folder.Path} away.");
    }

    // What SQLite drops is kept as a copy, for it goes on writing over it.
    private bool ExamineFiles()
    {
        if (LogExamination.Of(folder.DatabaseFile) is not { } log)
            return false; // a new database
        if (DatabaseLength.WhyTooShort(folder.DatabaseFile, log.Damage is { IsSpare: true } ? null : log) is { } why)
            throw new StartException(
                $"The database {folder.DatabaseFile} is damaged: it {why}. Put the data folder back from a backup; or, to begin anew, move it away.");
        if (log.Damage is not { } found)
            return false;
        string[] files = [.. new[] { folder.DatabaseFile, folder.DatabaseFile + "-wal" }.Where(File.Exists)];
        damage.Note($"{found.Sentence} Copies of the database and its log as they were are in {Path.Combine(folder.Path, "quarantine")}: "
            + $"{string.Join(", ", quarantine.Copy(files))}.");
        if (found.IsSpare)
            File.Delete(folder.DatabaseFile + "-wal");
        return true;
    }

    // As long as one connection is open, the log and its index are there: where they are not the ones of now, somebody has taken them away.
    private void KeepOpen()
    {
        _open = SqliteSettings.Open(folder.DatabaseFile, canWrite: true);
        using var look = _open.CreateCommand();
        look.CommandText = "SELECT count(*) FROM sqlite_master";
        look.ExecuteScalar();
        foreach (var suffix in (string[])["", "-wal", "-shm"])
            folder.Watch(folder.DatabaseFile + suffix);
        meter.Gauge("nnservice.database.size", "By", "Length of the database's file.", () => LengthOf(""));
        meter.Gauge("nnservice.database.wal.size", "By", "Length of the database's write-ahead log.", () => LengthOf("-wal"));
    }

    private double LengthOf(string suffix) => new FileInfo(folder.DatabaseFile + suffix) is { Exists: true, Length: var length } ? length : 0;
}
