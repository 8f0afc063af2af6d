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
    /// [rows] what each row moves an area by, with mean 0 and standard deviation 1, or all 0 where the area is 0 or 1: DeLong, DeLong and Clarke-Pearson
    /// 1988.
    /// </summary>
    /// <param name="scores">[rows]</param>
    /// <param name="isPositive">[rows], some of either.</param>
    internal static double[] Influences(double[] scores, bool[] isPositive)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort((double[])scores.Clone(), order);
        double positives = isPositive.AsSpan().Count(true);
        var (negatives, shares) = (scores.Length - positives, new double[scores.Length]);
        double positivesBelow = 0, negativesBelow = 0;
        for (int start = 0, end; start < order.Length; start = end)
        {
            double hits = 0;
            for (end = start; end < order.Length && scores[order[end]] == scores[order[start]]; end++)
                hits += isPositive[order[end]] ? 1 : 0;
            var misses = end - start - hits;
            for (var i = start; i < end; i++) // the share of the others that the row is on the right side of, over how many are like it
                shares[order[i]] = isPositive[order[i]]
                    ? (negativesBelow + (misses / 2)) / negatives / positives
                    : (positives - positivesBelow - (hits / 2)) / positives / negatives;
            (positivesBelow, negativesBelow) = (positivesBelow + hits, negativesBelow + misses);
        }

        double ofPositives = 0, ofNegatives = 0;
        for (var row = 0; row < shares.Length; row++)
            (ofPositives, ofNegatives) = isPositive[row] ? (ofPositives + shares[row], ofNegatives) : (ofPositives, ofNegatives + shares[row]);
        for (var row = 0; row < shares.Length; row++)
        {
            var mean = isPositive[row] ? ofPositives / positives : ofNegatives / negatives;
            shares[row] = Math.Abs(shares[row] - mean) > Rounding * mean ? shares[row] - mean : 0;
        }

        return TargetErrors.Standardized(shares);
    }

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
