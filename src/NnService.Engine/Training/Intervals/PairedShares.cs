namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 95 % interval of the difference between two shares of the same rows (Newcombe 1998, "Improved confidence intervals for the difference between binomial
/// proportions based on paired data", method 10).
/// </summary>
/// <param name="Both">Rows that both models have right.</param>
/// <param name="First">Rows that only the first has right.</param>
/// <param name="Second">Rows that only the second has right.</param>
/// <param name="Neither">Rows that neither has right.</param>
internal readonly record struct PairedShares(double Both, double First, double Second, double Neither)
{
    private double Rows => Both + First + Second + Neither;

    /// <summary>
    /// Wilson's limits of each share, put together as if their errors had the correlation φ that the rows show.
    /// It has a width where the two agree on every row too.
    /// </summary>
    public (double Figure, double Low, double High) Difference()
    {
        var (one, other) = ((Both + First) / Rows, (Both + Second) / Rows);
        var (oneLow, oneHigh) = ShareInterval.Wilson(one, Rows);
        var (otherLow, otherHigh) = ShareInterval.Wilson(other, Rows);
        var (difference, correlation) = (one - other, Correlation());
        return (
            difference,
            difference - Reach(one - oneLow, otherHigh - other, correlation),
            difference + Reach(oneHigh - one, other - otherLow, correlation));
    }

    /// <summary>The interval of the mean of such differences, each of other rows; within −1 and 1.</summary>
    public static (double Low, double High) DifferenceOfMeans(IReadOnlyList<PairedShares> parts)
    {
        var (low, high) = ShareInterval.OfMean([.. parts.Select(part => part.Difference())]);
        return (Math.Max(low, -1), Math.Min(high, 1));
    }

    /// <summary>
    /// Of the rows that one model has right and the other wrong the first one's share, set against one half (McNemar 1947) with
    /// <see cref="ShareInterval.Corrected"/>, as a difference of the shares of all rows: a test of whether there is one. It takes the number of those rows for
    /// known, and so is no interval of how large it is.
    /// </summary>
    public (double Figure, double Low, double High) Test()
    {
        var apart = First + Second;
        if (apart == 0)
            return (0, 0, 0);
        var (low, high) = ShareInterval.Corrected(First / apart, apart);
        return ((First - Second) / Rows, ((2 * low) - 1) * apart / Rows, ((2 * high) - 1) * apart / Rows);
    }

    // √(a² − 2φab + b²)
    private static double Reach(double a, double b, double correlation) => Math.Sqrt(Math.Max(0, (a * a) - (2 * correlation * a * b) + (b * b)));

    // Where it is positive it is corrected for continuity; 0 where a share is 0 or 1.
    private double Correlation()
    {
        var spread = (Both + First) * (Second + Neither) * (Both + Second) * (First + Neither);
        if (spread == 0)
            return 0;
        var product = (Both * Neither) - (First * Second);
        return (product > 0 ? Math.Max(product - (Rows / 2), 0) : product) / Math.Sqrt(spread);
    }
}
