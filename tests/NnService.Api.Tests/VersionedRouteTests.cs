using System.CodeDom.Compiler;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace NnService.Api.Tests;

/// <summary>What is asked of a model by its name and by a version: the same paths everywhere, and the same order of refusals.</summary>
[Collection(SharedService.Name)]
public sealed class VersionedRouteTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    public static TheoryData<string, string> Doors => new()
    {
        { "POST", "/api/v1/models/{0}/predict" }, { "POST", "/api/v1/models/{0}/evaluate" }, { "POST", "/api/v1/models/{0}/trace" },
        { "GET", "/api/v1/models/{0}/formula" }, { "POST", "/api/v1/models/{0}/explain" }, { "GET", "/api/v1/models/{0}/export/json" },
        { "GET", "/api/v1/models/{0}/lineage" }, { "POST", "/api/v1/models/{0}/verify" },
        { "GET", "/v2/models/{0}" }, { "GET", "/v2/models/{0}/ready" }, { "POST", "/v2/models/{0}/infer" },
        { "GET", "/v2/models/{0}/config" }, { "GET", "/v2/models/{0}/stats" },
        { "GET", "/v1/models/{0}" }, { "GET", "/v1/models/{0}/metadata" }, { "POST", "/v1/models/{0}:predict" }, { "POST", "/v1/models/{0}:classify" },
        { "POST", "/v1/models/{0}:regress" }, { "POST", "/v1/models/{0}:explain" },
    };

    // Clients of the Open Inference Protocol let their callers add a query to every request, for gateways: none of its paths takes a parameter.
    public static IEnumerable<object[]> StrictDoors => Doors.Where(door => !((string)door[1]).StartsWith("/v2", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A_model_and_a_version_that_do_not_exist_are_named(string method, string path)
    {
        Refused(await Send(method, path, "nobody"), HttpStatusCode.NotFound, "There is no model \\\"nobody\\\".");
        var version = await Send(method, path, "nobody/versions/champion");
        Assert.Equal(HttpStatusCode.NotFound, version.Status);
        Assert.Contains("nobody", version.Text, StringComparison.Ordinal);
        Assert.Contains("champion", version.Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(StrictDoors))]
    public async Task A_misspelt_query_parameter_is_refused_before_the_model_is_looked_for(string method, string path) =>
        Refused(await Send(method, path + "?treshold=1", "nobody"), HttpStatusCode.BadRequest, "Unknown query parameter \\\"treshold\\\"");

    [Theory]
    [InlineData("evaluate")]
    [InlineData("trace")]
    [InlineData("explain")]
    public async Task A_body_that_is_no_JSON_is_refused_before_the_model_is_looked_for(string verb) =>
        Refused(await _wire.Post($"models/nobody/{verb}", "{"), HttpStatusCode.BadRequest, "The body is not valid JSON");

    [Fact]
    public void No_handler_is_compiled_at_the_first_request()
    {
        var endpoints = service.Services.GetRequiredService<EndpointDataSource>().Endpoints;

        Assert.True(endpoints.Count(endpoint => endpoint.Metadata.Any(known => known is GeneratedCodeAttribute)) > 50, $"{endpoints.Count} endpoints");
        Assert.All(endpoints, endpoint => Assert.DoesNotContain("RequestDelegateFactory", endpoint.RequestDelegate!.Method.DeclaringType!.FullName));
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task A_model_without_versions_is_said_to_have_none(string method, string path)
    {
        await _wire.Post("models", """{"name":"versionless","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        foreach (var version in (await _wire.Get("models/versionless")).Json["versions"]!.AsArray())
            await _wire.Delete($"models/versionless/versions/{version!["version"]}");

        Refused(await Send(method, path, "versionless"), HttpStatusCode.NotFound, "has no version: all of them were deleted.");
        Assert.Empty((await _wire.Get("models/versionless")).Json["versions"]!.AsArray());
    }

    private Task<Answer> Send(string method, string path, string model) => _wire.Send(
        HttpMethod.Parse(method), string.Format(null, path, model), method == "POST" ? new StringContent("{}", Encoding.UTF8, "application/json") : null);

    private static void Refused(Answer answer, HttpStatusCode status, string saying)
    {
        Assert.Equal(status, answer.Status);
        Assert.Contains(saying, answer.Text, StringComparison.Ordinal);
    }
}
