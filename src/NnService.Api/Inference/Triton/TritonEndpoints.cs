using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models;

namespace NnService.Api.Inference.Triton;

/// <summary>What Triton's clients ask beside the protocol: the index of the models, their configurations, and what they have been asked.</summary>
internal static class TritonEndpoints
{
    /// <summary>The extensions, as the server's metadata names them.</summary>
    public static IReadOnlyList<string> Extensions { get; } = ["model_configuration", "model_repository", "statistics"];

    private const string ConfigurationHelp = "Its tensors with their types and dimensions, and how many rows a request may have.";

    private const string StatisticsHelp =
        "Since the process began, at every door that predicts. Times are those of requests that were answered: waiting for a worker, reading and encoding, "
        + "computing, writing.";

    public static void MapTriton(this RouteGroupBuilder door)
    {
        door.MapGet("/repository/index", (HttpContext context, Database database, Readiness readiness) => Index(database, readiness, onlyReady: false)).RequireScope(Scope.Read)
            .Describe("List all versions of all models, as Triton does", "Those that can be asked are READY.").Named("getRepositoryIndex")
            .Returns<IReadOnlyList<RepositoryModel>>(200);
        door.MapPost("/repository/index", PostIndex).RequireScope(Scope.Read)
            .Describe("List all versions of all models, as Triton does", "The body may be empty, or say `ready`: only those that can be asked.")
            .Named("postRepositoryIndex")
            .Accepts<RepositoryIndexRequest>(isOptional: true, "application/json", "*/*")
            .WithMetadata(new BodyExample("application/json", """{ "ready": true }"""))
            .Returns<IReadOnlyList<RepositoryModel>>(200).Returns<ErrorResponse>(400);
        foreach (var verb in (string[])["load", "unload"])
            door.MapPost($"/repository/models/{{{VersionedRoutes.Name}}}/{verb}", (ModelPath path) => Refuse(path, verb)).RequireScope(Scope.Read).ExcludeFromDescription();
        VersionedRoutes.MapVersioned(
                path => door.MapGet($"/models{path}/config", Configuration).RequireScope(Scope.Read),
                "Show a model's configuration, as Triton does: the latest version", "Show a model's configuration, as Triton does: a version", ConfigurationHelp,
                "getModelConfiguration")
            .Returns<ModelConfiguration>(200).Returns<ErrorResponse>(404);
        VersionedRoutes.MapVersioned(
                path => door.MapGet($"/models{path}/stats", Statistics).RequireScope(Scope.Read),
                "Show what a model was asked, as Triton does: all its versions", "Show what a model was asked, as Triton does: a version", StatisticsHelp,
                "getModelStatistics")
            .Returns<StatisticsResponse>(200).Returns<ErrorResponse>(404);
        door.MapGet("/models/stats", AllStatistics).RequireScope(Scope.Read)
            .Describe("Show what all models were asked, as Triton does", StatisticsHelp).Named("getAllStatistics").Returns<StatisticsResponse>(200);
    }

    private static async Task<IResult> PostIndex(HttpContext context, Database database, Readiness readiness) =>
        Index(database, readiness, await RepositoryIndexBody.AsksForReadyAsync(context.Request));

    private static PlainJson<IReadOnlyList<RepositoryModel>> Index(Database database, Readiness readiness, bool onlyReady)
    {
        var obstacle = string.Join(' ', readiness.Obstacles());
        if (onlyReady && obstacle.Length > 0)
            return new([]);
        using var db = database.Read();
        var versions = (
            from model in db.Models
            join version in db.ModelVersions on model.Number equals version.ModelNumber
            orderby model.Name, version.Version
            select new { model.Name, version.Version }).ToList();
        return new([.. versions.Select(row => new RepositoryModel(row.Name, row.Version.ToString(), obstacle.Length > 0 ? "UNAVAILABLE" : "READY", obstacle))]);
    }

    private static async Task<IResult> Refuse(ModelPath path, string verb)
    {
        if (await path.FindAsync() is null)
            return ServedModel.NotFound(path);
        return Refusal.Result(400, verb == "load"
            ? $"Model \"{path.Name}\" is not loaded on request: every version can be asked as soon as it is made, and /api/v1/models makes them."
            : $"Model \"{path.Name}\" is not unloaded on request: memory is given back by itself. DELETE /api/v1/models/{path.Name} deletes the model.");
    }

    private static async Task<IResult> Configuration(ModelPath path, InferenceLimits limits) => await path.FindAsync() is { } loaded
        ? new PlainJson<ModelConfiguration>(TritonConfiguration.Of(loaded, limits))
        : ServedModel.NotFound(path);

    private static IResult Statistics(ModelPath path, Database database, ModelStore models)
    {
        using var db = database.Read();
        var rows = path.Version is null ? ModelStore.Versions(db, path.Name, null) : ModelStore.Rows(db, path.Name, path.Version);
        var versions = rows?.OrderBy(row => row.Version).Select(row => new { row.Number, row.Version }).ToList() ?? [];
        return versions.Count == 0
            ? ServedModel.NotFound(path)
            : new PlainJson<StatisticsResponse>(new StatisticsResponse(
                [.. versions.Select(row => TritonStatistics.Of(path.Name, row.Version, models.FiguresOf(row.Number)))]));
    }

    private static PlainJson<StatisticsResponse> AllStatistics(Database database, ModelStore models)
    {
        using var db = database.Read();
        var versions = (
            from model in db.Models
            join version in db.ModelVersions on model.Number equals version.ModelNumber
            orderby model.Name, version.Version
            select new { model.Name, version.Number, version.Version }).ToList();
        return new(new StatisticsResponse([.. versions.Select(row => TritonStatistics.Of(row.Name, row.Version, models.FiguresOf(row.Number)))]));
    }
}
