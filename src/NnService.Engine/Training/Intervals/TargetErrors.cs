using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>How far the figures of one target's errors reach: root mean squared error, mean absolute error, R², mean absolute percentage error.</summary>
internal sealed class TargetErrors
{
    /// <summary>Number of figures, which go by their places in the order above.</summary>
    internal const int Figures = 4;

    private readonly double[] _errors; // |error|, about 1
    private readonly double[] _squares;
    private readonly double[] _shares; // |error / target|, about 1
    private readonly PositiveMean _squared;
    private readonly PositiveMean _absolute;
    private readonly PositiveMean _relative;
    private readonly UnexplainedShare _unexplained;

    /// <param name="answers">[rows]</param>
    /// <param name="targets">[rows]</param>
    public TargetErrors(double[] answers, double[] targets)
    {
        var (differences, unit) = Magnitude.Differences(answers, targets);
        var exponent = Magnitude.Exponent(differences);
        var errorUnit = unit + exponent;
        _errors = Array.ConvertAll(Magnitude.Scaled(differences, exponent), Math.Abs);
        _squares = Array.ConvertAll(_errors, error => error * error);
        double[] shares = [.. _errors.Zip(targets, (error, target) => error / Math.Abs(target))];
        var shareExponent = Magnitude.Exponent(shares);
        _shares = Magnitude.Scaled(shares, shareExponent);
        _squared = new PositiveMean(_squares, 2 * errorUnit, withTail: true);
        _absolute = new PositiveMean(_errors, errorUnit, withTail: true);
        _relative = new PositiveMean(_shares, shareExponent + errorUnit, withTail: true);
        _unexplained = new UnexplainedShare(_errors, errorUnit, targets);
    }

    /// <summary>Takes a draw.</summary>
    /// <param name="draw">Its number.</param>
    /// <param name="counts">[rows] how often each is in it.</param>
    /// <param name="chance">Its random numbers.</param>
    /// <param name="target">Index of the target, which has numbers of its own.</param>
    public void Add(int draw, ReadOnlySpan<ushort> counts, RandomStream chance, int target)
    {
        ulong FirstOf(int figure) => (ulong)((target * Figures) + figure) << 32;
        _squared.Add(draw, counts, chance, FirstOf(0));
        _absolute.Add(draw, counts, chance, FirstOf(1));
        _unexplained.Add(draw, counts);
        _relative.Add(draw, counts, chance, FirstOf(3));
    }

    /// <summary>How far a figure reaches below and above the one found; null where it is undefined, or the draws are all alike.</summary>
    public (double Below, double Above)? Reach(int figure) => figure switch
    {
        0 => _squared.RootReach(),
        1 => _absolute.Reach(),
        2 => _squared.MostTimes() is { } times ? _unexplained.Reach(times) : null,
        _ => _relative.Reach(),
    };

    /// <summary>[rows] what each row moves a figure by, with mean 0 and standard deviation 1.</summary>
    public double[] Influences(int figure)
    {
        var influences = figure switch
        {
            0 => _squares,
            1 => _errors,
            2 => _unexplained.Influences(),
            _ => _shares,
        };
        return Standardized(influences);
    }

    /// <summary>[rows] numbers less their mean, over their standard deviation.</summary>
    internal static double[] Standardized(double[] numbers)
    {
        var mean = numbers.Average();
        var deviation = Math.Sqrt(numbers.Average(number => (number - mean) * (number - mean)));
        return Array.ConvertAll(numbers, number => deviation > 0 ? (number - mean) / deviation : 0);
    }
}
