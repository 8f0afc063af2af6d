using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace NnService.Api.Data.Sqlite;

/// <summary>Sets every connection up: an acknowledged commit is on disk, and a broken reference is an error.</summary>
internal sealed class SqliteSettings : DbConnectionInterceptor
{
    private const string Pragmas =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000; PRAGMA temp_store=MEMORY; PRAGMA query_only=";

    /// <summary>The same wherever the database is opened, so that all share the pooled connections.</summary>
    public static string ConnectionString(string file) => new SqliteConnectionStringBuilder { DataSource = file }.ToString();

    /// <summary>An open connection without EF Core.</summary>
    /// <param name="file">The database.</param>
    /// <param name="canWrite">Whether it may change anything; where not, SQLite refuses that.</param>
    public static SqliteConnection Open(string file, bool canWrite)
    {
        var connection = new SqliteConnection(ConnectionString(file));
        try
        {
            connection.Open();
            Apply(connection, canWrite);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData) => Apply(connection, canWrite: true);

    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Apply(connection, canWrite: true);
        return Task.CompletedTask;
    }

    // Each time, for the pool keeps a connection as it was left.
    private static void Apply(DbConnection connection, bool canWrite)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas + (canWrite ? "OFF" : "ON");
        command.ExecuteNonQuery();
    }
}
