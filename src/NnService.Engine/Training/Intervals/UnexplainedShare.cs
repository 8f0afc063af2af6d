namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 1 − R², the quotient of the squared errors and the squared deviations of the targets: its interval is that of its square root by the bootstrap-t
/// (<see cref="Studentized"/>). Where errors may be larger than those found, so may the targets, which are the answers and the errors.
/// </summary>
internal sealed class UnexplainedShare
{
    private readonly double[] _squares; // of the errors, about 1
    private readonly double[] _deviations; // of the targets from the mean of all rows, about 1
    private readonly int _unit; // of the root of the quotient
    private readonly (double Value, double Error) _found;
    private readonly Studentized _draws = new();

    /// <param name="errors">[rows] about 1.</param>
    /// <param name="errorUnit">They are in units of 2^errorUnit.</param>
    /// <param name="targets">[rows]</param>
    public UnexplainedShare(double[] errors, int errorUnit, double[] targets)
    {
        var (deviations, unit) = Magnitude.Differences(targets, Magnitude.Mean(targets));
        var exponent = Magnitude.Exponent(deviations);
        _squares = Array.ConvertAll(errors, error => error * error);
        (_deviations, _unit) = (Magnitude.Scaled(deviations, exponent), errorUnit - unit - exponent);
        var once = new ushort[targets.Length];
        Array.Fill(once, (ushort)1);
        _found = RootOf(Sum(once), targets.Length);
    }

    /// <summary>Takes a draw.</summary>
    /// <param name="draw">Its number.</param>
    /// <param name="counts">[rows] how often each is in it.</param>
    public void Add(int draw, ReadOnlySpan<ushort> counts) => _draws.Add(draw, RootOf(Sum(counts), counts.Length), _found.Value);

    /// <summary>How far R² reaches below and above the one found; null where it is undefined, or the draws are all alike.</summary>
    /// <param name="mostTimes">How many times as large as was found the root mean squared error may be.</param>
    public (double Below, double Above)? Reach(double mostTimes)
    {
        if (_draws.Around(_found, _squares.Length) is not var (low, high))
            return null;
        var (found, square) = (Square(_found.Value), mostTimes * mostTimes);
        var most = Math.Max(Square(high), square * found / (1 + (found * (square - 1))));
        return (most - found, found - Square(Math.Max(low, 0)));
    }

    /// <summary>[rows] what each row adds to R², but for a constant and a factor.</summary>
    public double[] Influences()
    {
        var mean = Magnitude.Mean(_deviations);
        var quotient = Magnitude.Mean(_squares) / _deviations.Average(deviation => (deviation - mean) * (deviation - mean));
        return [.. _squares.Zip(_deviations, (square, deviation) => (quotient * (deviation - mean) * (deviation - mean)) - square)];
    }

    private double Square(double root) => Math.ScaleB(root * root, 2 * _unit);

    // √(Σ e² / Σ v) with v = (d − mean d)²: a row moves the quotient q by (e² − q v) / mean v, and its root by that divided by 2√q.
    private static (double Value, double Error) RootOf(in Sums of, double rows)
    {
        var mean = of.Deviations / rows;
        var variance = (of.Deviations2 / rows) - (mean * mean);
        if (!(variance > 1e-12 * of.Deviations2 / rows))
            return (double.NaN, double.NaN);
        var quotient = of.Squares / rows / variance;
        var mixed = of.SquaresDeviations2 - (2 * mean * of.SquaresDeviations) + (mean * mean * of.Squares);
        var fourths = of.Deviations4 - (4 * mean * of.Deviations3) + (6 * mean * mean * of.Deviations2) - (3 * rows * mean * mean * mean * mean);
        var spread = (of.Fourths - (2 * quotient * mixed) + (quotient * quotient * fourths)) / rows;
        var root = Math.Sqrt(quotient);
        return (root, Math.Sqrt(Math.Max(spread, 0) / rows) / variance / (2 * root));
    }

    private Sums Sum(ReadOnlySpan<ushort> counts)
    {
        var sums = default(Sums);
        for (var row = 0; row < counts.Length; row++)
        {
            double count = counts[row];
            if (count == 0)
                continue;
            var (square, deviation) = (count * _squares[row], _deviations[row]);
            var deviation2 = deviation * deviation;
            sums.Squares += square;
            sums.Fourths += square * _squares[row];
            sums.Deviations += count * deviation;
            sums.Deviations2 += count * deviation2;
            sums.Deviations3 += count * deviation2 * deviation;
            sums.Deviations4 += count * deviation2 * deviation2;
            sums.SquaresDeviations += square * deviation;
            sums.SquaresDeviations2 += square * deviation2;
        }

        return sums;
    }

    private struct Sums
    {
        public double Squares;
        public double Fourths;
        public double Deviations;
        public double Deviations2;
        public double Deviations3;
        public double Deviations4;
        public double SquaresDeviations;
        public double SquaresDeviations2;
    }
}
