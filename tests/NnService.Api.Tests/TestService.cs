using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>The service in this process, on a data folder of its own that goes with it.</summary>
public sealed class TestService : WebApplicationFactory<Program>
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    /// <summary>Its data folder.</summary>
    public string Folder => _folder;

    /// <summary>What stands between it and its database; null: nothing.</summary>
    public IInterceptor? Interceptor { get; init; }

    /// <summary>Speaks to the service under /api/v1.</summary>
    public Wire Wire => new(CreateClient());

    protected override void ConfigureClient(HttpClient client)
    {
        base.ConfigureClient(client);
        client.Timeout = Wire.Patience;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("Data:Path", _folder);
        foreach (var (name, value) in TestDatabase.Settings(_folder))
            builder.UseSetting(name, value);
        builder.UseSetting("Serilog:MinimumLevel", "Error");
        builder.UseSetting("Webhooks:AllowedHosts", "hooks.example.com;127.0.0.1"); // the first is that of the endpoint's example
        builder.UseSetting("WarmUp:Enabled", "false");
        builder.UseSetting("Training:LowPriority", "false"); // beside other work on the machine, a test's job would starve
        builder.UseSetting("Cluster:Node", "node-1"); // what the examples show is the same on every machine
        builder.UseSetting("Training:MaxConcurrentJobs", "1");
        if (Interceptor is { } interceptor)
            builder.ConfigureTestServices(services =>
            {
                TestDatabase.Intercept(services, interceptor);
                if (interceptor is IStartupFilter filter)
                    services.AddSingleton(filter);
            });
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            TemporaryFolder.Remove(_folder);
            TestDatabase.Drop(_folder);
        }
    }
}

/// <summary>Tests that share one service; names keep them apart.</summary>
[CollectionDefinition(Name)]
public sealed class SharedService : ICollectionFixture<TestService>
{
    public const string Name = "one service";
}
