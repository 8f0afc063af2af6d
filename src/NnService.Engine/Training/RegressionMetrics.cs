namespace NnService.Engine.Training;

/// <summary>How close predicted numbers are, in the targets' own units; several outputs give the mean of their figures.</summary>
/// <param name="RootMeanSquaredError">√ of the mean squared error.</param>
/// <param name="MeanAbsoluteError">Mean of |error|.</param>
/// <param name="R2">1 − Σ error² / Σ (target − mean)², the mean over the outputs where it is defined; null where every target is constant.</param>
/// <param name="MedianAbsoluteError">Median of |error|.</param>
/// <param name="MeanAbsolutePercentageError">Mean of |error / target|, as a share: 0.1 is 10 %; null where a target is 0.</param>
/// <param name="PerOutput">The figures by target; null where there is one target.</param>
public sealed record RegressionMetrics(
    double RootMeanSquaredError,
    double MeanAbsoluteError,
    double? R2,
    double MedianAbsoluteError,
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
            throw new ArgumentException($"{predicted.Length} predictions and {actual.Length} values are not rows of {targets.Count} targets, at least one row.");
        if (targets.Count == 1)
            return OfOne(predicted, actual, 0, 1);
        var perOutput = new Dictionary<string, RegressionMetrics>(StringComparer.Ordinal);
        for (int i = 0; i < targets.Count; i++)
            perOutput.Add(targets[i], OfOne(predicted, actual, i, targets.Count));
        return new RegressionMetrics(
            perOutput.Values.Average(output => output.RootMeanSquaredError),
            perOutput.Values.Average(output => output.MeanAbsoluteError),
            perOutput.Values.Average(output => output.R2),
            perOutput.Values.Average(output => output.MedianAbsoluteError),
            perOutput.Values.All(output => output.MeanAbsolutePercentageError is not null) ? perOutput.Values.Average(output => output.MeanAbsolutePercentageError) : null,
            perOutput);
    }

    /// <summary>95 % bootstrap intervals by the metrics' names on the wire; a metric that is undefined is left out.</summary>
    /// <param name="predicted">[rows, targets]</param>
    /// <param name="actual">[rows, targets]</param>
    /// <param name="targets">Names of the targets.</param>
    /// <param name="seed">Seed of the draws.</param>
    public static IReadOnlyDictionary<string, double[]> IntervalsOf(
        ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, IReadOnlyList<string> targets, ulong seed)
    {
        RegressionMetrics of = Of(predicted, actual, targets);
        double[] estimates =
        [
            of.RootMeanSquaredError, of.MeanAbsoluteError, of.R2 ?? double.NaN, of.MedianAbsoluteError, of.MeanAbsolutePercentageError ?? double.NaN,
        ];
        int allRows = actual.Length / targets.Count;
        int[] rows = Bootstrap.RowsToDrawFrom(allRows, 3 * targets.Count, seed);
        return Bootstrap.Intervals(new ResampledRegression(predicted, actual, targets.Count, rows), allRows, estimates, seed);
    }

    private static RegressionMetrics OfOne(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int output, int outputs)
    {
        int rows = actual.Length / outputs;
        double mean = 0;
        bool isConstant = true;
        for (int row = 0; row < rows; row++)
        {
            double target = actual[row * outputs + output];
            isConstant &= target == actual[output];
            mean += target;
        }

        mean /= rows;
        var absolute = new double[rows];
        double squares = 0;
        double sum = 0;
        double spread = 0;
        double shares = 0;
        for (int row = 0; row < rows; row++)
        {
            double target = actual[row * outputs + output];
            double error = predicted[row * outputs + output] - target;
            absolute[row] = Math.Abs(error);
            sum += absolute[row];
            squares += error * error;
            shares += absolute[row] / Math.Abs(target);
            spread += (target - mean) * (target - mean);
        }

        Array.Sort(absolute);
        double median = (absolute[(rows - 1) / 2] + absolute[rows / 2]) / 2;
        return new RegressionMetrics(Math.Sqrt(squares / rows), sum / rows, isConstant || spread == 0 ? null : 1 - squares / spread, median, double.IsFinite(shares) ? shares / rows : null);
    }
}
