using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Watching;

/// <summary>Writes a loss history point by point, as <see cref="HistoryResponse"/> or as CSV.</summary>
/// <param name="database">Where it is.</param>
/// <param name="job">Whose.</param>
/// <param name="from">The first epoch wanted.</param>
/// <param name="most">Points at the most.</param>
/// <param name="isClassification">What its scores are.</param>
/// <param name="csvName">What it is called as a CSV, with a header and one point a line; null: it is JSON.</param>
internal sealed class HistoryResult(Database database, long job, int from, int most, bool isClassification, string? csvName) : IResult
{
    private const int BytesAtATime = 1 << 16;

    private long _sent;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var db = database.Read();
        var selection = HistorySelection.Of(db, job, from, most);
        var points = ReadToEnd(db, selection.Points(db));
        if (selection.Total <= HistoryBlock.Capacity)
            points = [.. points]; // it is sent as it is written; of a longer one a worker makes the whole answer first
        if (csvName is not null)
            await WriteCsvAsync(httpContext, points);
        else
            await WriteJsonAsync(httpContext, points, selection.Total);
    }

    // Where the job is deleted meanwhile, those that are left to be read go with it.
    private IEnumerable<HistoryPoint> ReadToEnd(AppDbContext db, IEnumerable<HistoryPoint> points)
    {
        foreach (var point in points)
            yield return point;
        if (!db.TrainingJobs.Any(row => row.Number == job))
            throw Refusal.Exception(404, "The training job was deleted while its history was read.");
    }

    private async Task WriteJsonAsync(HttpContext context, IEnumerable<HistoryPoint> points, int total)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder });
        json.WriteStartObject();
        json.WriteStartArray("points");
        foreach (var point in points)
        {
            JsonSerializer.Serialize(json, HistoryPointResponse.Of(point, isClassification), SpecJson.Options);
            if (json.BytesCommitted + json.BytesPending - _sent <= BytesAtATime)
                continue;
            await json.FlushAsync(context.RequestAborted);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            _sent = json.BytesCommitted;
        }

        json.WriteEndArray();
        json.WriteNumber("total", total);
        json.WriteEndObject();
    }

    private async Task WriteCsvAsync(HttpContext context, IEnumerable<HistoryPoint> points)
    {
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = Attachment.Named(csvName!);
        var score = isClassification ? "Accuracy" : "R2";
        var csv = new CsvWriter();
        string[] names = ["epoch", "step", "trainLoss", "validationLoss", "learningRate", $"train{score}", $"validation{score}", "elapsedSeconds"];
        foreach (var name in names)
            csv.Cell(name);
        csv.EndRow();
        foreach (var point in points)
        {
            csv.Cell(point.Epoch);
            csv.Cell(point.Step);
            double?[] numbers = [point.TrainLoss, point.ValidationLoss, point.LearningRate, point.TrainScore, point.ValidationScore, point.ElapsedSeconds];
            foreach (var number in numbers)
                csv.Cell(number);
            csv.EndRow();
            if (csv.Written.Length > BytesAtATime)
                await csv.SendAsync(context);
        }

        await csv.SendAsync(context);
    }
}
