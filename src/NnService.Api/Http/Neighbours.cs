using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;

namespace NnService.Api.Http;

/// <summary>
/// What holds for a request that no endpoint takes (404, 405, 415): what all endpoints have whose paths begin with the same segment. An unknown path under /v2
/// is refused in the form of /v2, and no list of paths need be kept.
/// </summary>
internal sealed class Neighbours(EndpointDataSource endpoints)
{
    private readonly Lazy<ILookup<string, RouteEndpoint>> _bySegment =
        new(() => endpoints.Endpoints.OfType<RouteEndpoint>().ToLookup(FirstSegment, StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether there are any, and all have it.</summary>
    public bool Have<T>(PathString path)
        where T : class
    {
        var neighbours = _bySegment.Value[path.Value?.Split('/') is [_, var first, ..] ? first : ""];
        return neighbours.Any() && neighbours.All(endpoint => endpoint.Metadata.GetMetadata<T>() is not null);
    }

    /// <summary>The endpoints that take the path and the method of a request, whatever else routing asks of it; of several patterns those that fit
    /// best.</summary>
    public IEnumerable<RouteEndpoint> At(HttpRequest request)
    {
        var fitting = endpoints.Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(request.Method) == true)
            .Where(endpoint => new TemplateMatcher(new RouteTemplate(endpoint.RoutePattern), []).TryMatch(request.Path, []))
            .ToLookup(endpoint => endpoint.RoutePattern.InboundPrecedence);
        return fitting.OrderBy(group => group.Key).FirstOrDefault() ?? Enumerable.Empty<RouteEndpoint>();
    }

    private static string FirstSegment(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.PathSegments is [{ Parts: [RoutePatternLiteralPart first] }, ..] ? first.Content : "";
}
