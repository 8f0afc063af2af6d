using NnService.Engine.Random;

namespace NnService.Engine.Training;

/// <summary>
/// 95 % intervals of metrics by the percentile bootstrap (Efron and Tibshirani 1993, chapter 13): the rows are drawn anew with replacement 1,000 times, and the interval
/// runs from the 2.5 % to the 97.5 % quantile of the metric over those draws. Drawing anew moves some metrics by itself, such as the calibration error or the average
/// precision of rare labels, since rows come twice; where that is much, the interval is moved back by as much.
/// </summary>
// A draw is a count for each row, and the metrics are sums over what was computed once for each row. Many rows times many labels would still take long: then the draws
// are made from a random part of the rows, and the interval is narrowed by the square root of the part, as standard errors are.
internal static class Bootstrap
{
    internal const int Resamples = 1000;

    private const double Tail = 0.025;
    private const double LargeBias = 0.125; // of the interval's width
    private const int MostVisits = 200_000; // of a number, in one draw

    /// <summary>The rows to draw from: all of them, or as many as keep the work bounded.</summary>
    /// <param name="rows">Rows there are.</param>
    /// <param name="visitsPerRow">Numbers looked at for a row in one draw.</param>
    /// <param name="seed">Seed of the choice.</param>
    internal static int[] RowsToDrawFrom(int rows, int visitsPerRow, ulong seed)
    {
        int[] chosen = [.. Enumerable.Range(0, rows)];
        int most = Math.Max(1000, MostVisits / visitsPerRow);
        if (rows <= most)
            return chosen;
        new RandomStream(seed, RandomPurpose.Bootstrap, Resamples).Shuffle(chosen);
        return chosen[..most];
    }

    /// <summary>The interval of each figure; a figure that is undefined is left out.</summary>
    /// <param name="sample">Computes the figures of a draw.</param>
    /// <param name="allRows">Rows there are, of which the sample may be a part.</param>
    /// <param name="estimates">The figures over all rows, NaN where undefined.</param>
    /// <param name="seed">Seed of the draws.</param>
    internal static Dictionary<string, double[]> Intervals(IResampled sample, int allRows, ReadOnlySpan<double> estimates, ulong seed)
    {
        var (names, rows) = (sample.Names, sample.Rows);
        var drawn = new double[names.Count][];
        for (var i = 0; i < drawn.Length; i++)
            drawn[i] = new double[Resamples];
        var (counts, words, figures) = (new ushort[rows], new uint[rows], new double[names.Count]);
        for (var resample = 0; resample < Resamples; resample++)
        {
            new RandomStream(seed, RandomPurpose.Bootstrap, (uint)resample).Fill(0, words);
            counts.AsSpan().Clear();
            foreach (var word in words)
                counts[(int)(((ulong)word * (ulong)rows) >> 32)]++;
            sample.Compute(counts, figures);
            for (var i = 0; i < drawn.Length; i++)
                drawn[i][resample] = figures[i];
        }

        Array.Fill(counts, (ushort)1);
        sample.Compute(counts, figures);
        var narrower = Math.Sqrt((double)rows / allRows);
        var intervals = new Dictionary<string, double[]>(StringComparer.Ordinal);
        for (var i = 0; i < drawn.Length; i++)
        {
            double[] defined = [.. drawn[i].Where(double.IsFinite).Order()];
            if (double.IsNaN(estimates[i]) || defined.Length < Resamples / 2)
                continue;
            var (low, high) = (Quantile(defined, Tail), Quantile(defined, 1 - Tail));
            var bias = defined.Average() - figures[i];
            if (Math.Abs(bias) > LargeBias * (high - low))
                (low, high) = (Math.Max(low - bias, Math.Min(defined[0], figures[i])), Math.Min(high - bias, Math.Max(defined[^1], figures[i])));
            intervals[names[i]] = rows == allRows
                ? [low, high]
                : [estimates[i] + ((low - figures[i]) * narrower), estimates[i] + ((high - figures[i]) * narrower)];
        }

        return intervals;
    }

    // Linear interpolation between the two nearest ranks (type 7 of Hyndman and Fan 1996), as NumPy does.
    private static double Quantile(double[] sorted, double fraction)
    {
        var rank = fraction * (sorted.Length - 1);
        var below = (int)rank;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (rank - below));
    }
}

/// <summary>Rows prepared so that their metrics are quickly computed with each row taken any number of times.</summary>
internal interface IResampled
{
    /// <summary>Number of rows.</summary>
    int Rows { get; }

    /// <summary>Names of the figures.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>The figures with row i taken counts[i] times; NaN where undefined.</summary>
    /// <param name="counts">[rows], at least one of them above 0.</param>
    /// <param name="figures">[names], overwritten.</param>
    void Compute(ReadOnlySpan<ushort> counts, Span<double> figures);
}
