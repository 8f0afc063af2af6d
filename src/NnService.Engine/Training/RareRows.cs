using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Training;

/// <summary>
/// How scores rank positive rows that are few among the rows: only these are sorted, and every other row is looked up among them, so that thousands of labels
/// take time in proportion to rows times labels. Without weights all sums are of whole and half numbers, and the bits are those of a sort of all rows.
/// </summary>
internal readonly ref struct RareRows
{
    private const int FewestOthers = 4; // rows for a positive one: above, looking up is the faster
    private const int FewSteps = 256; // up to so many are all compared, which costs less than halving where 32 rows share each comparison
    private const int RowsAtOnce = 32;

    private readonly double[] _scores;
    private readonly bool[] _isPositive;
    private readonly ReadOnlySpan<double> _weights;
    private readonly double[] _steps; // [positive rows] scores, falling
    private readonly double[] _hits; // [positive rows] weight of the positive rows of a score, at its first place
    private readonly double[] _misses; // [positive rows] weight of the other rows of a score, at its first place
    private readonly double[] _between; // [positive rows + 1] weight of the other rows below so many positive ones and above the next

    /// <param name="scores">[rows]</param>
    /// <param name="isPositive">[rows], at least one of them.</param>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public RareRows(double[] scores, bool[] isPositive, ReadOnlySpan<double> weights)
    {
        (_scores, _isPositive) = (scores, isPositive);
        _weights = weights;
        var count = isPositive.AsSpan().Count(true);
        (_steps, _hits, _misses, _between) = (new double[count], new double[count], new double[count], new double[count + 1]);
        for (int row = 0, at = 0; at < count; row++)
            if (isPositive[row])
                _steps[at++] = scores[row];
        Array.Sort(_steps);
        Array.Reverse(_steps);
        Span<long> places = stackalloc long[RowsAtOnce];
        for (var row = 0; row < scores.Length; row++)
        {
            if (row % RowsAtOnce == 0)
                Place(row, places);
            var (above, weight) = ((int)places[row % RowsAtOnce], WeightOf(row));
            if (isPositive[row])
                _hits[above] += weight;
            else if (above < count && _steps[above] == scores[row])
                _misses[above] += weight;
            else
                _between[above] += weight;
        }
    }

    /// <summary>Whether so many positive rows among all are few.</summary>
    public static bool AreFew(int positives, int rows) => (long)positives * FewestOthers < rows;

    /// <summary>As <see cref="Ranking.Of"/> has them.</summary>
    public (double? RocAuc, double? AveragePrecision) Figures
    {
        get
        {
            double pairs = 0, precision = 0, positives = 0, negatives = _between[0];
            for (var at = 0; at < _steps.Length; at++)
            {
                if (_hits[at] > 0) // the first place of a score
                {
                    pairs += _misses[at] * (positives + (0.5 * _hits[at]));
                    positives += _hits[at];
                    negatives += _misses[at];
                    precision += _hits[at] * (positives / (positives + negatives));
                }

                pairs += _between[at + 1] * positives;
                negatives += _between[at + 1];
            }

            return (negatives == 0 ? null : pairs / (positives * negatives), precision / positives);
        }
    }

    /// <summary>
    /// The sums of the weights of the positive and of the other rows, and [rows] for each row the share of the other kind that it is on the right side of, half
    /// of those of its own score.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (double Positives, double Negatives, double[] Shares) Shares()
    {
        double positives = 0, negatives = _between[0];
        var (positivesAbove, negativesAbove) = (new double[_steps.Length + 1], new double[_steps.Length]); // at the first place of a score
        for (var at = 0; at < _steps.Length; at++)
        {
            (positivesAbove[at], negativesAbove[at]) = (positives, negatives);
            positives += _hits[at];
            negatives += _misses[at] + _between[at + 1];
        }

        positivesAbove[^1] = positives;
        var shares = new double[_scores.Length];
        Span<long> places = stackalloc long[RowsAtOnce];
        for (var row = 0; row < shares.Length; row++)
        {
            if (row % RowsAtOnce == 0)
                Place(row, places);
            var above = (int)places[row % RowsAtOnce];
            if (_isPositive[row])
                shares[row] = (negatives - negativesAbove[above] - (_misses[above] / 2)) / negatives;
            else
                shares[row] = (positivesAbove[above] + (above < _steps.Length && _steps[above] == _scores[row] ? _hits[above] / 2 : 0)) / positives;
        }

        return (positives, negatives, shares);
    }

    private double WeightOf(int row) => _weights.IsEmpty ? 1 : _weights[row];

    // places[i] = positive rows with a larger score than row first + i.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Place(int first, Span<long> places)
    {
        var scores = _scores.AsSpan(first, Math.Min(RowsAtOnce, _scores.Length - first));
        if (_steps.Length > FewSteps || scores.Length < RowsAtOnce)
            for (var i = 0; i < scores.Length; i++)
                places[i] = AboveByHalving(scores[i]);
        else
            Compare(scores, places);
    }

    // Four registers of rows share each step.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Compare(ReadOnlySpan<double> scores, Span<long> places)
    {
        var (s0, s1) = (Vector512.Create(scores), Vector512.Create(scores[8..]));
        var (s2, s3) = (Vector512.Create(scores[16..]), Vector512.Create(scores[24..]));
        var (a0, a1, a2, a3) = (Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero);
        foreach (var step in _steps)
        {
            var larger = Vector512.Create(step);
            a0 -= Vector512.GreaterThan(larger, s0).AsInt64(); // −1 where it is
            a1 -= Vector512.GreaterThan(larger, s1).AsInt64();
            a2 -= Vector512.GreaterThan(larger, s2).AsInt64();
            a3 -= Vector512.GreaterThan(larger, s3).AsInt64();
        }

        a0.CopyTo(places);
        a1.CopyTo(places[8..]);
        a2.CopyTo(places[16..]);
        a3.CopyTo(places[24..]);
    }

    // As many halvings for every score, and none of them a branch: so many rows are looked up at once as the processor sees ahead.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int AboveByHalving(double score)
    {
        var (from, length) = (0, _steps.Length);
        while (length > 1)
        {
            var half = length / 2;
            from += Unsafe.BitCast<bool, byte>(_steps[from + half - 1] > score) * half;
            length -= half;
        }

        return from + Unsafe.BitCast<bool, byte>(_steps[from] > score);
    }
}
