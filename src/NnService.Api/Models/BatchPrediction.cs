using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Storage;
using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>Predictions for many rows. Nothing is sent before all rows are through, so that a bad last row is a refusal and not half an answer; what does not fit into a small buffer waits in files.</summary>
internal sealed class BatchPrediction(BlobStore blobs, DatasetLimits limits)
{
    private const int BytesInMemory = 1 << 20;
    private const int BytesAtATime = 1 << 16;

    /// <summary>Predicts the rows of a text/csv body.</summary>
    public async Task<IResult> OfCsvAsync(HttpContext context, Predictions predictions, ModelDescription description, TableReadOptions reading, bool ignoreUnknown, bool asCsv)
    {
        // The server's own limit is meant for small JSON; tables have their own.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        await using var body = new FileBufferingReadStream(
            new LimitedStream(context.Request.Body, limits.Of(DatasetFormat.Csv)), BytesInMemory, bufferLimit: null, blobs.Folder);
        await body.DrainAsync(context.RequestAborted);
        body.Position = 0;
        try
        {
            return Of(new CsvBatches(description, body, reading, ignoreUnknown), predictions, asCsv);
        }
        catch (TableFormatException bad)
        {
            throw new ProblemException(TableRefusal.Of(bad));
        }
    }

    /// <summary>Predicts all rows.</summary>
    public IResult Of(RowBatches rows, Predictions predictions, bool asCsv)
    {
        var answer = new FileBufferingWriteStream(BytesInMemory, bufferLimit: null, () => blobs.Folder);
        try
        {
            if (asCsv)
                WriteCsv(rows, predictions, answer);
            else
                WriteJson(rows, predictions, answer);
            return new BufferedResult(answer, asCsv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8");
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

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

    private sealed class BufferedResult(FileBufferingWriteStream answer, string contentType) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            await using (answer)
            {
                httpContext.Response.ContentType = contentType;
                httpContext.Response.ContentLength = answer.Length;
                await answer.DrainBufferAsync(httpContext.Response.BodyWriter, httpContext.RequestAborted);
            }
        }
    }
}
