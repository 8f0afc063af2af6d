using System.Net;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace NnService.Api.Tests;

[Collection(SharedService.Name)]
public sealed class OperationsTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task The_service_says_that_it_lives_and_is_ready()
    {
        Assert.Equal("""{"status":"live","reasons":[]}""", (await _wire.Get("/health/live")).Text);
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await _wire.Get("/health/ready")).Text);
    }

    [Fact]
    public async Task Metrics_take_no_query()
    {
        var refused = await _wire.Get("/metrics?x=1");

        Assert.Equal((HttpStatusCode.BadRequest, "Unknown query parameter \"x\"; this call takes none."), (refused.Status, (string?)refused.Json["detail"]));
    }

    [Fact]
    public async Task A_node_goes_by_the_clock_of_the_service()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
        using var plain = new TestService();
        using var clocked = plain.WithWebHostBuilder(host => host.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(clock)));
        var wire = new Wire(clocked.CreateClient());
        clock.Advance(TimeSpan.FromMinutes(5));

        var node = Assert.Single((await wire.Get("cluster")).Json["nodes"]!.AsArray())!;

        Assert.Equal(("2030-01-01T12:00:00Z", "2030-01-01T12:05:00Z"), ((string?)node["startedAt"], (string?)node["lastSeenAt"]));
    }

    [Fact]
    public async Task A_request_id_is_echoed_or_made_and_nothing_is_cached_but_what_never_changes()
    {
        var echoed = await _wire.Get("networks", ("X-Request-Id", "my-id-7"));
        Assert.Equal("my-id-7", echoed.Headers.GetValues("X-Request-Id").Single());
        Assert.Equal("no-store", echoed.Headers.CacheControl!.ToString());

        var made = await _wire.Get("networks/none", ("X-Request-Id", "forged\"line"));
        Assert.NotEqual("forged\"line", made.Headers.GetValues("X-Request-Id").Single());
        Assert.Equal(HttpStatusCode.NotFound, made.Status);

        await _wire.PostCsv("datasets?name=operations-content", "a\n1\n");
        foreach (var path in new[] { "datasets/operations-content", "datasets/operations-content/content" })
        {
            var first = await _wire.Get(path);
            var tag = first.Headers.ETag!.Tag;
            Assert.Equal(HttpStatusCode.NotModified, (await _wire.Get(path, ("If-None-Match", tag))).Status);
            Assert.Equal(first.Text, (await _wire.Get(path, ("If-None-Match", "\"other\""))).Text);
        }
    }

    [Theory]
    [InlineData("/v2/nothing", "application/json")]
    [InlineData("/V1/nothing", "application/json")]
    [InlineData("/ping/nothing", "application/json")]
    [InlineData("/invocations/nothing", "application/json")]
    [InlineData("/api/v2", "application/problem+json")]
    [InlineData("/health/nothing", "application/problem+json")]
    [InlineData("/swagger/nothing", "application/problem+json")]
    [InlineData("/v2nothing", "application/problem+json")]
    public async Task Where_there_is_no_endpoint_a_refusal_has_the_form_of_those_beside_it(string path, string form)
    {
        var missing = await _wire.Get(path);
        var foreign = await _wire.Get(path, ("Origin", "http://evil.example"));

        Assert.Equal((HttpStatusCode.NotFound, form), (missing.Status, missing.ContentType));
        Assert.Equal((HttpStatusCode.Forbidden, form), (foreign.Status, foreign.ContentType));
        Assert.True(missing.Headers.CacheControl?.NoStore == true && foreign.Headers.CacheControl?.NoStore == true);
    }

    [Fact]
    public async Task A_query_parameter_that_is_not_known_is_refused_before_anybody_looks_at_the_body()
    {
        var answer = await _wire.Post("networks?nam=x", "no JSON");

        Assert.Equal((HttpStatusCode.BadRequest, "Unknown query parameter \"nam\"; this call takes none."), (answer.Status, (string?)answer.Json["detail"]));
    }

    [Fact]
    public async Task Lists_are_pages_with_a_cursor()
    {
        for (var i = 0; i < 3; i++)
            await _wire.Post("networks", $$"""{"name":"operations-page-{{i}}","layers":[{"type":"dense","units":1}]}""");

        var first = (await _wire.Get("networks?limit=2")).Json;
        var second = (await _wire.Get($"networks?limit=2&cursor={first["nextCursor"]}")).Json;

        var names = first["items"]!.AsArray().Concat(second["items"]!.AsArray()).Select(network => (string)network!["name"]!).ToList();
        Assert.Equal(names.Distinct(), names);
        Assert.Equal(2, first["items"]!.AsArray().Count);
    }
}
