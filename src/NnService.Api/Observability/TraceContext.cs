using System.Diagnostics;

namespace NnService.Api.Observability;

/// <summary>
/// Takes the caller's trace over from <c>traceparent</c> (W3C Trace Context): its id stands in problem documents and in every line of the log that belongs to
/// the request. Whoever sends none costs nothing: no activity is made.
/// </summary>
internal static class TraceContext
{
    public static void UseTraceContext(this WebApplication app) => app.Use(next => context =>
    {
        var header = context.Request.Headers.TraceParent;
        return header.Count == 1 && TryRead(header.ToString(), context.Request.Headers.TraceState.ToString(), out var caller)
            ? Continue(context, caller, next)
            : next(context); // one that is no good is passed over, as the standard asks
    });

    // Versions to come may have more behind the flags; what is known of them is the same.
    private static bool TryRead(string parent, string state, out ActivityContext caller)
    {
        const int Length = 55;
        caller = default;
        if (parent.Length < Length || (parent.Length > Length && (parent.StartsWith("00", StringComparison.Ordinal) || parent[Length] != '-'))
            || parent.StartsWith("ff", StringComparison.Ordinal))
            return false;
        return ActivityContext.TryParse(parent[..Length], state, out caller);
    }

    private static async Task Continue(HttpContext context, ActivityContext caller, RequestDelegate next)
    {
        using var activity = new Activity("NnService.Request");
        activity.SetParentId(caller.TraceId, caller.SpanId, caller.TraceFlags);
        activity.TraceStateString = caller.TraceState;
        activity.Start();
        await next(context);
    }
}
