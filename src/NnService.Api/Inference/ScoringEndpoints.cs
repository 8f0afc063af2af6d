using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>The doors of TensorFlow Serving (<c>:predict</c>) and of MLflow and SageMaker (<c>/invocations</c>, <c>/ping</c>).</summary>
internal static class ScoringEndpoints
{
    private const double Threshold = 0.5;

    private static readonly LongRequest s_long = WholeBody.Long(LongRequest.QuickJson);

    public static void MapScoring(this WebApplication app)
    {
        var doors = app.MapGroup("").WithTags("Open Inference Protocol").AddEndpointFilter(QueryValue.RefuseUnknown);
        Describe(doors.MapPost("/v1/models/{name}:predict", (string name, HttpContext context, ModelStore models, InferenceLimits limits, LongAnswers answers) => Predict(name, null, context, models, limits, answers)).Describe("Predict in the form of TensorFlow Serving: the latest version"));
        Describe(doors.MapPost("/v1/models/{name}/versions/{version}:predict", Predict).Describe("Predict in the form of TensorFlow Serving: a version"));
        doors.MapPost("/invocations", Invoke)
            .Describe("Predict in the form of MLflow and SageMaker", "`dataframe_split`, `dataframe_records`, `instances` or `inputs`; or text/csv with a header.")
            .With(new QueryParameter("model", "The model; may be left out where there is exactly one.", Examples.ModelName))
            .WithMetadata(s_long)
            .TakesAnyType(Examples.Invocation).Returns<JsonObject>(200).Returns<ErrorResponse>(400).Returns<ErrorResponse>(404).Returns<ErrorResponse>(429);
        doors.MapGet("/ping", InferenceEndpoints.Ready).Describe("Whether the server can answer, as SageMaker asks").Returns<ServerReady>(200).Returns<ErrorResponse>(503);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) => endpoint
        .WithMetadata(s_long).PathExample("name", Examples.ModelName).PathExample("version", "1")
        .TakesAnyType(Examples.Instances).Returns<JsonObject>(200).Returns<ErrorResponse>(400).Returns<ErrorResponse>(404).Returns<ErrorResponse>(429);

    private static async Task<IResult> Predict(string name, string? version, HttpContext context, ModelStore models, InferenceLimits limits, LongAnswers answers)
    {
        var loaded = await ServedModel.FindAsync(models, name, version, context.RequestAborted);
        return Answer(loaded, ScoringRequest.Instances(await WholeBody.ReadAsync(context, limits)), answers);
    }

    private static async Task<IResult> Invoke(HttpContext context, ModelStore models, Database database, InferenceLimits limits, LongAnswers answers)
    {
        var loaded = await ServedModel.FindAsync(models, NameOf(context.Request, database), null, context.RequestAborted);
        if (!LongRequest.IsCsv(context.Request))
            return Answer(loaded, ScoringRequest.Invocation(await WholeBody.ReadAsync(context, limits)), answers);
        try
        {
            return new BatchedJson(loaded, new CsvBatches(loaded.Model.Description, context.Request.Body, ignoreUnknown: false));
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

    private static IResult Answer(LoadedModel loaded, PredictRequest asked, LongAnswers answers)
    {
        if (asked.Rows!.Count > RowBatches.Most || !loaded.IsQuick(asked.Rows.Count))
            return answers.Of(() => new BatchedJson(loaded, new JsonBatches(loaded.Model.Description, asked, ignoreUnknown: false)));
        var rows = EncodedRows.Of(loaded.Model.Description, asked, ignoreUnknown: false);
        var predictions = new Predictions(loaded, Threshold);
        predictions.Ask(rows.Values, rows.Count);
        return new BufferedJson(predictions, rows.Unknown);
    }

    private static void Begin(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("predictions");
    }

    private sealed class BufferedJson : IResult
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(1 << 12);

        public BufferedJson(Predictions predictions, UnknownCategories unknown)
        {
            using var json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder });
            Begin(json);
            predictions.WriteBareRows(json);
            Predictions.WriteEnd(json, unknown.Warnings);
        }

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = PlainError.ContentType;
            httpContext.Response.ContentLength = _bytes.WrittenCount;
            await httpContext.Response.Body.WriteAsync(_bytes.WrittenMemory, httpContext.RequestAborted);
        }
    }

    // By a worker, which keeps it from the caller until all rows are through.
    private sealed class BatchedJson(LoadedModel loaded, RowBatches rows) : IResult
    {
        private const int BytesAtATime = 1 << 16;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = PlainError.ContentType;
            var predictions = new Predictions(loaded, Threshold);
            using var json = new Utf8JsonWriter(httpContext.Response.Body, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder });
            Begin(json);
            try
            {
                for (int count; (count = rows.Next()) > 0;)
                {
                    predictions.Ask(rows.Values.AsSpan(0, rows.Values.Length / RowBatches.Most * count), count);
                    predictions.WriteBareRows(json);
                    if (json.BytesPending > BytesAtATime)
                        json.Flush();
                }
            }
            catch (TableFormatException bad)
            {
                throw new ProblemException(TableRefusal.Of(bad));
            }

            Predictions.WriteEnd(json, rows.Unknown.Warnings);
            return Task.CompletedTask;
        }
    }
}
