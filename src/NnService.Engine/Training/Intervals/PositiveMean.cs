using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// The mean of a figure of each row that is never below 0: a loss, an error without its sign or squared. Its interval is that of its square root by the
/// bootstrap-t (<see cref="Studentized"/>), and the upper end can also allow for larger ones than were found (<see cref="ParetoTail"/>).
/// </summary>
internal sealed class PositiveMean
{
    private readonly double[] _values; // about 1
    private readonly double[] _weights;
    private readonly int _unit;
    private readonly (double Value, double Error) _found;
    private readonly Studentized _draws = new();
    private readonly ParetoTail? _tail;
    private readonly double _tailed; // the root of the mean with the tail as its distribution says
    private readonly Studentized _tailedDraws = new();
    private readonly List<(double Weight, double Value)> _drawn = [];
    private readonly ushort[] _body; // counts without those of the tail

    /// <param name="values">[rows] in units of 2^unit.</param>
    /// <param name="unit">Of the values.</param>
    /// <param name="weights">[rows]</param>
    /// <param name="withTail">Whether there may be much larger ones than were found.</param>
    public PositiveMean(double[] values, int unit, double[] weights, bool withTail = false)
    {
        var exponent = Magnitude.Exponent(values) & ~1; // even, so that the root has a unit too
        (_values, _weights, _unit, _body) = (Magnitude.Scaled(values, exponent), weights, unit + exponent, new ushort[values.Length]);
        _found = Root(Bootstrap.Once(values.Length));
        _tail = withTail ? ParetoTail.Of(_values) : null;
        if (_tail is not null)
            _tailed = WithTail(Bootstrap.Once(values.Length), _ => _tail.Mean).Value;
    }

    /// <summary>Takes a draw.</summary>
    /// <param name="draw">Its number.</param>
    /// <param name="counts">[rows] how often each is in it.</param>
    /// <param name="chance">Random numbers for the tail, of this draw and this mean alone.</param>
    public void Add(int draw, ReadOnlySpan<ushort> counts, RandomStream chance)
    {
        _draws.Add(draw, Root(counts), _found.Value);
        if (_tail is not null)
            _tailedDraws.Add(draw, WithTail(counts, index => _tail.Draw(chance, index)), _tailed);
    }

    /// <summary>How far the mean reaches below and above the one found; null where the draws are all alike.</summary>
    public (double Below, double Above)? Reach() =>
        Roots() is { } roots ? (Square(_found.Value) - Square(roots.Low), Square(roots.High) - Square(_found.Value)) : null;

    /// <summary>How far its root does, the unit of the values being an even power of two.</summary>
    public (double Below, double Above)? RootReach() =>
        Roots() is { } roots ? (Math.ScaleB(_found.Value - roots.Low, _unit / 2), Math.ScaleB(roots.High - _found.Value, _unit / 2)) : null;

    /// <summary>How many times as large as was found the root may be.</summary>
    public double? MostTimes() => Roots()?.High / _found.Value;

    /// <summary>[rows] what each row moves the mean by, but for a factor.</summary>
    public double[] Moves()
    {
        var mean = _found.Value * _found.Value;
        return [.. _values.Zip(_weights, (value, weight) => weight * (value - mean))];
    }

    private (double Low, double High)? Roots()
    {
        if (_draws.Around(_found, _values.Length) is not var (low, high))
            return null;
        return (Math.Max(low, 0), _tail is not null && _tailedDraws.Around(_found, _values.Length) is { } tailed ? Math.Max(high, tailed.High) : high);
    }

    private double Square(double root) => Math.ScaleB(root * root, _unit);

    // With the tail's rows as often as they were drawn, but of new values.
    private (double Value, double Error) WithTail(ReadOnlySpan<ushort> counts, Func<ulong, double> value)
    {
        counts.CopyTo(_body);
        _drawn.Clear();
        foreach (var row in _tail!.Rows)
        {
            for (var i = 0; i < counts[row]; i++)
                _drawn.Add((_weights[row], value((ulong)_drawn.Count)));
            _body[row] = 0;
        }

        var root = Root(_body);
        _drawn.Clear();
        return root;
    }

    // The mean m = Σ w x / Σ w has the standard error √(Σ w² (x − m)²) / Σ w, and its root that divided by 2√m (the delta method).
    private (double Value, double Error) Root(ReadOnlySpan<ushort> counts)
    {
        double rows = 0, sum = 0, squares = 0;
        for (var row = 0; row < counts.Length; row++)
        {
            var weight = counts[row] * _weights[row];
            (rows, sum) = (rows + weight, sum + (weight * _values[row]));
        }

        foreach (var (weight, value) in _drawn)
            (rows, sum) = (rows + weight, sum + (weight * value));
        var mean = sum / rows;
        for (var row = 0; row < counts.Length; row++)
        {
            var move = _weights[row] * (_values[row] - mean);
            squares += counts[row] * move * move;
        }

        foreach (var (weight, value) in _drawn)
            squares += weight * (value - mean) * weight * (value - mean);
        return (Math.Sqrt(mean), Math.Sqrt(squares) / rows / (2 * Math.Sqrt(mean)));
    }
}
