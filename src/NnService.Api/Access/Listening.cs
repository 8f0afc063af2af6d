using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using NnService.Api.Access.Keys;

namespace NnService.Api.Access;

/// <summary>Where the service listens, and what follows from that.</summary>
internal sealed class Listening(IServer server, IHostApplicationLifetime lifetime, KeySettings settings, ProxySettings proxy)
{
    private readonly Lazy<bool> _isLoopback = new(() => (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).All(HostName.IsLoopback));

    /// <summary>
    /// Whether only programs on this machine can reach it. That is known when it has started: addresses are bound one after the other, and the first one may
    /// have its requests before the last one is there. Until then, not.
    /// </summary>
    public bool IsLoopback => lifetime.ApplicationStarted.IsCancellationRequested && _isLoopback.Value;

    /// <summary>Whether every request needs a key.</summary>
    public bool NeedsKeys => settings.RequireKey == true || !IsLoopback;

    /// <summary>Whether this request needs one: one that a proxy has brought comes from elsewhere, however near the proxy is, unless a setting names the proxy.</summary>
    public bool AsksForKey(HttpRequest request) =>
        NeedsKeys || (IsForwarded(request.Headers) && !proxy.Trusts(request.HttpContext.Connection.RemoteIpAddress));

    private static bool IsForwarded(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
            if (name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase) || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
