using System.Net;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Http;

namespace NnService.Api.Tests;

/// <summary>
/// Every endpoint states its scope, and no request gets past the gate without it: not one of those in the route table, which are all there are. A twin stands in
/// for each endpoint, so that nothing is made or deleted.
/// </summary>
public sealed class ScopeTests : IDisposable
{
    private static readonly string[] s_asking =
        ["/predict", ":predict", ":classify", ":regress", ":explain", "/infer", "/evaluate", "/trace", "/explain", "/importance", "/compare", "/invocations"];

    private readonly KeyedService _service = new(services => services.AddSingleton<MatcherPolicy, Twins>());

    public void Dispose() => _service.Dispose();

    private IReadOnlyList<RouteEndpoint> Endpoints => [.. _service.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()];

    [Fact]
    public void Every_endpoint_states_the_scope_of_what_it_does()
    {
        Assert.True(Endpoints.Count > 60, $"{Endpoints.Count} endpoints");
        foreach (var endpoint in Endpoints)
        {
            var scope = endpoint.Metadata.GetMetadata<RequiredScope>()?.Scope;
            if (endpoint.RoutePattern.RawText!.StartsWith("/health/", StringComparison.Ordinal))
            {
                Assert.Null(scope);
                Assert.NotNull(endpoint.Metadata.GetMetadata<IAllowAnonymous>());
                continue;
            }

            Assert.Null(endpoint.Metadata.GetMetadata<IAllowAnonymous>());
            Assert.True(scope is not null, $"{endpoint.DisplayName} states no scope");
            Assert.True(scope == ScopeOf(endpoint), $"{endpoint.DisplayName} states {scope}");
        }
    }

    [Fact]
    public async Task No_operation_is_answered_without_a_key_that_has_its_scope()
    {
        var keys = new Dictionary<Scope, Wire>();
        foreach (var scope in Enum.GetValues<Scope>())
            keys[scope] = _service.With((await _service.MakeKey(scope)).Key);
        var (revokedId, revoked) = await _service.MakeKey(Scope.Admin);
        Assert.Equal(HttpStatusCode.NoContent, (await Sent(_service.With(revoked), "GET", "/api/v1/networks")).Status);
        await _service.Revoke(revokedId);
        var expired = (await _service.MakeKey(Scope.Admin, _service.Clock.GetUtcNow().AddHours(1))).Key;
        Assert.Equal(HttpStatusCode.NoContent, (await Sent(_service.With(expired), "GET", "/api/v1/networks")).Status);
        _service.Clock.Advance(TimeSpan.FromHours(2));

        foreach (var endpoint in Endpoints)
            foreach (var method in Twins.MethodsOf(endpoint))
            {
                var path = Twins.PathOf(endpoint);
                var needed = endpoint.Metadata.GetMetadata<RequiredScope>()?.Scope;
                await Answers(401, needed is not null, _service.With(null));
                await Answers(401, needed is not null, _service.With(revoked));
                await Answers(401, needed is not null, _service.With(expired));
                await Answers(401, needed is not null, _service.With("nn_wrong"));
                foreach (var (scope, wire) in keys)
                    await Answers(403, needed is not null && scope != needed && scope != Scope.Admin, wire);

                async Task Answers(int refusal, bool isRefused, Wire wire)
                {
                    var answer = await Sent(wire, method, path);
                    Assert.True((int)answer.Status == (isRefused ? refusal : 204), $"{method} {path}: {answer.Status} and not {(isRefused ? refusal : 204)}");
                    Assert.Equal(!isRefused, answer.Headers.Contains("X-Reached"));
                    Assert.Equal(isRefused, answer.Headers.WwwAuthenticate.Count > 0);
                    if (isRefused && refusal == 403)
                        Assert.Contains($"lacks the scope \\\"{needed.ToString()!.ToLowerInvariant()}\\\"", answer.Text, StringComparison.Ordinal);
                    if (isRefused)
                        Assert.Equal(endpoint.Metadata.GetMetadata<PlainErrors>() is null ? "application/problem+json" : "application/json", answer.ContentType);
                }
            }
    }

    [Fact]
    public async Task What_states_no_scope_is_closed_also_where_no_key_is_asked_for()
    {
        using var service = new TestService();
        using var open = service.WithWebHostBuilder(host => host.ConfigureTestServices(services => services.AddSingleton<MatcherPolicy, Forgetful>()));
        var wire = new Wire(open.CreateClient());

        Assert.Equal(403, (int)(await wire.Get("catalogue")).Status);
        Assert.Equal(200, (int)(await wire.Get("networks")).Status);
    }

    [Fact]
    public async Task The_document_says_the_same_of_each_operation()
    {
        using var service = new KeyedService();
        var document = (await service.Admin.Get("/swagger/v1/swagger.json")).Json;
        var byPath = Endpoints.SelectMany(endpoint => Twins.MethodsOf(endpoint).Select(method => (
            Operation: $"{method} /{endpoint.RoutePattern.RawText!.Trim('/')}", endpoint.Metadata.GetMetadata<RequiredScope>()?.Scope)))
            .ToLookup(operation => operation.Operation, operation => operation.Scope);

        Assert.Equal(["apiKey", "bearer"], document["components"]!["securitySchemes"]!.AsObject().Select(scheme => scheme.Key).Order());
        var operations = document["paths"]!.AsObject().SelectMany(path =>
            path.Value!.AsObject().Select(operation => (Name: $"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value))).ToList();
        Assert.True(operations.Count > 50, $"{operations.Count} operations");
        foreach (var (name, operation) in operations)
        {
            Assert.True(byPath[name].Count() == 1, $"{name} has {byPath[name].Count()} endpoints");
            var scope = byPath[name].Single();
            Assert.Equal(scope?.ToString().ToLowerInvariant(), (string?)operation!["x-required-scope"]);
            Assert.Equal(scope is null ? [] : ["bearer", "apiKey"], operation["security"]!.AsArray().Select(way => way!.AsObject().Single().Key));
            Assert.Equal(scope is not null, operation["responses"]!["401"] is not null && operation["responses"]!["403"] is not null);
        }
    }

    // By what it is called, not by what it says of itself.
    private static Scope ScopeOf(RouteEndpoint endpoint)
    {
        var path = endpoint.RoutePattern.RawText!;
        if (path.StartsWith("/api/v1/api-keys", StringComparison.Ordinal) || path.StartsWith("/api/v1/audit", StringComparison.Ordinal)
            || path == "/api/v1/backups")
            return Scope.Admin;
        if (s_asking.Any(asking => path.EndsWith(asking, StringComparison.Ordinal)))
            return Scope.Predict;
        var isDescribed = endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>() is not null; // what is not says only that a method is wrong
        return Twins.MethodsOf(endpoint).All(method => method == "GET") || path == "/v2/repository/index" || !isDescribed ? Scope.Read : Scope.Write;
    }

    private static Task<Answer> Sent(Wire wire, string method, string path) =>
        wire.Send(new HttpMethod(method), path, method == "GET" ? null : new StringContent("{}", Encoding.UTF8, "application/json"));

    // Takes what the catalogue states away.
    private sealed class Forgetful : MatcherPolicy, IEndpointSelectorPolicy
    {
        public override int Order => int.MaxValue;

        public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => true;

        public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
        {
            for (var i = 0; i < candidates.Count; i++)
                if (candidates[i].Endpoint is RouteEndpoint { RoutePattern.RawText: "/api/v1/catalogue" } found)
                    candidates.ReplaceEndpoint(
                        i,
                        new RouteEndpoint(found.RequestDelegate!, found.RoutePattern, 0, new([.. found.Metadata.Where(item => item is not RequiredScope)]), null),
                        candidates[i].Values);
            return Task.CompletedTask;
        }
    }
}
