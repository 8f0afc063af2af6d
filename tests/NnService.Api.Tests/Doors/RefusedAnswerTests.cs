using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Errors;

namespace NnService.Api.Tests.Doors;

/// <summary>What a refusal carries besides its sentence, whoever has refused.</summary>
[Collection(SharedService.Name)]
public sealed class RefusedAnswerTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("GET", "networks/none", 404)] // by a handler
    [InlineData("GET", "networks?limit=0", 400)] // thrown while the query is read
    [InlineData("GET", "networks?nam=x", 400)] // before any handler
    [InlineData("POST", "networks", 415)] // by routing
    [InlineData("PATCH", "networks", 405)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("GET", "/v2/models/none", 404)]
    [InlineData("GET", "/v1/models?x=1", 400)]
    public async Task A_refusal_is_never_kept_by_a_cache(string method, string path, int status)
    {
        var answer = await _wire.Send(new HttpMethod(method), path, method == "POST" ? new StringContent("x") : null);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task What_was_set_for_a_whole_answer_does_not_stand_on_a_refusal()
    {
        await _wire.PostCsv("datasets?name=refused-headers", "a\n1\n");

        var answer = await _wire.Get("datasets/refused-headers/content", ("Range", "bytes=100-"));

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, answer.Status);
        Assert.Null(answer.Headers.ETag);
    }

    [Theory]
    [InlineData("/invocations?model=x", "error")]
    [InlineData("/v2", "error")]
    [InlineData("networks", "detail")]
    public async Task An_unforeseen_failure_names_the_id_that_the_log_has(string path, string member)
    {
        using var own = new TestService();
        using var broken = own.WithWebHostBuilder(host => host.ConfigureTestServices(services => services.AddSingleton<MatcherPolicy, Broken>()));
        var wire = new Wire(broken.CreateClient());

        var method = path.StartsWith("/invocations", StringComparison.Ordinal) ? HttpMethod.Post : HttpMethod.Get;
        var answer = await wire.Send(method, path, null, ("X-Request-Id", "my-id-8"));

        Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
        Assert.Equal("Something went wrong inside the service; the log has more under the id my-id-8.", (string?)answer.Json[member]);
        Assert.Equal("my-id-8", answer.Headers.GetValues("X-Request-Id").Single());
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task Half_an_answer_is_broken_off_and_not_followed_by_a_problem()
    {
        var (context, body, life) = (new DefaultHttpContext(), new MemoryStream(), new Life());
        context.Features.Set<IHttpRequestLifetimeFeature>(life);
        context.Response.Body = body;
        var failing = ActivatorUtilities.CreateInstance<ProblemMiddleware>(service.Services, (RequestDelegate)(half =>
        {
            half.Response.BodyWriter.Write("{\"half\":"u8);
            throw new InvalidOperationException("A converter has failed.");
        }));

        await failing.InvokeAsync(context);

        Assert.True(life.IsAborted);
        Assert.Equal(0, body.Length);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("PUT")]
    public async Task A_path_that_takes_POST_says_so_to_other_verbs_and_is_no_job(string method)
    {
        var answer = await _wire.Send(new HttpMethod(method), "training-jobs/compare");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.Status);
        Assert.Equal("/api/v1/training-jobs/compare does not take " + method + "; it takes POST.", (string?)answer.Json["detail"]);
    }

    [Fact]
    public async Task An_id_is_found_in_capitals_too()
    {
        await _wire.PostCsv("datasets?name=refused-capitals", "a,b\n1,2\n2,3\n3,5\n");
        const string Job = """{"dataset":"refused-capitals","target":"b","task":"regression","epochs":1}""";
        var (other, id) = ((string)(await _wire.Train(Job))["id"]!, (string)(await _wire.Train(Job))["id"]!);

        foreach (var written in new[] { id.ToUpperInvariant(), id.Replace("-", "", StringComparison.Ordinal) })
        {
            Assert.Equal(id, (string?)(await _wire.Get($"training-jobs/{written}")).Json["id"]);
            Assert.Equal(HttpStatusCode.OK, (await _wire.Get($"training-jobs/{written}/history")).Status);
            var compared = await _wire.Post("training-jobs/compare", $$"""{"ids":["{{written}}","{{other}}"]}""");
            Assert.True(compared.Status == HttpStatusCode.OK, compared.Text);
        }
    }

    [Fact]
    public async Task No_alias_is_called_latest()
    {
        await _wire.Post("models", """{"name":"refused-latest","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");

        var answer = await _wire.Put("models/refused-latest/aliases/latest", """{"version":1}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("\"latest\" cannot be an alias: the latest version is that of the path without a version, as /api/v1/models/refused-latest/predict.",
            (string?)answer.Json["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health/live?verbose=1")]
    [InlineData("/health/ready?x")]
    [InlineData("/v2/health/live?timeout=1")]
    [InlineData("/v2/health/ready?a=b&c")]
    [InlineData("/ping?now")]
    public async Task A_query_on_a_probe_is_passed_over(string path) => Assert.Equal(HttpStatusCode.OK, (await _wire.Get(path)).Status);

    // Puts a handler that fails in the place of every one, with the same metadata.
    private sealed class Broken : MatcherPolicy, IEndpointSelectorPolicy
    {
        public override int Order => int.MaxValue;

        public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => true;

        public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
        {
            for (var i = 0; i < candidates.Count; i++)
                if (candidates[i].Endpoint is RouteEndpoint found)
                    candidates.ReplaceEndpoint(
                        i,
                        new RouteEndpoint(_ => throw new ArithmeticException("on purpose"), found.RoutePattern, found.Order, found.Metadata, found.DisplayName),
                        candidates[i].Values);
            return Task.CompletedTask;
        }
    }

    private sealed class Life : IHttpRequestLifetimeFeature
    {
        public bool IsAborted { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => IsAborted = true;
    }
}
