using System.Runtime.CompilerServices;
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
    private const int Median = 3; // the others are figures of TargetErrors
    private const int FirstOfNextTarget = 10 * Bootstrap.Resamples; // draws of one target's tail, and no other's

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
        double[] figures =
        [
            of.RootMeanSquaredError, of.MeanAbsoluteError, of.R2 ?? double.NaN, of.MedianAbsoluteError, of.MeanAbsolutePercentageError ?? double.NaN,
        ];
        var allRows = actual.Length / targets;
        var rows = Bootstrap.RowsToDrawFrom(allRows, VisitsPerTarget * targets, seed);
        if (rows.Length < FewestRows)
            return Bootstrap.Intervals(new ResampledRegression(predicted, actual, targets, rows, weights), allRows, figures, seed);
        var (errors, medians, median) = Draw(predicted, actual, targets, rows, Bootstrap.Weights(weights, rows), seed);
        var narrower = Math.Sqrt((double)rows.Length / allRows);
        var (intervals, plain) = (new Dictionary<string, double[]>(StringComparer.Ordinal), (Dictionary<string, double[]>?)null);
        for (var i = 0; i < figures.Length; i++)
        {
            if (!double.IsFinite(figures[i]))
                continue;
            var interval = i == Median
                ? Bootstrap.Interval(medians, median, rows.Length, allRows, figures[i])
                : Reach(errors, i, rows.Length) is { } reach ? Around(i, figures[i], (reach.Below * narrower, reach.Above * narrower)) : null;
            if (interval is null && i != Median) // rare, as where a few rows have an error at all
            {
                plain ??= Bootstrap.Intervals(new ResampledRegression(predicted, actual, targets, rows, weights), allRows, figures, seed);
                interval = plain.GetValueOrDefault(ResampledRegression.Figures[i]);
            }

            if (interval is not null)
                intervals.Add(ResampledRegression.Figures[i], interval);
        }

        return intervals;
    }

    private static double[]? Around(int i, double figure, (double Below, double Above) reach)
    {
        var (low, high) = (figure - reach.Below, figure + reach.Above);
        return i == R2 ? Bootstrap.Around(figure, low, Math.Min(high, 1)) : Bootstrap.Around(figure, Math.Max(low, 0), high);
    }

    // And the median, of each draw and of the rows as they are.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (TargetErrors[] Errors, double[] Medians, double Median) Draw(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int targets, int[] rows, double[] weights, ulong seed)
    {
        var (errors, medianOf) = (new TargetErrors[targets], new DrawnMedian[targets]);
        for (var target = 0; target < targets; target++)
        {
            var (answers, truths) = (new double[rows.Length], new double[rows.Length]);
            for (var i = 0; i < rows.Length; i++)
                (answers[i], truths[i]) = (predicted[(rows[i] * targets) + target], actual[(rows[i] * targets) + target]);
            (errors[target], medianOf[target]) = (new TargetErrors(answers, truths, weights), new DrawnMedian(answers, truths, weights));
        }

        var counts = new DrawLanes(rows.Length);
        var (medians, once) = (new double[Bootstrap.Resamples], new double[DrawLanes.Count]);
        foreach (var target in medianOf)
            target.AddTo(once, counts);
        for (var draw = 0; draw < Bootstrap.Resamples; draw += DrawLanes.Count)
        {
            counts.Draw(seed, draw);
            for (var target = 0; target < targets; target++)
            {
                errors[target].Add(draw, counts, new RandomLanes(seed, RandomPurpose.Bootstrap, (uint)(draw + (target * FirstOfNextTarget))));
                medianOf[target].AddTo(medians.AsSpan(draw, DrawLanes.Count), counts);
            }
        }

        return (errors, Array.ConvertAll(medians, sum => sum / targets), once[0] / targets);
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
