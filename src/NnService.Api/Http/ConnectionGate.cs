using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace NnService.Api.Http;

/// <summary>
/// Accepts no more connections than there are file handles for: the others wait with the system, which needs none for them. <see cref="ConnectionLimit"/> turns
/// callers away only after they have been accepted, and a rush of them takes every handle; a runtime that cannot open a library then ends the process.
/// </summary>
/// <param name="listeners">Does everything else.</param>
/// <param name="most">Connections open at a time, over all addresses.</param>
internal sealed class ConnectionGate(IConnectionListenerFactory listeners, int most) : IConnectionListenerFactory,
    IConnectionListenerFactorySelector, IDisposable
{
    private readonly SemaphoreSlim _free = new(most);

    public bool CanBind(EndPoint endpoint) => listeners is not IConnectionListenerFactorySelector selector || selector.CanBind(endpoint);

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await listeners.BindAsync(endpoint, cancellationToken), _free);

    public void Dispose() => _free.Dispose();

    private sealed class Listener(IConnectionListener listener, SemaphoreSlim free) : IConnectionListener
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

        private readonly CancellationTokenSource _unbound = new();

        public EndPoint EndPoint => listener.EndPoint;

        // null: there will be no more.
        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            if (!await WaitForRoomAsync(cancellationToken))
                return null;

            ConnectionContext? connection = null;
            try
            {
                connection = await AcceptNextAsync(cancellationToken);
            }
            finally
            {
                if (connection is null)
                    free.Release();
            }

            connection?.ConnectionClosed.UnsafeRegister(static free => ((SemaphoreSlim)free!).Release(), free);
            return connection;
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await _unbound.CancelAsync();
            await listener.UnbindAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await listener.DisposeAsync();
            _unbound.Dispose();
        }

        // False: the listener is unbound, and nobody waits any more.
        private async ValueTask<bool> WaitForRoomAsync(CancellationToken cancellation)
        {
            if (free.Wait(0, CancellationToken.None))
                return true;
            using var any = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _unbound.Token);
            try
            {
                await free.WaitAsync(any.Token);
                return true;
            }
            catch (OperationCanceledException) when (_unbound.IsCancellationRequested)
            {
                return false;
            }
        }

        // Handles may be lacking for a moment all the same, for instance to another process; that must not end the listening.
        private async ValueTask<ConnectionContext?> AcceptNextAsync(CancellationToken cancellation)
        {
            while (true)
            {
                try
                {
                    return await listener.AcceptAsync(cancellation);
                }
                catch (SocketException few) when (few.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
                {
                    await Task.Delay(Pause, CancellationToken.None);
                }
            }
        }
    }
}

/// <summary>Limits connections by the process's file handles.</summary>
internal static class ConnectionSetup
{
    private const int BeingTurnedAway = 8;

    /// <summary>Beyond the limit connections are refused, a few at a time; others wait meanwhile.</summary>
    public static void UseConnectionLimit(this WebApplicationBuilder builder, FileHandles handles)
    {
        var most = handles.ConnectionsFor(builder.Configuration);
        builder.Services.AddSingleton(handles);
        builder.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ConnectionLimit>(provider, most));
        builder.WebHost.ConfigureKestrel(server => server.ConfigureEndpointDefaults(endpoint =>
        {
            var limit = endpoint.ApplicationServices.GetRequiredService<ConnectionLimit>();
            endpoint.Use(next => connection => limit.OnConnectionAsync(connection, next));
        }));
        foreach (var factory in builder.Services.Where(
            service => service.ServiceType == typeof(IConnectionListenerFactory) && service.ImplementationType is not null).ToList())
        {
            builder.Services.Remove(factory);
            builder.Services.AddSingleton<IConnectionListenerFactory>(provider => new ConnectionGate(
                (IConnectionListenerFactory)ActivatorUtilities.CreateInstance(
                    provider, factory.ImplementationType!), (int)Math.Min(most + BeingTurnedAway, int.MaxValue)));
        }
    }
}
