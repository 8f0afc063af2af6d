namespace NnService.Engine.Training.Intervals;

/// <summary>Predicted numbers, prepared for <see cref="Bootstrap"/>: the definitions are those of <see cref="RegressionMetrics"/>.</summary>
internal sealed class ResampledRegression : IResampled
{
    /// <summary>Names of the figures.</summary>
    internal static readonly string[] Figures = ["rootMeanSquaredError", "meanAbsoluteError", "r2", "medianAbsoluteError", "meanAbsolutePercentageError"];

    private readonly Output[] _outputs;
    private readonly double[] _own = new double[Figures.Length];

    /// <param name="predicted">[all rows, outputs]</param>
    /// <param name="actual">[all rows, outputs]</param>
    /// <param name="outputs">Number of targets.</param>
    /// <param name="rows">The rows to draw from.</param>
    /// <param name="weights">[all rows]; empty: every row weighs 1.</param>
    public ResampledRegression(ReadOnlySpan<double> predicted, ReadOnlySpan<double> actual, int outputs, int[] rows, ReadOnlySpan<double> weights = default)
    {
        Rows = rows.Length;
        _outputs = new Output[outputs];
        var own = Bootstrap.Weights(weights, rows);
        for (var k = 0; k < outputs; k++)
        {
            var (answers, targets) = (new double[Rows], new double[Rows]);
            for (var i = 0; i < Rows; i++)
                (answers[i], targets[i]) = (predicted[(rows[i] * outputs) + k], actual[(rows[i] * outputs) + k]);
            _outputs[k] = new Output(answers, targets, own);
        }
    }

    public int Rows { get; }

    public IReadOnlyList<string> Names => Figures;

    public void Compute(ReadOnlySpan<ushort> counts, Span<double> figures)
    {
        figures.Clear();
        var withR2 = 0;
        foreach (var output in _outputs)
        {
            output.Compute(counts, _own);
            for (var i = 0; i < Figures.Length; i++)
                figures[i] += i == 2 && double.IsNaN(_own[i]) ? 0 : _own[i];
            withR2 += double.IsNaN(_own[2]) ? 0 : 1;
        }

        for (var i = 0; i < Figures.Length; i++)
            figures[i] /= i == 2 ? withR2 : _outputs.Length; // 0 / 0 is NaN: undefined
    }

    /// <summary>One target: its errors, and the rows by rising error.</summary>
    private sealed class Output
    {
        private readonly double[] _absolute; // |error|, in units of 2^_unit
        private readonly double[] _errors; // the same, about 1
        private readonly double[] _deviations; // of the targets from the mean of all rows, which keeps the digits of the variance; about 1
        private readonly double[] _shares; // about 1
        private readonly double[] _weights;
        private readonly int[] _order;
        private readonly int _unit;
        private readonly int _errorUnit;
        private readonly int _deviationUnit;
        private readonly int _shareUnit;

        public Output(double[] answers, double[] targets, double[] weights)
        {
            _weights = weights;
            (var errors, _unit) = Magnitude.Differences(answers, targets);
            _absolute = Array.ConvertAll(errors, Math.Abs);
            var power = Magnitude.Exponent(_absolute);
            (_errors, _errorUnit) = (Magnitude.Scaled(_absolute, power), power + _unit);
            var (deviations, unit) = Magnitude.Differences(targets, Magnitude.Mean(targets));
            power = Magnitude.Exponent(deviations);
            (_deviations, _deviationUnit) = (Magnitude.Scaled(deviations, power), power + unit);
            double[] shares = [.. _absolute.Zip(targets, (error, target) => Math.ScaleB(error / Math.Abs(target), _unit))];
            _shareUnit = Magnitude.Exponent(shares);
            _shares = Magnitude.Scaled(shares, _shareUnit);
            _order = [.. Enumerable.Range(0, errors.Length)];
            Array.Sort((double[])_absolute.Clone(), _order);
        }

        public void Compute(ReadOnlySpan<ushort> counts, Span<double> figures)
        {
            double rows = 0, squares = 0, absolute = 0, shares = 0, sum = 0, spread = 0;
            for (var i = 0; i < counts.Length; i++)
            {
                var count = counts[i] * _weights[i];
                if (count == 0)
                    continue;
                rows += count;
                squares += count * _errors[i] * _errors[i];
                absolute += count * _errors[i];
                shares += count * _shares[i];
                sum += count * _deviations[i];
                spread += count * _deviations[i] * _deviations[i];
            }

            var variation = spread - (sum * sum / rows);
            figures[0] = Math.ScaleB(Math.Sqrt(squares / rows), _errorUnit);
            figures[1] = Math.ScaleB(absolute / rows, _errorUnit);
            figures[2] = variation > 1e-12 * spread ? 1 - Math.ScaleB(squares / variation, 2 * (_errorUnit - _deviationUnit)) : double.NaN;
            figures[3] = Math.ScaleB(MedianError(rows, counts), _unit);
            figures[4] = Math.ScaleB(shares / rows, _shareUnit);
        }

        // As RegressionMetrics has it.
        private double MedianError(double total, ReadOnlySpan<ushort> counts)
        {
            var (before, half, below) = (0.0, total / 2, double.NaN);
            foreach (var row in _order)
            {
                if (counts[row] == 0)
                    continue;
                if (before == half)
                    return Magnitude.Middle(below, _absolute[row]);
                before += counts[row] * _weights[row];
                below = _absolute[row];
                if (before > half)
                    return below;
            }

            return below;
        }
    }
}
