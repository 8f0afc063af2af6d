using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 95 % intervals of the figures of predicted numbers: by <see cref="TargetErrors"/> target by target, and of means over targets by <see
/// cref="CorrelatedMean"/>. The median has the plain quantiles of the draws, as all figures have where rows are few.
/// </summary>
internal static class ErrorIntervals
{
    private const int FewestRows = 10; // of fewer, draws have standard errors of all sizes
    private const int VisitsPerTarget = 12; // of a row in a draw
    private const int R2 = 2;
    private const int FirstOfNextTarget = 10 * Bootstrap.Resamples; // draws of one target's tail, and no other's

    private static readonly string[] s_names = ["rootMeanSquaredError", "meanAbsoluteError", "r2", "meanAbsolutePercentageError"];

    /// <summary>The intervals by the metrics' names on the wire; a metric that is undefined, or whose rows are too alike, is left out.</summary>
    /// <param name="predicted">[rows, targets]</param>
    /// <param name="actual">[rows, targets]</param>
    /// <param name="targets">Number of targets.</param>
    /// <param name="of">The figures.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    internal static Dictionary<string, double[]> Of(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int targets, RegressionMetrics of, ulong seed, ReadOnlySpan<double> weights)
    {
        double[] figures = [of.RootMeanSquaredError, of.MeanAbsoluteError, of.R2 ?? double.NaN, of.MeanAbsolutePercentageError ?? double.NaN];
        var allRows = actual.Length / targets;
        var rows = Bootstrap.RowsToDrawFrom(allRows, VisitsPerTarget * targets, seed);
        var intervals = Bootstrap.Intervals(
            new ResampledRegression(predicted, actual, targets, rows, weights), allRows, [.. figures[..3], of.MedianAbsoluteError, figures[3]], seed);
        if (rows.Length < FewestRows)
            return intervals;
        var errors = Draw(predicted, actual, targets, rows, Bootstrap.Weights(weights, rows), seed);
        var narrower = Math.Sqrt((double)rows.Length / allRows);
        for (var i = 0; i < figures.Length; i++)
        {
            if (!double.IsFinite(figures[i]) || Reach(errors, i, rows.Length) is not { } reach)
                continue;
            var (low, high) = (figures[i] - (reach.Below * narrower), figures[i] + (reach.Above * narrower));
            (low, high) = i == R2 ? (low, Math.Min(high, 1)) : (Math.Max(low, 0), high);
            if (Bootstrap.Around(figures[i], low, high) is { } interval)
                intervals[s_names[i]] = interval;
        }

        return intervals;
    }

    private static TargetErrors[] Draw(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int targets, int[] rows, double[] weights, ulong seed)
    {
        var errors = new TargetErrors[targets];
        for (var target = 0; target < targets; target++)
        {
            var (answers, truths) = (new double[rows.Length], new double[rows.Length]);
            for (var i = 0; i < rows.Length; i++)
                (answers[i], truths[i]) = (predicted[(rows[i] * targets) + target], actual[(rows[i] * targets) + target]);
            errors[target] = new TargetErrors(answers, truths, weights);
        }

        var (counts, words) = (new ushort[rows.Length], new uint[rows.Length]);
        for (var draw = 0; draw < Bootstrap.Resamples; draw++)
        {
            Bootstrap.Count(seed, draw, words, counts);
            for (var target = 0; target < targets; target++)
                errors[target].Add(draw, counts, new RandomStream(seed, RandomPurpose.Bootstrap, (uint)(draw + (target * FirstOfNextTarget))));
        }

        return errors;
    }

    // A target that is constant has no R², and the mean is over the others.
    private static (double Below, double Above)? Reach(TargetErrors[] errors, int figure, int rows)
    {
        var mean = new CorrelatedMean(rows);
        foreach (var target in errors)
            if (target.Reach(figure) is { } reach)
                mean.Add(reach, target.Influences(figure));
            else if (figure != R2)
                return null;
        return mean.Reach;
    }
}
