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

    /// <summary>What the tail adds to Σ squares on average, a row drawn as often as it stands in the sample.</summary>
    public double ExpectedSum => _rows.Length * _start / (1 - _index);

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

    /// <summary>Σ count · square and Σ count · square² of the tail's rows.</summary>
    public (double Sum, double Squares) Found(ReadOnlySpan<ushort> counts, double[] squares)
    {
        double sum = 0, ofSquares = 0;
        foreach (var row in _rows)
            (sum, ofSquares) = (sum + (counts[row] * squares[row]), ofSquares + (counts[row] * squares[row] * squares[row]));
        return (sum, ofSquares);
    }

    /// <summary>The same with as many squares drawn from the distribution as rows of the tail were.</summary>
    public (double Sum, double Squares) Drawn(ReadOnlySpan<ushort> counts, RandomStream chance, ulong firstIndex)
    {
        var drawn = 0;
        foreach (var row in _rows)
            drawn += counts[row];
        double sum = 0, ofSquares = 0;
        for (var i = 0; i < drawn; i++)
        {
            var square = _start * Transcendentals.Exp(-_index * Transcendentals.Log(1 - chance.Uniform(firstIndex + (ulong)i))); // of 1 − u, which is never 0
            (sum, ofSquares) = (sum + square, ofSquares + (square * square));
        }

        return (sum, ofSquares);
    }
}
