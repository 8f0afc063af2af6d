using System.Security.Cryptography;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;

namespace NnService.Api.Models;

/// <summary>A version as a file, and where it comes from.</summary>
internal static class ExportEndpoint
{
    public static IResult Latest(string name, string format, ModelStore models, ModelExport export) =>
        models.Find(name, null) is { } loaded ? Export(loaded, format, export) : Refusal.NotFound("model", name);

    public static IResult OfVersion(string name, string version, string format, ModelStore models, ModelExport export) =>
        models.Find(name, version) is { } loaded ? Export(loaded, format, export) : Refusal.NotFound("model version", $"{name}/{version}");

    public static async Task<IResult> LatestLineage(string name, ModelStore models, Database database, CancellationToken cancellation) =>
        await models.FindAsync(name, null, cancellation) is { } loaded ? Lineage(loaded, database) : Refusal.NotFound("model", name);

    public static async Task<IResult> LineageOfVersion(string name, string version, ModelStore models, Database database, CancellationToken cancellation) =>
        await models.FindAsync(name, version, cancellation) is { } loaded ? Lineage(loaded, database) : Refusal.NotFound("model version", $"{name}/{version}");

    private static IResult Lineage(LoadedModel loaded, Database database)
    {
        using var db = database.Read();
        return ModelStore.Brief(ModelStore.Versions(db, loaded.Name, loaded.Version)).FirstOrDefault() is { } row
            ? new ImmutableResult<ModelLineage>(ModelLineage.Of(row, loaded.Model.Description))
            : Refusal.NotFound("model version", $"{loaded.Name}/{loaded.Version}");
    }

    private static FileResult Export(LoadedModel loaded, string formatName, ModelExport export)
    {
        var (format, file) = export.Write(loaded, formatName);
        var suffix = format.Extension == format.Name ? "" : $"-{format.Name}";
        return new FileResult(file, format.ContentType, $"{loaded.Name}-{loaded.Version}{suffix}.{format.Extension}");
    }

    private sealed class FileResult(byte[] file, string contentType, string fileName) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            if (Immutable.IsKnown(httpContext, $"\"{Convert.ToHexStringLower(SHA256.HashData(file))[..32]}\""))
                return;
            httpContext.Response.ContentType = contentType;
            httpContext.Response.ContentLength = file.Length;
            httpContext.Response.Headers.ContentDisposition = $"attachment; filename=\"{fileName}\""; // names of models need no quoting
            await httpContext.Response.Body.WriteAsync(file, httpContext.RequestAborted);
        }
    }
}
