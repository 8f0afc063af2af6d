using System.Net;
using System.Text.RegularExpressions;

namespace NnService.Api.Tests;

/// <summary>What every answer tells a browser, and what it does not tell anybody.</summary>
public sealed partial class SecurityHeaderTests(LoopbackService service) : IClassFixture<LoopbackService>
{
    private const string OfData = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("GET", "/health/ready", 200)]
    [InlineData("GET", "/api/v1/networks", 200)]
    [InlineData("HEAD", "/api/v1/networks", 200)]
    [InlineData("GET", "/api/v1/networks/none", 404)]
    [InlineData("GET", "/api/v1/networks?wrong=1", 400)]
    [InlineData("POST", "/api/v1/networks", 415)]
    [InlineData("PATCH", "/api/v1/networks", 405)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("GET", "/metrics", 200)]
    [InlineData("GET", "/v2", 200)]
    [InlineData("GET", "/v2/models/none", 404)]
    [InlineData("POST", "/v1/models/none:predict", 404)]
    public async Task Every_answer_is_data_and_nothing_more(string method, string path, int status)
    {
        var answer = await _wire.Send(new HttpMethod(method), path);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal("nosniff", One(answer, "X-Content-Type-Options"));
        Assert.Equal("no-referrer", One(answer, "Referrer-Policy"));
        Assert.Equal("same-origin", One(answer, "Cross-Origin-Resource-Policy"));
        Assert.Equal(OfData, One(answer, "Content-Security-Policy"));
        Assert.False(answer.Headers.Contains("Server"));
        Assert.False(answer.Headers.Contains("X-Powered-By"));
        if (status >= 400)
            Assert.Equal("no-store", One(answer, "Cache-Control"));
    }

    [Fact]
    public async Task So_are_refusals_of_hosts_and_origins()
    {
        var foreign = await _wire.Get("networks", ("Origin", "http://evil.example"));
        var misdirected = await _wire.Get("networks", ("Host", "evil.example"));

        Assert.Equal([HttpStatusCode.Forbidden, HttpStatusCode.MisdirectedRequest], [foreign.Status, misdirected.Status]);
        Assert.All([foreign, misdirected], answer => Assert.Equal((OfData, "nosniff"), (One(answer, "Content-Security-Policy"), One(answer, "X-Content-Type-Options"))));
    }

    [Fact]
    public async Task Swagger_s_page_runs_its_own_scripts_and_no_others()
    {
        var page = await _wire.Get("/swagger/index.html");

        Assert.Equal(
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            One(page, "Content-Security-Policy"));
        Assert.All(Scripts().Matches(page.Text), script => Assert.Matches("^<script src=\"(\\./)?[a-z-]+\\.js\"[^>]*></script>$", script.Value));
        Assert.Equal(4, Scripts().Count(page.Text));
        Assert.DoesNotMatch("(?i)(https?:)?//[a-z]", page.Text.Replace("http://www.w3.org", "", StringComparison.Ordinal)); // nothing from elsewhere
        Assert.DoesNotMatch("(?i)\\son[a-z]+=", page.Text);
    }

    private static string One(Answer answer, string header) => string.Join(", ", answer.Headers.GetValues(header));

    [GeneratedRegex("<script.*?</script>", RegexOptions.Singleline)]
    private static partial Regex Scripts();
}
