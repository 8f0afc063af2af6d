using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Engine.Data.Encodings;

namespace NnService.Api.Models.Predictions;

/// <summary>Rows in, predictions out: JSON or CSV, or a stored dataset.</summary>
internal sealed class PredictEndpoint(ModelStore models, RequestRows source, PredictionAnswers answers, LongAnswers workers)
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
        if (WhyNoThreshold(loaded, request) is { } why)
            return Refusal.Result(400, why);
        var predictions = new Predictor(loaded, QueryValue.Fraction(request, "threshold", LabelRule.EvenThreshold))
        {
            Thresholds = IntervalLevel.Thresholds(loaded, request),
        };
        try
        {
            var rows = await source.Of(loaded, context);
            return answers.Of(predictions, rows, rows.HasColumns && Acceptable.PrefersCsv(request) ? new CsvAnswer() : JsonAnswer.Form);
        }
        catch
        {
            predictions.Watch.Failed();
            throw;
        }
    }

    private static string? WhyNoThreshold(LoadedModel loaded, HttpRequest request)
    {
        if (!request.QueryString.HasValue || !request.Query.ContainsKey("threshold")) // of most requests all that is looked at
            return null;
        return loaded.Model.Description.Target.Task switch
        {
            TaskKind.BinaryClassification => null,
            TaskKind.Regression => "threshold chooses between two labels, and this model predicts a number; leave it out.",
            _ => $"threshold chooses between two labels, and this model has {loaded.Model.Description.Target.Labels.Count}; leave it out.",
        };
    }

    private Task<IResult> ByWorker(LoadedModel loaded, HttpContext context) => workers.TakeAsync(context, Long, () => Predict(loaded, context).AsTask());
}
