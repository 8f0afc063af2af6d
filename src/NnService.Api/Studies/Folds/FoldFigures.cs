using NnService.Engine.Training.Intervals;

namespace NnService.Api.Studies.Folds;

/// <summary>Mean, spread and interval of a metric over folds.</summary>
internal static class FoldFigures
{
    /// <summary>The figure; null where no fold has the metric.</summary>
    /// <param name="values">Of each fold; null where it has none.</param>
    /// <param name="testShare">Test rows of a fold for each row that it is trained on.</param>
    /// <param name="low">The least that the metric can be.</param>
    /// <param name="high">The most that it can be.</param>
    public static FoldFigure? Of(IReadOnlyList<double?> values, double testShare, double low, double high)
    {
        double[] there = [.. values.OfType<double>()];
        if (there.Length == 0)
            return null;
        if (there.Length == 1)
            return new FoldFigure(there[0], null, null, values);
        // Folds share most of their training rows, so that their figures are no independent ones: Nadeau and Bengio, Inference for the Generalization Error
        // (Machine Learning 52, 2003), add the share of test rows to 1 / n.
        var interval = StudentInterval.Of(there, testShare);
        // Figures that are all alike have no spread to make an interval of: one of zero width would claim a certainty that a handful of folds cannot give.
        return Array.TrueForAll(there, value => value == there[0])
            ? new FoldFigure(there[0], 0, null, values)
            : new FoldFigure(interval.Mean, interval.Deviation, [Math.Max(low, interval.Low), Math.Min(high, interval.High)], values);
    }
}
