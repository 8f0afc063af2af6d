namespace NnService.Engine.Training.Intervals;

/// <summary>95 % intervals of shares: so many hits of so many rows.</summary>
public static class ShareInterval
{
    private const double Z = NormalTail.Z;

    /// <summary>
    /// Wilson's score interval (Wilson 1927; method 3 of Newcombe 1998): the shares p from which the one found is not further away than z √(p (1 − p) / n).
    /// It has a width for a share of 0 or 1 too.
    /// </summary>
    /// <param name="share">0 to 1.</param>
    /// <param name="rows">n, at least 1.</param>
    internal static (double Low, double High) Wilson(double share, double rows)
    {
        var middle = share + (Z * Z / (2 * rows));
        var reach = Z * Math.Sqrt((share * (1 - share) / rows) + (Z * Z / (4 * rows * rows)));
        var whole = 1 + (Z * Z / rows);
        return (share == 0 ? 0 : (middle - reach) / whole, share == 1 ? 1 : (middle + reach) / whole);
    }

    /// <summary>The same with the correction for continuity, close to Clopper and Pearson's exact one (method 4 of Newcombe 1998).</summary>
    /// <param name="share">0 to 1.</param>
    /// <param name="rows">n, at least 1.</param>
    public static (double Low, double High) Corrected(double share, double rows)
    {
        var (p, q, n) = (share, 1 - share, rows);
        var low = ((2 * n * p) + (Z * Z) - 1 - (Z * Math.Sqrt(Math.Max(0, (Z * Z) - 2 - (1 / n) + (4 * p * ((n * q) + 1)))))) / (2 * (n + (Z * Z)));
        var high = ((2 * n * p) + (Z * Z) + 1 + (Z * Math.Sqrt(Math.Max(0, (Z * Z) + 2 - (1 / n) + (4 * p * ((n * q) - 1)))))) / (2 * (n + (Z * Z)));
        return (p == 0 ? 0 : Math.Max(0, low), p == 1 ? 1 : Math.Min(1, high));
    }

    /// <summary>
    /// The interval of a mean of independent figures from the interval of each: the distances to the limits add up as standard errors do, each divided by how
    /// many they are (MOVER: Zou and Donner 2008; Zou, Huang and Zhang 2009 for shares).
    /// </summary>
    internal static (double Low, double High) OfMean(IReadOnlyCollection<(double Figure, double Low, double High)> parts)
    {
        double mean = 0, below = 0, above = 0;
        foreach (var (figure, low, high) in parts)
        {
            mean += figure / parts.Count;
            below += (figure - low) * (figure - low);
            above += (high - figure) * (high - figure);
        }

        return (mean - (Math.Sqrt(below) / parts.Count), mean + (Math.Sqrt(above) / parts.Count));
    }
}
