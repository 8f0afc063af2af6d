using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>How many requests are taken of one caller, and how many uploads at a time.</summary>
public sealed class RequestRateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_caller_has_its_own_rate_and_health_has_none()
    {
        using var service = new KeyedService(null, "Limits:RequestsPerSecond=5");
        var (one, other) = (await service.MakeKey(Http.Scope.Read), await service.MakeKey(Http.Scope.Read));

        var answers = await Many(20, () => service.With(one.Key).Get("networks"));
        var door = (await Many(20, () => service.With(one.Key).Get("/v2"))).First(answer => answer.Status == HttpStatusCode.TooManyRequests);

        var refused = answers.Where(answer => answer.Status != HttpStatusCode.OK).ToList();
        Assert.InRange(refused.Count, 5, 15); // time passes meanwhile
        Assert.All(refused, answer => Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status));
        Assert.Equal("1", refused[0].Headers.RetryAfter!.ToString());
        Assert.StartsWith("More than 5 requests a second", (string?)refused[0].Json["detail"], StringComparison.Ordinal);
        Assert.Equal("application/json", door.ContentType);
        Assert.Equal(HttpStatusCode.OK, (await service.With(other.Key).Get("networks")).Status);
        Assert.All(await Many(20, () => service.With(null).Get("/health/live")), answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Contains(await Many(20, () => service.With(null).Get("networks")), answer => answer.Status == HttpStatusCode.TooManyRequests); // by its address
    }

    [Theory]
    [InlineData("--urls=http://127.0.0.1:0", false)]
    [InlineData("--urls=http://0.0.0.0:0", true)]
    public async Task There_is_a_limit_where_others_can_connect(string address, bool isLimited)
    {
        using var service = await ServiceProcess.Start(_folder.Path, address, $"--Access:AdminKey={KeyedService.AdminKey}");
        service.Wire.Http.DefaultRequestHeaders.Add("X-API-Key", KeyedService.AdminKey);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        // Sent in rushes: a slow machine may take a second for the thousand that are let through.
        var isRefused = false;
        for (var rush = 0; rush < (isLimited ? 100 : 2) && !isRefused && !deadline.IsCancellationRequested; rush++)
            isRefused = (await Many(1500, () => service.Wire.Get("/v2"))).Any(answer => answer.Status == HttpStatusCode.TooManyRequests);

        Assert.Equal(isLimited, isRefused);
    }

    [Fact]
    public async Task Uploads_are_taken_up_to_a_number_at_a_time()
    {
        using var service = await ServiceHere.Start(_folder.Path, "--Limits:Uploads=2", "--Limits:LeastBytesPerSecond=1");
        using var first = await Begin(service.Wire, "first");
        using var second = await Begin(service.Wire, "second");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Directory.GetFiles(Path.Combine(_folder.Path, "blobs")).Length < 2) // until both have begun
            Assert.True(await glance.WaitForNextTickAsync(deadline.Token));

        var third = await service.Wire.PostCsv("datasets?name=third", "a\n1\n");

        Assert.Equal(HttpStatusCode.TooManyRequests, third.Status);
        Assert.StartsWith("2 uploads are under way", (string?)third.Json["detail"], StringComparison.Ordinal);
        Assert.NotNull(third.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.Created, (await service.Wire.Post("networks", """{"layers":[{"type":"dense","units":1}]}""")).Status);

        await first.GetStream().WriteAsync("3\r\n1\n2\r\n0\r\n\r\n"u8.ToArray());
        using var answer = new StreamReader(first.GetStream());
        Assert.Equal("HTTP/1.1 201 Created", await answer.ReadLineAsync(deadline.Token));
        Answer fourth;
        while ((fourth = await service.Wire.PostCsv("datasets?name=late", "a\n1\n")).Status == HttpStatusCode.TooManyRequests)
            Assert.True(await glance.WaitForNextTickAsync(deadline.Token));
        Assert.Equal(HttpStatusCode.Created, fourth.Status);
    }

    private static async Task<Answer[]> Many(int count, Func<Task<Answer>> send) => await Task.WhenAll(Enumerable.Range(0, count).Select(_ => send()));

    private static async Task<TcpClient> Begin(Wire wire, string name)
    {
        var connection = new TcpClient { NoDelay = true };
        await connection.ConnectAsync(wire.Http.BaseAddress!.Host, wire.Http.BaseAddress.Port);
        var rows = string.Concat(Enumerable.Repeat("1\n", 0x1400)); // more than is looked at before anything is stored
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/datasets?name={name} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
            + $"2\r\na\n\r\n2800\r\n{rows}\r\n"));
        return connection;
    }
}
