using Microsoft.AspNetCore.Routing.Patterns;

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

    private static string FirstSegment(RouteEndpoint endpoint) =>
        endpoint.RoutePattern.PathSegments is [{ Parts: [RoutePatternLiteralPart first] }, ..] ? first.Content : "";
}
