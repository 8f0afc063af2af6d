using NnService.Api.Errors;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>Inflates compressed bodies in front of every door, so that what a door counts and bounds is what comes out.</summary>
internal static class InflatedBodies
{
    public static void UseInflatedBodies(this WebApplication app) => app.Use(next => context =>
        context.Request.Headers.ContentEncoding is { Count: > 0 } encoding ? Decode(context, encoding.ToString(), next) : next(context));

    /// <summary>Inflates a table that gzip has made and nobody has said so: people who do not know the header send the file as it is, and no CSV begins
    /// so.</summary>
    public static async Task InflateTableAsync(HttpRequest request)
    {
        var body = await PeekedStream.OfAsync(request.Body, 2, request.HttpContext.RequestAborted);
        request.Body = body;
        if (ForeignFile.IsGzip(body.Start))
            Inflate(request);
    }

    private static Task Decode(HttpContext context, string encoding, RequestDelegate next)
    {
        if (encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || encoding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
        {
            Inflate(context.Request);
        }
        else if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.AcceptEncoding = "gzip"; // RFC 9110, section 15.5.16
            return Refusal.Result(415, $"The content encoding \"{Echo.Cut(encoding)}\" is not understood; send gzip or none.").ExecuteAsync(context);
        }

        context.Request.Headers.ContentEncoding = default;
        return next(context);
    }

    private static void Inflate(HttpRequest request)
    {
        request.Body = new InflatedStream(request.Body);
        request.ContentLength = null; // it is that of the compressed bytes
    }
}
