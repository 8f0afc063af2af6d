using System.Runtime.CompilerServices;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 95 % interval of an area under the ROC curve by Wilson's idea: the areas θ from which the one found is not further away than z √V(θ), with
/// V(θ) = θ (1 − θ) (1 + k (1 − θ) / (2 − θ) + k θ / (1 + θ)) / (m n), k = (m + n) / 2 − 1: method 5 of Newcombe 2006 (Statistics in Medicine 25, 559–573),
/// after Hanley and McNeil 1982. It has a width for an area of 0 or 1 too.
/// </summary>
internal static class RankInterval
{
    private const int Halvings = 60; // below the last bit of a number near 1
    private const double Rounding = 1e-12;

    /// <param name="area">0 to 1.</param>
    /// <param name="positives">m, at least 1.</param>
    /// <param name="negatives">n, at least 1.</param>
    internal static (double Low, double High) Of(double area, double positives, double negatives) =>
        (Limit(area, 0, positives, negatives), Limit(area, 1, positives, negatives));

    /// <summary>
    /// [rows] what each row moves an area by: its weight over that of all rows of its kind, times the share of the other kind that it is on the right side of,
    /// less the mean of these shares. Their squares add up to the area's variance (DeLong, DeLong and Clarke-Pearson 1988), but for n / (n − 1) of either kind.
    /// </summary>
    /// <param name="ranked">As <see cref="Shares"/> has them; the shares are overwritten.</param>
    /// <param name="isPositive">[rows], some of either.</param>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double[] Moves((double Positives, double Negatives, double[] Shares) ranked, bool[] isPositive, ReadOnlySpan<double> weights)
    {
        var (positives, negatives, shares) = ranked;
        var area = 0.0; // the mean of either kind's shares
        for (var row = 0; row < shares.Length; row++)
            area += isPositive[row] ? WeightOf(weights, row) * shares[row] : 0;
        area /= positives;
        for (var row = 0; row < shares.Length; row++)
            shares[row] = Math.Abs(shares[row] - area) > Rounding * area
                ? (shares[row] - area) * WeightOf(weights, row) / (isPositive[row] ? positives : negatives)
                : 0;
        return shares;
    }

    // The sums of the weights of either kind, and of each row the share of the other kind that it is on the right side of.
    internal static (double Positives, double Negatives, double[] Shares) Shares(double[] scores, bool[] isPositive, ReadOnlySpan<double> weights)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort((double[])scores.Clone(), order);
        double positives = 0, negatives = 0;
        for (var row = 0; row < scores.Length; row++)
            (positives, negatives) = isPositive[row] ? (positives + WeightOf(weights, row), negatives) : (positives, negatives + WeightOf(weights, row));
        var shares = new double[scores.Length];
        double positivesBelow = 0, negativesBelow = 0;
        for (int start = 0, end; start < order.Length; start = end)
        {
            double hits = 0, misses = 0;
            for (end = start; end < order.Length && scores[order[end]] == scores[order[start]]; end++)
                if (isPositive[order[end]])
                    hits += WeightOf(weights, order[end]);
                else
                    misses += WeightOf(weights, order[end]);
            for (var i = start; i < end; i++) // the share of the others that the row is on the right side of
                shares[order[i]] = isPositive[order[i]]
                    ? (negativesBelow + (misses / 2)) / negatives
                    : (positives - positivesBelow - (hits / 2)) / positives;
            (positivesBelow, negativesBelow) = (positivesBelow + hits, negativesBelow + misses);
        }

        return (positives, negatives, shares);
    }

    private static double WeightOf(ReadOnlySpan<double> weights, int row) => weights.IsEmpty ? 1 : weights[row];

    // Between the area, which is near itself, and the end, which is not unless it is the area.
    private static double Limit(double area, double end, double positives, double negatives)
    {
        var (near, far) = (area, end);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (near + far) / 2;
            var distance = area - middle;
            if (distance * distance <= NormalTail.Z * NormalTail.Z * Variance(middle, positives, negatives))
                near = middle;
            else
                far = middle;
        }

        return near;
    }

    private static double Variance(double area, double positives, double negatives)
    {
        var half = ((positives + negatives) / 2) - 1;
        return area * (1 - area) * (1 + (half * (1 - area) / (2 - area)) + (half * area / (1 + area))) / (positives * negatives);
    }
}
