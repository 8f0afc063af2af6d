using System.Text.Json.Nodes;
using NnService.Engine.Training;
using NnService.Engine.Training.Intervals;

namespace NnService.Api.Models;

/// <summary>Whether a model beats its baselines on some rows, in words.</summary>
/// <param name="truth">What the rows are.</param>
/// <param name="metrics">The model's metrics on them.</param>
/// <param name="intervals">Their intervals.</param>
/// <param name="answers">[rows, outputs] the model's answers, all finite.</param>
internal sealed class Verdict(Truth truth, JsonObject metrics, JsonObject intervals, double[] answers)
{
    private const double OneSided = 0.9; // from this share of one label on, accuracy hardly tells a model from that label

    private readonly bool _perLabel = truth.LargestShare >= OneSided;

    private string Metric => truth.IsRegression ? "rootMeanSquaredError" : _perLabel ? "balancedAccuracy" : "accuracy";

    private string Words => truth.IsRegression ? "root mean squared error" : _perLabel ? "balanced accuracy" : "accuracy";

    /// <summary>The sentences.</summary>
    /// <param name="trivial">Answers and metrics of the trivial model.</param>
    /// <param name="linear">Those of the linear one; null: there is none.</param>
    public string Of((double[] Answers, JsonNode Metrics) trivial, (double[] Answers, JsonNode Metrics)? linear)
    {
        var start = $"On {FigureText.Rows(truth.Rows)} the network's {Words} is ";
        if (metrics[Metric] is not { } figure)
            return $"{start}too large for a number; there is nothing to compare.";
        var interval = intervals[Metric] is JsonArray limits
            ? $"95 % interval {Text((double)limits[0]!)} to {Text((double)limits[1]!)}"
            : truth.Rows == 1 ? "one row gives no interval" : "the rows are too few or too alike for an interval";
        return $"{start}{Text((double)figure)} ({interval}). "
            + Against(truth.IsRegression ? "the mean" : "the most frequent label", trivial.Answers, trivial.Metrics) + " "
            + (linear is var (others, of) ? Against("the linear model", others, of) : "There is no linear model to compare with.")
            + (truth.IsRegression ? "" : Imbalance.Sentence(metrics))
            + " Differences are taken row by row, with their own 95 % interval.";
    }

    private string Against(string whom, double[] others, JsonNode of)
    {
        if (of[Metric] is not { } figure || !others.All(double.IsFinite))
            return $"The {Words} of {whom} is too large for a number.";
        var standing = Of(truth.Compare(answers, others, _perLabel), truth.IsRegression);
        return Sentence(standing, whom, (double)figure) + ByRows(standing, whom, others, of);
    }

    // Behind and level are not the same, though neither is beyond the interval.
    private string Sentence(Standing standing, string whom, double figure)
    {
        var (value, own) = (Text(figure), (double)metrics[Metric]!);
        var isBehind = truth.IsRegression ? own > figure : own < figure;
        return standing switch
        {
            Standing.Better => $"It beats {whom} ({value}) beyond the interval.",
            Standing.Worse => $"It is worse than {whom} ({value}), beyond the interval.",
            _ when isBehind => $"It is behind {whom} ({value}), though not beyond the interval.",
            _ => $"It does not beat {whom} beyond the interval ({value}).",
        };
    }

    // What every row adds to may tell more than hits and squares do: it is said where it speaks against the model, and where they say nothing.
    private string ByRows(Standing standing, string whom, double[] others, JsonNode of)
    {
        var (metric, words) = truth.IsRegression ? ("meanAbsoluteError", "mean absolute error") : ("logLoss", "log loss");
        if (metrics[metric] is not { } own || of[metric] is not { } figure)
            return "";
        var byRows = Of(truth.CompareMeans(answers, others), isSmallBetter: true);
        if (byRows == Standing.Unproven || standing == byRows || (byRows == Standing.Better && standing == Standing.Worse))
            return "";
        return $" Its {words} ({FigureText.Number((double)own)}) is {(byRows == Standing.Better ? "better" : "worse")} than {whom}'s "
            + $"({FigureText.Number((double)figure)}), beyond the interval.";
    }

    private static Standing Of(PairedDifference difference, bool isSmallBetter) =>
        difference is { Low: <= 0, High: >= 0 } ? Standing.Unproven
        : isSmallBetter == difference.High < 0 ? Standing.Better
        : Standing.Worse;

    private string Text(double figure) => truth.IsRegression ? FigureText.Number(figure) : FigureText.Share(figure);

    private enum Standing
    {
        Unproven,
        Better,
        Worse,
    }
}
