using NnService.Api.Errors;

namespace NnService.Api.Http;

/// <summary>A body that works when sent as it stands.</summary>
internal sealed record BodyExample(string ContentType, string Content);

/// <summary>The schema of a body that the framework cannot tell from the handler.</summary>
internal sealed record BodySchema(string ContentType, Type Type);

/// <summary>A value for a path parameter that works when the examples are sent in their order.</summary>
internal sealed record PathExample(string Name, string Value);

/// <summary>What an endpoint tells people about itself; the OpenAPI document is made from it.</summary>
internal static class EndpointDescription
{
    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string summary, string? details = null)
    {
        endpoint.WithSummary(summary);
        return details is null ? endpoint : endpoint.WithDescription(details);
    }

    public static RouteHandlerBuilder TakesJson<T>(this RouteHandlerBuilder endpoint, string example)
        where T : notnull =>
        endpoint.Accepts<T>("application/json").WithMetadata(new BodyExample("application/json", example));

    public static RouteHandlerBuilder With(this RouteHandlerBuilder endpoint, params QueryParameter[] parameters) =>
        endpoint.WithMetadata([.. parameters]);

    public static RouteHandlerBuilder PathExample(this RouteHandlerBuilder endpoint, string name, string value) =>
        endpoint.WithMetadata(new PathExample(name, value));

    public static RouteHandlerBuilder Returns<T>(this RouteHandlerBuilder endpoint, int status) => endpoint.Produces<T>(status);

    public static RouteHandlerBuilder Returns(this RouteHandlerBuilder endpoint, int status, string? contentType = null) =>
        contentType is null ? endpoint.Produces(status) : endpoint.Produces<string>(status, contentType);

    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params int[] statuses)
    {
        foreach (var status in statuses)
            endpoint.Produces<Problem>(status, "application/problem+json");
        return endpoint;
    }
}
