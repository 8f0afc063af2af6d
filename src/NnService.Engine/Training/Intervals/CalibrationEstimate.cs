using System.Runtime.CompilerServices;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// The expected calibration error Σ |confidence − accuracy| over bins of the top probability, weighted by rows (Guo et al. 2017, equation 3), less what chance
/// adds to it: an absolute value of a bin with few rows is above 0 where the bin is calibrated. As if all bins had the shape found and only the size were
/// unknown. Rows with weights add as much chance as their squares say; so the estimate is less than that of as many repeated rows.
/// </summary>
// x is what a bin adds, confidence less hits over all rows, and σ its standard error: x found is x true + N(0, σ²). The size s solves Σ E|N(s·x, σ²)| = Σ |x|.
internal sealed class CalibrationEstimate
{
    private const int Count = ClassificationMetrics.CalibrationBins;
    private const int Halvings = 40;
    private const int FirstDraw = 2 * Bootstrap.Resamples + 1; // behind those of rows and of confusion matrices
    private const int Tail = Bootstrap.Resamples / 40; // 2.5 % of the draws
    private const double SquareRootOfTwo = 1.4142135623730950488;
    private const double SquareRootOfTwoOverPi = 0.79788456080286535588;
    private const double Rounding = 1e-12;

    private readonly double[] _rows = new double[Count];
    private readonly double[] _rowsSquares = new double[Count]; // Σ w²
    private readonly double[] _hits = new double[Count];
    private readonly double[] _confidence = new double[Count];
    private double[]? _excess; // x
    private double[]? _errors; // σ

    /// <summary>Adds a row.</summary>
    /// <param name="confidence">Its top probability.</param>
    /// <param name="isHit">Whether the label of that is the actual one.</param>
    /// <param name="weight">Its weight.</param>
    internal void Add(double confidence, bool isHit, double weight)
    {
        var bin = ClassificationMetrics.BinOf(confidence);
        _rows[bin] += weight;
        _rowsSquares[bin] += weight * weight;
        _confidence[bin] += weight * confidence;
        _hits[bin] += isHit ? weight : 0;
    }

    /// <summary>The estimate, at least 0.</summary>
    internal double Estimate()
    {
        Settle();
        var found = Sum(_excess!);
        if (Expected(0) >= found - (Rounding * found))
            return 0;
        var (low, high) = (0.0, 1.0); // E|N(x, σ²)| is at least |x|
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (Expected(middle) < found)
                low = middle;
            else
                high = middle;
        }

        return (low + high) / 2 * found;
    }

    /// <summary>
    /// Its 95 % interval: the errors from which Σ |x| as found, or more of it, or less of it, is no more improbable than 2.5 %, by draws of all bins. Less
    /// than chance adds on average is luck, and counts as that.
    /// </summary>
    internal (double Low, double High) Interval(ulong seed)
    {
        Settle();
        var (excess, errors) = (_excess!, _errors!);
        var (found, spread) = (Sum(excess), Sum(errors));
        if (spread == 0)
            return (0, MostOfUniformBins());
        double[] shape = [.. found > 0 ? excess.Select(x => x / found) : errors.Select(error => error / spread)];
        var noise = Noise(errors, seed);
        // Of so large an error the draws are hardly ever as small as what was found.
        var most = found + (10 * spread);
        var (low, high) = (
            Limit(most, size => CountAbove(noise, shape, size, found) > Tail),
            Limit(most, size => CountAbove(noise, shape, size, Math.Max(found, Expected(0))) >= Bootstrap.Resamples - Tail));
        return (low, Math.Max(high, MostOfUniformBins()));
    }

    // Where all rows of a bin are hits, or all are misses, they do not show how far the others may be apart: as far as the interval of that share.
    private double MostOfUniformBins()
    {
        var (most, all) = (0.0, Sum(_rows));
        for (var bin = 0; bin < Count; bin++)
        {
            var rows = _rows[bin];
            if (rows == 0 || (_hits[bin] > 0 && _hits[bin] < rows))
                continue;
            var (low, high) = BinomialInterval.Of(_hits[bin] / rows, EffectiveRows.Of(rows, _rowsSquares[bin]));
            var confidence = _confidence[bin] / rows;
            most = Math.Max(most, Math.Max(Math.Abs(confidence - low), Math.Abs(confidence - high)) * rows / all);
        }

        return most;
    }

    private void Settle()
    {
        if (_excess is not null)
            return;
        var all = Sum(_rows);
        (_excess, _errors) = (new double[Count], new double[Count]);
        for (var bin = 0; bin < Count; bin++)
        {
            var rows = _rows[bin];
            if (rows == 0)
                continue;
            _excess[bin] = (_confidence[bin] - _hits[bin]) / all;
            var (squares, ofOne) = (_rowsSquares[bin], rows / _rowsSquares[bin]); // effective rows of a unit of weight
            // One more row, as the model is sure of it: a bin of a few hits may miss too.
            var share = ((_hits[bin] * ofOne) + (_confidence[bin] / rows)) / ((rows * ofOne) + 1);
            var apart = (_confidence[bin] - _hits[bin]) / rows;
            _errors[bin] = Math.Sqrt((squares * share * (1 - share)) + (squares * (1 - (rows / all)) * apart * apart)) / all;
        }
    }

    // Σ E|N(size·x, σ²)|, each m·erf(m / (σ√2)) + σ √(2/π) exp(−m² / 2σ²): the folded normal distribution (Leone, Nelson and Nottingham 1961).
    private double Expected(double size)
    {
        var sum = 0.0;
        for (var bin = 0; bin < Count; bin++)
        {
            var (mean, error) = (size * Math.Abs(_excess![bin]), _errors![bin]);
            if (error == 0)
                continue;
            var ratio = mean / (error * SquareRootOfTwo);
            sum += (mean * Transcendentals.Erf(ratio)) + (error * SquareRootOfTwoOverPi * Transcendentals.Exp(-ratio * ratio));
        }

        return sum;
    }

    private static double[] Noise(double[] errors, ulong seed)
    {
        var noise = new double[Bootstrap.Resamples * Count];
        for (var draw = 0; draw < Bootstrap.Resamples; draw++)
        {
            var chance = new RandomStream(seed, RandomPurpose.Bootstrap, (uint)(FirstDraw + draw));
            for (var bin = 0; bin < Count; bin++)
                noise[(draw * Count) + bin] = errors[bin] == 0 ? 0 : errors[bin] * chance.Normal((ulong)bin);
        }

        return noise;
    }

    // Draws of an error of a size that are at least what was found.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int CountAbove(double[] noise, double[] shape, double size, double found)
    {
        var count = 0;
        for (var draw = 0; draw < noise.Length; draw += Count)
        {
            var sum = 0.0;
            for (var bin = 0; bin < Count; bin++)
                sum += Math.Abs((size * shape[bin]) + noise[draw + bin]);
            count += sum >= found ? 1 : 0;
        }

        return count;
    }

    // The smallest size for which something holds that holds for all larger ones.
    private static double Limit(double most, Func<double, bool> holds)
    {
        if (holds(0))
            return 0;
        var (low, high) = (0.0, most);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            if (holds(middle))
                high = middle;
            else
                low = middle;
        }

        return high;
    }

    private static double Sum(double[] numbers)
    {
        var sum = 0.0;
        foreach (var number in numbers)
            sum += Math.Abs(number);
        return sum;
    }
}
