using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>A service that waits a second for headers.</summary>
public sealed class ImpatientService : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-raw-").FullName;
    private ServiceHere? _service;

    public Wire Wire => _service!.Wire;

    public async Task InitializeAsync()
    {
        _service = await ServiceHere.Start(_folder, "--Limits:HeaderSeconds=1");
        await Wire.Post("networks", """{"name":"kept","layers":[{"type":"dense","units":1}]}""");
    }

    public Task DisposeAsync()
    {
        _service?.Dispose();
        TemporaryFolder.Remove(_folder);
        return Task.CompletedTask;
    }
}

/// <summary>
/// What goes over the wire byte by byte. A request whose end two readers see in different places lets a caller put a second one behind a proxy's back
/// (request smuggling): whatever of the kind is sent here, the second one must not be obeyed.
/// </summary>
public sealed class RawRequestTests(ImpatientService service) : IClassFixture<ImpatientService>
{
    private const string Smuggled = "DELETE /api/v1/networks/kept HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")] // one reader counts, the other one looks for the last chunk
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n")]
    [InlineData("Content-Length: 0\r\nContent-Length: 62\r\n\r\n")]
    [InlineData("Content-Length: 62\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("Content-Length: 0, 62\r\n\r\n")]
    [InlineData("Content-Length: -62\r\n\r\n")]
    [InlineData("Content-Length: 0x0\r\n\r\n")]
    [InlineData("Content-Length: 0 0\r\n\r\n")]
    [InlineData("Content-Length : 0\r\n\r\n")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding:\vchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n")]
    [InlineData("X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")] // a folded line
    [InlineData("X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("X\0: a\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("X: a\0\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0;a=\"\r\n\r\n\"\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0 \r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n00000000000000000\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n-0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0\n\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n")] // a chunk without its line end
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\n{}\r\n0\r\n\r\n")] // a chunk shorter than it says
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n")] // and longer
    public async Task A_request_with_two_ends_does_not_bring_a_second_one(string rest)
    {
        var answers = await Exchange($"POST /api/v1/networks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{rest}{Smuggled}");

        var each = answers.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries);
        Assert.True(answers.Length == 0 || RawHttp.StatusOf(answers) is >= 400 and < 500, answers);
        // What is left behind the first end is no request either: where the connection is still open, Kestrel itself says so and closes it.
        Assert.True(each.Length <= 2, answers);
        Assert.All(each.Skip(1), left => Assert.Matches("^400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n", left));
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("networks/kept")).Status);
    }

    [Theory]
    [InlineData("GET\t/api/v1/networks HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /api/v1/networks\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /api/v1/networks HTTP/1.2\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /api/v1/networks HTTP/2.0\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /api/v1/net\0works HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /api/v1/net%00works HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("G@T /api/v1/networks HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /api/v1/networks HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n")]
    [InlineData("GET /api/v1/networks HTTP/1.1\r\nHost: localhost\r\n: no name\r\n\r\n")]
    [InlineData("GET /api/v1/networks HTTP/1.1\r\nHost: localhost\r\nX y: a\r\n\r\n")]
    [InlineData("GET /{long} HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /api/v1/networks HTTP/1.1\r\nHost: localhost\r\nX: {long}{long}{long}{long}\r\n\r\n")]
    [InlineData("GET /api/v1/networks HTTP/1.1\r\nHost: localhost\r\n{many}\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003")] // TLS
    public async Task What_is_not_HTTP_is_refused_and_the_connection_closed(string request)
    {
        var answer = await Exchange(request
            .Replace("{long}", new string('x', 10_000), StringComparison.Ordinal)
            .Replace("{many}", string.Concat(Enumerable.Range(0, 200).Select(i => $"X-{i}: a\r\n")), StringComparison.Ordinal));

        Assert.True(!answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || RawHttp.StatusOf(answer) is (>= 400 and < 500) or 505, answer);
        Assert.DoesNotContain("Server:", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", answer, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("networks/kept")).Status);
    }

    [Theory]
    [InlineData("schl\u00FCssel")] // one byte, as Latin-1 writes it
    [InlineData("\u00FF\u00FE")]
    public async Task A_key_in_bytes_that_are_no_text_is_refused_in_words(string key)
    {
        const string Body = """{"dataset":"none","target":"y"}""";
        var answer = await RawHttp.Send(
            _wire.Http,
            $"POST /api/v1/training-jobs HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}");

        Assert.Equal(400, RawHttp.StatusOf(answer));
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
        Assert.Contains("The Idempotency-Key must be 1 to 255 visible ASCII characters", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_that_do_not_come_or_come_byte_by_byte_are_waited_for_a_second_at_the_most()
    {
        using var silent = await Connect("GET /health/live HTTP/1.1\r\nHost: local");
        using var dribbling = await Connect("GET /health/live HTTP/1.1\r\nX: ");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var dribble = Dribble(dribbling, deadline.Token);

        Assert.Equal(408, RawHttp.StatusOf(await Rest(silent.GetStream(), deadline.Token)));
        var rest = await Rest(dribbling.GetStream(), deadline.Token);
        Assert.True(rest.Length == 0 || RawHttp.StatusOf(rest) == 408, rest); // what it still sends may have the answer thrown away
        await dribble;
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_not_waited_for()
    {
        using var stalled = await Connect(
            "POST /api/v1/networks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{\"name\":");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        var answer = await Rest(stalled.GetStream(), deadline.Token);

        Assert.True(answer.Length == 0 || RawHttp.StatusOf(answer) is 408 or 400, answer);
    }

    [Fact]
    public async Task Who_does_not_read_an_answer_does_not_keep_its_connection()
    {
        using var folder = new TemporaryFolder();
        using var service = await ServiceProcess.Start(folder.Path, "--Limits:LeastBytesPerSecond=500000");
        await service.Wire.PostCsv("datasets?name=large", $"a\n{string.Concat(Enumerable.Repeat($"{new string('1', 99)}.5\n", 100_000))}");
        using var greedy = new TcpClient { ReceiveBufferSize = 4096, NoDelay = true };
        await greedy.ConnectAsync(service.Wire.Http.BaseAddress!.Host, service.Wire.Http.BaseAddress.Port);
        await greedy.GetStream().WriteAsync("GET /api/v1/datasets/large/content HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(200));

        await UntilConnectionsAre(2);
        await UntilConnectionsAre(1); // the one that asks

        async Task UntilConnectionsAre(int count)
        {
            while (await Connections() != count)
            {
                Assert.False(deadline.IsCancellationRequested, $"There are still {await Connections()} connections.");
                await glance.WaitForNextTickAsync();
            }
        }

        async Task<int> Connections()
        {
            var figures = (await service.Wire.Get("/metrics")).Text.Split('\n');
            return figures.Where(line => line.StartsWith("kestrel_active_connections{", StringComparison.Ordinal)).Sum(line => int.Parse(line.Split(' ')[1]));
        }
    }

    private async Task<string> Exchange(string request)
    {
        using var connection = await Connect(request);
        await using var stream = connection.GetStream();
        connection.Client.Shutdown(SocketShutdown.Send);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await Rest(stream, deadline.Token);
    }

    private async Task<TcpClient> Connect(string request)
    {
        var connection = new TcpClient { NoDelay = true };
        await connection.ConnectAsync(_wire.Http.BaseAddress!.Host, _wire.Http.BaseAddress.Port);
        await connection.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        return connection;
    }

    private static async Task<string> Rest(NetworkStream stream, CancellationToken deadline)
    {
        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, deadline);
        }
        catch (IOException)
        {
            // closed with bytes of ours unread
        }

        return Encoding.UTF8.GetString(answer.ToArray());
    }

    private static async Task Dribble(TcpClient connection, CancellationToken deadline)
    {
        using var rhythm = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        try
        {
            while (await rhythm.WaitForNextTickAsync(deadline))
                await connection.GetStream().WriteAsync("x"u8.ToArray(), deadline);
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
        }
    }
}
