namespace NnService.Api.Http;

/// <summary>Of an endpoint: a request that went well writes no line into the log.</summary>
internal sealed record Quiet;

/// <summary>Of an endpoint: it is asked whether the service can serve.</summary>
internal sealed record Probe;

/// <summary>Of an endpoint: its refusals are <c>{"error": "…"}</c>, the form of other services.</summary>
internal sealed record PlainErrors;

/// <summary>Of an endpoint: its answers are not to be cached unless they say otherwise.</summary>
internal sealed record NoStore;

/// <summary>Of an endpoint: its answers are not compressed.</summary>
/// <param name="MostBytes">Only those to requests with a body of at most so many bytes; null: none is.</param>
internal sealed record Uncompressed(long? MostBytes)
{
    /// <summary>Whether the answer to a request is not.</summary>
    public bool Holds(HttpRequest request) => MostBytes is not { } most || request.ContentLength <= most;
}

/// <summary>Puts onto an endpoint, or onto all of a group, what the middlewares read.</summary>
internal static class EndpointMetadata
{
    public static TBuilder Quiet<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new Quiet());

    /// <summary>A probe is quiet too.</summary>
    public static TBuilder Probe<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.Quiet().WithMetadata(new Probe());

    public static TBuilder SpeaksPlainErrors<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new PlainErrors());

    public static TBuilder NoStore<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new NoStore());

    public static TBuilder Uncompressed<TBuilder>(this TBuilder endpoints, long? upTo = null)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new Uncompressed(upTo));

    /// <summary>Whether the endpoint of a request has it; where none takes the request, whether its <see cref="Neighbours"/> have.</summary>
    public static bool Has<T>(this HttpContext context)
        where T : class => context.GetEndpoint() is RouteEndpoint endpoint
            ? endpoint.Metadata.GetMetadata<T>() is not null
            : context.RequestServices.GetRequiredService<Neighbours>().Have<T>(context.Request.Path);
}
