namespace NnService.Engine.Training.Intervals;

/// <summary>
/// The mean of a figure of each row that is never below 0: a loss, an error without its sign or squared. Its interval is that of its square root by the
/// bootstrap-t (<see cref="Studentized"/>).
/// </summary>
internal sealed class PositiveMean
{
    private readonly double[] _values; // about 1
    private readonly double[] _weights;
    private readonly int _unit;
    private readonly (double Value, double Error) _found;
    private readonly Studentized _draws = new();

    /// <param name="values">[rows] in units of 2^unit.</param>
    /// <param name="unit">Of the values.</param>
    /// <param name="weights">[rows]</param>
    public PositiveMean(double[] values, int unit, double[] weights)
    {
        var exponent = Magnitude.Exponent(values) & ~1; // even, so that the root has a unit too
        (_values, _weights, _unit) = (Magnitude.Scaled(values, exponent), weights, unit + exponent);
        _found = Root(Bootstrap.Once(values.Length));
    }

    /// <summary>Takes a draw.</summary>
    /// <param name="draw">Its number.</param>
    /// <param name="counts">[rows] how often each is in it.</param>
    public void Add(int draw, ReadOnlySpan<ushort> counts) => _draws.Add(draw, Root(counts), _found.Value);

    /// <summary>How far the mean reaches below and above the one found; null where the draws are all alike.</summary>
    public (double Below, double Above)? Reach() =>
        Roots() is { } roots ? (Square(_found.Value) - Square(roots.Low), Square(roots.High) - Square(_found.Value)) : null;

    /// <summary>How far its root does, the unit of the values being an even power of two.</summary>
    public (double Below, double Above)? RootReach() =>
        Roots() is { } roots ? (Math.ScaleB(_found.Value - roots.Low, _unit / 2), Math.ScaleB(roots.High - _found.Value, _unit / 2)) : null;

    /// <summary>[rows] what each row moves the mean by, but for a factor.</summary>
    public double[] Moves()
    {
        var mean = _found.Value * _found.Value;
        return [.. _values.Zip(_weights, (value, weight) => weight * (value - mean))];
    }

    private (double Low, double High)? Roots() => _draws.Around(_found, _values.Length) is var (low, high) ? (Math.Max(low, 0), high) : null;

    private double Square(double root) => Math.ScaleB(root * root, _unit);

    // The mean m = Σ w x / Σ w has the standard error √(Σ w² (x − m)²) / Σ w, and its root that divided by 2√m (the delta method).
    private (double Value, double Error) Root(ReadOnlySpan<ushort> counts)
    {
        double rows = 0, sum = 0, squares = 0;
        for (var row = 0; row < counts.Length; row++)
        {
            var weight = counts[row] * _weights[row];
            (rows, sum) = (rows + weight, sum + (weight * _values[row]));
        }

        var mean = sum / rows;
        for (var row = 0; row < counts.Length; row++)
        {
            var move = _weights[row] * (_values[row] - mean);
            squares += counts[row] * move * move;
        }

        return (Math.Sqrt(mean), Math.Sqrt(squares) / rows / (2 * Math.Sqrt(mean)));
    }
}
