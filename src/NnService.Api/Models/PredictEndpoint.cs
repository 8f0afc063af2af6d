using System.Globalization;
using System.Net.Mime;
using Microsoft.Net.Http.Headers;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Data;

namespace NnService.Api.Models;

/// <summary>Rows in, predictions out: JSON or CSV, or a stored dataset.</summary>
internal static class PredictEndpoint
{
    public static async Task<IResult> Latest(string name, HttpContext context, ModelStore models, Database database, DatasetTables tables, BatchPrediction batches, RowPrediction inRows) =>
        models.Find(name, null) is { } loaded ? await Predict(loaded, context, database, tables, batches, inRows) : Refusal.NotFound("model", name);

    public static async Task<IResult> OfVersion(
        string name, string version, HttpContext context, ModelStore models, Database database, DatasetTables tables, BatchPrediction batches, RowPrediction inRows) =>
        models.Find(name, version) is { } loaded ? await Predict(loaded, context, database, tables, batches, inRows) : Refusal.NotFound("model version", $"{name}/{version}");

    private static async Task<IResult> Predict(LoadedModel loaded, HttpContext context, Database database, DatasetTables tables, BatchPrediction batches, RowPrediction inRows)
    {
        var request = context.Request;
        var description = loaded.Model.Description;
        var ignoreUnknown = QueryValue.Flag(request, "ignoreUnknown");
        var predictions = new Predictions(loaded, Threshold(request));
        // Without a query PlainPredictions has had its look already.
        if (loaded.PlainRows is { } plain && request.QueryString.HasValue && RowPrediction.IsFor(request) && await inRows.TryAsync(context, plain, loaded, predictions) is { } answer)
            return answer;
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType == MediaTypeNames.Text.Csv)
            return await batches.OfCsvAsync(context, predictions, description, ReadingOptions.OfScoring(request, description.Features.Notation), ignoreUnknown, AcceptsCsv(request));
        ReadingOptions.RefuseWithoutCsv(request);
        var asked = (await Body<PredictRequest>.BindAsync(context, null!)).Value;
        if ((asked.Rows is null) == (asked.Dataset is null))
            throw Refusal.Exception(400, "Give either rows or dataset.", "#/rows");
        if (asked.Dataset is not null)
            return batches.Of(new DatasetBatches(description, TableOf(asked.Dataset, database, tables), AcceptsCsv(request)), predictions, AcceptsCsv(request));
        var rows = EncodedRows.Of(description, asked, ignoreUnknown);
        predictions.Ask(rows.Values, rows.Count);
        return inRows.Answer(predictions, rows.Unknown.Warnings);
    }

    private static Table TableOf(string dataset, Database database, DatasetTables tables)
    {
        using var db = database.Read();
        return tables.Get(db.Datasets.FirstOrDefault(there => there.Name == dataset)
            ?? throw Refusal.Exception(404, $"There is no dataset \"{dataset}\".", "#/dataset"));
    }

    private static double Threshold(HttpRequest request)
    {
        var text = request.Query["threshold"].ToString();
        if (text.Length == 0)
            return Predictions.EvenThreshold;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
            ? value
            : throw Refusal.Exception(400, $"threshold={text} is not a number between 0 and 1.");
    }

    private static bool AcceptsCsv(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == MediaTypeNames.Text.Csv);
}
