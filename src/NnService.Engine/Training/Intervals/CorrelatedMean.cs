using System.Runtime.CompilerServices;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// How far a mean of several figures of the same rows reaches: √Σ ρⱼₖ dⱼ dₖ over their number, with the reach d of each and the correlations ρ of what the rows
/// move (MOVER for figures that depend on each other: Zou 2008). That is the deviation of Σ dₖ zₖ over the rows, zₖ what a row moves, standardized. A figure
/// that no row moves, as where all are perfect, counts as independent of the others.
/// </summary>
/// <param name="rows">Number of rows.</param>
internal sealed class CorrelatedMean(int rows)
{
    private readonly double[] _below = new double[rows];
    private readonly double[] _above = new double[rows];
    private (double Below, double Above) _alone; // squares
    private (double Below, double Above) _first;
    private int _count;

    /// <summary>Adds a figure.</summary>
    /// <param name="reach">How far it reaches.</param>
    /// <param name="influences">[rows] with mean 0 and standard deviation 1, or all 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add((double Below, double Above) reach, ReadOnlySpan<double> influences)
    {
        if (!influences.ContainsAnyExcept(0))
            _alone = (_alone.Below + (reach.Below * reach.Below), _alone.Above + (reach.Above * reach.Above));
        for (var row = 0; row < influences.Length; row++)
        {
            _below[row] += reach.Below * influences[row];
            _above[row] += reach.Above * influences[row];
        }

        _first = _count++ == 0 ? reach : default;
    }

    /// <summary>How far the mean reaches; null where nothing was added.</summary>
    public (double Below, double Above)? Reach => _count switch
    {
        0 => null,
        1 => _first,
        _ => (Deviation(_below, _alone.Below) / _count, Deviation(_above, _alone.Above) / _count),
    };

    private static double Deviation(double[] sums, double alone)
    {
        var exponent = Magnitude.Exponent(sums);
        return Math.ScaleB(Math.Sqrt(Magnitude.Scaled(sums, exponent).Average(sum => sum * sum) + Math.ScaleB(alone, -2 * exponent)), exponent);
    }
}
