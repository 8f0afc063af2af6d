using Microsoft.AspNetCore.Connections;

namespace NnService.Api.Http;

/// <summary>
/// Turns callers away while all connections are taken, as the server's own limit does, but says so once a minute at the most: the server has a line of the log
/// for each.
/// </summary>
/// <param name="most">Connections open at a time, over all addresses.</param>
/// <param name="clock">Counts the minutes.</param>
/// <param name="log">Is told.</param>
internal sealed class ConnectionLimit(long most, TimeProvider clock, ILogger<ConnectionLimit> log) : IDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private ITimer? _timer; // runs while there are lines to be kept back
    private long _open;
    private long _turnedAway; // since the last line

    /// <summary>Serves the connection, or closes it.</summary>
    public async Task OnConnectionAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        try
        {
            if (Interlocked.Increment(ref _open) <= most)
            {
                await next(connection);
                return;
            }

            TurnedAway();
            await connection.Transport.Input.CompleteAsync();
            await connection.Transport.Output.CompleteAsync();
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>Counts a caller who was turned away.</summary>
    internal void TurnedAway()
    {
        lock (_gate)
        {
            _turnedAway++;
            if (_timer is not null)
                return;
            Say();
            _timer = clock.CreateTimer(_ => Tick(), null, Minute, Minute);
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _timer?.Dispose();
    }

    private void Tick()
    {
        lock (_gate)
        {
            if (_turnedAway > 0)
            {
                Say();
                return;
            }

            _timer?.Dispose();
            _timer = null;
        }
    }

    private void Say()
    {
        log.LogWarning("All {Most} connections are taken (Limits:MaxConnections); callers turned away since the last such line: {Count}", most, _turnedAway);
        _turnedAway = 0;
    }
}
