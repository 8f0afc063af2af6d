using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 1 − R², the quotient of the squared errors and the squared deviations of the targets: its interval is that of its square root by the bootstrap-t
/// (<see cref="Studentized"/>). Where errors may be larger than those found, so may the targets, which are the answers and the errors.
/// </summary>
internal sealed class UnexplainedShare
{
    private const double Rounding = 1e-12; // of the squared deviations: a smaller variance is none

    private readonly double[] _squares; // of the errors, about 1
    private readonly double[] _deviations; // of the targets from the mean of all rows, about 1
    private readonly double[] _weights;
    private readonly int _unit; // of the root of the quotient
    private readonly (double Value, double Error) _found;
    private readonly Studentized _draws = new();

    /// <param name="errors">[rows] about 1.</param>
    /// <param name="errorUnit">They are in units of 2^errorUnit.</param>
    /// <param name="targets">[rows]</param>
    /// <param name="weights">[rows]</param>
    public UnexplainedShare(double[] errors, int errorUnit, double[] targets, double[] weights)
    {
        var (deviations, unit) = Magnitude.Differences(targets, Magnitude.Mean(targets, weights));
        var exponent = Magnitude.Exponent(deviations);
        _squares = Array.ConvertAll(errors, error => error * error);
        (_deviations, _weights, _unit) = (Magnitude.Scaled(deviations, exponent), weights, errorUnit - unit - exponent);
        _found = Root(new DrawLanes(targets.Length)).Of(0);
    }

    /// <summary>Takes draws.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="counts">How often each row is in them.</param>
    public void Add(int first, DrawLanes counts) => _draws.Add(first, Root(counts), _found.Value);

    /// <summary>How far R² reaches below and above the one found; null where it is undefined, or the draws are all alike.</summary>
    /// <param name="mostTimes">How many times as large as was found the root mean squared error may be.</param>
    public (double Below, double Above)? Reach(double mostTimes)
    {
        if (_draws.Around(_found, _squares.Length) is not var (low, high))
            return null;
        var (found, square) = (Square(_found.Value), mostTimes * mostTimes);
        var most = Math.Max(Square(high), square * found / (1 + (found * (square - 1))));
        return (most - found, found - Square(Math.Max(low, 0)));
    }

    /// <summary>[rows] what each row moves R² by, but for a factor.</summary>
    public double[] Moves()
    {
        var (means, _, quotients) = Quotient(new DrawLanes(_squares.Length));
        var (mean, quotient) = (means[0], quotients[0]);
        var moves = new double[_squares.Length];
        for (var row = 0; row < moves.Length; row++)
            moves[row] = _weights[row] * ((quotient * (_deviations[row] - mean) * (_deviations[row] - mean)) - _squares[row]);
        return moves;
    }

    private double Square(double root) => Math.ScaleB(root * root, 2 * _unit);

    // The quotient q = Σ w e² / Σ w v with v = (d − mean d)²: a row moves it by w (e² − q v) / Σ w v, and its root by that divided by 2√q (the delta method).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private DrawnFigures Root(DrawLanes counts)
    {
        var (mean, variation, quotient) = Quotient(counts);
        var squares = Vector512<double>.Zero;
        for (var row = 0; row < _squares.Length; row++)
        {
            var deviation = Vector512.Create(_deviations[row]) - mean;
            var move = Vector512.Create(_weights[row]) * (Vector512.Create(_squares[row]) - (quotient * deviation * deviation));
            squares += counts[row] * move * move;
        }

        var root = Vector512.Sqrt(quotient);
        return new DrawnFigures(root, Vector512.Sqrt(squares) / variation / (Vector512.Create(2.0) * root));
    }

    // NaN where the targets are all alike.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (Vector512<double> Mean, Vector512<double> Variation, Vector512<double> Quotient) Quotient(DrawLanes counts)
    {
        var (rows, sum) = (Vector512<double>.Zero, Vector512<double>.Zero);
        var (spread, squares) = (Vector512<double>.Zero, Vector512<double>.Zero);
        for (var row = 0; row < _squares.Length; row++)
        {
            var (weight, deviation) = (counts[row] * _weights[row], Vector512.Create(_deviations[row]));
            rows += weight;
            sum += weight * deviation;
            spread += weight * deviation * deviation;
            squares += weight * _squares[row];
        }

        var variation = spread - (sum * sum / rows);
        var isKnown = Vector512.GreaterThan(variation, Vector512.Create(Rounding) * spread);
        return (sum / rows, variation, Vector512.ConditionalSelect(isKnown, squares / variation, Vector512.Create(double.NaN)));
    }
}
