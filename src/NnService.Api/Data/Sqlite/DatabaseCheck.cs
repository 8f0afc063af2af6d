using Microsoft.Data.Sqlite;
using NnService.Api.Errors;
using NnService.Api.Storage;

namespace NnService.Api.Data.Sqlite;

/// <summary>Lets SQLite look whether the database's pages hang together, beside whatever else goes on; damage is noted.</summary>
internal sealed class DatabaseCheck(DataFolder folder, Damage damage)
{
    private readonly Lock _gate = new();
    private SqliteConnection? _connection;
    private bool _isOver;

    /// <summary>Begins in the background.</summary>
    public void Begin() => new Thread(Run) { IsBackground = true, Name = "database check", Priority = ThreadPriority.BelowNormal }.Start();

    /// <summary>Looks now.</summary>
    public void Run()
    {
        using var connection = new SqliteConnection($"{SqliteSettings.ConnectionString(folder.DatabaseFile)};Pooling=False");
        try
        {
            lock (_gate)
            {
                if (_isOver)
                    return;
                connection.Open();
                _connection = connection;
            }

            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA quick_check(1)";
            if (command.ExecuteScalar() is string answer && answer != "ok")
                damage.Note(DatabaseFailures.Damaged);
        }
        catch (SqliteException failure)
        {
            if (!_isOver && SqliteFailures.FaultOf(failure).Kind == DatabaseFaultKind.Damaged)
                damage.Note(DatabaseFailures.Damaged);
        }
        finally
        {
            lock (_gate)
                _connection = null; // before it is closed: Stop interrupts what is open
        }
    }

    /// <summary>Breaks it off.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isOver = true;
            if (_connection?.Handle is { } handle)
                SQLitePCL.raw.sqlite3_interrupt(handle);
        }
    }
}
