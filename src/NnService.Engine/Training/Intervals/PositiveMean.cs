using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// The mean of a figure of each row that is never below 0: a loss, an error without its sign or squared. Its interval is that of its square root by the
/// bootstrap-t (<see cref="Studentized"/>), and the upper end can also allow for larger ones than were found (<see cref="ParetoTail"/>).
/// </summary>
internal sealed class PositiveMean
{
    private readonly double[] _values; // about 1
    private readonly int _unit;
    private readonly ParetoTail? _tail;
    private readonly (double Value, double Error) _found;
    private readonly double _tailed; // the root of the mean with the tail as its distribution says
    private readonly Studentized _draws = new();
    private readonly Studentized _tailedDraws = new();

    /// <param name="values">[rows] in units of 2^unit.</param>
    /// <param name="unit">Of the values.</param>
    /// <param name="withTail">Whether there may be much larger ones than were found.</param>
    public PositiveMean(double[] values, int unit, bool withTail)
    {
        var exponent = Magnitude.Exponent(values) & ~1; // even, so that the root has a unit too
        (_values, _unit) = (Magnitude.Scaled(values, exponent), unit + exponent);
        _tail = withTail ? ParetoTail.Of(_values) : null;
        var once = new ushort[values.Length];
        Array.Fill(once, (ushort)1);
        var (sum, squares) = Sum(once);
        _found = RootOf(sum, squares, values.Length);
        if (_tail is not null)
            _tailed = Math.Sqrt((sum - _tail.Found(once, _values).Sum + _tail.ExpectedSum) / values.Length);
    }

    /// <summary>Takes a draw.</summary>
    /// <param name="draw">Its number.</param>
    /// <param name="counts">[rows] how often each is in it.</param>
    /// <param name="chance">Its random numbers.</param>
    /// <param name="firstIndex">The first of them that is free.</param>
    public void Add(int draw, ReadOnlySpan<ushort> counts, RandomStream chance, ulong firstIndex)
    {
        var (sum, squares) = Sum(counts);
        _draws.Add(draw, RootOf(sum, squares, counts.Length), _found.Value);
        if (_tail is null)
            return;
        var (found, drawn) = (_tail.Found(counts, _values), _tail.Drawn(counts, chance, firstIndex));
        _tailedDraws.Add(draw, RootOf(sum - found.Sum + drawn.Sum, squares - found.Squares + drawn.Squares, counts.Length), _tailed);
    }

    /// <summary>How far the mean reaches below and above the one found; null where the draws are all alike.</summary>
    public (double Below, double Above)? Reach() =>
        Roots() is { } roots ? (Square(_found.Value) - Square(roots.Low), Square(roots.High) - Square(_found.Value)) : null;

    /// <summary>How far its root does, the unit of the values being an even power of two.</summary>
    public (double Below, double Above)? RootReach() =>
        Roots() is { } roots ? (Math.ScaleB(_found.Value - roots.Low, _unit / 2), Math.ScaleB(roots.High - _found.Value, _unit / 2)) : null;

    /// <summary>How many times as large as was found the root may be.</summary>
    public double? MostTimes() => Roots()?.High / _found.Value;

    private (double Low, double High)? Roots()
    {
        if (_draws.Around(_found, _values.Length) is not var (low, high))
            return null;
        return (Math.Max(low, 0), _tail is not null && _tailedDraws.Around(_found, _values.Length) is { } tailed ? Math.Max(high, tailed.High) : high);
    }

    private double Square(double root) => Math.ScaleB(root * root, _unit);

    // √x has the standard error of x divided by 2√x.
    private static (double Value, double Error) RootOf(double sum, double squares, double rows)
    {
        var mean = sum / rows;
        return (Math.Sqrt(mean), Math.Sqrt(Math.Max((squares / rows) - (mean * mean), 0) / rows) / (2 * Math.Sqrt(mean)));
    }

    private (double Sum, double Squares) Sum(ReadOnlySpan<ushort> counts)
    {
        double sum = 0, squares = 0;
        for (var row = 0; row < counts.Length; row++)
        {
            var value = counts[row] * _values[row];
            (sum, squares) = (sum + value, squares + (value * _values[row]));
        }

        return (sum, squares);
    }
}
