using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Matching;
using Microsoft.AspNetCore.Routing.Patterns;
using NnService.Api.Http;

namespace NnService.Api.Tests;

/// <summary>Puts a twin in the place of every endpoint, with the same metadata, which does nothing but say that it was reached.</summary>
internal sealed class Twins : MatcherPolicy, IEndpointSelectorPolicy
{
    private const string Reached = "X-Reached";

    public override int Order => int.MaxValue;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) => true;

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
            if (candidates[i].Endpoint is RouteEndpoint found)
                candidates.ReplaceEndpoint(i, TwinOf(found), candidates[i].Values);
        return Task.CompletedTask;
    }

    /// <summary>Answers with what was reached.</summary>
    public static void Say(HttpResponse response, string what)
    {
        response.StatusCode = StatusCodes.Status204NoContent; // a refusal would be written anew
        response.Headers[Reached] = what;
    }

    /// <summary>What an answer says that was reached; null: nothing was.</summary>
    public static string? WhatWasReached(HttpResponseMessage answer) => answer.Headers.TryGetValues(Reached, out var reached) ? reached.Single() : null;

    /// <summary>A path that leads to an endpoint.</summary>
    public static string PathOf(RouteEndpoint endpoint)
    {
        var examples = endpoint.Metadata.OfType<PathExample>().ToList();
        return "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternParameterPart parameter => examples.LastOrDefault(example => example.Name == parameter.Name)?.Value ?? "some",
            _ => throw new NotSupportedException(part.PartKind.ToString()),
        }))));
    }

    /// <summary>The methods that an endpoint takes.</summary>
    public static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"];

    private static RouteEndpoint TwinOf(RouteEndpoint endpoint) => new(
        context =>
        {
            Say(context.Response, endpoint.DisplayName!);
            return Task.CompletedTask;
        },
        endpoint.RoutePattern,
        endpoint.Order,
        endpoint.Metadata,
        endpoint.DisplayName);
}
