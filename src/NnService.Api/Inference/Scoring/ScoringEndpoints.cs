using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Inference.Serving;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Inference.Scoring;

/// <summary>The doors of MLflow's scoring server and of SageMaker: <c>/invocations</c>, <c>/ping</c>, <c>/health</c> and <c>/version</c>.</summary>
internal static class ScoringEndpoints
{
    private const string InvokeHelp =
        "`dataframe_split`, `dataframe_records`, `instances` or `inputs`; an array of rows; JSON lines; or text/csv, with names or by position. "
        + "NaN stands for a missing number. `Accept` chooses among JSON, text/csv and application/jsonlines.";

    /// <summary>Which of the requests with rows as JSON are left to the workers: the elements and the inputs of all rows take memory.</summary>
    public static LongRequest Long { get; } = WholeBody.Long(LongRequest.QuickJson) with { BytesPerByte = 2 * LongRequest.JsonBytes };

    public static void MapScoring(this WebApplication app)
    {
        var doors = app.MapGroup("").WithTags("Open Inference Protocol").SpeaksPlainErrors().NoStore().StrictQuery();
        doors.MapPost("/invocations", Invoke).RequireScope(Scope.Predict)
            .Describe("Predict in the form of MLflow and SageMaker", InvokeHelp).Named("invoke")
            .With(
            [
                new QueryParameter(
                    "model", "The model, or a version or an alias of it: `heights/champion`. Left out: `Inference:DefaultModel`, or the only one there is.",
                    Examples.ModelName),
                .. ReadingOptions.OfCsv,
            ])
            .Quiet().WithMetadata(Long).Uncompressed(upTo: Compression.SmallRequest)
            .TakesAnyType<InvocationsRequest>(InferenceExamples.Invocation).WithMetadata(new BodySchema("text/csv", typeof(byte[])))
            .WithMetadata(new BodyExample("text/csv", ModelExamples.PredictCsv))
            .Returns<InvocationsResponse>(200, "application/json", "text/csv", "application/jsonlines").RefusesPredictions()
            .ReturnsHeader(WarningsHeader.Name, WarningsHeader.Help, 200)
            .Returns<ErrorResponse>(406).Returns<ErrorResponse>(415);
        doors.MapGet("/ping", InferenceEndpoints.Ready).RequireScope(Scope.Read).Describe("Whether the server can answer, as SageMaker asks", "503 with the reasons where it cannot.")
            .Named("ping")
            .Probe().IgnoresQuery().Returns<ServerReady>(200).Returns<ErrorResponse>(503);
        doors.MapGet("/health", InferenceEndpoints.Ready).RequireScope(Scope.Read).Describe("Whether the server can answer, as MLflow asks", "503 with the reasons where it cannot.")
            .Named("isScoringServerHealthy")
            .Probe().IgnoresQuery().Returns<ServerReady>(200).Returns<ErrorResponse>(503);
        doors.MapGet("/version", () => Results.Text(InferenceEndpoints.Version)).RequireScope(Scope.Read).Describe("Show the server's version, as MLflow does", "As plain text.")
            .Named("getScoringServerVersion")
            .Returns(200, "text/plain");
    }

    private static async Task<IResult> Invoke(
        HttpContext context, DefaultModel models, Database database, ModelStore store, InferenceLimits limits, PredictionAnswers answers)
    {
        var request = context.Request;
        var form = ScoringForm.AnswerOf(request);
        if (models.Find(context, database, store).IsRefused(out var refusal, out var path))
            return refusal;
        if (await path.FindAsync() is not { } loaded)
            return ServedModel.NotFound(path);
        var (predictions, description) = (new Predictor(loaded), loaded.Model.Description);
        if (LongRequest.IsCsv(request)) // by a worker, who has all of the body
            return answers.Of(predictions, () => (CsvHeaderSearch.RowsOf(description, request, form is CsvAnswer), form));
        ReadingOptions.RefuseWithoutCsv(request);
        var isLines = ScoringForm.IsLines(request);
        var body = await WholeBody.ReadAsync(context, limits);
        return answers.Of(predictions, () => (
            isLines ? InvocationRequest.OfLines(description, body) : InvocationRequest.OfJson(description, body), form));
    }
}
