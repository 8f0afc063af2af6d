using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Limits;

namespace NnService.Api.Tests.Limits;

/// <summary>A service with one worker, one place to wait and little memory, and a hand on its worker.</summary>
public sealed class LimitedService : WebApplicationFactory<Program>
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    public Wire Wire => new(CreateClient());

    /// <summary>Keeps one worker busy until it is told to end.</summary>
    public async Task<HeldWorker> Hold()
    {
        var held = new HeldWorker(Services.GetRequiredService<LongRequests>());
        await held.HasBegun;
        return held;
    }

    /// <summary>Puts work into the queue behind the worker's.</summary>
    public HeldWorker Queue() => new(Services.GetRequiredService<LongRequests>());

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("Data:Path", _folder);
        builder.UseSetting("Serilog:MinimumLevel", "Error");
        builder.UseSetting("WarmUp:Enabled", "false");
        builder.UseSetting("Limits:LongRequests", "1");
        builder.UseSetting("Limits:QueuedRequests", "1");
        builder.UseSetting("Limits:MemoryBytes", "268435456");
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && Directory.Exists(_folder))
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(_folder, recursive: true);
        }
    }
}

/// <summary>Work that goes on until it is told to end.</summary>
public sealed class HeldWorker : IAsyncDisposable
{
    private readonly ManualResetEventSlim _end = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _work;

    internal HeldWorker(LongRequests requests) => _work = requests.RunAsync(
        () =>
        {
            _begun.SetResult();
            _end.Wait();
        },
        CancellationToken.None);

    public Task HasBegun => _begun.Task.WaitAsync(TimeSpan.FromSeconds(60));

    public async ValueTask DisposeAsync()
    {
        _end.Set();
        await _work;
        _end.Dispose();
    }
}
