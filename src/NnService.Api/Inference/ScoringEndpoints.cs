using System.Buffers;
using System.Net.Mime;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>The doors of TensorFlow Serving (<c>:predict</c>) and of MLflow and SageMaker (<c>/invocations</c>, <c>/ping</c>).</summary>
internal static class ScoringEndpoints
{
    private const double Threshold = 0.5;

    public static void MapScoring(this WebApplication app)
    {
        var doors = app.MapGroup("").WithTags("Open Inference Protocol").AddEndpointFilter(QueryValue.RefuseUnknown);
        Describe(doors.MapPost("/v1/models/{name}:predict", (string name, HttpContext context, ModelStore models, InferenceLimits limits) => Predict(name, null, context, models, limits)).Describe("Predict in the form of TensorFlow Serving: the latest version"));
        Describe(doors.MapPost("/v1/models/{name}/versions/{version}:predict", Predict).Describe("Predict in the form of TensorFlow Serving: a version"));
        doors.MapPost("/invocations", Invoke)
            .Describe("Predict in the form of MLflow and SageMaker", "`dataframe_split`, `dataframe_records`, `instances` or `inputs`; or text/csv with a header.")
            .With([new QueryParameter("model", "The model; may be left out where there is exactly one.", Examples.ModelName), .. ReadingOptions.OfCsv])
            .TakesAnyType(Examples.Invocation).Returns<JsonObject>(200).Returns<ErrorResponse>(400).Returns<ErrorResponse>(404);
        doors.MapGet("/ping", InferenceEndpoints.Ready).Describe("Whether the server can answer, as SageMaker asks").Returns<ServerReady>(200).Returns<ErrorResponse>(503);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) => endpoint
        .PathExample("name", Examples.ModelName).PathExample("version", "1")
        .TakesAnyType(Examples.Instances).Returns<JsonObject>(200).Returns<ErrorResponse>(400).Returns<ErrorResponse>(404);

    private static async Task<IResult> Predict(string name, string? version, HttpContext context, ModelStore models, InferenceLimits limits)
    {
        var loaded = ServedModel.Find(models, name, version);
        return Answer(loaded, ScoringRequest.Instances(loaded.Model.Description, await WholeBody.ReadAsync(context, limits)));
    }

    private static async Task<IResult> Invoke(HttpContext context, ModelStore models, Database database, InferenceLimits limits)
    {
        var loaded = ServedModel.Find(models, NameOf(context.Request, database), null);
        var body = await WholeBody.ReadAsync(context, limits);
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || type.MediaType != MediaTypeNames.Text.Csv)
            return Answer(loaded, ScoringRequest.Invocation(loaded.Model.Description, body));
        MemoryMarshal.TryGetArray(body, out var bytes);
        try
        {
            using var csv = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count);
            return Answer(loaded, new CsvBatches(loaded.Model.Description, csv, ReadingOptions.OfScoring(context.Request, loaded.Model.Description.Features.Notation), ignoreUnknown: false));
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

    private static BufferedJson Answer(LoadedModel loaded, EncodedRows rows)
    {
        var predictions = new Predictions(loaded, Threshold);
        predictions.Ask(rows.Values, rows.Count);
        return new BufferedJson(json =>
        {
            predictions.WriteBareRows(json);
            return rows.Unknown.Warnings;
        });
    }

    private static BufferedJson Answer(LoadedModel loaded, CsvBatches rows)
    {
        var predictions = new Predictions(loaded, Threshold);
        return new BufferedJson(json =>
        {
            for (int count; (count = rows.Next()) > 0;)
            {
                predictions.Ask(rows.Values.AsSpan(0, rows.Values.Length / RowBatches.Most * count), count);
                predictions.WriteBareRows(json);
            }

            return rows.Warnings;
        });
    }

    // Written as a whole before it is sent, so that a bad last row is a refusal and not half an answer.
    private sealed class BufferedJson : IResult
    {
        private readonly ArrayBufferWriter<byte> _bytes = new(1 << 12);

        public BufferedJson(Func<Utf8JsonWriter, IReadOnlyList<string>> writeRows)
        {
            using var json = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder });
            json.WriteStartObject();
            json.WriteStartArray("predictions");
            Predictions.WriteEnd(json, writeRows(json));
        }

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.ContentType = PlainError.ContentType;
            httpContext.Response.ContentLength = _bytes.WrittenCount;
            await httpContext.Response.Body.WriteAsync(_bytes.WrittenMemory, httpContext.RequestAborted);
        }
    }
}
