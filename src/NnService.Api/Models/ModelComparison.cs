using System.Text.Json.Nodes;
using NnService.Engine;
using NnService.Engine.Training;

namespace NnService.Api.Models;

/// <summary>A model beside what it has to beat, on rows it was not trained on.</summary>
/// <param name="Intervals">95 % intervals of its metrics.</param>
/// <param name="Baselines">Metrics of the trivial and of the linear model; null where the model has none.</param>
/// <param name="Verdict">Whether it beats them, in words.</param>
internal sealed record ModelComparison(JsonObject Intervals, JsonObject? Baselines, string Verdict)
{
    public const string NoTestPart =
        "There is no test part, so nothing is known about new rows. Give split a test part, or evaluate the model on a dataset it was not trained on.";

    /// <summary>The comparison.</summary>
    /// <param name="model">The model.</param>
    /// <param name="truth">What the rows are.</param>
    /// <param name="metrics">The model's metrics on them.</param>
    /// <param name="answers">[rows, outputs] its answers, all finite.</param>
    /// <param name="linear">[rows, outputs] those of its linear baseline; null where there is none.</param>
    /// <param name="seed">Seed of the intervals.</param>
    public static ModelComparison Of(TrainedModel model, Truth truth, JsonObject metrics, double[] answers, double[]? linear, ulong seed)
    {
        var intervals = truth.Intervals(answers, seed);
        if (model.Description.Baselines is not { } fitted)
            return new ModelComparison(intervals, null, "The model was not trained here, so there are no baselines to compare it with.");
        double[] answer = [.. fitted.Trivial], trivial = new double[checked(truth.Rows * answer.Length)];
        for (var row = 0; row < truth.Rows; row++)
            answer.CopyTo(trivial.AsSpan(row * answer.Length));
        var baselines = new JsonObject { ["trivial"] = truth.BriefMetrics(trivial), ["linear"] = linear is null ? null : truth.BriefMetrics(linear) };
        return new ModelComparison(intervals, baselines,
            new Verdict(truth, metrics, intervals, answers).Of((trivial, baselines["trivial"]!), linear is null ? null : (linear, baselines["linear"]!)));
    }
}
