using System.Runtime.CompilerServices;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Training;

/// <summary>Figures of how well scores rank positive rows before negative ones; equal scores count as one step.</summary>
internal static class Ranking
{
    /// <summary>
    /// Area under the ROC curve and average precision Σ (Rₙ − Rₙ₋₁) Pₙ over falling thresholds; null where there is no positive row, the area also where there
    /// is no negative one.
    /// </summary>
    // scores [rows]   isPositive [rows]   weights [rows], or empty: every row weighs 1
    internal static (double? RocAuc, double? AveragePrecision) Of(double[] scores, bool[] isPositive, ReadOnlySpan<double> weights = default)
    {
        int count = isPositive.AsSpan().Count(true);
        return count == 0 ? (null, null) // of thousands of labels, most have no row in a small part
            : RareRows.AreFew(count, scores.Length) ? new RareRows(scores, isPositive, weights).Figures
            : OfSorted(scores, isPositive, weights);
    }

    /// <summary>The same, and [rows] what each row moves the area by (<see cref="RankInterval.Moves"/>); none where there is no area.</summary>
    internal static (double? RocAuc, double? AveragePrecision, double[] Moves) WithMoves(double[] scores, bool[] isPositive, ReadOnlySpan<double> weights)
    {
        int count = isPositive.AsSpan().Count(true);
        if (count == 0 || !RareRows.AreFew(count, scores.Length))
        {
            var (area, precision) = Of(scores, isPositive, weights);
            return (area, precision, area is null ? [] : RankInterval.Moves(RankInterval.Shares(scores, isPositive, weights), isPositive, weights));
        }

        var rare = new RareRows(scores, isPositive, weights);
        var figures = rare.Figures;
        return (figures.RocAuc, figures.AveragePrecision, RankInterval.Moves(rare.Shares(), isPositive, weights));
    }

    /// <summary>The same by a sort of all rows, where some are positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static (double? RocAuc, double? AveragePrecision) OfSorted(double[] scores, bool[] isPositive, ReadOnlySpan<double> weights = default)
    {
        double positives = 0;
        double negatives = 0;
        for (int row = 0; row < scores.Length; row++)
        {
            double weight = weights.IsEmpty ? 1 : weights[row];
            (positives, negatives) = isPositive[row] ? (positives + weight, negatives) : (positives, negatives + weight);
        }

        int[] order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort(Array.ConvertAll(scores, score => -score), order);
        double orderedPairs = 0; // pairs of a positive row ranked before a negative one; a tie counts half
        double precision = 0; // summed over the positive rows: divided once, so that a perfect ranking has exactly 1
        double truePositives = 0;
        double falsePositives = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = start;
            double hits = 0;
            double misses = 0;
            for (; end < order.Length && scores[order[end]] == scores[order[start]]; end++)
            {
                double weight = weights.IsEmpty ? 1 : weights[order[end]];
                (hits, misses) = isPositive[order[end]] ? (hits + weight, misses) : (hits, misses + weight);
            }

            orderedPairs += misses * (truePositives + 0.5 * hits);
            truePositives += hits;
            falsePositives += misses;
            if (hits > 0)
                precision += hits * (truePositives / (truePositives + falsePositives));
            start = end;
        }

        return (negatives == 0 ? null : orderedPairs / (positives * negatives), precision / positives);
    }
}
