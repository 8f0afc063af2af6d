using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;
using NnService.Api.Errors;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Http;

/// <summary>Inflates compressed bodies in front of every door, so that what a door counts and bounds is what comes out.</summary>
internal static class InflatedBodies
{
    public static void UseInflatedBodies(this WebApplication app) => app.Use(next => context =>
    {
        var headers = context.Request.Headers;
        if (headers.ContentEncoding.Count > 0)
            return Decode(context, headers.ContentEncoding.ToString(), next);
        return TableTypes.IsCsv(context.Request) && TakesTables(context) ? InflateTable(context, next) : next(context);
    });

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

    private static bool TakesTables(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<IAcceptsMetadata>()?.ContentTypes
        .Any(type => type == "*/*" || TableTypes.Csv.Contains(type)) == true;

    // A file that gzip has made is sent as it is by people who do not know the header: no CSV begins so.
    private static async Task InflateTable(HttpContext context, RequestDelegate next)
    {
        // The server's limit is meant for small JSON and cannot be lifted any more once reading has begun; tables have a limit of their own everywhere.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } server)
            server.MaxRequestBodySize = null;
        var body = await PeekedStream.OfAsync(context.Request.Body, 2, context.RequestAborted);
        context.Request.Body = body;
        if (ForeignFile.IsGzip(body.Start))
            Inflate(context.Request);
        await next(context);
    }

    private static void Inflate(HttpRequest request)
    {
        request.Body = new InflatedStream(request.Body);
        request.ContentLength = null; // it is that of the compressed bytes
    }
}
