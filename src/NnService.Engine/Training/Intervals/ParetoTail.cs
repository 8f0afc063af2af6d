using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// The largest of some squared errors as if they came from a Pareto distribution, so that errors larger than any found are drawn too: a bootstrap of the rows
/// alone knows no larger one, and with heavy tails the mean of the squares depends on just those (semi-parametric bootstrap: Cowell and Flachaire 2007).
/// </summary>
internal sealed class ParetoTail
{
    private const double Share = 0.1; // of the rows
    private const int Fewest = 3; // and as many more
    private const int Most = 500;
    private const double GreatestIndex = 0.87; // with 1 there is no mean

    private readonly int[] _rows;
    private readonly double _start; // all squares of the tail are larger
    private readonly double _index; // P(square > x) = (x / start)^(−1 / index)

    private ParetoTail(int[] rows, double start, double index) => (_rows, _start, _index) = (rows, start, index);

    /// <summary>The rows of the tail.</summary>
    public ReadOnlySpan<int> Rows => _rows;

    /// <summary>The mean of the distribution.</summary>
    public double Mean => _start / (1 - _index);

    /// <summary>The tail of squares; null where there are too few of them above 0.</summary>
    public static ParetoTail? Of(double[] squares)
    {
        var count = Math.Min((int)(Share * squares.Length) + Fewest, Most);
        int[] order = [.. Enumerable.Range(0, squares.Length)];
        Array.Sort((double[])squares.Clone(), order);
        if (count > squares.Length - 2 || squares[order[^(count + 1)]] <= 0)
            return null;
        var start = squares[order[^(count + 1)]];
        var logs = 0.0;
        foreach (var row in order.AsSpan()[^count..])
            logs += Transcendentals.Log(squares[row] / start);
        var index = Math.Min(logs / (count - 1), GreatestIndex); // Hill 1975, divided so that its inverse has no bias
        return index > 0 ? new ParetoTail(order[^count..], start, index) : null;
    }

    /// <summary>[lanes] squares drawn from the distribution.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public Vector512<double> Draw(RandomLanes chance, Vector512<ulong> index) => Vector512.Create(_start)
        * Transcendentals.Exp(Vector512.Create(-_index) * Transcendentals.Log(Vector512<double>.One - chance.Uniform(index))); // of 1 − u, which is never 0
}
