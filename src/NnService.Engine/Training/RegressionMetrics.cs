using System.Text.Json.Serialization;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Training;

/// <summary>
/// How close predicted numbers are, in the targets' own units; several outputs give the mean of their figures (scikit-learn's <c>uniform_average</c>).
/// The definitions are those of its metrics. Rows that have weights count by those.
/// </summary>
/// <param name="RootMeanSquaredError">
/// √ of the mean squared error (<c>root_mean_squared_error</c>); infinity where it is above 1.8e308, which JSON has as null.
/// </param>
/// <param name="MeanAbsoluteError">Mean of |error| (<c>mean_absolute_error</c>); infinity as above.</param>
/// <param name="R2">
/// 1 − Σ error² / Σ (target − mean)² (<c>r2_score</c>), the mean over the outputs where it is defined; null where every target is constant, and below −1.8e308.
/// </param>
/// <param name="MedianAbsoluteError">Median of |error| (<c>median_absolute_error</c>); infinity as above.</param>
/// <param name="MeanAbsolutePercentageError">
/// Mean of |error / target|, as a share: 0.1 is 10 % (<c>mean_absolute_percentage_error</c>); null where a target is 0, and above 1.8e308.
/// </param>
/// <param name="PerOutput">The figures by target; null where there is one target.</param>
public sealed record RegressionMetrics(
    [property: JsonConverter(typeof(FiniteOrNullConverter))] double RootMeanSquaredError,
    [property: JsonConverter(typeof(FiniteOrNullConverter))] double MeanAbsoluteError,
    double? R2,
    [property: JsonConverter(typeof(FiniteOrNullConverter))] double MedianAbsoluteError,
    double? MeanAbsolutePercentageError,
    IReadOnlyDictionary<string, RegressionMetrics>? PerOutput = null)
{
    /// <summary>What rounding may leave of the difference between two sums of weights, as a share: three rows of 0.1 weigh as much as 0.3.</summary>
    internal const double MedianSlack = 1e-12;

    /// <summary>The metrics of at least one row.</summary>
    /// <param name="predicted">[rows, targets] finite predictions.</param>
    /// <param name="actual">[rows, targets] values of the targets.</param>
    /// <param name="targets">Names of the targets.</param>
    /// <param name="weights">[rows] above 0; empty: every row weighs 1.</param>
    /// <exception cref="ArgumentException">There is no row, or the lengths do not fit.</exception>
    public static RegressionMetrics Of(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, IReadOnlyList<string> targets, ReadOnlySpan<double> weights = default)
    {
        if (targets.Count == 0 || actual.IsEmpty || actual.Length % targets.Count != 0 || predicted.Length != actual.Length)
            throw new ArgumentException(
                $"{predicted.Length} predictions and {actual.Length} values are not rows of {targets.Count} targets, at least one row.");
        if (weights.Length != 0 && weights.Length != actual.Length / targets.Count)
            throw new ArgumentException($"{weights.Length} weights are not those of {actual.Length / targets.Count} rows.");
        if (targets.Count == 1)
            return OfOne(predicted, actual, 0, 1, weights);
        var perOutput = new Dictionary<string, RegressionMetrics>(StringComparer.Ordinal);
        for (int i = 0; i < targets.Count; i++)
            perOutput.Add(targets[i], OfOne(predicted, actual, i, targets.Count, weights));
        return new RegressionMetrics(
            Magnitude.Mean([.. perOutput.Values.Select(output => output.RootMeanSquaredError)]),
            Magnitude.Mean([.. perOutput.Values.Select(output => output.MeanAbsoluteError)]),
            MeanOf(perOutput.Values.Select(output => output.R2)),
            Magnitude.Mean([.. perOutput.Values.Select(output => output.MedianAbsoluteError)]),
            perOutput.Values.All(output => output.MeanAbsolutePercentageError is not null)
                ? MeanOf(perOutput.Values.Select(output => output.MeanAbsolutePercentageError))
                : null,
            perOutput);
    }

    /// <summary>
    /// 95 % intervals by the metrics' names on the wire (<see cref="ErrorIntervals"/>); a metric that is undefined is left out, and one whose rows are too few
    /// or too alike to tell.
    /// </summary>
    /// <param name="predicted">[rows, targets]</param>
    /// <param name="actual">[rows, targets]</param>
    /// <param name="targets">Names of the targets.</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="weights">[rows] above 0; empty: every row weighs 1.</param>
    public static IReadOnlyDictionary<string, double[]> IntervalsOf(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, IReadOnlyList<string> targets, ulong seed, ReadOnlySpan<double> weights = default)
        => ErrorIntervals.Of(predicted, actual, targets.Count, Of(predicted, actual, targets, weights), seed, weights);

    private static RegressionMetrics OfOne(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int output, int outputs, ReadOnlySpan<double> weights)
    {
        double[] targets = Column(actual, output, outputs);
        (double[] errors, int unit) = Magnitude.Differences(Column(predicted, output, outputs), targets);
        for (int row = 0; row < errors.Length; row++)
            errors[row] = Math.Abs(errors[row]);
        double mean = Magnitude.Mean(errors, weights);
        (double squares, int exponent) = Magnitude.Squares(errors, weights);
        double? r2 = R2Of(squares, exponent + unit, targets, weights);
        double? share = ShareOf(errors, unit, targets, weights);
        double median = MedianOf(errors, weights);
        return new RegressionMetrics(
            Math.ScaleB(Math.Sqrt(squares / Magnitude.Total(weights, errors.Length)), exponent + unit),
            Math.ScaleB(mean, unit),
            r2,
            Math.ScaleB(median, unit),
            share);
    }

    // Where half of the weight lies below and half above; between two errors where that is so from one to the other. Changes their order.
    private static double MedianOf(double[] errors, ReadOnlySpan<double> weights)
    {
        if (weights.IsEmpty)
        {
            double lower = OrderStatistic.At(errors, (errors.Length - 1) / 2);
            return Magnitude.Middle(lower, errors.Length % 2 == 1 ? lower : OrderStatistic.At(errors, errors.Length / 2));
        }

        double[] sorted = weights.ToArray();
        Array.Sort(errors, sorted);
        double half = Magnitude.Total(sorted, 0) / 2;
        int below = 0;
        double before = sorted[0];
        while (before < half * (1 - MedianSlack) && below + 1 < sorted.Length)
            before += sorted[++below];
        return Magnitude.Middle(errors[below], errors[before > half * (1 + MedianSlack) ? below : Math.Min(below + 1, errors.Length - 1)]);
    }

    // 1 − Σ error² / Σ (target − mean)², both sums in their own units
    private static double? R2Of(double squares, int exponent, double[] targets, ReadOnlySpan<double> weights)
    {
        if (targets.AsSpan().IndexOfAnyExcept(targets[0]) < 0)
            return null;
        (double[] deviations, int unit) = Magnitude.Differences(targets, Magnitude.Mean(targets, weights));
        (double spread, int spreadExponent) = Magnitude.Squares(deviations, weights);
        double r2 = 1 - Math.ScaleB(squares / spread, 2 * (exponent - spreadExponent - unit));
        return double.IsFinite(r2) ? r2 : null;
    }

    private static double? ShareOf(double[] errors, int unit, double[] targets, ReadOnlySpan<double> weights)
    {
        var shares = new double[errors.Length];
        for (int row = 0; row < shares.Length; row++)
        {
            shares[row] = Math.ScaleB(errors[row] / Math.Abs(targets[row]), unit);
            if (!double.IsFinite(shares[row]))
                return null;
        }

        return Magnitude.Mean(shares, weights);
    }

    private static double[] Column(ReadOnlySpan<double> values, int column, int columns)
    {
        var numbers = new double[values.Length / columns];
        for (int row = 0; row < numbers.Length; row++)
            numbers[row] = values[row * columns + column];
        return numbers;
    }

    // Of those that are defined; null where none is.
    private static double? MeanOf(IEnumerable<double?> figures)
        => figures.OfType<double>().ToArray() is { Length: > 0 } defined ? Magnitude.Mean(defined) : null;
}
