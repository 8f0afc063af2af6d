using NnService.Api.Datasets;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Models.Evaluations;

/// <summary>How good a model is: on a stored dataset, or on a CSV that comes in the body.</summary>
internal static class EvaluateEndpoint
{
    private const string Help =
        "A stored dataset by name, or text/csv, or the `file` of a form, with the features and the target, written as the training table was unless the query "
        + "says otherwise. "
        + "`curves=true` adds ROC, precision-recall and calibration of each label, or the residuals of each target.";

    // By the workers always: the dataset may be large where the body is small.
    private static readonly LongRequest s_long = PredictEndpoint.Long with { QuickBytes = null };

    public static void MapEvaluate(this IEndpointRouteBuilder models) =>
        VersionedRoutes.MapVersioned(
                path => models.MapPost($"{path}/evaluate", Evaluate).RequireScope(Scope.Predict), "Measure the latest version", "Measure a version or an alias", Help,
                "evaluateModel")
            .With(EvaluateQuery.Parameters)
            .Accepts<EvaluateRequest>("application/json", [FormedTable.Form, .. TableTypes.Csv]).TakesTables()
            .WithMetadata(new BodyExample("application/json", ModelExamples.Evaluate), new BodyExample("text/csv", ModelExamples.EvaluateCsv))
            .WithMetadata(s_long)
            .Returns<EvaluateResponse>(200).Refuses(400, 404, 409, 413, 415, 429);

    private static async Task<IResult> Evaluate(ModelPath path, HttpContext context, ModelEvaluation evaluation, PostedTable posted)
    {
        var request = context.Request;
        var withCurves = EvaluateQuery.AsksForCurves(request);
        if (LongRequest.IsCsv(request))
        {
            var said = EvaluateQuery.Of(request);
            return await path.AnswerAsync(loaded => OnCsv(loaded, said));
        }

        EvaluateQuery.RefuseWithoutCsv(request);
        var asked = (await Body<EvaluateRequest>.BindAsync(context, null!)).Value;
        return await path.AnswerAsync(
            loaded => evaluation.Run(loaded, asked, withCurves, IntervalLevel.Thresholds(loaded, request), context.RequestAborted).Answer(TypedResults.Ok));

        IResult OnCsv(LoadedModel loaded, EvaluateRequest said)
        {
            var (description, thresholds) = (loaded.Model.Description, IntervalLevel.Thresholds(loaded, request));
            if (ModelEvaluation.TargetOf(description.Target, said.Target).IsRefused(out var refusal, out var target))
                return refusal;
            var rows = posted.Read(description, target.Columns, request);
            return evaluation.Run(loaded, rows, said, withCurves, thresholds, context.RequestAborted).Answer(TypedResults.Ok);
        }
    }
}
