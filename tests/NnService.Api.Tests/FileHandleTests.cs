using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using NnService.Api.Http;
using NnService.Api.Startup;

namespace NnService.Api.Tests;

/// <summary>A process with few file handles: too few to start are said in a sentence, and callers cannot take those that the service needs.</summary>
public sealed class FileHandleTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    [LinuxFact]
    public async Task Too_few_to_start_are_said_in_a_sentence()
    {
        foreach (var handles in (int[])[128, 256, 399])
        {
            var (exitCode, error) = await ServiceProcess.RunToEndUnder(Limited(handles), _folder);
            Assert.Equal(1, exitCode);
            Assert.StartsWith($"The process may have {handles} file handles open; NnService needs at least ",
                Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);
        }
    }

    [LinuxFact]
    public async Task More_callers_than_handles_are_turned_away_and_everything_goes_on()
    {
        using var service = await ServiceProcess.StartUnder(Limited(400), _folder, "--WarmUp:Enabled=true");
        var callers = new List<TcpClient>();
        for (var i = 0; i < 400; i++) // before anything has been used for the first time
        {
            var caller = new TcpClient();
            callers.Add(caller);
            await caller.ConnectAsync(IPAddress.Loopback, service.Wire.Http.BaseAddress!.Port);
            try
            {
                await caller.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /api/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            }
            catch (IOException)
            {
                // turned away already
            }
        }

        callers.ForEach(caller => caller.Dispose());
        var wire = service.Wire;
        var ready = await Patiently(() => wire.Get("/health/ready"));
        Assert.Equal(HttpStatusCode.OK, ready.Status);
        for (var i = 0; i < 60; i++) // each has a file of columns that may be kept open
            Assert.Equal(HttpStatusCode.Created, (await Patiently(() => wire.PostCsv($"datasets?name=d{i}", $"a,b\n{i},2\n3,4\n5,6\n"))).Status);
        for (var i = 0; i < 60; i++)
            Assert.Equal(HttpStatusCode.OK, (await wire.Get($"datasets/d{i}/rows")).Status);
        await wire.Train("""{"dataset":"d0","target":"b","task":"regression","epochs":3}""");
        var many = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => wire.Get($"datasets/d{i}/rows")));
        Assert.All(many, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Equal(0, await service.Terminate());
    }

    [LinuxFact]
    public async Task More_connections_than_handles_allow_are_refused_in_words_and_fewer_are_kept_to()
    {
        var (exitCode, error) = await ServiceProcess.RunToEndUnder(Limited(400), _folder, "--Limits:MaxConnections=5000");
        Assert.Equal(1, exitCode);
        Assert.StartsWith("The setting Limits:MaxConnections is 5000; the 400 file handles of the process allow ",
            Assert.Single(error.Trim().Split('\n')), StringComparison.Ordinal);

        using var service = await ServiceHere.Start(_folder, "--Limits:MaxConnections=2");
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("/health/ready")).Status);
        using var second = new TcpClient();
        await second.ConnectAsync(IPAddress.Loopback, service.Wire.Http.BaseAddress!.Port);
        await second.GetStream().WriteAsync("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        Assert.NotEqual(0, await second.GetStream().ReadAsync(new byte[100]));
        using var third = new TcpClient();
        await third.ConnectAsync(IPAddress.Loopback, service.Wire.Http.BaseAddress!.Port);
        Assert.Equal(0, await third.GetStream().ReadAsync(new byte[100]));
    }

    [Fact]
    public async Task Callers_who_are_turned_away_are_told_of_in_one_line()
    {
        using var service = await ServiceHere.Start(_folder, "--Limits:MaxConnections=1");
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("/health/ready")).Status);
        for (var i = 0; i < 20; i++)
        {
            using var caller = new TcpClient();
            await caller.ConnectAsync(IPAddress.Loopback, service.Wire.Http.BaseAddress!.Port);
            Assert.Equal(0, await caller.GetStream().ReadAsync(new byte[100]));
        }

        await service.Stop();
        var said = Assert.Single(service.SaidSoFar(), line => line.Contains("onnection", StringComparison.Ordinal));
        Assert.Contains("All 1 connections are taken (Limits:MaxConnections)", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Later_ones_are_counted_and_told_of_once_a_minute()
    {
        var (clock, log) = (new MinuteClock(), new Lines());
        using var limit = new ConnectionLimit(5, clock, log);
        for (var i = 0; i < 4; i++)
            limit.TurnedAway();
        Assert.Equal(["All 5 connections are taken (Limits:MaxConnections); callers turned away since the last such line: 1"], log.Said);
        clock.Tick();
        Assert.EndsWith(": 3", log.Said[^1], StringComparison.Ordinal);
        clock.Tick();
        Assert.Equal(2, log.Said.Count);
        limit.TurnedAway();
        Assert.EndsWith(": 1", log.Said[^1], StringComparison.Ordinal);
        Assert.Equal(3, log.Said.Count);
    }

    [Fact]
    public void A_failed_first_use_is_tried_again()
    {
        var calls = 0;
        var later = new Later<string>(() => ++calls == 1 ? throw new IOException("no handles") : "made");

        Assert.Throws<IOException>(() => later.Value);
        Assert.False(later.IsMade);
        Assert.Equal("made", later.Value);
        Assert.Equal("made", later.Value);
        Assert.Equal(2, calls);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            TemporaryFolder.Remove(_folder);
    }

    private static string[] Limited(int handles) => ["bash", "-c", $"ulimit -n {handles}; exec \"$@\"", "limited"];

    // Its one timer ticks when the test wants it.
    private sealed class MinuteClock : TimeProvider
    {
        private Action? _tick;

        public void Tick() => _tick!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Assert.Equal((TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1)), (dueTime, period));
            _tick = () => callback(state);
            return base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private sealed class Lines : ILogger<ConnectionLimit>
    {
        public List<string> Said { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Add(formatter(state, exception));
    }

    private static async Task<Answer> Patiently(Func<Task<Answer>> ask)
    {
        using var deadline = new CancellationTokenSource(Wire.Patience);
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (HttpRequestException) when (!deadline.IsCancellationRequested)
            {
                await Task.Delay(50); // the many have just left
            }
        }
    }
}
