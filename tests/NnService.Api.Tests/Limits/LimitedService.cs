using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Limits;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests.Limits;

/// <summary>A service with one worker, one place to wait and little memory, and a hand on its worker.</summary>
public sealed class LimitedService : WebApplicationFactory<Program>
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    public Wire Wire => new(CreateClient());

    /// <summary>Keeps the worker busy, and takes the place in the queue where that is asked for, until it is told to end.</summary>
    public async Task<HeldWorker> Hold(bool andTheQueue)
    {
        var held = new HeldWorker();
        await held.Begin(Services.GetRequiredService<LongRequests>(), andTheQueue);
        return held;
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("Data:Path", _folder);
        foreach (var (name, value) in TestDatabase.Settings(_folder))
            builder.UseSetting(name, value);
        builder.UseSetting("Serilog:MinimumLevel", "Error");
        builder.UseSetting("WarmUp:Enabled", "false");
        builder.UseSetting("Training:LowPriority", "false"); // beside other work on the machine, a test's job would starve
        builder.UseSetting("Limits:LongRequests", "1");
        builder.UseSetting("Limits:QueuedRequests", "1");
        builder.UseSetting("Limits:MemoryBytes", "268435456");
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            TemporaryFolder.Remove(_folder);
    }
}

/// <summary>Work that goes on until it is told to end.</summary>
public sealed class HeldWorker : IAsyncDisposable
{
    private readonly ManualResetEventSlim _end = new();
    private readonly List<Task> _works = [];

    internal async Task Begin(LongRequests requests, bool andTheQueue)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _works.Add(requests.RunAsync(
            () =>
            {
                begun.SetResult();
                _end.Wait();
            },
            CancellationToken.None));
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        if (andTheQueue)
            _works.Add(requests.RunAsync(_end.Wait, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        _end.Set();
        await Task.WhenAll(_works);
        _end.Dispose();
    }
}
