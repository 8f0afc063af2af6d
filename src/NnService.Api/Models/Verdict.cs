using System.Text.Json.Nodes;
using NnService.Engine.Kernels;
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
    private const double Chance = 0.5; // the ROC area of answers that are the same for every row

    private readonly List<string> _differences = [];
    private readonly bool _perLabel = truth.LargestShare >= OneSided;

    private string Metric => truth.IsRegression ? "rootMeanSquaredError" : _perLabel ? "balancedAccuracy" : "accuracy";

    private string Words => truth.IsRegression ? "root mean squared error" : _perLabel ? "balanced accuracy" : "accuracy";

    /// <summary>The sentences.</summary>
    /// <param name="trivial">Answers and metrics of the trivial model.</param>
    /// <param name="linear">Those of the linear one; null: there is none.</param>
    public string Of((double[] Answers, JsonNode Metrics) trivial, (double[] Answers, JsonNode Metrics)? linear)
    {
        var start = $"On {FigureText.Rows(truth.WeighingRows)} the network's {Words} is ";
        if (metrics[Metric] is not { } figure)
            return $"{start}too large for a number; there is nothing to compare.";
        var interval = intervals[Metric] is JsonArray limits
            ? $"95 % interval {Text((double)limits[0]!)} to {Text((double)limits[1]!)}"
            : truth.WeighingRows == 1 ? "one row gives no interval" : "the rows are too few or too alike for an interval";
        var (standing, sentence) = Against(truth.IsRegression ? "the mean" : "the most frequent label", trivial.Answers, trivial.Metrics);
        return $"{start}{Text((double)figure)} ({interval}). {sentence} "
            + (linear is var (others, of) ? Against("the linear model", others, of).Sentence : "There is no linear model to compare with.")
            + (truth.IsRegression ? "" : Imbalance.Sentence(metrics, truth.EffectiveRowsOfLabels()))
            + (truth.IsRegression || standing == Standing.Better ? "" : ByRanks(linear))
            + Differences();
    }

    private (Standing Standing, string Sentence) Against(string whom, double[] others, JsonNode of)
    {
        if (of[Metric] is not { } figure || !Reductions.AllFinite<double>(others))
            return (Standing.Unproven, $"The {Words} of {whom} is too large for a number.");
        var difference = truth.Compare(answers, others, _perLabel);
        _differences.Add($"by {Amount(difference)} from {whom}'s");
        var standing = Of(difference, truth.IsRegression);
        return (standing, Sentence(standing, whom, (double)figure) + ByRows(standing, whom, others, of));
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

    // Where one label has most rows, a network that tells them well may have no more of them right than that label has; the ROC area shows it all the same.
    private string ByRanks((double[] Answers, JsonNode Metrics)? linear)
    {
        if (metrics["rocAuc"] is not { } area || intervals["rocAuc"] is not JsonArray limits)
            return "";
        var (low, high) = ((double)limits[0]!, (double)limits[1]!);
        var answers = truth.Labels == 2 ? "at the threshold of its answers" : "by the likeliest label of each row";
        var told = low > Chance ? $"it tells the labels apart, beyond the interval, though not {answers}"
            : high < Chance ? "it orders the rows worse than chance, beyond the interval"
            : "these rows do not show that it tells the labels apart";
        return $" Its ROC area is {FigureText.Share((double)area)} (95 % interval {FigureText.Share(low)} to {FigureText.Share(high)}; "
            + $"the same answer for every row has 0.5): {told}{LinearRanks(linear)}.";
    }

    private string LinearRanks((double[] Answers, JsonNode Metrics)? linear)
    {
        if (linear is not var (others, of) || of["rocAuc"] is not { } area || !Reductions.AllFinite<double>(others))
            return "";
        var difference = truth.CompareAreas(answers, others);
        var standing = Of(difference, isSmallBetter: false) switch
        {
            _ when IsUnknown(difference) => "and so few rows do not tell which of the two is better",
            Standing.Better => "which it beats beyond the interval",
            Standing.Worse => "and it is worse than that, beyond the interval",
            _ => "no further from it than chance may be",
        };
        return $". The linear model's is {FigureText.Share((double)area)}, {standing}";
    }

    private string Differences() => _differences.Count == 0 ? ""
        : $" Row by row, its {Words} differs {string.Join(" and ", _differences)} (95 % interval{(_differences.Count == 1 ? "" : "s")}).";

    private static string Amount(PairedDifference difference) =>
        IsUnknown(difference) ? "an amount that so few or so equal rows do not tell"
        : difference is { Low: 0, High: 0 } ? "nothing"
        : $"{FigureText.Number(difference.Low)} to {FigureText.Number(difference.High)}";

    private static bool IsUnknown(PairedDifference difference) => !double.IsFinite(difference.Low) || !double.IsFinite(difference.High);

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
