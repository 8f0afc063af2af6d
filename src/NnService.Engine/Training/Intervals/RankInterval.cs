namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 95 % interval of an area under the ROC curve by Wilson's idea: the areas θ from which the one found is not further away than z √V(θ), with
/// V(θ) = θ (1 − θ) (1 + k (1 − θ) / (2 − θ) + k θ / (1 + θ)) / (m n), k = (m + n) / 2 − 1: method 5 of Newcombe 2006 (Statistics in Medicine 25, 559–573),
/// after Hanley and McNeil 1982. It has a width for an area of 0 or 1 too.
/// </summary>
internal static class RankInterval
{
    private const int Halvings = 60; // below the last bit of a number near 1

    /// <param name="area">0 to 1.</param>
    /// <param name="positives">m, at least 1.</param>
    /// <param name="negatives">n, at least 1.</param>
    internal static (double Low, double High) Of(double area, double positives, double negatives) =>
        (Limit(area, 0, positives, negatives), Limit(area, 1, positives, negatives));

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
