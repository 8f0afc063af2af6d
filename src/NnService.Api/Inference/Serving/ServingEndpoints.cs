using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Inference.Scoring;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Models.Explanations;
using NnService.Api.Models.Predictions;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Inference.Serving;

/// <summary>The door of TensorFlow Serving, which KServe's first protocol shares: <c>/v1/models</c>.</summary>
internal static class ServingEndpoints
{
    private const string Labels = $"/{{{VersionedRoutes.Name}}}/labels/{{{VersionedRoutes.Version}}}";

    private const string PredictHelp =
        "`instances`: rows as arrays, as objects, or as single values where there is one feature. `inputs`: an array for each column, "
        + "answered as `outputs`, in columns.";

    private const string ShowHelp = "Every version that can be asked is AVAILABLE; `name` and `ready` are for KServe.";

    private const string MetadataHelp = "The signature `serving_default`: the tensors that go in and come out.";

    private const string ExamplesHelp = "`examples`: rows as objects; `context`: what they all share.";

    private const string ExplainHelp = "`instances` as `:predict` takes them; each is explained by integrated gradients.";

    private static readonly string[] s_methods = [":predict", ":classify", ":regress", ":explain"];

    public static void MapServing(this WebApplication app)
    {
        var doors = app.MapGroup("/v1/models").WithTags("Open Inference Protocol").SpeaksPlainErrors().NoStore().StrictQuery();
        doors.MapGet("", List).RequireScope(Scope.Read).Describe("List the models in the form of KServe", "Their names.").Named("listServedModels").Returns<ServedModels>(200);
        MapServed(path => doors.MapGet(path, Show).RequireScope(Scope.Read), "Show a model in the form of TensorFlow Serving", "getServedModel", ShowHelp, "all its versions")
            .Returns<ServingStatus>(200).Returns<ErrorResponse>(404).Returns<ErrorResponse>(503);
        MapServed(path => doors.MapGet($"{path}/metadata", Metadata).RequireScope(Scope.Read), "Show the tensors of a model in the form of TensorFlow Serving", "getServedModelMetadata", MetadataHelp)
            .Returns<ServingMetadata>(200).Returns<ErrorResponse>(404);
        MapServed(path => doors.MapPost($"{path}:predict", Predict).RequireScope(Scope.Predict), "Predict in the form of TensorFlow Serving", "predictWithServedModel", PredictHelp)
            .Quiet().WithMetadata(ScoringEndpoints.Long).Uncompressed(upTo: Compression.SmallRequest)
            .TakesAnyType<ServingPredictRequest>(InferenceExamples.Instances)
            .Returns<ServingPredictResponse>(200).RefusesPredictions();
        MapServed(path => doors.MapPost($"{path}:classify", Classify).RequireScope(Scope.Predict), "Classify in the form of TensorFlow Serving", "classifyWithServedModel", ExamplesHelp)
            .Quiet().WithMetadata(ScoringEndpoints.Long).Uncompressed(upTo: Compression.SmallRequest)
            .TakesAnyType<ServingExamplesRequest>(InferenceExamples.Examples)
            .Returns<ServingResultResponse>(200).RefusesPredictions();
        MapServed(path => doors.MapPost($"{path}:regress", Regress).RequireScope(Scope.Predict), "Predict numbers in the form of TensorFlow Serving", "regressWithServedModel", ExamplesHelp)
            .Quiet().WithMetadata(ScoringEndpoints.Long).Uncompressed(upTo: Compression.SmallRequest)
            .TakesAnyType<ServingExamplesRequest>(InferenceExamples.NumberExamples)
            .Returns<ServingResultResponse>(200).RefusesPredictions()
            .PathExample(VersionedRoutes.Name, Examples.NumberModelName).PathExample(VersionedRoutes.Version, "1");
        MapServed(path => doors.MapPost($"{path}:explain", Explain).RequireScope(Scope.Predict), "Explain predictions in the form of KServe", "explainWithServedModel", ExplainHelp)
            .WithMetadata(ScoringEndpoints.Long with { QuickBytes = null }).TakesAnyType<ServingPredictRequest>(InferenceExamples.Instances)
            .Returns<ServingExplainResponse>(200).RefusesPredictions()
            .Returns<ErrorResponse>(409);
        foreach (var path in (string[])["/{name}", "/{name}/versions/{version}", Labels])
        {
            doors.MapMethods(path, ["POST", "PUT", "PATCH", "DELETE"], Takes("GET")).RequireScope(Scope.Read);
            foreach (var method in s_methods)
                doors.MapMethods($"{path}{method}", ["GET", "PUT", "PATCH", "DELETE"], Takes("POST")).RequireScope(Scope.Predict);
        }
    }

    /// <summary>How the doors that predict refuse.</summary>
    public static RouteHandlerBuilder RefusesPredictions(this RouteHandlerBuilder endpoint) => endpoint
        .Returns<ErrorResponse>(400).Returns<ErrorResponse>(404).Returns<ErrorResponse>(413).Returns<ErrorResponse>(429);

    // A model by its name, by a version, and by what TensorFlow Serving calls a label, which is an alias.
    private static RouteHandlerBuilder MapServed(
        Func<string, IEndpointConventionBuilder> map, string summary, string id, string help, string latest = "the latest version")
    {
        var versioned = VersionedRoutes.MapVersioned(map, $"{summary}: {latest}", $"{summary}: a version", help, id);
        var labelled = new RouteHandlerBuilder([map(Labels).WithSummary($"{summary}: what an alias stands for")]).NamesModel()
            .PathExample(VersionedRoutes.Version, Examples.AliasName).Named(id.Replace("Model", "ModelLabel", StringComparison.Ordinal));
        return new RouteHandlerBuilder([versioned, labelled.WithDescription(help)]);
    }

    // A path with a colon is a model's name for the other verb: routing cannot tell that it would take this one.
    private static RequestDelegate Takes(string verb) => context =>
    {
        var values = context.Request.RouteValues;
        var last = (string?)values[VersionedRoutes.Version] ?? (string?)values[VersionedRoutes.Name] ?? "";
        if (verb == "GET" && last.LastIndexOf(':') is >= 0 and var colon)
            return Refusal.Result(404, $"There is no \"{last[colon..]}\" of a model; there are {string.Join(", ", s_methods)}.").ExecuteAsync(context);
        context.Response.Headers.Allow = verb;
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        return Task.CompletedTask;
    };

    private static PlainJson<ServedModels> List(Database database)
    {
        using var db = database.Read();
        return new(new ServedModels([.. db.Models.OrderBy(model => model.Name).Select(model => model.Name)]));
    }

    private static async Task<IResult> Show(ModelPath path, Database database, Readiness readiness)
    {
        if (await InferenceEndpoints.ModelObstacle(path, readiness) is { } obstacle)
            return obstacle;
        using var db = database.Read();
        var rows = path.Version is null ? ModelStore.Versions(db, path.Name, null) : ModelStore.Rows(db, path.Name, path.Version);
        List<int> versions = rows is null ? [] : [.. rows.Select(row => row.Version)];
        return versions.Count == 0
            ? path.NotFound()
            : new PlainJson<ServingStatus>(new ServingStatus([.. versions.Select(Available)], path.Name, true));
    }

    private static ServingVersion Available(int version) => new(version.ToString(), "AVAILABLE", new ServingCode("OK", ""));

    private static async Task<IResult> Metadata(ModelPath path) => await path.FindAsync() is { } loaded
        ? new PlainJson<ServingMetadata>(SignatureMetadata.Of(loaded))
        : ServedModel.NotFound(path);

    private static async Task<IResult> Predict(ModelPath path, HttpContext context, InferenceLimits limits, PredictionAnswers answers)
    {
        if (await path.FindAsync() is not { } loaded)
            return ServedModel.NotFound(path);
        var predictions = new Predictor(loaded);
        var body = await WholeBody.ReadAsync(context, limits);
        return answers.Of(predictions, () =>
        {
            var request = ServingRequest.OfPredict(loaded.Model.Description, body);
            return (request.Rows, request.AsColumns ? new ColumnAnswer(loaded, request.Rows.Count!.Value, limits) : BareAnswer.Form);
        });
    }

    private static async Task<IResult> Classify(ModelPath path, HttpContext context, InferenceLimits limits, PredictionAnswers answers)
    {
        if (await path.FindAsync() is not { } loaded)
            return ServedModel.NotFound(path);
        if (loaded.Model.Description.Target.Task == TaskKind.Regression)
            return Refusal.Result(400, $"Model \"{path.Name}\" predicts numbers and no labels; ask with :regress or :predict.");
        return await AnswerExamples(loaded, context, limits, answers, new ClassifyAnswer());
    }

    private static async Task<IResult> Regress(ModelPath path, HttpContext context, InferenceLimits limits, PredictionAnswers answers)
    {
        if (await path.FindAsync() is not { } loaded)
            return ServedModel.NotFound(path);
        if (loaded.Model.Description.Target.Task != TaskKind.Regression)
            return Refusal.Result(400, $"Model \"{path.Name}\" predicts labels and no numbers; ask with :classify or :predict.");
        if (loaded.Model.Outputs > 1)
            return Refusal.Result(
                400, $"Model \"{path.Name}\" predicts {loaded.Model.Outputs} numbers for a row, and :regress answers one; ask with :predict.");
        return await AnswerExamples(loaded, context, limits, answers, new RegressAnswer());
    }

    private static async Task<IResult> AnswerExamples(
        LoadedModel loaded, HttpContext context, InferenceLimits limits, PredictionAnswers answers, AnswerForm form)
    {
        var predictions = new Predictor(loaded);
        var body = await WholeBody.ReadAsync(context, limits);
        return answers.Of(predictions, () => (ServingRequest.OfExamples(loaded.Model.Description, body), form));
    }

    private static async Task<IResult> Explain(
        ModelPath path, HttpContext context, InferenceLimits limits, PredictionAnswers answers, MemoryBudget memory)
    {
        if (await path.FindAsync() is not { } loaded)
            return ServedModel.NotFound(path);
        var (rows, batches) = ServingRequest.OfExplain(loaded.Model.Description, await WholeBody.ReadAsync(context, limits));
        var most = ModelExplanation.MostRows(loaded.Model);
        if (rows.Count > most)
            return Refusal.Result(400, $"instances has {rows.Count:N0} rows; at most {most:N0} of this model are explained in a request.");
        var explanation = new ModelExplanation(loaded, memory, rows.Count);
        foreach (var row in rows)
            if (explanation.WhyNot(row) is { } refusal)
                return refusal;
        return answers.Of(new Predictor(loaded), batches, new ExplainedAnswer(explanation, rows, context.RequestAborted));
    }
}
