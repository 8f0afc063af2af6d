using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using NnService.Api.Access;
using NnService.Api.Access.Keys;

namespace NnService.Api.Tests;

/// <summary>Whether a service can be reached by others is asked with the first request, which may come while it is still binding its addresses.</summary>
public sealed class ListeningTests
{
    [Theory]
    [InlineData("http://[::1]:5081", true)]
    [InlineData("http://unix:/run/nnservice.sock", true)]
    [InlineData("http://127.0.0.2:5081", true)]
    [InlineData("http://0.0.0.0:5081", false)]
    [InlineData("http://[::]:5081", false)]
    [InlineData("http://*:5081", false)]
    [InlineData("http://192.168.1.5:5081", false)]
    [InlineData("http://localhost.evil.example:5081", false)]
    public void A_service_that_is_still_binding_is_not_taken_for_one_on_loopback(string second, bool isLoopback)
    {
        using var server = new BindingServer();
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        var listening = new Listening(server, lifetime, new KeySettings(null, null, 60), new ProxySettings("", [], []));

        server.Addresses.Add("http://127.0.0.1:5080");
        Assert.True(listening.NeedsKeys); // the first address has its requests already
        server.Addresses.Add(second);
        lifetime.NotifyStarted();

        Assert.Equal(isLoopback, listening.IsLoopback);
        Assert.Equal(!isLoopback, listening.NeedsKeys);
    }

    private sealed class BindingServer : IServer
    {
        private readonly FeatureCollection _features = new();
        private readonly ServerAddressesFeature _addresses = new();

        public BindingServer() => _features.Set<IServerAddressesFeature>(_addresses);

        public ICollection<string> Addresses => _addresses.Addresses;

        public IFeatureCollection Features => _features;

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }
    }
}
