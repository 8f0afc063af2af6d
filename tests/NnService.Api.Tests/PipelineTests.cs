using System.Buffers;
using System.Net;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Http;

namespace NnService.Api.Tests;

/// <summary>
/// Only endpoints answer. A middleware that answered a path by itself would pass by whatever stands on endpoints as metadata: who may ask, how often, what is
/// logged. Here a twin stands in for every endpoint and says that it was reached, and a middleware behind all others says that nothing was.
/// </summary>
public sealed class PipelineTests : IDisposable
{
    private const string Nothing = "nothing";

    private static readonly SearchValues<char> s_ofPaths = SearchValues.Create("/._-:{}*0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    private readonly TestService _service = new();
    private readonly WebApplicationFactory<Program> _watched;
    private readonly HttpClient _http;

    public PipelineTests()
    {
        _watched = _service.WithWebHostBuilder(host => host.ConfigureTestServices(services =>
        {
            services.AddSingleton<MatcherPolicy, Twins>();
            services.AddSingleton<IStartupFilter, BehindEverything>();
        }));
        _http = _watched.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
    }

    public void Dispose() => _service.Dispose();

    private IReadOnlyList<RouteEndpoint> Endpoints => [.. _watched.Services.GetRequiredService<EndpointDataSource>().Endpoints.Cast<RouteEndpoint>()];

    [Fact]
    public async Task Every_endpoint_is_reached_through_all_middlewares()
    {
        Assert.True(Endpoints.Count > 50, $"{Endpoints.Count} endpoints");
        foreach (var endpoint in Endpoints)
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                using var answer = await Send(method, PathOf(endpoint), endpoint.Metadata.GetMetadata<BodyExample>());
                Assert.True(
                    WhatWasReached(answer) == endpoint.DisplayName,
                    $"{method} {PathOf(endpoint)}: {answer.StatusCode} by {WhatWasReached(answer)} and not by {endpoint.DisplayName}");
            }
    }

    [Fact]
    public async Task A_path_that_no_endpoint_has_is_answered_by_nothing()
    {
        // Whatever path a middleware may look for stands in the code.
        var paths = Texts().Where(text => text.Length is > 1 and < 100 && !text.AsSpan().ContainsAnyExcept(s_ofPaths))
            .Select(text => text.StartsWith('/') ? text : $"/{text}")
            .Concat(Endpoints.Select(PathOf)).SelectMany(path => new[] { path, $"{path}/more" }).Distinct().ToList();
        Assert.Contains("/health/ready/more", paths);
        var answered = 0;
        foreach (var path in paths)
            foreach (var method in (string[])["GET", "POST", "OPTIONS"])
            {
                using var answer = await Send(method, path, null);
                var isOther = answer.StatusCode == HttpStatusCode.MethodNotAllowed && answer.Content.Headers.Allow.Count > 0; // what routing itself says
                Assert.True(isOther || WhatWasReached(answer) is not null, $"{method} {path}: {answer.StatusCode}");
                answered += WhatWasReached(answer) == Nothing ? 1 : 0;
            }

        Assert.True(answered > paths.Count, $"{answered} of {paths.Count} paths had no endpoint");
    }

    private async Task<HttpResponseMessage> Send(string method, string path, BodyExample? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"http://localhost{path}");
        if (body is not null)
            request.Content = new StringContent(body.Content, Encoding.UTF8, body.ContentType);
        return await _http.SendAsync(request);
    }

    private static string? WhatWasReached(HttpResponseMessage answer) => Twins.WhatWasReached(answer);

    private static string PathOf(RouteEndpoint endpoint) => Twins.PathOf(endpoint);

    private static IEnumerable<string> Texts()
    {
        using var assembly = new PEReader(File.OpenRead(typeof(Program).Assembly.Location));
        var metadata = assembly.GetMetadataReader();
        for (var text = metadata.GetNextHandle(MetadataTokens.UserStringHandle(0)); !text.IsNil; text = metadata.GetNextHandle(text))
            yield return metadata.GetUserString(text);
    }

    private sealed class BehindEverything : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.Run(context =>
            {
                Twins.Say(context.Response, Nothing);
                return Task.CompletedTask;
            });
        };
    }
}
