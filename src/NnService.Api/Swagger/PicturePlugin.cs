using Swashbuckle.AspNetCore.SwaggerUI;

namespace NnService.Api.Swagger;

/// <summary>Has Swagger UI show an SVG that an operation answers with as a picture; by itself it shows the source. The script is a file of its own, for the
/// page runs no other (<see cref="Http.SecurityHeaders"/>).</summary>
internal static class PicturePlugin
{
    private const string File = "pictures.js";

    public static void Add(SwaggerUIOptions options) => options.HeadContent += $"<script src=\"./{File}\" charset=\"utf-8\"></script>";

    /// <summary>Answers with the script beside the page.</summary>
    public static void Serve(IApplicationBuilder pages) => pages.Map($"/swagger/{File}", script => script.Run(async context =>
    {
        context.Response.ContentType = "text/javascript; charset=utf-8";
        await using var source = typeof(PicturePlugin).Assembly.GetManifestResourceStream(File)!;
        await source.CopyToAsync(context.Response.Body, context.RequestAborted);
    }));
}
