using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Errors;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>Brings the database up to date before the first request, looks whether files and rows belong together, and puts files aside that no row names.</summary>
internal sealed class DatabaseStart(Database database, DataFolder folder, BlobStore blobs, Quarantine quarantine, Damage damage, DatabaseCheck check, TimeProvider clock, ILogger<DatabaseStart> log)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private SqliteConnection? _open;
    private ITimer? _cleaning;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        SqliteVersion.RefuseOld();
        RefuseMissing();
        try
        {
            var wasLogDamaged = ExamineFiles();
            BringUpToDate();
            KeepOpen();
            folder.MarkDatabase();
            if (wasLogDamaged)
                check.Run(); // pages of before and after the damage may stand beside each other
            else
                check.Begin();
            Compare();
        }
        catch (SqliteException unusable)
        {
            throw new StartException(DatabaseFailure.Explain(unusable, folder.DatabaseFile), unusable);
        }

        _cleaning = clock.CreateTimer(_ => quarantine.DeleteOld(), null, TimeSpan.Zero, Hour);
        return Task.CompletedTask;
    }

    /// <summary>Closes the connections, as the last hosted service to stop: with the last one SQLite takes the write-ahead log into the database and removes it.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        check.Stop();
        if (folder.Obstacle() is not null)
            return Task.CompletedTask; // taking in a log that somebody has cut short would damage the database too; the next start looks at it as it is
        folder.UnwatchFiles();
        _open?.Dispose();
        using var connection = new SqliteConnection(SqliteSettings.ConnectionString(folder.DatabaseFile));
        SqliteConnection.ClearPool(connection);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _cleaning?.Dispose();
        _open?.Dispose();
    }

    // SQLite would make a new one without a word, and remove the log of an empty one: it begins a log only when the database has its first page.
    private void RefuseMissing()
    {
        var (file, log) = (new FileInfo(folder.DatabaseFile), new FileInfo(folder.DatabaseFile + "-wal"));
        if (file is { Exists: true, Length: > 0 } || (!folder.HasHadDatabase && !blobs.Any() && log is not { Exists: true, Length: > 0 }))
            return;
        throw new StartException(
            $"{file.FullName} is {(file.Exists ? "empty" : "missing")}, but {(log is { Exists: true, Length: > 0 } ? "its log is there" : blobs.Any() ? "there are uploads beside it" : "this folder has had one")}. "
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
        damage.Note($"{found.Sentence} Copies of the database and its log as they were are in {Path.Combine(folder.Path, "quarantine")}: {string.Join(", ", quarantine.Copy(files))}.");
        if (found.IsSpare)
            File.Delete(folder.DatabaseFile + "-wal");
        return true;
    }

    private void BringUpToDate()
    {
        var tables = database.Ask("SELECT name FROM sqlite_master WHERE type = 'table'");
        if (tables.Count == 0)
        {
            database.Ask(Schema.Script);
        }
        else if (!tables.Contains("__EFMigrationsHistory") || !database.Ask("SELECT MigrationId FROM __EFMigrationsHistory").Contains(Schema.Latest))
        {
            // A process killed while it migrated leaves its row in EF's lock table, and every later start would wait for it forever
            // (dotnet/efcore#38958). The folder's lock proves that the row's owner is dead.
            if (tables.Contains("__EFMigrationsLock"))
                database.Ask("DELETE FROM __EFMigrationsLock");
            using var db = database.Read();
            db.Database.Migrate();
        }
    }

    // As long as one connection is open, the log and its index are there: where they are not the ones of now, somebody has taken them away.
    private void KeepOpen()
    {
        _open = SqliteSettings.Open(folder.DatabaseFile);
        using var look = _open.CreateCommand();
        look.CommandText = "SELECT count(*) FROM sqlite_master";
        look.ExecuteScalar();
        foreach (var suffix in (string[])["", "-wal", "-shm"])
            folder.Watch(folder.DatabaseFile + suffix);
    }

    private void Compare()
    {
        blobs.RemoveUnfinished();
        var rows = database.Ask("SELECT BlobKey || '/' || Bytes || '/' || Name FROM Datasets").Select(row => row.Split('/')).ToList();
        foreach (var row in rows)
            if (!blobs.HasLength(row[0], long.Parse(row[1])))
                damage.Note(Datasets.DatasetTables.SayDamaged(row[2]));
        quarantine.Take(blobs.Orphans(rows.Select(row => row[0]).ToHashSet()), "no row names them; they may be uploads whose rows were lost");
        log.LogDebug("{Count} datasets have their files", rows.Count);
    }
}
