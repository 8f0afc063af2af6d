using Swashbuckle.AspNetCore.SwaggerUI;

namespace NnService.Api.Swagger;

/// <summary>Has Swagger UI show an SVG that an operation answers with as a picture; by itself it shows the source.</summary>
internal static class PicturePlugin
{
    private const string Name = "NnServicePictures"; // as in pictures.js

    public static void Add(SwaggerUIOptions options)
    {
        using var script = new StreamReader(typeof(PicturePlugin).Assembly.GetManifestResourceStream("pictures.js")!);
        options.HeadContent += $"<script>{script.ReadToEnd()}</script>";
        options.ConfigObject.Plugins = [.. options.ConfigObject.Plugins ?? [], Name];
    }
}
