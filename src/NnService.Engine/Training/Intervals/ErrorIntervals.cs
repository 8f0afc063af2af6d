using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 95 % intervals of the figures of predicted numbers: by <see cref="StudentizedErrors"/> target by target, and for means over several targets put together as
/// standard errors of correlated figures are. The median has the plain quantiles of the draws, as all figures have where rows are few.
/// </summary>
internal static class ErrorIntervals
{
    private const int FewestRows = 10; // of fewer, draws have standard errors of all sizes
    private const int VisitsPerTarget = 6;

    private static readonly string[] s_names = ["rootMeanSquaredError", "meanAbsoluteError", "r2", "meanAbsolutePercentageError"];

    /// <summary>The intervals by the metrics' names on the wire; a metric that is undefined, or whose rows are too alike, is left out.</summary>
    /// <param name="predicted">[rows, targets]</param>
    /// <param name="actual">[rows, targets]</param>
    /// <param name="targets">Number of targets.</param>
    /// <param name="of">The figures.</param>
    /// <param name="seed">Seed of the draws.</param>
    internal static Dictionary<string, double[]> Of(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int targets, RegressionMetrics of, ulong seed)
    {
        double[] figures = [of.RootMeanSquaredError, of.MeanAbsoluteError, of.R2 ?? double.NaN, of.MeanAbsolutePercentageError ?? double.NaN];
        var allRows = actual.Length / targets;
        var rows = Bootstrap.RowsToDrawFrom(allRows, VisitsPerTarget * targets, seed);
        var intervals = Bootstrap.Intervals(
            new ResampledRegression(predicted, actual, targets, rows), allRows, [.. figures[..3], of.MedianAbsoluteError, figures[3]], seed);
        if (rows.Length < FewestRows)
            return intervals;
        var errors = Draw(predicted, actual, targets, rows, seed);
        var narrower = Math.Sqrt((double)rows.Length / allRows);
        for (var i = 0; i < figures.Length; i++)
            if (double.IsFinite(figures[i]) && Reach(errors, i) is { } reach)
            {
                var (least, most) = i == 2 ? (double.NegativeInfinity, 1.0) : (0.0, double.PositiveInfinity);
                var (low, high) = (Math.Max(figures[i] - (reach.Below * narrower), least), Math.Min(figures[i] + (reach.Above * narrower), most));
                if (Bootstrap.Around(figures[i], low, high) is { } interval)
                    intervals[s_names[i]] = interval;
            }

        return intervals;
    }

    private static StudentizedErrors[] Draw(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int targets, int[] rows, ulong seed)
    {
        var errors = new StudentizedErrors[targets];
        for (var target = 0; target < targets; target++)
        {
            var (answers, truths) = (new double[rows.Length], new double[rows.Length]);
            for (var i = 0; i < rows.Length; i++)
                (answers[i], truths[i]) = (predicted[(rows[i] * targets) + target], actual[(rows[i] * targets) + target]);
            errors[target] = new StudentizedErrors(answers, truths);
        }

        var (counts, words) = (new ushort[rows.Length], new uint[rows.Length]);
        for (var draw = 0; draw < Bootstrap.Resamples; draw++)
        {
            Bootstrap.Count(seed, draw, words, counts);
            for (var target = 0; target < targets; target++)
                errors[target].Add(draw, counts, new RandomStream(seed, RandomPurpose.Bootstrap, (uint)draw), (ulong)target << 32);
        }

        return errors;
    }

    // Of a mean over targets √Σ ρⱼₖ dⱼ dₖ / count with the reaches d and the correlations ρ of what the rows move, which is the deviation of Σ dₖ zₖ over them
    // (MOVER for correlated figures: Zou 2008). A target that is constant has no R², and the mean is over the others.
    private static (double Below, double Above)? Reach(StudentizedErrors[] errors, int figure)
    {
        if (errors.Length == 1)
            return errors[0].Reach(figure);
        var (below, above, count) = (Array.Empty<double>(), Array.Empty<double>(), 0);
        foreach (var one in errors)
        {
            if (one.Reach(figure) is not { } reach)
            {
                if (figure == 2)
                    continue;
                return null;
            }

            var influences = one.Influences(figure);
            (below, above) = (Plus(below, influences, reach.Below), Plus(above, influences, reach.Above));
            count++;
        }

        return count == 0 ? null : (Deviation(below) / count, Deviation(above) / count);
    }

    private static double[] Plus(double[] sums, double[] influences, double factor) =>
        sums.Length == 0 ? Array.ConvertAll(influences, influence => factor * influence) : [.. sums.Zip(influences, (sum, influence) => sum + (factor * influence))];

    private static double Deviation(double[] sums)
    {
        var exponent = Magnitude.Exponent(sums);
        return Math.ScaleB(Math.Sqrt(Magnitude.Scaled(sums, exponent).Average(sum => sum * sum)), exponent);
    }
}
