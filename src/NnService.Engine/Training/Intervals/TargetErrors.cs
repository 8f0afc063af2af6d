using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>How far the figures of one target's errors reach: root mean squared error, mean absolute error, R², mean absolute percentage error.</summary>
internal sealed class TargetErrors
{
    private readonly PositiveMean _squared;
    private readonly PositiveMean _absolute;
    private readonly PositiveMean _relative;
    private readonly UnexplainedShare _unexplained;

    /// <param name="answers">[rows]</param>
    /// <param name="targets">[rows]</param>
    /// <param name="weights">[rows]</param>
    public TargetErrors(double[] answers, double[] targets, double[] weights)
    {
        var (differences, unit) = Magnitude.Differences(answers, targets);
        var exponent = Magnitude.Exponent(differences);
        var errorUnit = unit + exponent;
        var errors = Array.ConvertAll(Magnitude.Scaled(differences, exponent), Math.Abs); // about 1
        double[] shares = [.. errors.Zip(targets, (error, target) => error / Math.Abs(target))];
        _squared = new PositiveMean(Array.ConvertAll(errors, error => error * error), 2 * errorUnit, weights, withTail: true);
        _absolute = new PositiveMean(errors, errorUnit, weights);
        _relative = new PositiveMean(shares, errorUnit, weights);
        _unexplained = new UnexplainedShare(errors, errorUnit, targets, weights);
    }

    /// <summary>Takes draws.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="counts">How often each row is in them.</param>
    /// <param name="chance">Random numbers of each of the draws and of this target alone.</param>
    public void Add(int first, DrawLanes counts, RandomLanes chance)
    {
        _squared.Add(first, counts, chance);
        _absolute.Add(first, counts, chance);
        _unexplained.Add(first, counts);
        _relative.Add(first, counts, chance);
    }

    /// <summary>How far a figure reaches below and above the one found; null where it is undefined, or the draws are all alike.</summary>
    /// <param name="figure">Its place in the order above.</param>
    public (double Below, double Above)? Reach(int figure) => figure switch
    {
        0 => _squared.RootReach(),
        1 => _absolute.Reach(),
        2 => _squared.MostTimes() is { } times ? _unexplained.Reach(times) : null,
        _ => _relative.Reach(),
    };

    /// <summary>[rows] what each row moves a figure by, with mean 0 and standard deviation 1.</summary>
    /// <param name="figure">Its place in the order above.</param>
    public double[] Influences(int figure) => Standardized(figure switch
    {
        0 => _squared.Moves(),
        1 => _absolute.Moves(),
        2 => _unexplained.Moves(),
        _ => _relative.Moves(),
    });

    /// <summary>[rows] numbers less their mean, over their standard deviation.</summary>
    internal static double[] Standardized(double[] numbers)
    {
        var mean = numbers.Average();
        var deviation = Math.Sqrt(numbers.Average(number => (number - mean) * (number - mean)));
        return Array.ConvertAll(numbers, number => deviation > 0 ? (number - mean) / deviation : 0);
    }
}
