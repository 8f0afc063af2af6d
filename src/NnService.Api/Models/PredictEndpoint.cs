using System.Globalization;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>Rows in, predictions out: JSON or CSV, or a stored dataset.</summary>
internal static class PredictEndpoint
{
    /// <summary>Which of its requests are left to the workers before anybody has looked into them.</summary>
    public static LongRequest Long { get; } = new()
    {
        QuickBytes = LongRequest.QuickJson,
        Limit = context => LongRequest.IsCsv(context.Request) ? context.RequestServices.GetRequiredService<DatasetLimits>().Of(DatasetFormat.Csv) : null,
    };

    public static async Task<IResult> Latest(string name, HttpContext context, ModelStore models, PredictingParts parts) =>
        await models.FindAsync(name, null, context.RequestAborted) is { } loaded ? await Predict(loaded, context, parts) : Refusal.NotFound("model", name);

    public static async Task<IResult> OfVersion(string name, string version, HttpContext context, ModelStore models, PredictingParts parts) =>
        await models.FindAsync(name, version, context.RequestAborted) is { } loaded ? await Predict(loaded, context, parts) : Refusal.NotFound("model version", $"{name}/{version}");

    private static async Task<IResult> Predict(LoadedModel loaded, HttpContext context, PredictingParts parts)
    {
        var request = context.Request;
        var isQuick = LongRequests.IsWorker || !RowPrediction.IsFor(request) || RowPrediction.IsQuick(request, loaded);
        if (!isQuick)
            return await parts.Answers.TakeAsync(context, Long, () => Predict(loaded, context, parts));
        var predictions = new Predictions(loaded, Threshold(request));
        // Of other requests PlainPredictions has had its look already.
        var isNew = LongRequests.IsWorker || request.QueryString.HasValue;
        if (loaded.PlainRows is { } plain && isNew && RowPrediction.IsFor(request) && await parts.InRows.TryAsync(context, plain, loaded, predictions) is { } answer)
            return answer;
        return LongRequest.IsCsv(request)
            ? BatchPrediction.OfCsv(request, predictions, loaded.Model.Description, ReadingOptions.OfScoring(request, loaded.Model.Description.Features.Notation), Unknown(request), Acceptable.PrefersCsv(request))
            : await OfJson(loaded, context, predictions, parts);
    }

    private static async Task<IResult> OfJson(LoadedModel loaded, HttpContext context, Predictions predictions, PredictingParts parts)
    {
        var request = context.Request;
        var description = loaded.Model.Description;
        ReadingOptions.RefuseWithoutCsv(request);
        var unknown = Unknown(request);
        var asked = (await Body<PredictRequest>.BindAsync(context, null!)).Value;
        if ((asked.Rows is null) == (asked.Dataset is null))
            throw Refusal.Exception(400, "Give either rows or dataset.", "#/rows");
        if (asked.Dataset is not null)
            return parts.Answers.Of(() => BatchPrediction.Of(new DatasetBatches(description, TableOf(asked.Dataset, parts), Acceptable.PrefersCsv(request)), predictions, Acceptable.PrefersCsv(request)));
        if (asked.Rows!.Count > RowBatches.Most || !loaded.IsQuick(asked.Rows.Count))
            return parts.Answers.Of(() => BatchPrediction.Of(new JsonBatches(description, asked, unknown), predictions, asCsv: false));
        var rows = EncodedRows.Of(description, asked, unknown);
        predictions.Ask(rows.Values, rows.Count);
        return parts.InRows.Answer(predictions, rows.Unknown.Warnings);
    }

    private static Table TableOf(string dataset, PredictingParts parts)
    {
        using var db = parts.Database.Read();
        return (db.Datasets.FirstOrDefault(there => there.Name == dataset) is { } found ? parts.Tables.Find(found) : null)
            ?? throw Refusal.Exception(404, $"There is no dataset \"{Echo.Cut(dataset)}\".", "#/dataset");
    }

    private static double Threshold(HttpRequest request)
    {
        var text = request.Query["threshold"].ToString();
        if (text.Length == 0)
            return Predictions.EvenThreshold;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
            ? value
            : throw Refusal.Exception(400, $"threshold={Echo.Cut(text)} is not a number between 0 and 1.");
    }

    private static UnknownColumns Unknown(HttpRequest request) => QueryValue.Flag(request, "ignoreUnknown") ? UnknownColumns.Ignore : UnknownColumns.RefuseUnlessAsked;
}

/// <summary>What predictions are made with.</summary>
internal sealed record PredictingParts(Database Database, DatasetTables Tables, RowPrediction InRows, LongAnswers Answers);
