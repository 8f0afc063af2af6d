using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>
/// Predictions for many rows, by a worker: what it writes is kept from the caller until all rows are through (<see cref="LongAnswers"/>), so that a bad last row is a
/// refusal and not half an answer.
/// </summary>
internal static class BatchPrediction
{
    private const int BytesAtATime = 1 << 16;

    /// <summary>Predicts the rows of a text/csv body that has been taken in.</summary>
    public static IResult OfCsv(HttpRequest request, Predictions predictions, ModelDescription description, TableReadOptions reading, UnknownColumns unknown, bool asCsv)
    {
        try
        {
            return Of(new CsvBatches(description, request.Body, reading, unknown), predictions, asCsv);
        }
        catch (TableFormatException bad)
        {
            throw new ProblemException(TableRefusal.Of(bad));
        }
    }

    /// <summary>Predicts all rows.</summary>
    public static IResult Of(RowBatches rows, Predictions predictions, bool asCsv) => new Result(rows, predictions, asCsv);

    /// <summary>The rows' columns as they came, and the prediction's behind them.</summary>
    private static void WriteCsv(RowBatches rows, Predictions predictions, Stream answer)
    {
        var csv = new CsvWriter();
        foreach (var name in rows.ColumnNames.Concat(predictions.ColumnNames))
            csv.Cell(name);
        csv.EndRow();
        for (int count; (count = rows.Next()) > 0;)
        {
            predictions.Ask(rows.Values.AsSpan(0, rows.Values.Length / RowBatches.Most * count), count);
            for (var row = 0; row < count; row++)
            {
                csv.Cells(rows.CellsOf(row));
                predictions.WriteCells(csv, row);
                csv.EndRow();
            }

            if (csv.Written.Length > BytesAtATime)
                Flush(csv, answer);
        }

        Flush(csv, answer);
    }

    private static void WriteJson(RowBatches rows, Predictions predictions, Stream answer)
    {
        using var json = new Utf8JsonWriter(answer, new JsonWriterOptions { Encoder = Engine.Specs.SpecJson.Options.Encoder });
        predictions.WriteStart(json);
        for (int count; (count = rows.Next()) > 0;)
        {
            predictions.Ask(rows.Values.AsSpan(0, rows.Values.Length / RowBatches.Most * count), count);
            predictions.WriteRows(json);
            if (json.BytesPending > BytesAtATime)
                json.Flush();
        }

        Predictions.WriteEnd(json, rows.Warnings);
    }

    private static void Flush(CsvWriter csv, Stream answer)
    {
        answer.Write(csv.Written);
        csv.Clear();
    }

    private sealed class Result(RowBatches rows, Predictions predictions, bool asCsv) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            try
            {
                httpContext.Response.ContentType = asCsv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8";
                if (asCsv)
                    WriteCsv(rows, predictions, httpContext.Response.Body);
                else
                    WriteJson(rows, predictions, httpContext.Response.Body);
                return Task.CompletedTask;
            }
            catch (TableFormatException bad)
            {
                throw new ProblemException(TableRefusal.Of(bad));
            }
        }
    }
}
