using System.Text.RegularExpressions;
using NnService.Api.Http;

namespace NnService.Api.Observability;

/// <summary>Headers of every answer: the request's id, echoed or made, and no caching unless an endpoint says otherwise.</summary>
internal static partial class RequestHeaders
{
    private const string RequestId = "X-Request-Id";

    /// <summary>The id, before everything else: whatever answers or logs has it.</summary>
    public static void UseRequestIds(this WebApplication app) => app.Use(next => context =>
    {
        if (context.Request.Headers.TryGetValue(RequestId, out var given) && WellFormed().IsMatch(given.ToString()))
            context.TraceIdentifier = given.ToString();
        context.Response.Headers[RequestId] = context.TraceIdentifier;
        return next(context);
    });

    /// <summary>No caching where the endpoint says so.</summary>
    public static void UseNoStore(this WebApplication app) => app.Use(next => context =>
    {
        if (context.Has<NoStore>())
            context.Response.Headers.CacheControl = "no-store";
        return next(context);
    });

    // What could forge a log line or a header is replaced rather than echoed.
    [GeneratedRegex("^[A-Za-z0-9._:/+=-]{1,128}\\z")]
    private static partial Regex WellFormed();
}
