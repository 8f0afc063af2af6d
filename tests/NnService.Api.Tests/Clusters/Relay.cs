using System.Net;
using System.Net.Sockets;

namespace NnService.Api.Tests.Clusters;

/// <summary>Stands between a node and its database, and can let everything vanish that is sent, as a broken network does.</summary>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly int _to;
    private TaskCompletionSource _open = Done();

    public Relay(int to)
    {
        _to = to;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on nothing comes through.</summary>
    public void Cut() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>From now on everything does, and what was held up first.</summary>
    public void Mend() => _open.TrySetResult();

    public void Dispose()
    {
        _end.Cancel();
        Mend();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var from = await _listener.AcceptTcpClientAsync(_end.Token);
            var to = new TcpClient();
            await to.ConnectAsync(IPAddress.Loopback, _to);
            _ = PassAsync(from, to);
            _ = PassAsync(to, from);
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to)
    {
        try
        {
            var bytes = new byte[16_384];
            while (await from.GetStream().ReadAsync(bytes, _end.Token) is > 0 and var count)
            {
                await _open.Task;
                await to.GetStream().WriteAsync(bytes.AsMemory(0, count), _end.Token);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
        }

        from.Dispose();
        to.Dispose();
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
