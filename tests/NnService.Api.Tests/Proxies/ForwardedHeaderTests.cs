namespace NnService.Api.Tests.Proxies;

/// <summary>A service that believes the headers of a proxy on this machine.</summary>
public sealed class TrustingService : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-trusting-").FullName;
    private ServiceHere? _service;

    public Wire Wire => _service!.Wire;

    public async Task InitializeAsync() => _service = await ServiceHere.Start(
        _folder, "--Proxy:TrustedProxies=10.0.0.5;127.0.0.0/8", "--Access:AllowedHosts=example.com");

    public Task DisposeAsync()
    {
        _service?.Dispose();
        TemporaryFolder.Remove(_folder);
        return Task.CompletedTask;
    }
}

/// <summary>Which X-Forwarded headers are believed, and from whom.</summary>
public sealed class ForwardedHeaderTests(TrustingService service) : IClassFixture<TrustingService>
{
    private readonly HttpClient _http = service.Wire.Http;

    [Theory]
    [InlineData("", "")]
    [InlineData("X-Forwarded-Prefix: /nn\n", "/nn")]
    [InlineData("X-Forwarded-Prefix: /nn/models-1.0\n", "/nn/models-1.0")]
    [InlineData("X-Forwarded-Prefix: /from/the/caller, /nn\n", "/nn")] // the proxy has put its own behind what came
    [InlineData("X-Forwarded-Prefix: //evil.example\n", "")]
    [InlineData("X-Forwarded-Prefix: /\\evil.example\n", "")]
    [InlineData("X-Forwarded-Prefix: https://evil.example\n", "")]
    [InlineData("X-Forwarded-Prefix: /a b\n", "")]
    [InlineData("X-Forwarded-Prefix: /\n", "")]
    public async Task A_prefix_stands_in_front_of_the_page_s_addresses_where_it_can_be_one(string headers, string prefix)
    {
        var answer = await RawHttp.Send(_http, $"GET / HTTP/1.1\nHost: localhost\n{headers}Connection: close\n\n");

        Assert.Contains($" src=\"{prefix}/page/app.js\"", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Forwarded-Host: example.com\n", 200)]
    [InlineData("X-Forwarded-Host: evil.example\n", 421)] // the rule of hosts holds for what the proxy tells
    [InlineData("X-Forwarded-Host: example.com\nOrigin: http://example.com\n", 200)]
    [InlineData("X-Forwarded-Host: example.com\nOrigin: https://example.com\n", 403)]
    [InlineData("X-Forwarded-Host: example.com\nX-Forwarded-Proto: https\nOrigin: https://example.com\n", 200)]
    [InlineData("X-Forwarded-Host: example.com:8443\nX-Forwarded-Proto: https\nOrigin: https://example.com:8443\n", 200)]
    [InlineData("X-Forwarded-Host: example.com\nX-Forwarded-Proto: https\nOrigin: https://evil.example\n", 403)]
    public async Task Scheme_and_host_of_the_proxy_count_for_the_rules_of_access(string headers, int status) => Assert.Equal(
        status, RawHttp.StatusOf(await RawHttp.Send(_http, $"GET /health/live HTTP/1.1\nHost: localhost\n{headers}Connection: close\n\n")));

    [Fact]
    public async Task From_anybody_else_they_are_passed_over_and_what_they_come_with_needs_a_key()
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-trusting-").FullName;
        try
        {
            using var other = await ServiceHere.Start(folder, "--Proxy:TrustedProxies=10.0.0.5;192.0.2.0/24");

            async Task<int> Status(HttpClient of, string path, string headers) =>
                RawHttp.StatusOf(await RawHttp.Send(of, $"GET {path} HTTP/1.1\nHost: localhost\n{headers}Connection: close\n\n"));

            Assert.Equal(200, await Status(other.Wire.Http, "/health/live", "X-Forwarded-Host: evil.example\n")); // 421 where it counted
            Assert.Equal(401, await Status(other.Wire.Http, "/api/v1/networks", "X-Forwarded-Prefix: /nn\n"));
            Assert.Equal(401, await Status(other.Wire.Http, "/api/v1/networks", "X-Forwarded-For: 10.0.0.5\n"));
            Assert.Equal(200, await Status(other.Wire.Http, "/api/v1/networks", ""));
            Assert.Equal(200, await Status(_http, "/api/v1/networks", "X-Forwarded-Prefix: /nn\nX-Forwarded-For: 10.0.0.5\n"));
        }
        finally
        {
            TemporaryFolder.Remove(folder);
        }
    }

    [Fact]
    public async Task A_prefix_by_setting_holds_whether_or_not_it_stands_in_the_path()
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-trusting-").FullName;
        try
        {
            using var other = await ServiceHere.Start(folder, "--Proxy:PathBase=/nn/");

            foreach (var path in new[] { "/", "/nn", "/nn/" })
                Assert.Contains(
                    " src=\"/nn/page/app.js\"",
                    await RawHttp.Send(other.Wire.Http, $"GET {path} HTTP/1.1\nHost: localhost\nConnection: close\n\n"), StringComparison.Ordinal);
            foreach (var (path, status) in new[] { ("/health/ready", 200), ("/nn/health/ready", 200), ("/nnx/health/ready", 404), ("/NN/health/ready", 404) })
                Assert.Equal(status, (int)(await other.Wire.Get(path)).Status);
        }
        finally
        {
            TemporaryFolder.Remove(folder);
        }
    }

    [Theory]
    [InlineData("--Proxy:PathBase=nn", "The setting Proxy:PathBase is \"nn\"; it must be a path such as /nn,")]
    [InlineData("--Proxy:PathBase=//nn", "The setting Proxy:PathBase is \"//nn\"; it must be a path such as /nn,")]
    [InlineData("--Proxy:PathBase=/a b", "The setting Proxy:PathBase is \"/a b\"; it must be a path such as /nn,")]
    [InlineData("--Proxy:TrustedProxies=localhost", "The setting Proxy:TrustedProxies names \"localhost\"; it must be an address such as 10.0.0.5,")]
    [InlineData("--Proxy:TrustedProxies=10.0.0.5;*", "The setting Proxy:TrustedProxies names \"*\"; it must be an address such as 10.0.0.5,")]
    [InlineData("--Proxy:TrustedProxies=10.0.0.0/99", "The setting Proxy:TrustedProxies names \"10.0.0.0/99\"; it must be an address such as 10.0.0.5,")]
    public async Task A_wrong_setting_is_told_in_a_sentence(string setting, string says)
    {
        var folder = Directory.CreateTempSubdirectory("nnservice-trusting-").FullName;
        try
        {
            var (exitCode, error) = await ProgramHere.RunToEnd(folder, setting);

            Assert.Equal(1, exitCode);
            Assert.StartsWith(says, error, StringComparison.Ordinal);
            Assert.Single(error.Trim().Split('\n'));
        }
        finally
        {
            TemporaryFolder.Remove(folder);
        }
    }
}
