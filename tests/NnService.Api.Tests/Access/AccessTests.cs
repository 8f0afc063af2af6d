using System.Net;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>A service on loopback alone, with a few names allowed.</summary>
public sealed class LoopbackService : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-access-").FullName;
    private ServiceHere? _service;

    public Wire Wire => _service!.Wire;

    public async Task InitializeAsync() => _service = await ServiceHere.Start(
        _folder,
        "--Access:AllowedHosts=service.example;exact.example:8080;[fd00::1]:81;192.168.1.6",
        "--Access:AllowedOrigins=https://page.example,http://localhost:3000/,chrome-extension://abcdefgh");

    public Task DisposeAsync()
    {
        _service?.Dispose();
        TemporaryFolder.Remove(_folder);
        return Task.CompletedTask;
    }
}

/// <summary>A web page that somebody looks at on this machine cannot drive the service, under its own origin or under a name made to lead here.</summary>
public sealed class AccessTests(LoopbackService service) : IClassFixture<LoopbackService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("localhost:5080", 200)]
    [InlineData("LocalHost:1", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("127.0.0.1:65535", 200)]
    [InlineData("[::1]", 200)]
    [InlineData("[::1]:5080", 200)]
    [InlineData("service.example", 200)]
    [InlineData("SERVICE.example:99", 200)]
    [InlineData("exact.example:8080", 200)]
    [InlineData("[fd00::1]:81", 200)]
    [InlineData("192.168.1.6:5080", 200)]
    [InlineData("exact.example", 421)]
    [InlineData("exact.example:81", 421)]
    [InlineData("evil.example", 421)]
    [InlineData("localhost.", 421)]
    [InlineData("localhost.evil.example", 421)]
    [InlineData("evil.example:5080", 421)]
    [InlineData("127.0.0.1.evil.example", 421)]
    [InlineData("127.0.0.2", 421)]
    [InlineData("0.0.0.0", 421)]
    [InlineData("[::2]", 421)]
    [InlineData("[::ffff:127.0.0.1]", 421)]
    [InlineData("192.168.1.5", 421)]
    public async Task Only_hosts_of_this_machine_or_named_ones_are_answered(string host, int status)
    {
        foreach (var path in new[] { "/health/live", "/api/v1/networks", "/v2", "/" })
        {
            var answer = await RawHttp.Send(_wire.Http, $"GET {path} HTTP/1.1\nHost: {host}\nConnection: close\n\n");

            Assert.Equal(status, RawHttp.StatusOf(answer));
            if (status == 421)
                Assert.Contains($"This service does not answer to the host \\\"{host}\\\"", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("GET /health/live HTTP/1.0\n\n", 421)] // no host at all
    [InlineData("GET /health/live HTTP/1.0\nHost:\n\n", 421)]
    [InlineData("GET /health/live HTTP/1.1\nConnection: close\n\n", 400)] // the server itself refuses these
    [InlineData("GET /health/live HTTP/1.1\nHost: localhost\nHost: evil.example\nConnection: close\n\n", 400)]
    [InlineData("GET /health/live HTTP/1.1\nHost: user@localhost\nConnection: close\n\n", 400)]
    [InlineData("GET http://evil.example/health/live HTTP/1.1\nHost: localhost\nConnection: close\n\n", 400)]
    [InlineData("GET http://evil.example/health/live HTTP/1.1\nHost: evil.example\nConnection: close\n\n", 421)]
    public async Task Odd_hosts_are_refused(string request, int status) =>
        Assert.Equal(status, RawHttp.StatusOf(await RawHttp.Send(_wire.Http, request)));

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("null")]
    [InlineData("http://localhost")] // another port
    [InlineData("http://localhost:1")]
    [InlineData("https://{own}")] // another scheme
    [InlineData("http://{own}.evil.example")]
    [InlineData("http://page.example")]
    [InlineData("garbage")]
    [InlineData("http://{own}, http://evil.example")]
    public async Task Pages_of_other_origins_are_refused_by_every_method_and_at_every_door(string origin)
    {
        origin = origin.Replace("{own}", _wire.Http.BaseAddress!.Authority, StringComparison.Ordinal);
        (HttpMethod Method, string Path, HttpContent? Content)[] requests =
        [
            (HttpMethod.Get, "/health/live", null), (HttpMethod.Head, "/health/live", null), (HttpMethod.Get, "/api/v1/networks", null),
            (HttpMethod.Post, "/api/v1/training-jobs/latest/cancel", new FormUrlEncodedContent([new("a", "b")])),
            (HttpMethod.Post, "/api/v1/datasets?name=stolen", new MultipartFormDataContent { { new StringContent("a,b\n1,2\n"), "file", "t.csv" } }),
            (HttpMethod.Post, "/invocations", Text()), (HttpMethod.Post, "/api/v1/models/any/predict", Text()),
            (HttpMethod.Delete, "/api/v1/networks/any", null), (HttpMethod.Put, "/api/v1/models/a/aliases/b", Text()),
            (HttpMethod.Options, "/api/v1/models", null), (HttpMethod.Get, "/swagger/v1/swagger.json", null), (HttpMethod.Get, "/v2", null),
        ];

        foreach (var (method, path, content) in requests)
        {
            var answer = await _wire.Send(method, path, content, ("Origin", origin));

            Assert.True(answer.Status == HttpStatusCode.Forbidden, $"{method} {path}: {answer.Status}");
            Assert.Equal(path is "/v2" or "/invocations" ? "application/json" : "application/problem+json", answer.ContentType);
            if (method != HttpMethod.Head)
                Assert.Contains("Access:AllowedOrigins", answer.Text, StringComparison.Ordinal);
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        }

        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("datasets/stolen")).Status);
    }

    private static StringContent Text() => new("""{"instances":[[1,2]]}""", Encoding.UTF8, "text/plain"); // a form of HTML can send this

    [Fact]
    public async Task The_services_own_pages_may_ask()
    {
        var own = $"http://{_wire.Http.BaseAddress!.Authority}";

        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("networks", ("Origin", own))).Status);
        var made = await _wire.Post("networks", """{"name":"own-page","layers":[{"type":"dense"}]}""", ("Origin", own.ToUpperInvariant()));
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal(200, await StatusOf("localhost", "http://localhost:80"));
        Assert.Equal(200, await StatusOf("[::1]:80", "http://[::1]"));

        async Task<int> StatusOf(string host, string origin) =>
            RawHttp.StatusOf(await RawHttp.Send(_wire.Http, $"GET /health/live HTTP/1.1\nHost: {host}\nOrigin: {origin}\nConnection: close\n\n"));
    }

    [Theory]
    [InlineData("https://page.example")]
    [InlineData("http://localhost:3000")]
    [InlineData("chrome-extension://abcdefgh")]
    public async Task Preflights_of_named_origins_are_answered_and_errors_can_be_read_by_their_pages(string origin)
    {
        var preflight = await _wire.Send(
            HttpMethod.Options, "/api/v1/models", null,
            ("Origin", origin), ("Access-Control-Request-Method", "DELETE"), ("Access-Control-Request-Headers", "content-type,prefer"));

        Assert.Equal(HttpStatusCode.NoContent, preflight.Status);
        Assert.Equal(origin, preflight.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Contains("DELETE", preflight.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
        Assert.Equal("content-type,prefer", preflight.Headers.GetValues("Access-Control-Allow-Headers").Single());
        foreach (var path in new[] { "networks", "networks/none", "/health/ready", "/v2/models/none" })
            Assert.Equal(origin, (await _wire.Get(path, ("Origin", origin))).Headers.GetValues("Access-Control-Allow-Origin").Single());
        var readable = (await _wire.Get("networks", ("Origin", origin))).Headers.GetValues("Access-Control-Expose-Headers").Single();
        Assert.Contains("Location", readable, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v2/models/sum/infer")]
    [InlineData("/v2/repository/index")]
    [InlineData("/v1/models/sum:predict")]
    [InlineData("/v1/models/sum/labels/stable:classify")]
    [InlineData("/invocations")]
    public async Task Preflights_of_the_doors_of_other_servers_are_answered(string path)
    {
        var preflight = await _wire.Send(
            HttpMethod.Options, path, null, ("Origin", "https://page.example"), ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "content-type,inference-header-content-length"));

        Assert.Equal(HttpStatusCode.NoContent, preflight.Status);
        Assert.Equal("https://page.example", preflight.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.Equal("content-type,inference-header-content-length", preflight.Headers.GetValues("Access-Control-Allow-Headers").Single());
    }
}

/// <summary>The same where it listens on every address, and where a setting is wrong.</summary>
public sealed class AccessElsewhereTests
{
    [Fact]
    public async Task On_every_address_any_host_is_answered_and_pages_of_other_origins_are_not()
    {
        using var folder = new TemporaryFolder();
        using var service = await ServiceProcess.Start(folder.Path, "--urls=http://0.0.0.0:0");

        Assert.Equal(200, await StatusWith(""));
        Assert.Equal(200, await StatusWith("Origin: http://service.lan:5080\n"));
        Assert.Equal(403, await StatusWith("Origin: http://evil.example\n"));
        var preflight = await service.Wire.Send(
            HttpMethod.Options, "/api/v1/models", null, ("Origin", "http://evil.example"), ("Access-Control-Request-Method", "POST"));
        Assert.Equal(HttpStatusCode.Forbidden, preflight.Status);

        async Task<int> StatusWith(string header) =>
            RawHttp.StatusOf(await RawHttp.Send(service.Wire.Http, $"GET /health/live HTTP/1.1\nHost: service.lan:5080\n{header}Connection: close\n\n"));
    }

    [Theory]
    [InlineData("--Access:AllowedOrigins=*", "The setting Access:AllowedOrigins names \"*\"")]
    [InlineData("--Access:AllowedOrigins=page.example", "The setting Access:AllowedOrigins names \"page.example\"")]
    [InlineData("--Access:AllowedOrigins:0=http://a.example/path", "The setting Access:AllowedOrigins names \"http://a.example/path\"")]
    [InlineData("--Access:AllowedOrigins=null", "The setting Access:AllowedOrigins names \"null\"; it must be an origin such as https://example.com")]
    [InlineData("--Access:AllowedOrigins=ftp://a.example",
        "The setting Access:AllowedOrigins names \"ftp://a.example\"; it must be an origin such as https://example.com")]
    [InlineData("--Access:AllowedOrigins=wss://a.example",
        "The setting Access:AllowedOrigins names \"wss://a.example\"; it must be an origin such as https://example.com")]
    [InlineData("--Access:AllowedOrigins=https://*.example",
        "The setting Access:AllowedOrigins names \"https://*.example\"; it must be an origin such as https://example.com")]
    [InlineData("--Access:AllowedOrigins=https://a.example:443",
        "The setting Access:AllowedOrigins names \"https://a.example:443\"; browsers write that origin https://a.example.")]
    [InlineData("--Access:AllowedOrigins=https://münchen.example",
        "The setting Access:AllowedOrigins names \"https://münchen.example\"; browsers write that origin https://xn--mnchen-3ya.example.")]
    [InlineData("--Access:AllowedHosts=http://a.example", "The setting Access:AllowedHosts names \"http://a.example\"")]
    [InlineData("--Access:AllowedHosts=*", "The setting Access:AllowedHosts names \"*\"; it must be a host such as example.com or example.com:8080")]
    [InlineData("--Access:AllowedHosts=a.example;*.a.example",
        "The setting Access:AllowedHosts names \"*.a.example\"; it must be a host such as example.com or example.com:8080")]
    [InlineData("--Access:AllowedHosts=a.example:99999",
        "The setting Access:AllowedHosts names \"a.example:99999\"; it must be a host such as example.com or example.com:8080")]
    [InlineData("--Access:AllowedHosts=münchen.example",
        "The setting Access:AllowedHosts names \"münchen.example\"; it must be a host such as example.com or example.com:8080")]
    public async Task A_wrong_setting_is_told_in_a_sentence(string setting, string says)
    {
        using var folder = new TemporaryFolder();
        var (exitCode, error) = await ProgramHere.RunToEnd(folder.Path, setting);

        Assert.Equal(1, exitCode);
        Assert.StartsWith(says, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }
}
