using System.Diagnostics;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using Npgsql;

namespace NnService.Api.Data.PostgreSql;

/// <summary>
/// Keeps other services from the database, as the data folder's lock does from the folder: a lock of the server's that ends with the connection that has it.
/// Nodes of a cluster share it. Where it is lost, because the server was restarted, it is taken again.
/// </summary>
internal sealed class PostgreSqlLock(
    PostgreSqlSettings settings, Node node, PostgreSqlPulse pulse, IHostApplicationLifetime lifetime, ILogger<PostgreSqlLock> log) : IDisposable
{
    private const string HasNodes = """SELECT to_regclass('"Nodes"') IS NOT NULL""";

    // They may have lost their locks for a moment, with their connections.
    private const string AreNodesAlive = """SELECT EXISTS (SELECT 1 FROM "Nodes" WHERE "SeenAt" > clock_timestamp() - interval '30 seconds')""";

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(0.5), s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_longestIntrusion = TimeSpan.FromMinutes(5); // of one that has the database for itself where nodes were

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
            if (node.IsAlone)
                TakeAlone(connection);
            else
                Execute(connection, AdvisoryLocks.ShareDatabase);
            _connection = connection;
        }
        catch (PostgresException waited) when (waited.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            connection.Dispose();
            throw new StartException(
                $"The database {settings.Name} is in use by an NnService that has its uploads in its own data folder. Stop that one, or have it keep them "
                    + "where all nodes reach them (Storage:BlobFolder, or Storage:Kind=s3).",
                waited);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Of several nodes that start, one at a time brings the tables up to date. Errors: <see cref="StartException"/> where the clock is wrong.</summary>
    public void TakeTables()
    {
        if (node.IsAlone)
            return;
        pulse.RequireClock(_connection!);
        Execute(_connection!, $"SET lock_timeout = '10min'; {AdvisoryLocks.TakeTables}; RESET lock_timeout"); // a migration may take its time
    }

    /// <summary>From now on it is taken again where it is lost.</summary>
    public void Watch()
    {
        if (!node.IsAlone)
        {
            Execute(_connection!, AdvisoryLocks.GiveTablesBack);
            pulse.Begin(_connection!);
        }

        _watch = Task.Run(WatchAsync);
    }

    /// <summary>Gives it back.</summary>
    public void Release()
    {
        _end.Cancel();
        _watch.Wait();
        if (!node.IsAlone && _connection is { } held)
            pulse.End(held);
        _connection?.Dispose();
        _connection = null;
    }

    public void Dispose()
    {
        if (!_end.IsCancellationRequested)
            Release();
        _end.Dispose();
    }

    private void TakeAlone(NpgsqlConnection connection)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!Ask(connection, AdvisoryLocks.TryDatabase) || (Ask(connection, HasNodes) && Ask(connection, AreNodesAlive)))
        {
            if (Stopwatch.GetElapsedTime(begun) > s_patience)
                throw new StartException(
                    $"The database {settings.Name} is in use. Is another NnService running on it? Stop that one, or give this one a database of its own. "
                    + "Nodes that are to share a database keep their uploads where all of them reach them (Storage:BlobFolder, or Storage:Kind=s3).");
            Execute(connection, "SELECT pg_advisory_unlock_all()"); // where nodes have been seen, it is theirs
            Thread.Sleep(s_pause);
        }
    }

    private static bool Ask(NpgsqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is true;
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0; // the server's limits hold
        command.ExecuteNonQuery();
    }

    private async Task WatchAsync()
    {
        while (!_end.IsCancellationRequested)
            try
            {
                // Until the server sends something, or is gone
                if (node.IsAlone)
                    await _connection!.WaitAsync(_end.Token);
                else
                    await AttendAsync(_connection!);
            }
            catch (OperationCanceledException)
            {
            }
            catch (Exception lost) // whatever it is: nobody else would look
            {
                log.LogWarning("The connection to the database {Database} is lost: {Reason}", settings.Name, lost.GetBaseException().Message);
                if (!node.IsAlone)
                    pulse.Lose();
                _connection!.Dispose();
                NpgsqlConnection.ClearAllPools(); // those of the others are lost with it
                if (lost is PostgresException)
                    await Task.Delay(s_pause); // the server is there and has refused: at once, it would again
                await TakeAgainAsync();
            }
    }

    private async Task AttendAsync(NpgsqlConnection connection)
    {
        if (!node.IsCommand)
            await pulse.BeatAsync(connection, _end.Token);
        await connection.WaitAsync(PostgreSqlPulse.Interval, _end.Token);
    }

    private async Task TakeAgainAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        while (!_end.IsCancellationRequested)
            try
            {
                Take();
                if (!node.IsAlone)
                    pulse.Begin(_connection!);
                log.LogInformation("The database {Database} is there again", settings.Name);
                return;
            }
            catch (StartException taken) when (node.IsAlone || Stopwatch.GetElapsedTime(begun) > s_longestIntrusion)
            {
                log.LogCritical("{Reason} This one stops", taken.Message);
                Environment.ExitCode = 1;
                await _end.CancelAsync();
                lifetime.StopApplication();
                return;
            }
            catch (Exception)
            {
                _connection?.Dispose();
                if (!node.IsAlone)
                    pulse.Lose(); // whoever asks meanwhile finds that nothing is known
                await Task.Delay(s_pause);
            }
    }
}
