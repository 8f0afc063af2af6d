using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Engine.Data;

namespace NnService.Api.Inference;

/// <summary>The doors of TensorFlow Serving (<c>:predict</c>) and of MLflow and SageMaker (<c>/invocations</c>, <c>/ping</c>).</summary>
internal static class ScoringEndpoints
{
    private static readonly LongRequest s_long = WholeBody.Long(LongRequest.QuickJson) with { BytesPerByte = 2 * LongRequest.JsonBytes }; // the elements and the inputs of all rows

    public static void MapScoring(this WebApplication app)
    {
        var doors = app.MapGroup("").WithTags("Open Inference Protocol").SpeaksPlainErrors().NoStore().StrictQuery();
        const string Model = "/v1/models/{name}", Version = "/v1/models/{name}/versions/{version}";
        Describe(doors.MapPost(
            $"{Model}:predict",
            (string name, HttpContext context, ModelStore models, InferenceLimits limits, LongAnswers answers) => Predict(name, null, context, models, limits, answers)))
            .Describe("Predict in the form of TensorFlow Serving: the latest version", PredictHelp);
        Describe(doors.MapPost($"{Version}:predict", Predict)).Describe("Predict in the form of TensorFlow Serving: a version", PredictHelp);
        Shows(doors.MapGet(Model, (string name, HttpContext context, ModelStore models, Database database, Readiness readiness) => Show(name, null, context, models, database, readiness)))
            .Describe("Show a model in the form of TensorFlow Serving: all its versions");
        Shows(doors.MapGet(Version, Show)).Describe("Show a model in the form of TensorFlow Serving: a version");
        foreach (var path in (string[])[Model, Version])
        {
            doors.MapMethods(path, ["POST", "PUT", "PATCH", "DELETE"], Takes("GET"));
            doors.MapMethods($"{path}:predict", ["GET", "PUT", "PATCH", "DELETE"], Takes("POST"));
        }

        doors.MapPost("/invocations", Invoke)
            .Describe("Predict in the form of MLflow and SageMaker", InvokeHelp)
            .With([new QueryParameter("model", "The model; may be left out where there is exactly one.", Examples.ModelName), .. ReadingOptions.OfCsv])
            .Quiet().WithMetadata(s_long)
            .TakesAnyType(InferenceExamples.Invocation).Returns<JsonObject>(200).Returns<ErrorResponse>(400).Returns<ErrorResponse>(404).Returns<ErrorResponse>(429);
        doors.MapGet("/ping", InferenceEndpoints.Ready).Describe("Whether the server can answer, as SageMaker asks").Quiet().Returns<ServerReady>(200).Returns<ErrorResponse>(503);
    }

    private const string InvokeHelp =
        "`dataframe_split`, `dataframe_records`, `instances` or `inputs`; or text/csv with a header. NaN stands for a missing number. "
        + "With `Accept: text/csv` the answer is CSV: the columns of a CSV that came, and the prediction's.";

    private const string PredictHelp =
        "`instances`: rows as arrays, as objects, or as single values where there is one feature. `inputs`: an array for each column, answered as `outputs`, in columns.";

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) => endpoint
        .Quiet().WithMetadata(s_long).PathExample("name", Examples.ModelName).PathExample("version", "1")
        .TakesAnyType(InferenceExamples.Instances).Returns<JsonObject>(200).Returns<ErrorResponse>(400).Returns<ErrorResponse>(404).Returns<ErrorResponse>(429);

    // A path with a colon is a model's name for the other verb: routing cannot tell that it would take this one.
    private static RequestDelegate Takes(string verb) => context =>
    {
        context.Response.Headers.Allow = verb;
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        return Task.CompletedTask;
    };

    private static RouteHandlerBuilder Shows(RouteHandlerBuilder endpoint) => endpoint
        .PathExample("name", Examples.ModelName).PathExample("version", "1")
        .Returns<ServingStatus>(200).Returns<ErrorResponse>(404).Returns<ErrorResponse>(503);

    private static async Task<IResult> Show(string name, string? version, HttpContext context, ModelStore models, Database database, Readiness readiness)
    {
        if (await InferenceEndpoints.ModelObstacle(name, version, models, readiness, context.RequestAborted) is { } obstacle)
            return obstacle;
        using var db = database.Read();
        var rows = version is null ? ModelStore.Versions(db, name, null) : ModelStore.Rows(db, name, version);
        List<int> versions = rows is null ? [] : [.. rows.Select(row => row.Version)];
        return versions.Count == 0
            ? Refusal.NotFound("model", name)
            : new PlainJson<ServingStatus>(new ServingStatus([.. versions.Select(Available)], name, true));
    }

    private static ServingVersion Available(int version) => new(version.ToString(), "AVAILABLE", new ServingCode("OK", ""));

    private static async Task<IResult> Predict(string name, string? version, HttpContext context, ModelStore models, InferenceLimits limits, LongAnswers answers)
    {
        var loaded = await ServedModel.FindAsync(models, name, version, context.RequestAborted);
        var request = ScoringRequest.OfServing(loaded.Model.Description, await WholeBody.ReadAsync(context, limits));
        return Answer(loaded, request, answers, () => ScoringAnswer.Of(loaded, request));
    }

    private static async Task<IResult> Invoke(HttpContext context, ModelStore models, Database database, InferenceLimits limits, LongAnswers answers)
    {
        var asCsv = Acceptable.PrefersCsv(context.Request);
        var loaded = await ServedModel.FindAsync(models, NameOf(context.Request, database), null, context.RequestAborted);
        if (!LongRequest.IsCsv(context.Request))
        {
            var request = ScoringRequest.OfInvocation(loaded.Model.Description, await WholeBody.ReadAsync(context, limits));
            return Answer(loaded, request, answers, () => asCsv ? ScoringAnswer.AsCsv(loaded, request) : ScoringAnswer.Of(loaded, request));
        }

        try
        {
            var reading = ReadingOptions.OfScoring(context.Request, loaded.Model.Description.Features.Notation);
            var rows = new CsvBatches(loaded.Model.Description, context.Request.Body, reading, UnknownColumns.Refuse); // by a worker, who has all of the body
            return asCsv ? BatchPrediction.Of(rows, new Predictions(loaded, Predictions.EvenThreshold), asCsv) : ScoringAnswer.Of(loaded, rows);
        }
        catch (TableFormatException bad)
        {
            throw new ProblemException(TableRefusal.Of(bad));
        }
    }

    // These protocols know a server of one model, and so have no place for its name.
    private static string NameOf(HttpRequest request, Database database)
    {
        if (request.Query["model"].ToString() is { Length: > 0 } name)
            return name;
        using var db = database.Read();
        return db.Models.Select(model => model.Name).Take(2).ToList() switch
        {
            [var only] => only,
            [] => throw Refusal.Exception(404, "There is no model yet."),
            _ => throw Refusal.Exception(400, "There are several models; say which with ?model=."),
        };
    }

    // Few rows of a small model are answered where they were taken.
    private static IResult Answer(LoadedModel loaded, ScoringRequest request, LongAnswers answers, Func<IResult> make) =>
        request.Rows.Count <= RowBatches.Most && loaded.IsQuick(request.Rows.Count) ? make() : answers.Of(make);
}
