using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.Models.Evaluations;
using NnService.Api.Models.Explanations;
using NnService.Api.Models.Exports;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

internal static class ModelEndpoints
{
    private const int MostParametersShown = 10_000;

    public static void MapModels(this RouteGroupBuilder api)
    {
        var models = api.MapGroup("/models").WithTags("Models");
        models.MapPost("", Create).RequireScope(Scope.Write)
            .Describe("Make a model from explicit weights",
                "Nothing is trained: every dense layer brings its weights, and its bias unless useBias is false. "
                + "The document of the export `json` is taken as it is.")
            .Named("createModel")
            .TakesJson<ModelRequest>(ModelExamples.Model).WithMetadata(ModelLimits.Long)
            .Returns<ModelVersionResponse>(201).ReturnsLocation(201).Refuses(400, 413, 415, 429);
        models.MapGet("", List).RequireScope(Scope.Read).Describe("List models, newest first", "With their versions and aliases. " + VersionsHelp).Named("listModels")
            .With(PageQuery.Parameters).Returns<Page<ModelResponse>>(200);
        models.MapGet("/{name}", Get).RequireScope(Scope.Read).NamesModel().Describe("Show a model, its versions and its aliases", "Versions stand newest first. " + VersionsHelp)
            .Named("getModel").Returns<ModelResponse>(200).Refuses(404);
        models.MapGet("/{name}/versions/{version}", GetVersion).RequireScope(Scope.Read).NamesModel()
            .Describe("Show a version or what an alias stands for",
                "Features, labels, metrics and lineage; weights and biases of each layer up to 10,000 parameters.")
            .Named("getModelVersion").Returns<ModelVersionResponse>(200).ReturnsETag().Refuses(404);
        models.MapDelete("/{name}/versions/{version}", DeleteVersion).RequireScope(Scope.Write).NamesModel()
            .Describe("Delete a version", "409 while an alias stands for it, or a job or a study that has not ended starts from the model.")
            .Named("deleteModelVersion").TakesIfMatch().Returns(204).Refuses(404, 409);
        models.MapDelete("/{name}", Delete).RequireScope(Scope.Write).NamesModel()
            .Describe("Delete a model and all its versions", "409 while a job or a study that has not ended starts from it.")
            .Named("deleteModel").TakesIfMatch().Returns(204).Refuses(404, 409);
        models.MapDelete("", DeleteSeveral).RequireScope(Scope.Write)
            .Describe(
                "Delete several models and all their versions",
                "Those that the filter lets through, at most 10,000 in a call; those that a job or a study starts from that has not ended are kept.")
            .Named("deleteModels")
            .With(NameFilter.Parameters).With(Deletion.DryRun).Returns<DeletionResponse>(200).Refuses(400);
        models.MapAliases();

        MapPredict(models);
        models.MapEvaluate();
        models.MapImportance();
        models.MapExplanations();
        models.MapExports();
    }

    private const string VersionsHelp =
        "Of more than 20 labels, confusion matrices and figures of each label are left out; the version itself shows them.";

    private const string PredictHelp =
        "Rows as objects, as arrays in the model's order of features, or as arrays in the order of `columns`; "
        + "text/csv, or the `file` of a form, written as the training table was unless the query says otherwise; or `{\"dataset\": \"name\"}`, "
        + "whose columns come with the predictions where `Accept` asks for text/csv, which needs the scope `read` too. "
        + "Raw values go in: scaling, one-hot encoding and imputation are part of the model. "
        + "Where several nodes share the database, a new version or an alias that was moved through another one is seen within a second.";

    private static void MapPredict(IEndpointRouteBuilder models)
    {
        RequestDelegate predict = models.ServiceProvider.GetRequiredService<PredictEndpoint>().AnswerAsync;
        VersionedRoutes.MapVersioned(
                path => models.MapPost($"{path}/predict", predict).RequireScope(Scope.Predict),
                "Predict with the latest version", "Predict with a version or an alias", PredictHelp, "predictWithModel")
            .Quiet()
            .With(
            [
                new QueryParameter("threshold", "Binary classification: the positive label from this probability on (default 0.5).", null) { Form = ValueForm.Fraction },
                IntervalLevel.OfPredictions,
                new QueryParameter("ignoreUnknown", "`true`: columns the model does not know are passed over, as those of a dataset are anyway.", null) { Form = ValueForm.Flag },
                .. ReadingOptions.OfCsv,
            ])
            .Accepts<PredictRequest>("application/json", [FormedTable.Form, .. TableTypes.Csv]).TakesTables()
            .WithMetadata(new BodyExample("application/json", ModelExamples.Predict), new BodyExample("text/csv", ModelExamples.PredictCsv))
            .WithMetadata(PredictEndpoint.Long).Uncompressed(upTo: Compression.SmallRequest)
            .Returns<PredictResponse>(200, "application/json", "text/csv").ReturnsHeader("Content-Disposition", "What the file is called, of a CSV.", 200)
            .ReturnsHeader(WarningsHeader.Name, WarningsHeader.Help, 200)
            .Refuses(400, 404, 413, 415, 429);
    }

    private static async Task<IResult> Create(Body<ModelRequest> body, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var request = body.Value;
        var problems = new List<SpecProblem>();
        if (ResourceName.Problem(request.Name, "#/name") is { } bad)
            problems.Add(bad);
        using var db = database.Read();
        var isImport = ModelImport.IsAsked(request);
        var trained = isImport ? ModelImport.Make(request, problems) : ModelFromWeights.Make(request, db, problems);
        if (trained is null || problems.Count > 0)
            return Refusal.Invalid(problems);
        var name = request.Name ?? ResourceName.New("model");
        var lineage = (isImport
            ? ModelImport.LineageOf(request, trained)
            : new ModelLineage { Source = "explicitWeights", WeightsSha256 = trained.Sha256, CodeVersion = ServiceVersion.Text }).ToJson();
        var version = await database.WriteAsync(
            writing => ModelStore.Add(writing, name, trained, metrics: null, lineage, clock.GetUtcNow().UtcDateTime), cancellation);
        return TypedResults.Created(
            $"/api/v1/models/{name}/versions/{version.Version}", Describe(name, version, trained));
    }

    private static Ok<Page<ModelResponse>> List(PageQuery page, Database database)
    {
        using var db = database.Read();
        var rows = db.Models.Where(model => model.Number < page.Before).OrderByDescending(model => model.Number).Take(page.Limit + 1).ToList();
        var answers = ModelResponses.Of(db, rows).ToDictionary(answer => answer.Name);
        return TypedResults.Ok(page.Of(rows, model => model.Number, model => answers[model.Name]));
    }

    private static IResult Get(string name, Database database)
    {
        using var db = database.Read();
        return db.Models.FirstOrDefault(model => model.Name == name) is { } model
            ? TypedResults.Ok(ModelResponses.Of(db, [model])[0])
            : db.NamesOfModels().NotFound("model", name);
    }

    private static Task<IResult> GetVersion(ModelPath path, Database database) => path.AnswerAsync(loaded =>
        RowOf(loaded, database) is { } row ? new ImmutableResult<ModelVersionResponse>(Describe(loaded.Name, row, loaded.Model)) : path.NotFound());

    private static ModelVersion? RowOf(LoadedModel loaded, Database database)
    {
        using var db = database.Read();
        return ModelStore.Brief(ModelStore.Versions(db, loaded.Name, loaded.Version)).FirstOrDefault();
    }

    private static async Task<IResult> Delete(string name, HttpRequest request, Database database, ModelStore models, CancellationToken cancellation)
    {
        var refusal = await database.WriteFromReserveAsync(
            db =>
            {
                if (Needed(db, name) is { } needed)
                    return needed;
                if (db.Models.Any(model => model.Name == name) && Preconditions.Failed(request, () => null) is { } failed)
                    return failed;
                if (db.Models.Where(model => model.Name == name).ExecuteDelete() == 0)
                    return db.NamesOfModels().NotFound("model", name);
                db.News.Models = true;
                return null;
            },
            cancellation);
        if (refusal is not null)
            return refusal;
        models.Deleted(name, version: null);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteVersion(
        ModelPath path, HttpRequest request, Database database, ModelStore models, CancellationToken cancellation)
    {
        var (name, version) = (path.Name, path.Version!);
        // Looked at before the write, which is not to wait for a large model
        var (seen, tag) = Preconditions.NeedTag(request) && await path.FindAsync() is { } loaded && RowOf(loaded, database) is { } row
            ? (row.Number, Immutable.TagOf(Describe(name, row, loaded.Model)))
            : (0, null);
        var deleted = await database.WriteFromReserveAsync<Outcome<int>>(
            db =>
            {
                if (Needed(db, name) is { } needed)
                    return needed;
                if (ModelStore.Rows(db, name, version)?.Select(row => new { row.Number, row.Version }).FirstOrDefault() is not { } found)
                    return ModelPath.NotFound(db, name, version);
                if (db.ModelAliases.Where(alias => alias.VersionNumber == found.Number)
                    .OrderBy(alias => alias.Name).Select(alias => alias.Name).FirstOrDefault() is { } pointing)
                    return Refusal.Conflict(
                        $"Alias \"{pointing}\" of model \"{name}\" stands for version {found.Version}. Move the alias to another version or delete it first.");
                if (Preconditions.Failed(request, () => seen == found.Number ? tag : null) is { } failed)
                    return failed;
                db.ModelVersions.Where(row => row.Number == found.Number).ExecuteDelete();
                db.News.Models = true;
                return found.Version;
            },
            cancellation);
        if (deleted.IsRefused(out var refusal, out var number))
            return refusal;
        models.Deleted(name, number);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteSeveral(HttpRequest request, Database database, ModelStore models, CancellationToken cancellation)
    {
        var filter = NameFilter.Of(request, "models");
        string[] gone = [];
        var answer = await Deletion.RunAsync(
            request,
            database,
            db => [.. db.Models.Where(model => model.Name.StartsWith(filter.Prefix) && model.CreatedAt < filter.CreatedBefore)
                .OrderBy(model => model.Number).Take(Deletion.MostItems).Select(model => new { model.Number, model.Name }).ToList()
                .Select(model => new Deletable(model.Number, model.Name, WhyKept(db, model.Name)))],
            (db, numbers) =>
            {
                var going = db.Models.Where(model => EF.Parameter(numbers).Contains(model.Number));
                gone = [.. going.Select(model => model.Name)];
                going.ExecuteDelete();
                db.News.Models = gone.Length > 0;
            },
            cancellation);
        foreach (var name in gone)
            models.Deleted(name, version: null); // after the commit
        return answer;
    }

    private static string? WhyKept(AppDbContext db, string name) =>
        db.Needs.WhoStartsFrom(name) is { } who ? $"{who} has not ended and starts from it." : null;

    private static ProblemResult? Needed(AppDbContext db, string name) => db.Needs.WhoStartsFrom(name) is { } who
        ? Refusal.Conflict($"{who} has not ended and starts from model \"{name}\". Wait for it, or cancel it first.")
        : null;

    private static ModelVersionResponse Describe(string name, ModelVersion row, TrainedModel model)
    {
        var description = model.Description;
        return new ModelVersionResponse
        {
            Name = name,
            Version = row.Version,
            CreatedAt = row.CreatedAt,
            Task = description.Target.Task,
            Features = [.. description.Features.Columns.Select(column => column.Name)],
            Targets = description.Target.Columns,
            Labels = description.Target.Labels,
            PositiveLabel = model.Outputs == 1 ? description.Target.PositiveLabel : null,
            Precision = description.Precision,
            Loss = description.Loss,
            Network = description.Network,
            Preprocessing = description.Features,
            ParameterCount = model.ParameterCount,
            Sha256 = row.Sha256,
            Metrics = row.Metrics is null ? null : JsonNode.Parse(row.Metrics),
            Lineage = ModelLineage.Brief(row),
            Ensemble = description.Ensemble,
            Layers = model.Parts.Count == 1 && model.ParameterCount <= MostParametersShown ? ModelLayers.Of(model) : null,
        };
    }
}
