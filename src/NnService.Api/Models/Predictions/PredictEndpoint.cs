using System.Globalization;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Predictions;

/// <summary>Rows in, predictions out: JSON or CSV, or a stored dataset.</summary>
internal sealed class PredictEndpoint(ModelStore models, Database database, DatasetTables tables, PredictionAnswers answers, LongAnswers workers)
{
    /// <summary>Which of its requests are left to the workers before anybody has looked into them.</summary>
    public static LongRequest Long { get; } = new()
    {
        QuickBytes = LongRequest.QuickJson,
        Limit = context => LongRequest.IsCsv(context.Request) ? context.RequestServices.GetRequiredService<DatasetLimits>().Of(DatasetFormat.Csv) : null,
    };

    // A RequestDelegate: bound parameters and filters would cost as much as the prediction of a row.
    public async Task AnswerAsync(HttpContext context)
    {
        var path = new ModelPath(context, models);
        var answer = await path.FindAsync() is { } loaded ? await Predict(loaded, context) : path.NotFound();
        await answer.ExecuteAsync(context);
    }

    private async ValueTask<IResult> Predict(LoadedModel loaded, HttpContext context)
    {
        var request = context.Request;
        if (!LongRequests.IsWorker && PlainBatches.IsFor(request, loaded) && !PlainBatches.IsQuick(request, loaded))
            return await ByWorker(loaded, context);
        var predictions = new Predictor(loaded, Threshold(request));
        var rows = await RowsOf(loaded, context);
        return answers.Of(predictions, rows, rows.HasColumns && Acceptable.PrefersCsv(request) ? new CsvAnswer() : JsonAnswer.Form);
    }

    private Task<IResult> ByWorker(LoadedModel loaded, HttpContext context) => workers.TakeAsync(context, Long, () => Predict(loaded, context).AsTask());

    /// <summary>The rows that a request brings or names. Errors: <see cref="ProblemException"/>.</summary>
    internal async ValueTask<RowBatches> RowsOf(LoadedModel loaded, HttpContext context)
    {
        var (request, description) = (context.Request, loaded.Model.Description);
        if (await PlainBatches.TryReadAsync(request, loaded) is { } plain)
            return plain;
        return LongRequest.IsCsv(request)
            ? new CsvBatches(description, request.Body, ReadingOptions.OfScoring(request, description.Features.Notation), Unknown(request))
            : await OfJson(description, context);
    }

    private async Task<RowBatches> OfJson(ModelDescription description, HttpContext context)
    {
        ReadingOptions.RefuseWithoutCsv(context.Request);
        var unknown = Unknown(context.Request);
        var asked = (await Body<PredictRequest>.BindAsync(context, null!)).Value;
        return (asked.Rows, asked.Dataset) switch
        {
            ({ } rows, null) => new JsonBatches(description, asked.Columns, rows, unknown),
            (null, { } dataset) => new DatasetBatches(description, () => TableOf(dataset), withCells: Acceptable.PrefersCsv(context.Request)),
            _ => throw Refusal.Exception(400, "Give either rows or dataset.", "#/rows"),
        };
    }

    private Table TableOf(string dataset)
    {
        using var db = database.Read();
        return (db.Datasets.FirstOrDefault(row => row.Name == dataset) is { } found ? tables.Find(found) : null)
            ?? throw Refusal.Exception(404, $"There is no dataset \"{Echo.Cut(dataset)}\".", "#/dataset");
    }

    private static double Threshold(HttpRequest request)
    {
        if (!request.QueryString.HasValue || request.Query["threshold"].ToString() is not { Length: > 0 } text)
            return LabelRule.EvenThreshold;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 1
            ? value
            : throw Refusal.Exception(400, $"threshold={Echo.Cut(text)} is not a number between 0 and 1.");
    }

    private static UnknownColumns Unknown(HttpRequest request) => QueryValue.Flag(request, "ignoreUnknown") ? UnknownColumns.Ignore : UnknownColumns.RefuseUnlessAsked;
}
