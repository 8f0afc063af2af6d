using NnService.Api.Data;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.Limits;
using NnService.Engine.Export;

namespace NnService.Api.Models.Exports;

/// <summary>A version as a file, and where it comes from.</summary>
internal static class ExportEndpoint
{
    private const string ExportHelp =
        "`onnx`, `safetensors`, `json` (which POST /models takes back) or `c` (a zip with model.c and model.h). Raw columns go in: "
            + "preprocessing is part of each. "
        + "Every file carries a manifest and test vectors; it is evaluated on 1,000 rows first (fewer of a very wide model), and refused with 409 where it answers differently "
        + "from the model.";

    private const string LineageHelp = "Dataset and its SHA-256, network, configuration, seed, code version and the SHA-256 of the weights.";

    private static readonly string[] s_contents = [.. ExportFormat.Known.Select(format => format.ContentType).Distinct()];

    public static void MapExports(this IEndpointRouteBuilder models)
    {
        VersionedRoutes.MapVersioned(
                path => models.MapGet($"{path}/export/{{format}}", Export).RequireScope(Scope.Read),
                "Take the latest version away", "Take a version away", ExportHelp, "exportModel")
            .PathExample("format", "onnx", "The form of the file.", ValueForm.OneOf(ExportFormat.Known.Select(format => format.Name)))
            .TakesLong().ReturnsFileInPieces(s_contents).Refuses(404, 409, 429);
        VersionedRoutes.MapVersioned(
                path => models.MapGet($"{path}/lineage", Lineage).RequireScope(Scope.Read),
                "Show where the latest version comes from", "Show where a version comes from", LineageHelp, "getModelLineage")
            .Returns<ModelLineage>(200).ReturnsETag().Refuses(404);
    }

    private static Task<IResult> Export(ModelPath path, string format, ModelExport export) => path.AnswerAsync(loaded => FileOf(loaded, format, export));

    private static Task<IResult> Lineage(ModelPath path, Database database) => path.AnswerAsync(loaded =>
    {
        using var db = database.Read();
        return ModelStore.Brief(ModelStore.Versions(db, loaded.Name, loaded.Version)).FirstOrDefault() is { } row
            ? new ImmutableResult<ModelLineage>(ModelLineage.Of(row, loaded.Model.Description))
            : path.NotFound();
    });

    private static IResult FileOf(LoadedModel loaded, string formatName, ModelExport export) => export.Write(loaded, formatName).Answer(made =>
    {
        var (format, file) = made;
        var suffix = format.Extension == format.Name ? "" : $"-{format.Name}";
        return new FileResult(file, format.ContentType, $"{loaded.Name}-{loaded.Version}{suffix}.{format.Extension}");
    });

    private sealed class FileResult(byte[] file, string contentType, string fileName) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var tag = Immutable.TagOf(file);
            if (!await Immutable.IsAnsweredAsync(httpContext, tag))
                await new FileAnswer(new MemoryStream(file, writable: false), contentType, fileName, tag).ExecuteAsync(httpContext);
        }
    }
}
