using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// How far the figures of one target reach, by the bootstrap-t (Efron and Tibshirani 1993, section 12.5): each draw's figure less the one found, in standard errors
/// of the draw. The plain quantiles end too low where errors are skewed, as squares are. The root mean squared error and √(1 − R²) are taken as they are and not
/// their squares, and the first also allows for larger errors than were found (<see cref="ParetoTail"/>).
/// </summary>
internal sealed class StudentizedErrors
{
    /// <summary>Root mean squared error, mean absolute error, R², mean absolute percentage error.</summary>
    internal const int Figures = 4;

    private const int Tail = Figures; // the root mean squared error with a Pareto tail
    private const double Probability = 0.025;
    private const double Rounding = 1e-9; // of a figure: a smaller standard error is none
    private const double MostErrors = 6; // times the limit of Student's t: draws of a few different rows have hardly any standard error

    private readonly double[] _errors; // |error|, about 1
    private readonly double[] _squares;
    private readonly double[] _deviations; // of the targets from the mean of all rows, about 1
    private readonly double[] _shares; // |error / target|, about 1
    private readonly int _errorUnit;
    private readonly int _deviationUnit;
    private readonly int _shareUnit;
    private readonly ParetoTail? _tail;
    private readonly Scale[] _found = new Scale[Figures + 1];
    private readonly Scale[] _drawn = new Scale[Figures + 1];
    private readonly double[][] _distances = new double[Figures + 1][]; // of the draws, in standard errors; NaN where undefined
    private readonly double _tailRoot; // of the mean of squares that the draws with a tail are drawn from

    /// <param name="answers">[rows]</param>
    /// <param name="targets">[rows]</param>
    public StudentizedErrors(double[] answers, double[] targets)
    {
        var (errors, unit) = Magnitude.Differences(answers, targets);
        errors = Array.ConvertAll(errors, Math.Abs);
        var power = Magnitude.Exponent(errors);
        (_errors, _errorUnit) = (Magnitude.Scaled(errors, power), power + unit);
        _squares = Array.ConvertAll(_errors, error => error * error);
        var (deviations, deviationUnit) = Magnitude.Differences(targets, Magnitude.Mean(targets));
        power = Magnitude.Exponent(deviations);
        (_deviations, _deviationUnit) = (Magnitude.Scaled(deviations, power), power + deviationUnit);
        double[] shares = [.. errors.Zip(targets, (error, target) => Math.ScaleB(error / Math.Abs(target), unit))];
        _shareUnit = Magnitude.Exponent(shares);
        _shares = Magnitude.Scaled(shares, _shareUnit);
        _tail = ParetoTail.Of(_squares);
        var once = new ushort[errors.Length];
        Array.Fill(once, (ushort)1);
        var sums = Sum(once);
        Compute(sums, _found);
        if (_tail is not null)
            _tailRoot = Math.Sqrt((sums.Squares - _tail.Found(once, _squares).Sum + _tail.ExpectedSum) / errors.Length);
        for (var i = 0; i < _distances.Length; i++)
            _distances[i] = new double[Bootstrap.Resamples];
    }

    /// <summary>Takes a draw.</summary>
    /// <param name="draw">Its number.</param>
    /// <param name="counts">[rows] how often each is in it.</param>
    /// <param name="chance">Its random numbers.</param>
    /// <param name="firstIndex">The first of them that is free.</param>
    public void Add(int draw, ReadOnlySpan<ushort> counts, RandomStream chance, ulong firstIndex)
    {
        var sums = Sum(counts);
        Compute(sums, _drawn);
        if (_tail is not null)
        {
            var (found, drawn) = (_tail.Found(counts, _squares), _tail.Drawn(counts, chance, firstIndex));
            _drawn[Tail] = RootOf(sums.Squares - found.Sum + drawn.Sum, sums.Fourths - found.Squares + drawn.Squares, sums.Rows);
        }

        for (var i = 0; i < _distances.Length; i++)
        {
            var from = i == Tail ? _tailRoot : _found[i].Figure;
            _distances[i][draw] = _drawn[i].IsDefined ? (_drawn[i].Figure - from) / _drawn[i].Error : double.NaN;
        }
    }

    /// <summary>How far a figure reaches below and above the one found, in its own units; null where that is undefined or the draws are all alike.</summary>
    public (double Below, double Above)? Reach(int figure)
    {
        if (!_found[figure].IsDefined || Limits(_distances[figure]) is not { } limits)
            return null;
        var (low, high) = (_found[figure].Figure - (limits.High * _found[figure].Error), _found[figure].Figure - (limits.Low * _found[figure].Error));
        if (figure == 0 && _tail is not null && Limits(_distances[Tail]) is { } ofTail)
            high = Math.Max(high, _found[0].Figure - (ofTail.Low * _found[0].Error));
        var found = InUnits(figure, _found[figure].Figure);
        var (one, other) = (InUnits(figure, Math.Max(low, 0)), InUnits(figure, high));
        return (found - Math.Min(one, other), Math.Max(one, other) - found); // R² falls where √(1 − R²) rises
    }

    /// <summary>[rows] what each row moves a figure by, with mean 0 and standard deviation 1.</summary>
    public double[] Influences(int figure)
    {
        var (squares, mean) = (Magnitude.Mean(_squares), Magnitude.Mean(_deviations));
        var ratio = squares / _deviations.Average(deviation => (deviation - mean) * (deviation - mean));
        double[] influences = figure switch
        {
            0 => (double[])_squares.Clone(),
            1 => (double[])_errors.Clone(),
            2 => [.. _squares.Zip(_deviations, (square, deviation) => (ratio * (deviation - mean) * (deviation - mean)) - square)],
            _ => (double[])_shares.Clone(),
        };
        var middle = influences.Average();
        var spread = Math.Sqrt(influences.Average(influence => (influence - middle) * (influence - middle)));
        return Array.ConvertAll(influences, influence => (influence - middle) / spread);
    }

    // The middle 95 % of the draws, no further out than so many standard errors.
    private (double Low, double High)? Limits(double[] distances)
    {
        double[] defined = [.. distances.Where(double.IsFinite).Order()];
        if (defined.Length < Bootstrap.Resamples / 2)
            return null;
        var most = MostErrors * NormalTail.StudentT(_errors.Length - 1);
        return (Math.Max(Bootstrap.Quantile(defined, Probability), -most), Math.Min(Bootstrap.Quantile(defined, 1 - Probability), most));
    }

    private double InUnits(int figure, double number) => figure switch
    {
        2 => 1 - Math.ScaleB(number * number, 2 * (_errorUnit - _deviationUnit)),
        3 => Math.ScaleB(number, _shareUnit),
        _ => Math.ScaleB(number, _errorUnit),
    };

    private static void Compute(in Sums sums, Span<Scale> figures)
    {
        var rows = sums.Rows;
        figures[0] = RootOf(sums.Squares, sums.Fourths, rows);
        figures[1] = MeanOf(sums.Errors, sums.Squares, rows);
        figures[2] = RatioOf(sums);
        figures[3] = MeanOf(sums.Shares, sums.ShareSquares, rows);
    }

    private static Scale MeanOf(double sum, double squares, double rows)
    {
        var mean = sum / rows;
        return new Scale(mean, Math.Sqrt(Math.Max((squares / rows) - (mean * mean), 0) / rows));
    }

    // √x has the standard error of x divided by 2√x.
    private static Scale RootOf(double squares, double fourths, double rows)
    {
        var (mean, error) = MeanOf(squares, fourths, rows);
        return new Scale(Math.Sqrt(mean), error / (2 * Math.Sqrt(mean)));
    }

    // √(Σ e² / Σ v) with v = (d − mean d)²: a row moves the quotient r by (e² − r v) / mean v.
    private static Scale RatioOf(in Sums of)
    {
        var (rows, mean) = (of.Rows, of.Deviations / of.Rows);
        var variance = (of.Deviations2 / rows) - (mean * mean);
        if (!(variance > 1e-12 * of.Deviations2 / rows))
            return new Scale(double.NaN, double.NaN);
        var ratio = of.Squares / rows / variance;
        var mixed = of.SquaresDeviations2 - (2 * mean * of.SquaresDeviations) + (mean * mean * of.Squares);
        var fourths = of.Deviations4 - (4 * mean * of.Deviations3) + (6 * mean * mean * of.Deviations2) - (3 * rows * mean * mean * mean * mean);
        var spread = (of.Fourths - (2 * ratio * mixed) + (ratio * ratio * fourths)) / rows;
        var root = Math.Sqrt(ratio);
        return new Scale(root, Math.Sqrt(Math.Max(spread, 0) / rows) / variance / (2 * root));
    }

    private Sums Sum(ReadOnlySpan<ushort> counts)
    {
        var sums = default(Sums);
        for (var row = 0; row < counts.Length; row++)
        {
            double count = counts[row];
            if (count == 0)
                continue;
            var (error, square, deviation, share) = (count * _errors[row], count * _squares[row], _deviations[row], _shares[row]);
            var deviation2 = deviation * deviation;
            sums.Rows += count;
            sums.Errors += error;
            sums.Squares += square;
            sums.Fourths += square * _squares[row];
            sums.Shares += count * share;
            sums.ShareSquares += count * share * share;
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
        public double Rows;
        public double Errors;
        public double Squares;
        public double Fourths;
        public double Shares;
        public double ShareSquares;
        public double Deviations;
        public double Deviations2;
        public double Deviations3;
        public double Deviations4;
        public double SquaresDeviations;
        public double SquaresDeviations2;
    }

    private readonly record struct Scale(double Figure, double Error)
    {
        public bool IsDefined => double.IsFinite(Figure) && Error > Rounding * Figure;
    }
}
