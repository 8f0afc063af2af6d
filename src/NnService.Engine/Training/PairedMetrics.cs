using NnService.Engine.Data.Encodings;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Training;

/// <summary>
/// What the metrics of one model are above another's on the same rows, by their names on the wire, with 95 % intervals that take the rows in pairs:
/// the rows' own difficulty cancels out. A metric that is undefined for one of the two is left out.
/// </summary>
public static class PairedMetrics
{
    private const int MostRanked = 3; // sums over the rows besides those of the labels

    /// <summary>Of classifications: shares by <see cref="PairedShares"/>, the others by the paired bootstrap.</summary>
    /// <param name="probabilities">[rows, labels] of the model.</param>
    /// <param name="others">[rows, labels] of the other.</param>
    /// <param name="actual">[rows] label indexes.</param>
    /// <param name="labels">The labels in the order of the columns.</param>
    /// <param name="positive">Index of the positive label where there are two; −1: there is none.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="weights">[rows] above 0; empty: every row weighs 1. They count as so many as <see cref="EffectiveRows"/> says.</param>
    public static IReadOnlyDictionary<string, PairedFigure> OfClasses(
        ReadOnlySpan<double> probabilities,
        ReadOnlySpan<double> others,
        ReadOnlySpan<int> actual,
        IReadOnlyList<string> labels,
        int positive,
        ulong seed,
        ReadOnlySpan<double> weights = default)
    {
        var rows = Bootstrap.RowsToDrawFrom(actual.Length, 2 * (labels.Count + MostRanked), seed);
        var sample = new PairedResample(
            new ResampledClassification(probabilities, actual, labels.Count, positive, rows, weights),
            new ResampledClassification(others, actual, labels.Count, positive, rows, weights));
        var one = ClassificationMetrics.Of(probabilities, actual, labels, positive, weights);
        var other = ClassificationMetrics.Of(others, actual, labels, positive, weights);
        var differences = Differences(sample, Figures(one), Figures(other), actual.Length, seed);
        var (first, second) = (Hits(probabilities, actual, labels.Count, positive), Hits(others, actual, labels.Count, positive));
        differences["accuracy"] = Shares(differences["accuracy"], [OfAll(first, second, weights)]);
        differences["balancedAccuracy"] = Shares(differences["balancedAccuracy"], PerLabel(actual, first, second, labels.Count, weights));
        return differences;
    }

    /// <summary>Of regressions: by the paired bootstrap.</summary>
    /// <param name="predicted">[rows, targets] of the model.</param>
    /// <param name="others">[rows, targets] of the other.</param>
    /// <param name="actual">[rows, targets]</param>
    /// <param name="targets">Names of the targets.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="weights">[rows] above 0; empty: every row weighs 1.</param>
    public static IReadOnlyDictionary<string, PairedFigure> OfNumbers(
        ReadOnlySpan<double> predicted,
        ReadOnlySpan<double> others,
        ReadOnlySpan<double> actual,
        IReadOnlyList<string> targets,
        ulong seed,
        ReadOnlySpan<double> weights = default)
    {
        var allRows = actual.Length / targets.Count;
        var rows = Bootstrap.RowsToDrawFrom(allRows, 2 * MostRanked * targets.Count, seed);
        var sample = new PairedResample(
            new ResampledRegression(predicted, actual, targets.Count, rows, weights),
            new ResampledRegression(others, actual, targets.Count, rows, weights));
        return Differences(
            sample,
            Figures(RegressionMetrics.Of(predicted, actual, targets, weights)),
            Figures(RegressionMetrics.Of(others, actual, targets, weights)),
            allRows,
            seed);
    }

    private static Dictionary<string, PairedFigure> Differences(PairedResample sample, double[] figures, double[] others, int allRows, ulong seed)
    {
        double[] estimates = [.. figures.Zip(others, (figure, other) => figure - other)];
        var intervals = Bootstrap.Intervals(sample, allRows, estimates, seed);
        return sample.Names.Zip(estimates).Where(metric => double.IsFinite(metric.Second))
            .ToDictionary(metric => metric.First, metric => new PairedFigure(metric.Second, intervals.GetValueOrDefault(metric.First)), StringComparer.Ordinal);
    }

    // In the order of ResampledClassification's names; NaN where undefined.
    private static double[] Figures(ClassificationMetrics of) =>
    [
        of.Accuracy, of.BalancedAccuracy, of.LogLoss, of.RocAuc ?? double.NaN, of.AveragePrecision ?? double.NaN,
        of.MacroF1, of.MatthewsCorrelation, of.CalibrationError,
    ];

    // In the order of ResampledRegression's names; NaN where undefined.
    private static double[] Figures(RegressionMetrics of) =>
    [
        of.RootMeanSquaredError, of.MeanAbsoluteError, of.R2 ?? double.NaN, of.MedianAbsoluteError, of.MeanAbsolutePercentageError ?? double.NaN,
    ];

    private static PairedFigure Shares(PairedFigure of, IReadOnlyList<PairedShares> shares)
    {
        var (low, high) = PairedShares.DifferenceOfMeans(shares);
        return of with { Interval = [low, high] };
    }

    private static bool[] Hits(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> actual, int labels, int positive)
    {
        var hits = new bool[actual.Length];
        for (var row = 0; row < hits.Length; row++)
            hits[row] = LabelRule.Of(probabilities.Slice(row * labels, labels), labels == 2 ? positive : -1, LabelRule.EvenThreshold) == actual[row];
        return hits;
    }

    // Of each label that occurs.
    private static List<PairedShares> PerLabel(ReadOnlySpan<int> actual, bool[] first, bool[] second, int labels, ReadOnlySpan<double> weights)
    {
        var counts = new PairedCount[labels];
        for (var row = 0; row < actual.Length; row++)
            counts[actual[row]].Add(first[row], second[row], weights.IsEmpty ? 1 : weights[row]);
        return [.. counts.Where(count => count.Squares > 0).Select(count => count.Shares)];
    }

    private static PairedShares OfAll(bool[] first, bool[] second, ReadOnlySpan<double> weights)
    {
        var count = default(PairedCount);
        for (var row = 0; row < first.Length; row++)
            count.Add(first[row], second[row], weights.IsEmpty ? 1 : weights[row]);
        return count.Shares;
    }
}
