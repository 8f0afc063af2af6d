using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
    private readonly Vector128<ushort>[] _tailCounts = [];
    private int _drawn; // of the tail, in the lane that has most
    private double[] _drawnWeights = []; // [drawn, lanes], 0 where a lane has fewer
    private Vector512<double>[] _drawnValues = [];

    /// <param name="values">[rows] in units of 2^unit.</param>
    /// <param name="unit">Of the values.</param>
    /// <param name="weights">[rows]</param>
    /// <param name="withTail">Whether there may be much larger ones than were found.</param>
    public PositiveMean(double[] values, int unit, double[] weights, bool withTail = false)
    {
        var exponent = Magnitude.Exponent(values) & ~1; // even, so that the root has a unit too
        (_values, _weights, _unit) = (Magnitude.Scaled(values, exponent), weights, unit + exponent);
        var once = new DrawLanes(values.Length);
        _found = Root(once).Of(0);
        _tail = withTail ? ParetoTail.Of(_values) : null;
        if (_tail is null)
            return;
        _tailCounts = new Vector128<ushort>[_tail.Rows.Length];
        _tailed = WithTail(once, _ => Vector512.Create(_tail.Mean)).Of(0).Value;
    }

    /// <summary>Takes draws.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="counts">How often each row is in them.</param>
    /// <param name="chance">Random numbers for the tail, of each of these draws and this mean alone.</param>
    public void Add(int first, DrawLanes counts, RandomLanes chance)
    {
        _draws.Add(first, Root(counts), _found.Value);
        if (_tail is not null)
            _tailedDraws.Add(first, WithTail(counts, index => _tail.Draw(chance, index)), _tailed);
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private DrawnFigures WithTail(DrawLanes counts, Func<Vector512<ulong>, Vector512<double>> value)
    {
        var rows = _tail!.Rows;
        Span<int> drawn = stackalloc int[DrawLanes.Count];
        Span<ushort> often = stackalloc ushort[DrawLanes.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            (_tailCounts[i] = counts.Of(rows[i])).CopyTo(often);
            for (var lane = 0; lane < DrawLanes.Count; lane++)
                for (int time = 0; time < often[lane]; time++)
                    Draw(drawn[lane]++, lane, _weights[rows[i]]);
            counts.Set(rows[i], default);
        }

        for (var i = 0; i < _drawn; i++)
            _drawnValues[i] = value(Vector512.Create((ulong)i));
        var root = Root(counts);
        for (var i = 0; i < rows.Length; i++)
            counts.Set(rows[i], _tailCounts[i]);
        _drawnWeights.AsSpan().Clear();
        _drawn = 0;
        return root;
    }

    private void Draw(int index, int lane, double weight)
    {
        if (index == _drawnValues.Length)
        {
            Array.Resize(ref _drawnValues, Math.Max(2 * index, _tail!.Rows.Length));
            Array.Resize(ref _drawnWeights, _drawnValues.Length * DrawLanes.Count);
        }

        _drawnWeights[(index * DrawLanes.Count) + lane] = weight;
        _drawn = Math.Max(_drawn, index + 1);
    }

    // The mean m = Σ w x / Σ w has the standard error √(Σ w² (x − m)²) / Σ w, and its root that divided by 2√m (the delta method).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private DrawnFigures Root(DrawLanes counts)
    {
        var (rows, sum, squares) = (Vector512<double>.Zero, Vector512<double>.Zero, Vector512<double>.Zero);
        for (var row = 0; row < _values.Length; row++)
        {
            var weight = counts[row] * _weights[row];
            rows += weight;
            sum += weight * _values[row];
        }

        for (var i = 0; i < _drawn; i++)
        {
            var weight = Vector512.Create(_drawnWeights, i * DrawLanes.Count);
            rows += weight;
            sum += weight * _drawnValues[i];
        }

        var mean = sum / rows;
        for (var row = 0; row < _values.Length; row++)
        {
            var move = Vector512.Create(_weights[row]) * (Vector512.Create(_values[row]) - mean);
            squares += counts[row] * move * move;
        }

        for (var i = 0; i < _drawn; i++)
        {
            var (weight, move) = (Vector512.Create(_drawnWeights, i * DrawLanes.Count), _drawnValues[i] - mean);
            squares += weight * move * weight * move;
        }

        var root = Vector512.Sqrt(mean);
        return new DrawnFigures(root, Vector512.Sqrt(squares) / rows / (Vector512.Create(2.0) * root));
    }
}
