using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Inference;

/// <summary>The doors of TensorFlow Serving (<c>:predict</c>) and of MLflow and SageMaker (<c>/invocations</c>, <c>/ping</c>).</summary>
internal static class ScoringEndpoints
{
    // The elements and the inputs of all rows
    private static readonly LongRequest s_long = WholeBody.Long(LongRequest.QuickJson) with { BytesPerByte = 2 * LongRequest.JsonBytes };

    public static void MapScoring(this WebApplication app)
    {
        var doors = app.MapGroup("").WithTags("Open Inference Protocol").SpeaksPlainErrors().NoStore().StrictQuery();
        VersionedRoutes.MapVersioned(
                path => doors.MapPost($"/v1/models{path}:predict", Predict).RequireScope(Scope.Predict),
                "Predict in the form of TensorFlow Serving: the latest version", "Predict in the form of TensorFlow Serving: a version", PredictHelp)
            .Quiet().WithMetadata(s_long).TakesAnyType(InferenceExamples.Instances)
            .Returns<JsonObject>(200).Returns<ErrorResponse>(400).Returns<ErrorResponse>(404).Returns<ErrorResponse>(429);
        VersionedRoutes.MapVersioned(
                path => doors.MapGet($"/v1/models{path}", Show).RequireScope(Scope.Read),
                "Show a model in the form of TensorFlow Serving: all its versions", "Show a model in the form of TensorFlow Serving: a version")
            .Returns<ServingStatus>(200).Returns<ErrorResponse>(404).Returns<ErrorResponse>(503);
        foreach (var path in (string[])["/v1/models/{name}", "/v1/models/{name}/versions/{version}"])
        {
            doors.MapMethods(path, ["POST", "PUT", "PATCH", "DELETE"], Takes("GET")).RequireScope(Scope.Read);
            doors.MapMethods($"{path}:predict", ["GET", "PUT", "PATCH", "DELETE"], Takes("POST")).RequireScope(Scope.Predict);
        }

        doors.MapPost("/invocations", Invoke).RequireScope(Scope.Predict)
            .Describe("Predict in the form of MLflow and SageMaker", InvokeHelp)
            .With([new QueryParameter("model", "The model; may be left out where there is exactly one.", Examples.ModelName), .. ReadingOptions.OfCsv])
            .Quiet().WithMetadata(s_long)
            .TakesAnyType(InferenceExamples.Invocation).Returns<JsonObject>(200)
            .Returns<ErrorResponse>(400).Returns<ErrorResponse>(404).Returns<ErrorResponse>(429);
        doors.MapGet("/ping", InferenceEndpoints.Ready).RequireScope(Scope.Read).Describe("Whether the server can answer, as SageMaker asks")
            .Quiet().Returns<ServerReady>(200).Returns<ErrorResponse>(503);
    }

    private const string InvokeHelp =
        "`dataframe_split`, `dataframe_records`, `instances` or `inputs`; or text/csv with a header. NaN stands for a missing number. "
        + "With `Accept: text/csv` the answer is CSV: the columns of a CSV that came, and the prediction's.";

    private const string PredictHelp =
        "`instances`: rows as arrays, as objects, or as single values where there is one feature. `inputs`: an array for each column, "
            + "answered as `outputs`, in columns.";

    // A path with a colon is a model's name for the other verb: routing cannot tell that it would take this one.
    private static RequestDelegate Takes(string verb) => context =>
    {
        context.Response.Headers.Allow = verb;
        context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        return Task.CompletedTask;
    };

    private static async Task<IResult> Show(ModelPath path, Database database, Readiness readiness)
    {
        if (await InferenceEndpoints.ModelObstacle(path, readiness) is { } obstacle)
            return obstacle;
        using var db = database.Read();
        var rows = path.Version is null ? ModelStore.Versions(db, path.Name, null) : ModelStore.Rows(db, path.Name, path.Version);
        List<int> versions = rows is null ? [] : [.. rows.Select(row => row.Version)];
        return versions.Count == 0
            ? Refusal.NotFound("model", path.Name)
            : new PlainJson<ServingStatus>(new ServingStatus([.. versions.Select(Available)], path.Name, true));
    }

    private static ServingVersion Available(int version) => new(version.ToString(), "AVAILABLE", new ServingCode("OK", ""));

    private static async Task<IResult> Predict(ModelPath path, HttpContext context, InferenceLimits limits, PredictionAnswers answers)
    {
        if (await path.FindAsync() is not { } loaded)
            return ServedModel.NotFound(path);
        var request = ScoringRequest.OfServing(loaded.Model.Description, await WholeBody.ReadAsync(context, limits));
        return answers.Of(new Predictor(loaded), request.Rows, request.AsColumns ? new ColumnAnswer() : BareAnswer.Form);
    }

    private static async Task<IResult> Invoke(HttpContext context, ModelStore models, Database database, InferenceLimits limits, PredictionAnswers answers)
    {
        var request = context.Request;
        AnswerForm form = Acceptable.PrefersCsv(request) ? new CsvAnswer() : BareAnswer.Form;
        if (NameOf(request, database).IsRefused(out var refusal, out var name))
            return refusal;
        var path = new ModelPath(name, version: null, context, models);
        if (await path.FindAsync() is not { } loaded)
            return ServedModel.NotFound(path);
        var description = loaded.Model.Description;
        var rows = LongRequest.IsCsv(request) // by a worker, who has all of the body
            ? new CsvBatches(description, request.Body, ReadingOptions.OfScoring(request, description.Features.Notation), UnknownColumns.Refuse)
            : ScoringRequest.OfInvocation(description, await WholeBody.ReadAsync(context, limits)).Rows;
        return answers.Of(new Predictor(loaded), rows, form);
    }

    // These protocols know a server of one model, and so have no place for its name.
    private static Outcome<string> NameOf(HttpRequest request, Database database)
    {
        if (request.Query["model"].ToString() is { Length: > 0 } name)
            return name;
        using var db = database.Read();
        return db.Models.Select(model => model.Name).Take(2).ToList() switch
        {
            [var only] => only,
            [] => Refusal.Result(404, "There is no model yet."),
            _ => Refusal.Result(400, "There are several models; say which with ?model=."),
        };
    }
}
