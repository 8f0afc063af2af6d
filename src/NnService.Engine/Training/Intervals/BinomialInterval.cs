namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 95 % interval of a share, so many hits of so many rows: Clopper and Pearson's exact one (1934) with half of the probability of what was found (mid-P:
/// Lancaster 1961, Agresti and Gottard 2007). The exact one covers far more than 95 % where rows are few, Wilson's far less for shares near 0 and 1, and
/// those are the recalls of rare labels. It has a width whatever was found, on one row too.
/// </summary>
internal static class BinomialInterval
{
    private const double Tail = 0.025;
    private const int Halvings = 50; // below the last digits of a share
    private const double Rounding = 1e-9; // of rows that are sums of weights

    /// <param name="share">0 to 1.</param>
    /// <param name="rows">Number of rows; 0: nothing is known, and the interval is all of 0 to 1.</param>
    internal static (double Low, double High) Of(double share, double rows)
    {
        if (rows <= 0)
            return (0, 1);
        var hits = share * rows;
        return (Low(hits, rows, share), 1 - Low(rows - hits, rows, 1 - share));
    }

    // The share from which so many hits or more are as improbable as the tail.
    private static double Low(double hits, double rows, double share)
    {
        if (hits <= Rounding)
            return 0;
        var misses = rows - hits <= Rounding ? 0 : rows - hits;
        var (low, high) = (0.0, share);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (low + high) / 2;
            var above = 0.5 * (IncompleteBeta.Of(middle, hits, misses + 1) + IncompleteBeta.Of(middle, hits + 1, misses));
            if (above < Tail)
                low = middle;
            else
                high = middle;
        }

        return (low + high) / 2;
    }
}
