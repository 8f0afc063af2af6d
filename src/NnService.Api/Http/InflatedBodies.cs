using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>Inflates compressed bodies in front of every door, so that what a door counts and bounds is what comes out.</summary>
internal static class InflatedBodies
{
    public static void UseInflatedBodies(this WebApplication app) => app.Use(next => context =>
    {
        var headers = context.Request.Headers;
        if (headers.ContentEncoding.Count == 0)
            return next(context);
        var encoding = headers.ContentEncoding.ToString();
        if (encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || encoding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
        {
            context.Request.Body = new InflatedStream(context.Request.Body);
            context.Request.ContentLength = null; // it is that of the compressed bytes
        }
        else if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            return Refusal.Result(415, $"The content encoding \"{Echo.Cut(encoding)}\" is not understood; send gzip or none.").ExecuteAsync(context);
        }

        headers.ContentEncoding = default;
        return next(context);
    });
}
