using System.Buffers;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>
/// Answers in the forms of TensorFlow Serving and MLflow, written as a whole before they are sent, so that a bad last row is a refusal and not half an answer.
/// </summary>
internal sealed class ScoringAnswer : IResult
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly string _contentType;

    private ScoringAnswer(ReadOnlyMemory<byte> bytes, string contentType) => (_bytes, _contentType) = (bytes, contentType);

    /// <summary>A prediction for each row, or for rows that came as columns a column for each output.</summary>
    public static ScoringAnswer Of(LoadedModel loaded, ScoringRequest request)
    {
        var predictions = Asked(loaded, request.Rows);
        return OfJson(json =>
        {
            if (request.AsColumns)
                WriteColumns(json, loaded.Model, predictions);
            else
                WriteRows(json, predictions.WriteBareRows);
            return [.. request.Warnings, .. request.Rows.Unknown.Warnings];
        });
    }

    /// <summary>A prediction for each line of a CSV.</summary>
    public static ScoringAnswer Of(LoadedModel loaded, CsvBatches rows)
    {
        var predictions = new Predictions(loaded, Predictions.EvenThreshold);
        return OfJson(json =>
        {
            WriteRows(json, predicted =>
            {
                for (int count; (count = rows.Next()) > 0;)
                {
                    predictions.Ask(rows.Values.AsSpan(0, rows.Values.Length / RowBatches.Most * count), count);
                    predictions.WriteBareRows(predicted);
                }
            });
            return rows.Warnings;
        });
    }

    /// <summary>A line of CSV for each row, with the prediction's columns.</summary>
    public static ScoringAnswer AsCsv(LoadedModel loaded, ScoringRequest request)
    {
        var predictions = Asked(loaded, request.Rows);
        var csv = new CsvWriter();
        foreach (var name in predictions.ColumnNames)
            csv.Cell(name);
        csv.EndRow();
        for (var row = 0; row < predictions.Rows; row++)
        {
            predictions.WriteCells(csv, row);
            csv.EndRow();
        }

        return new ScoringAnswer(csv.Written.ToArray(), "text/csv; charset=utf-8");
    }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.ContentType = _contentType;
        httpContext.Response.ContentLength = _bytes.Length;
        await httpContext.Response.Body.WriteAsync(_bytes, httpContext.RequestAborted);
    }

    private static Predictions Asked(LoadedModel loaded, EncodedRows rows)
    {
        var predictions = new Predictions(loaded, Predictions.EvenThreshold);
        predictions.Ask(rows.Values, rows.Count);
        return predictions;
    }

    private static ScoringAnswer OfJson(Func<Utf8JsonWriter, IReadOnlyList<string>> write)
    {
        var bytes = new ArrayBufferWriter<byte>(1 << 12);
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder }))
        {
            json.WriteStartObject();
            var warnings = write(json);
            Predictions.WriteWarnings(json, warnings);
            json.WriteEndObject();
        }

        return new ScoringAnswer(bytes.WrittenMemory, PlainError.ContentType);
    }

    private static void WriteRows(Utf8JsonWriter json, Action<Utf8JsonWriter> write)
    {
        json.WriteStartArray("predictions");
        write(json);
        json.WriteEndArray();
    }

    // TensorFlow Serving names the outputs where there are several, and writes a single one bare.
    private static void WriteColumns(Utf8JsonWriter json, TrainedModel model, Predictions predictions)
    {
        var target = predictions.Target;
        json.WritePropertyName("outputs");
        if (target.Task == TaskKind.Regression && target.Columns.Count == 1)
        {
            WriteColumn(json, predictions.Rows, row => WriteNumber(json, model, predictions.ValueOf(row, 0)));
            return;
        }

        json.WriteStartObject();
        for (var output = 0; target.Task == TaskKind.Regression && output < target.Columns.Count; output++)
        {
            json.WritePropertyName(target.Columns[output]);
            WriteColumn(json, predictions.Rows, row => WriteNumber(json, model, predictions.ValueOf(row, output)));
        }

        if (target.Task != TaskKind.Regression)
        {
            json.WritePropertyName(ModelSignature.Label);
            WriteColumn(json, predictions.Rows, row => json.WriteStringValue(target.Labels[predictions.LabelOf(row)]));
            json.WritePropertyName(ModelSignature.Probabilities);
            WriteColumn(json, predictions.Rows, row =>
                WriteColumn(json, target.Labels.Count, label => WriteNumber(json, model, predictions.ProbabilityOf(row, label))));
        }

        json.WriteEndObject();
    }

    private static void WriteColumn(Utf8JsonWriter json, int count, Action<int> write)
    {
        json.WriteStartArray();
        for (var i = 0; i < count; i++)
            write(i);
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, TrainedModel model, double number)
    {
        if (model.Description.Precision == Precision.Float32)
            json.WriteNumberValue((float)number);
        else
            json.WriteNumberValue(number);
    }
}
