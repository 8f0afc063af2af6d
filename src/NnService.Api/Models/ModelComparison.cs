using System.Globalization;
using System.Text.Json.Nodes;
using NnService.Engine;

namespace NnService.Api.Models;

/// <summary>A model beside what it has to beat, on rows it was not trained on.</summary>
/// <param name="Intervals">95 % intervals of its metrics.</param>
/// <param name="Baselines">Metrics of the trivial and of the linear model; null where the model has none.</param>
/// <param name="Verdict">Whether it beats them, in words.</param>
internal sealed record ModelComparison(JsonObject Intervals, JsonObject? Baselines, string Verdict)
{
    public const string NoTestPart =
        "There is no test part, so nothing is known about new rows. Give split a test part, or evaluate the model on a dataset it was not trained on.";

    private const double OneSided = 0.9; // from this share of one label on, accuracy hardly tells a model from that label

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
        double[] trivial = [.. Enumerable.Repeat(fitted.Trivial, truth.Rows).SelectMany(answer => answer)];
        var baselines = new JsonObject { ["trivial"] = Brief(truth.Metrics(trivial)), ["linear"] = linear is null ? null : Brief(truth.Metrics(linear)) };
        return new ModelComparison(intervals, baselines, VerdictOf(truth, metrics, intervals, baselines));
    }

    // A large matrix three times over helps nobody.
    private static JsonObject? Brief(JsonObject? metrics)
    {
        metrics?.Remove("confusionMatrix");
        return metrics;
    }

    private static string VerdictOf(Truth truth, JsonObject metrics, JsonObject intervals, JsonObject baselines)
    {
        var (name, words, lowerIsBetter) = truth.IsRegression ? ("rootMeanSquaredError", "root mean squared error", true)
            : truth.LargestShare >= OneSided ? ("balancedAccuracy", "balanced accuracy", false)
            : ("accuracy", "accuracy", false);
        if (intervals[name] is not JsonArray interval)
            return "The rows are too few for an interval; there is nothing to say beyond the figures.";
        var (low, high) = ((double)interval[0]!, (double)interval[1]!);
        var text = $"On {truth.Rows:N0} rows the network's {words} is {Text((double)metrics[name]!)} (95 % interval {Text(low)} to {Text(high)}). ";
        if (low == high && high == 1)
            text += $"No row was wrong, so the interval has no width; as few rows as these would also show that if up to {Text(100 * Math.Min(1, 3.0 / truth.Rows))} % of new rows were wrong. "; // the rule of three
        text += Against(truth.IsRegression ? "the mean" : "the most frequent label", baselines["trivial"]) + " ";
        text += baselines["linear"] is null ? "There is no linear model to compare with." : Against("the linear model", baselines["linear"]);
        return text;

        string Against(string whom, JsonNode? baseline)
        {
            var value = (double)baseline![name]!;
            var (below, above) = lowerIsBetter ? (value > high, value < low) : (value < low, value > high);
            return below ? $"It beats {whom} ({Text(value)}) beyond the interval."
                : above ? $"It is worse than {whom} ({Text(value)}), beyond the interval."
                : $"It does not beat {whom} beyond the interval ({Text(value)}).";
        }
    }

    private static string Text(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "0.###", CultureInfo.InvariantCulture);
}
