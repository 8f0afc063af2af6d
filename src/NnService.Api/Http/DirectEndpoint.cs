namespace NnService.Api.Http;

internal static class DirectEndpoint
{
    /// <summary>
    /// Maps a handler that reads the request and writes the answer by itself: the framework binds no parameters and runs no filters. It is described like every
    /// other endpoint; each parameter of its path needs a <see cref="PathExample"/>.
    /// </summary>
    public static RouteHandlerBuilder MapDirect(this IEndpointRouteBuilder routes, string verb, string pattern, RequestDelegate handler) =>
        new RouteHandlerBuilder([routes.MapMethods(pattern, [verb], handler)])
            .WithMetadata(handler.Method); // without it the endpoint would not be in the OpenAPI document
}
