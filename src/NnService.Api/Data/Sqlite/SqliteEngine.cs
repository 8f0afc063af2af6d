using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Metrics;
using NnService.Api.Startup;
using NnService.Api.Storage;

namespace NnService.Api.Data.Sqlite;

/// <summary>SQLite: a file in the data folder, its write-ahead log and the log's index beside it.</summary>
internal sealed class SqliteEngine(
    DataFolder folder, BlobStore blobs, Quarantine quarantine, Damage damage, DatabaseCheck check, Node node, ServiceMeter meter)
    : DatabaseEngine, IDisposable
{
    private const int MostFaults = 20;
    private const string BrokenReferences =
        """SELECT DISTINCT 'a row of ' || "table" || ' names one of ' || parent || ' that does not exist' FROM pragma_foreign_key_check""";

    private SqliteConnection? _open;
    private bool _wasLogDamaged;

    public override string Name => folder.DatabaseFile;

    public override Schema Schema { get; } = new("schema.sql");

    public override string TableNames => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";

    public override string? MigrationLockTable => "__EFMigrationsLock";

    public override string? WriterLock => null; // BEGIN IMMEDIATE

    public override bool IsInFolder => true;

    public override string? WhyNoCopy => null;

    public override void Configure(DbContextOptionsBuilder options) =>
        options.UseSqlite(SqliteSettings.ConnectionString(folder.DatabaseFile)).AddInterceptors(new SqliteSettings());

    public override DbConnection OpenToRead() => SqliteSettings.Open(folder.DatabaseFile, canWrite: false);

    public override DbConnection OpenToWrite() => SqliteSettings.Open(folder.DatabaseFile, canWrite: true);

    public override void Examine()
    {
        SqliteVersion.RefuseOld();
        RefuseClosed();
        RefuseMissing();
        _wasLogDamaged |= ExamineFiles(); // a start on a full disk looks twice
    }

    public override void Attend()
    {
        folder.MarkDatabase();
        KeepOpen();
        if (_wasLogDamaged)
            check.Run(); // pages of before and after the damage may stand beside each other
        else
            check.Begin();
    }

    public override IReadOnlyList<NodeRow> Nodes() => [node.Row()];

    public override void CopyTo(string file, Action atThatMoment)
    {
        using var source = SqliteSettings.Open(folder.DatabaseFile, canWrite: false);
        using var reading = source.BeginTransaction(deferred: true);
        using (var writer = SqliteSettings.Open(folder.DatabaseFile, canWrite: true))
        using (writer.BeginTransaction(deferred: false)) // keeps all others from committing; nothing is written, and it is rolled back
        {
            Rows(source, "SELECT name FROM sqlite_master LIMIT 1"); // from here on it sees this moment
            atThatMoment();
        }

        using var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        copy.Open();
        source.BackupDatabase(copy);
    }

    public override IReadOnlyList<string> Faults()
    {
        try
        {
            using var connection = SqliteSettings.Open(folder.DatabaseFile, canWrite: false);
            return
            [
                .. Rows(connection, $"PRAGMA integrity_check({MostFaults})").Where(row => row != "ok"),
                .. Rows(connection, BrokenReferences),
            ];
        }
        catch (SqliteException failure) when (SqliteFailures.FaultOf(failure).Kind == DatabaseFaultKind.Damaged)
        {
            return [failure.Message];
        }
    }

    public override long RowsEver(string table)
    {
        using var connection = OpenToRead();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT seq FROM sqlite_sequence WHERE name = $table";
        command.Parameters.Add(new SqliteParameter("$table", table));
        return command.ExecuteScalar() is long ever ? ever : 0;
    }

    public override string GoOnAfter(string table, string column, long ever) => $"UPDATE sqlite_sequence SET seq = {ever} WHERE name = '{table}'";

    /// <summary>Closes the connections: with the last one SQLite takes the write-ahead log into the database and removes it.</summary>
    public override void Close()
    {
        check.Stop();
        if (folder.Obstacle() is not null)
            return; // taking in a log that somebody has cut short would damage the database too; the next start looks at it as it is
        folder.UnwatchFiles();
        Release();
        using var connection = new SqliteConnection(SqliteSettings.ConnectionString(folder.DatabaseFile));
        SqliteConnection.ClearPool(connection);
    }

    public void Dispose() => Release();

    // Once: a host may be stopped by one thread and disposed of, or stopped again, by another.
    private void Release() => Interlocked.Exchange(ref _open, null)?.Dispose();

    // SQLite would open it for reading alone, and no change could be kept.
    private void RefuseClosed()
    {
        foreach (var suffix in (string[])["", "-wal", "-shm"])
            if (folder.DatabaseFile + suffix is var file && File.Exists(file) && FileIdentity.WhyNotWritable(file) is { } why)
                throw new StartException($"The database {file} cannot be used: {why}. Give the service's user the right to read and write it.");
    }

    // SQLite would make a new one without a word, and remove the log of an empty one: it begins a log only when the database has its first page.
    private void RefuseMissing()
    {
        var (file, log) = (new FileInfo(folder.DatabaseFile), new FileInfo(folder.DatabaseFile + "-wal"));
        if (file is { Exists: true, Length: > 0 } || (!folder.HasHadDatabase && !blobs.Any() && log is not { Exists: true, Length: > 0 }))
            return;
        var uploads = blobs.IsShared ? $"there are uploads in {blobs.Place}" : "there are uploads beside it";
        var why = log is { Exists: true, Length: > 0 } ? "its log is there" : blobs.Any() ? uploads : "this folder has had one";
        var andPlace = blobs.IsShared ? $" and choose another place than {blobs.Place}" : "";
        throw new StartException(
            $"{file.FullName} is {(file.Exists ? "empty" : "missing")}, but {why}. "
            + $"Put the database back from a backup; or, to begin anew, move {folder.Path} away{andPlace}.");
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
        damage.Note($"{found.Sentence} Copies of the database and its log as they were: {string.Join(", ", quarantine.Copy(files))}.");
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

    private static List<string> Rows(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var rows = command.ExecuteReader();
        var texts = new List<string>();
        while (rows.Read())
            texts.Add(rows.GetString(0));
        return texts;
    }

    private double LengthOf(string suffix) => new FileInfo(folder.DatabaseFile + suffix) is { Exists: true, Length: var length } ? length : 0;
}
