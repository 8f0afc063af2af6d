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
        if (!File.Exists(folder.DatabaseFile) && blobs.Any())
            throw new StartException(
                $"{folder.DatabaseFile} is missing, but there are uploads beside it. Put the database back from a backup; or, to begin anew, move {folder.Path} away.");
        ReleaseStaleMigrationLock();
        using var db = database.Read();
        db.Database.Migrate();
        var orphans = blobs.Sweep(db.Datasets.Select(dataset => dataset.BlobKey).ToHashSet());
        if (orphans > 0)
            log.LogInformation("Removed {Count} files that an interrupted upload had left", orphans);
        return Task.CompletedTask;
    }

    /// <summary>Closes the pooled connections, as the last hosted service to stop: with the last one SQLite takes the write-ahead log into the database and removes it.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        using var db = database.Read();
        SqliteConnection.ClearPool((SqliteConnection)db.Database.GetDbConnection());
        return Task.CompletedTask;
    }

    // A process killed while it migrated leaves its row in EF's lock table, and every later start would wait for it forever
    // (dotnet/efcore#38958). The folder's lock proves that the row's owner is dead.
    private void ReleaseStaleMigrationLock()
    {
        if (!File.Exists(folder.DatabaseFile))
            return;
        using var connection = new SqliteConnection($"Data Source={folder.DatabaseFile};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_master WHERE name = '__EFMigrationsLock'";
        if ((long)command.ExecuteScalar()! == 0)
            return;
        command.CommandText = "DELETE FROM __EFMigrationsLock";
        command.ExecuteNonQuery();
    }
}
