using NnService.Engine.Random;

namespace NnService.Engine.Training.Intervals;

/// <summary>
/// 95 % intervals of metrics by the bootstrap (Efron and Tibshirani 1993, chapter 13): the rows are drawn anew with replacement 1,000 times, and the interval
/// runs between two quantiles of the metric over those draws, further out where rows are few (<see cref="NormalTail.BootstrapTail"/>). Drawing anew moves some
/// metrics by itself, such as the average precision of rare labels, since rows come twice; where that is much, the interval is moved back by as much.
/// It always holds the figure itself. Where the draws are all alike, they say nothing about other rows, and there is no interval.
/// </summary>
// A draw is a count for each row, and the metrics are sums over what was computed once for each row. Many rows times many labels would still take long: then
// the draws are made from a random part of the rows, and the interval is narrowed by the square root of the part, as standard errors are.
internal static class Bootstrap
{
    internal const int Resamples = 1000;

    private const double LargeBias = 0.125; // of the interval's width
    private const double Rounding = 1e-9; // of the figures: a narrower interval is none
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

    // Of two rows all draws lie between the two errors, where half of what such samples are drawn from does not.
    private const int FewestRows = 3;

    /// <summary>The interval of each figure; a figure that is undefined, or whose draws are all alike, is left out.</summary>
    /// <param name="sample">Computes the figures of a draw.</param>
    /// <param name="allRows">Rows there are, of which the sample may be a part.</param>
    /// <param name="estimates">The figures over all rows, NaN where undefined.</param>
    /// <param name="seed">Seed of the draws.</param>
    internal static Dictionary<string, double[]> Intervals(IResampled sample, int allRows, ReadOnlySpan<double> estimates, ulong seed)
    {
        var intervals = new Dictionary<string, double[]>(StringComparer.Ordinal);
        if (allRows < FewestRows)
            return intervals;
        var (names, rows) = (sample.Names, sample.Rows);
        var drawn = Draw(sample, seed);
        var figures = new double[names.Count];
        sample.Compute(Once(rows), figures);
        for (var i = 0; i < drawn.Length; i++)
            if (Interval(drawn[i], figures[i], rows, allRows, estimates[i]) is { } interval)
                intervals[names[i]] = interval;
        return intervals;
    }

    /// <summary>The interval of one figure; null where it is undefined, or its draws are all alike.</summary>
    /// <param name="drawn">[draws] what it is in each.</param>
    /// <param name="figure">What it is of the rows that are drawn from.</param>
    /// <param name="rows">Their number.</param>
    /// <param name="allRows">Rows there are.</param>
    /// <param name="estimate">The figure over all of them, NaN where undefined.</param>
    internal static double[]? Interval(double[] drawn, double figure, int rows, int allRows, double estimate)
    {
        double[] defined = [.. drawn.Where(double.IsFinite).Order()];
        if (!double.IsFinite(estimate) || defined.Length < Resamples / 2)
            return null;
        var (low, high) = Unbiased(defined, figure, NormalTail.BootstrapTail(allRows));
        var narrower = Math.Sqrt((double)rows / allRows);
        return rows < allRows
            ? Around(estimate, estimate + ((low - figure) * narrower), estimate + ((high - figure) * narrower))
            : Around(estimate, low, high);
    }

    /// <summary>The interval between the 2.5 % and the 97.5 % quantile of draws, around a figure; null where they are all alike.</summary>
    internal static double[]? Between(double[] draws, double figure)
    {
        Array.Sort(draws);
        return Around(figure, Quantile(draws, 0.025), Quantile(draws, 0.975));
    }

    /// <summary>An interval that holds the figure; null where it has no width or no end.</summary>
    internal static double[]? Around(double figure, double low, double high)
    {
        (low, high) = (Math.Min(low, figure), Math.Max(high, figure));
        return double.IsFinite(low) && double.IsFinite(high) && high > low + (Rounding * Math.Max(Math.Abs(low), Math.Abs(high))) ? [low, high] : null;
    }

    private static double[][] Draw(IResampled sample, ulong seed)
    {
        var drawn = new double[sample.Names.Count][];
        for (var i = 0; i < drawn.Length; i++)
            drawn[i] = new double[Resamples];
        var (counts, words, figures) = (new ushort[sample.Rows], new uint[sample.Rows], new double[drawn.Length]);
        for (var resample = 0; resample < Resamples; resample++)
        {
            Count(seed, resample, words, counts);
            sample.Compute(counts, figures);
            for (var i = 0; i < drawn.Length; i++)
                drawn[i][resample] = figures[i];
        }

        return drawn;
    }

    /// <summary>[rows] the counts of a draw that has each row once.</summary>
    internal static ushort[] Once(int rows)
    {
        var counts = new ushort[rows];
        Array.Fill(counts, (ushort)1);
        return counts;
    }

    /// <summary>[rows] of the rows that are drawn from, their weights.</summary>
    /// <param name="weights">[all rows]; empty: every row weighs 1.</param>
    /// <param name="rows">Indexes of the rows.</param>
    internal static double[] Weights(ReadOnlySpan<double> weights, int[] rows)
    {
        var own = new double[rows.Length];
        for (var i = 0; i < own.Length; i++)
            own[i] = weights.IsEmpty ? 1 : weights[rows[i]];
        return own;
    }

    /// <summary>How often a draw has each row.</summary>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="draw">Its number.</param>
    /// <param name="words">[rows] room.</param>
    /// <param name="counts">[rows], overwritten.</param>
    internal static void Count(ulong seed, int draw, Span<uint> words, Span<ushort> counts)
    {
        Words(seed, draw, words);
        counts.Clear();
        foreach (var word in words)
            counts[RowOf(word, counts.Length)]++;
    }

    /// <summary>The random numbers of a draw, one for each row that it takes.</summary>
    internal static void Words(ulong seed, int draw, Span<uint> words) => new RandomStream(seed, RandomPurpose.Bootstrap, (uint)draw).Fill(0, words);

    /// <summary>The row that a random number takes.</summary>
    internal static int RowOf(uint word, int rows) => (int)(((ulong)word * (ulong)rows) >> 32);

    private static (double Low, double High) Unbiased(double[] sorted, double figure, double tail)
    {
        var (low, high) = (Quantile(sorted, tail), Quantile(sorted, 1 - tail));
        var bias = Magnitude.Mean(sorted) - figure;
        return Math.Abs(bias) > LargeBias * (high - low)
            ? (Math.Max(low - bias, Math.Min(sorted[0], figure)), Math.Min(high - bias, Math.Max(sorted[^1], figure)))
            : (low, high);
    }

    // Linear interpolation between the two nearest ranks (type 7 of Hyndman and Fan 1996), as NumPy does.
    internal static double Quantile(double[] sorted, double fraction)
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
