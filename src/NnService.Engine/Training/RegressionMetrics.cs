using System.Text.Json.Serialization;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Training;

/// <summary>
/// How close predicted numbers are, in the targets' own units; several outputs give the mean of their figures (scikit-learn's <c>uniform_average</c>).
/// The definitions are those of its metrics.
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
    /// <summary>The metrics of at least one row.</summary>
    /// <param name="predicted">[rows, targets] finite predictions.</param>
    /// <param name="actual">[rows, targets] values of the targets.</param>
    /// <param name="targets">Names of the targets.</param>
    /// <exception cref="ArgumentException">There is no row, or the lengths do not fit.</exception>
    public static RegressionMetrics Of(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, IReadOnlyList<string> targets)
    {
        if (targets.Count == 0 || actual.IsEmpty || actual.Length % targets.Count != 0 || predicted.Length != actual.Length)
            throw new ArgumentException(
                $"{predicted.Length} predictions and {actual.Length} values are not rows of {targets.Count} targets, at least one row.");
        if (targets.Count == 1)
            return OfOne(predicted, actual, 0, 1);
        var perOutput = new Dictionary<string, RegressionMetrics>(StringComparer.Ordinal);
        for (int i = 0; i < targets.Count; i++)
            perOutput.Add(targets[i], OfOne(predicted, actual, i, targets.Count));
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
    public static IReadOnlyDictionary<string, double[]> IntervalsOf(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, IReadOnlyList<string> targets, ulong seed)
        => ErrorIntervals.Of(predicted, actual, targets.Count, Of(predicted, actual, targets), seed);

    private static RegressionMetrics OfOne(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int output, int outputs)
    {
        double[] targets = Column(actual, output, outputs);
        (double[] errors, int unit) = Magnitude.Differences(Column(predicted, output, outputs), targets);
        for (int row = 0; row < errors.Length; row++)
            errors[row] = Math.Abs(errors[row]);
        double mean = Magnitude.Mean(errors);
        (double squares, int exponent) = Magnitude.Squares(errors);
        double? r2 = R2Of(squares, exponent + unit, targets);
        double? share = ShareOf(errors, unit, targets);
        Array.Sort(errors);
        double median = Magnitude.Middle(errors[(errors.Length - 1) / 2], errors[errors.Length / 2]);
        return new RegressionMetrics(
            Math.ScaleB(Math.Sqrt(squares / errors.Length), exponent + unit), Math.ScaleB(mean, unit), r2, Math.ScaleB(median, unit), share);
    }

    // 1 − Σ error² / Σ (target − mean)², both sums in their own units
    private static double? R2Of(double squares, int exponent, double[] targets)
    {
        if (targets.AsSpan().IndexOfAnyExcept(targets[0]) < 0)
            return null;
        (double[] deviations, int unit) = Magnitude.Differences(targets, Magnitude.Mean(targets));
        (double spread, int spreadExponent) = Magnitude.Squares(deviations);
        double r2 = 1 - Math.ScaleB(squares / spread, 2 * (exponent - spreadExponent - unit));
        return double.IsFinite(r2) ? r2 : null;
    }

    private static double? ShareOf(double[] errors, int unit, double[] targets)
    {
        var shares = new double[errors.Length];
        for (int row = 0; row < shares.Length; row++)
        {
            shares[row] = Math.ScaleB(errors[row] / Math.Abs(targets[row]), unit);
            if (!double.IsFinite(shares[row]))
                return null;
        }

        return Magnitude.Mean(shares);
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
