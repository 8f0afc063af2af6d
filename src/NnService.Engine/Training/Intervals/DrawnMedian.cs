using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Training.Intervals;

/// <summary>The median absolute error of one target in draws, as <see cref="ResampledRegression"/> has it.</summary>
internal sealed class DrawnMedian
{
    private readonly double[] _errors; // |error| in units of 2^_unit, rising
    private readonly int[] _rows; // in that order
    private readonly double[] _weights; // [rows]
    private readonly int _unit;

    /// <param name="answers">[rows]</param>
    /// <param name="targets">[rows]</param>
    /// <param name="weights">[rows]</param>
    public DrawnMedian(double[] answers, double[] targets, double[] weights)
    {
        (var errors, _unit) = Magnitude.Differences(answers, targets);
        (_errors, _rows, _weights) = (Array.ConvertAll(errors, Math.Abs), [.. Enumerable.Range(0, errors.Length)], weights);
        Array.Sort(_errors, _rows);
    }

    /// <summary>Adds the medians of draws to numbers, [lanes].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void AddTo(Span<double> medians, DrawLanes counts)
    {
        var total = Vector512<double>.Zero;
        for (var row = 0; row < _weights.Length; row++)
            total += counts[row] * _weights[row];
        var (before, half) = (Vector512<double>.Zero, total / 2);
        var (least, most) = (half * (1 - RegressionMetrics.MedianSlack), half * (1 + RegressionMetrics.MedianSlack));
        var (open, at) = ((1UL << DrawLanes.Count) - 1, 0);
        for (; at < _rows.Length && open != 0; at++)
        {
            before += counts[_rows[at]] * _weights[_rows[at]];
            var reached = Vector512.GreaterThanOrEqual(before, least).ExtractMostSignificantBits() & open;
            for (var lane = 0; reached != 0 && lane < DrawLanes.Count; lane++)
                if ((reached >> lane & 1) != 0)
                    medians[lane] += Math.ScaleB(before[lane] > most[lane] ? _errors[at] : MiddleAfter(at, lane, counts), _unit);
            open &= ~reached;
        }

        for (var lane = 0; open != 0 && lane < DrawLanes.Count; lane++) // sums of weights in another order may end below
            if ((open >> lane & 1) != 0)
                medians[lane] += Math.ScaleB(_errors[LastOf(lane, counts)], _unit);
    }

    // Half of the weight lies up to here, and half from the next row on that is drawn.
    private double MiddleAfter(int at, int lane, DrawLanes counts)
    {
        for (var next = at + 1; next < _rows.Length; next++)
            if (counts.Of(_rows[next])[lane] > 0)
                return Magnitude.Middle(_errors[at], _errors[next]);
        return _errors[at];
    }

    private int LastOf(int lane, DrawLanes counts)
    {
        var last = _rows.Length - 1;
        while (counts.Of(_rows[last])[lane] == 0)
            last--;
        return last;
    }
}
