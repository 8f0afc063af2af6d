namespace NnService.Engine.Training;

/// <summary>Figures of how well scores rank positive rows before negative ones; equal scores count as one step.</summary>
internal static class Ranking
{
    /// <summary>
    /// Area under the ROC curve and average precision Σ (Rₙ − Rₙ₋₁) Pₙ over falling thresholds; null where there is no positive row, the area also where there
    /// is no negative one.
    /// </summary>
    // scores [rows]   isPositive [rows]; both are put into the order of falling scores
    internal static (double? RocAuc, double? AveragePrecision) Of(double[] scores, bool[] isPositive)
    {
        Array.Sort(scores, isPositive);
        Array.Reverse(scores);
        Array.Reverse(isPositive);
        long positives = isPositive.AsSpan().Count(true);
        long negatives = scores.Length - positives;
        if (positives == 0)
            return (null, null);

        double orderedPairs = 0; // pairs of a positive row ranked before a negative one; a tie counts half
        double precision = 0; // summed over the positive rows: divided once, so that a perfect ranking has exactly 1
        long truePositives = 0;
        long falsePositives = 0;
        for (int start = 0; start < scores.Length;)
        {
            int end = start;
            int hits = 0;
            for (; end < scores.Length && scores[end] == scores[start]; end++)
                hits += isPositive[end] ? 1 : 0;
            int misses = end - start - hits;
            orderedPairs += misses * (truePositives + 0.5 * hits);
            truePositives += hits;
            falsePositives += misses;
            if (hits > 0)
                precision += hits * ((double)truePositives / (truePositives + falsePositives));
            start = end;
        }

        return (negatives == 0 ? null : orderedPairs / ((double)positives * negatives), precision / positives);
    }
}
