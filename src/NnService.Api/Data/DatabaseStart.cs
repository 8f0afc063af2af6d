using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Errors;
using NnService.Api.Storage;

namespace NnService.Api.Data;

/// <summary>Brings the database up to date before the first request, and sweeps files that a crash has left without a row.</summary>
internal sealed class DatabaseStart(Database database, DataFolder folder, BlobStore blobs, ILogger<DatabaseStart> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        SqliteVersion.RefuseOld();
        if (!File.Exists(folder.DatabaseFile) && blobs.Any())
            throw new StartException(
                $"{folder.DatabaseFile} is missing, but there are uploads beside it. Put the database back from a backup; or, to begin anew, move {folder.Path} away.");
        BringUpToDate();
        var orphans = blobs.Sweep(database.Ask("SELECT BlobKey FROM Datasets").ToHashSet());
        if (orphans > 0)
            log.LogInformation("Removed {Count} files that an interrupted upload had left", orphans);
        return Task.CompletedTask;
    }

    /// <summary>Closes the pooled connections, as the last hosted service to stop: with the last one SQLite takes the write-ahead log into the database and removes it.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        using var connection = new SqliteConnection(SqliteSettings.ConnectionString(folder.DatabaseFile));
        SqliteConnection.ClearPool(connection);
        return Task.CompletedTask;
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
}
