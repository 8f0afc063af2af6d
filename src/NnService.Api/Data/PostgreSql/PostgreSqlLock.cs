using NnService.Api.Errors;
using Npgsql;

namespace NnService.Api.Data.PostgreSql;

/// <summary>
/// Keeps a second service from the database, as the data folder's lock does from the folder: a lock of the server's that ends with the connection that has it.
/// Where that is lost, because the server was restarted, it is taken again.
/// </summary>
internal sealed class PostgreSqlLock(PostgreSqlSettings settings, IHostApplicationLifetime lifetime, ILogger<PostgreSqlLock> log) : IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(0.5);

    private readonly CancellationTokenSource _end = new();
    private NpgsqlConnection? _connection;
    private Task _watch = Task.CompletedTask;

    /// <summary>Takes it. Errors: those of the database, and <see cref="StartException"/> where another service has it.</summary>
    public void Take()
    {
        var connection = new NpgsqlConnection(settings.ToHold);
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = AdvisoryLocks.TakeDatabase;
            command.ExecuteNonQuery();
            _connection = connection;
        }
        catch (PostgresException waited) when (waited.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            connection.Dispose();
            throw new StartException(
                $"The database {settings.Name} is in use. Is another NnService running on it? Stop that one, or give this one a database of its own.", waited);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>From now on it is taken again where it is lost.</summary>
    public void Watch() => _watch = Task.Run(WatchAsync);

    /// <summary>Gives it back.</summary>
    public void Release()
    {
        _end.Cancel();
        _watch.Wait();
        _connection?.Dispose();
        _connection = null;
    }

    public void Dispose()
    {
        if (!_end.IsCancellationRequested)
            Release();
        _end.Dispose();
    }

    private async Task WatchAsync()
    {
        while (!_end.IsCancellationRequested)
            try
            {
                await _connection!.WaitAsync(_end.Token); // until the server sends something, or is gone
            }
            catch (OperationCanceledException)
            {
            }
            catch (Exception lost) when (lost is NpgsqlException or InvalidOperationException or IOException)
            {
                log.LogWarning("The connection to the database {Database} is lost: {Reason}", settings.Name, lost.GetBaseException().Message);
                _connection!.Dispose();
                NpgsqlConnection.ClearAllPools(); // those of the others are lost with it
                await TakeAgainAsync();
            }
    }

    private async Task TakeAgainAsync()
    {
        while (!_end.IsCancellationRequested)
            try
            {
                Take();
                log.LogInformation("The database {Database} is there again", settings.Name);
                return;
            }
            catch (NpgsqlException)
            {
                await Task.Delay(s_pause);
            }
            catch (StartException taken)
            {
                log.LogCritical("{Reason} This one stops", taken.Message);
                lifetime.StopApplication();
                return;
            }
    }
}
