using System.Net.Mime;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;

namespace NnService.Api.Http;

/// <summary>Compresses answers for callers whose <c>Accept-Encoding</c> asks for it, by brotli or gzip (decision 44).</summary>
internal static class Compression
{
    /// <summary>A request with a body up to here asks about a row or a few; its answer is smaller than what compressing it costs.</summary>
    public const long SmallRequest = 4096;

    // Texts. Exports as ONNX, safetensors and zip, and tensors in bytes, get no smaller; events must not wait in a buffer.
    private static readonly string[] s_types =
    [
        MediaTypeNames.Application.Json, "application/problem+json", .. TableTypes.Csv, .. TableTypes.Lines,
        MediaTypeNames.Text.Plain, MediaTypeNames.Text.Html, MediaTypeNames.Text.Css, MediaTypeNames.Text.JavaScript, "application/javascript",
        "text/x-latex", "image/svg+xml",
    ];

    public static void AddCompression(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IResponseCompressionProvider, SparingCompression>();
        builder.Services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true; // no secret stands in an answer beside what a stranger could have sent
            options.MimeTypes = s_types;
            options.Providers.Add<BrotliCompressionProvider>();
            options.Providers.Add<GzipCompressionProvider>();
        });
    }

    /// <summary>Compresses what the endpoints answer, unless they are <see cref="Uncompressed"/>; put together at the first request that asks for it.</summary>
    public static void UseCompression(this WebApplication app) => app.Use(next =>
    {
        var compressing = new Lazy<RequestDelegate>(() =>
        {
            var branch = ((IApplicationBuilder)app).New();
            branch.UseResponseCompression();
            branch.Run(next);
            return branch.Build();
        });
        return context => IsAsked(context) ? Compress(context, compressing.Value) : next(context);
    });

    private static bool IsAsked(HttpContext context) =>
        context.Request.Headers.AcceptEncoding.Count > 0
        && context.GetEndpoint()?.Metadata.GetMetadata<Uncompressed>()?.Holds(context.Request) != true;

    private static Task Compress(HttpContext context, RequestDelegate compressing)
    {
        context.Response.OnStarting(DescribeAsync, context.Response);
        return compressing(context);
    }

    // The same thing in another encoding is the same by a weak tag at the most, and its bytes are not those that a range counts.
    private static Task DescribeAsync(object response)
    {
        var headers = ((HttpResponse)response).Headers;
        if (headers.ContentEncoding.Count == 0)
            return Task.CompletedTask;
        headers.AcceptRanges = default;
        if (headers.ETag.ToString() is ['"', ..] strong)
            headers.ETag = $"W/{strong}";
        return Task.CompletedTask;
    }

    private sealed class SparingCompression(IServiceProvider services, IOptions<ResponseCompressionOptions> options)
        : ResponseCompressionProvider(services, options)
    {
        private const int LeastBytes = 1024;

        public override bool ShouldCompressResponse(HttpContext context) =>
            base.ShouldCompressResponse(context) && !(context.Response.ContentLength < LeastBytes);
    }
}
