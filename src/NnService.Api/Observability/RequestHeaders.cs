using System.Text.RegularExpressions;
using NnService.Api.Errors;

namespace NnService.Api.Observability;

/// <summary>Headers of every answer: the request's id, echoed or made, and no caching unless an endpoint says otherwise.</summary>
internal static partial class RequestHeaders
{
    private const string RequestId = "X-Request-Id";

    public static void UseRequestHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.Headers.TryGetValue(RequestId, out var given) && WellFormed().IsMatch(given.ToString()))
            context.TraceIdentifier = given.ToString();
        context.Response.Headers[RequestId] = context.TraceIdentifier;
        if (context.Request.Path.StartsWithSegments("/api") || context.Request.Path.StartsWithSegments("/health") || PlainError.IsSpokenAt(context.Request.Path))
            context.Response.Headers.CacheControl = "no-store";
        return next(context);
    });

    // What could forge a log line or a header is replaced rather than echoed.
    [GeneratedRegex("^[A-Za-z0-9._:/+=-]{1,128}\\z")]
    private static partial Regex WellFormed();
}
