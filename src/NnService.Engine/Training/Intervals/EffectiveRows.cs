namespace NnService.Engine.Training.Intervals;

/// <summary>
/// How many rows of equal weight tell as much as some rows with weights: (Σ w)² / Σ w² (Kish 1965, section 11.7), of just the rows that a figure is made of,
/// such as those of one label. Where all weigh the same, it is exactly their number. It does not depend on the unit of the weights, so that a row of weight 2 is one
/// observation, not two.
/// </summary>
internal static class EffectiveRows
{
    /// <summary>From the sums of the weights and of their squares; 0 without rows.</summary>
    internal static double Of(double sum, double squares) => squares > 0 ? sum * sum / squares : 0;

    /// <summary>Of all rows.</summary>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    /// <param name="rows">Number of rows.</param>
    internal static double Of(ReadOnlySpan<double> weights, int rows)
    {
        double sum = 0, squares = 0;
        foreach (var weight in weights)
            (sum, squares) = (sum + weight, squares + (weight * weight));
        return weights.IsEmpty ? rows : Of(sum, squares);
    }

    /// <summary>Of the rows that are positive, or of those that are not.</summary>
    /// <param name="isPositive">[rows]</param>
    /// <param name="which">Whether of the positive ones.</param>
    /// <param name="weights">[rows]; empty: every row weighs 1.</param>
    internal static double Of(ReadOnlySpan<bool> isPositive, bool which, ReadOnlySpan<double> weights)
    {
        if (weights.IsEmpty)
            return isPositive.Count(which);
        double sum = 0, squares = 0;
        for (var row = 0; row < isPositive.Length; row++)
            if (isPositive[row] == which)
                (sum, squares) = (sum + weights[row], squares + (weights[row] * weights[row]));
        return Of(sum, squares);
    }
}
