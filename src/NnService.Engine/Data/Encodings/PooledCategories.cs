using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>What is lost where the rarer categories of a column share one input.</summary>
/// <remarks>
/// The pooled rows' part of the target's variance that their categories explain, corrected for chance:
/// ε² = (between − (k − 1) within/(n − k)) / total, for k categories in n rows (Kelley 1935). A classification is counted label by label, each as 0 or 1,
/// which makes it an
/// analysis of variance of categories (Light and Margolin 1971).
/// </remarks>
public static class PooledCategories
{
    private const double LeastShare = 0.01; // of the variance over all rows
    private const double Deviations = 4; // of ε² where categories say nothing, about √(2(k − 1)) / n

    /// <summary>How much of the target's variance over all rows telling the pooled categories apart explains; null where it is next to nothing, or
    /// chance.</summary>
    /// <param name="feature">The encoding of the column.</param>
    /// <param name="column">The column.</param>
    /// <param name="target">The encoding of the target.</param>
    /// <param name="table">The table.</param>
    /// <param name="rows">The training rows, in ascending order.</param>
    public static double? ShareExplained(FeatureColumn feature, Column column, TargetEncoding target, Table table, ReadOnlyMemory<int> rows)
    {
        int[] codes = column.Take(rows).Codes.ToArray();
        bool[] isPooled = [.. column.Categories.Select(category => feature.InputOf(category) == feature.Categories.Count)];
        if (target.Task != TaskKind.Regression)
            return OfLabels(codes, isPooled, target, table, rows.Span);
        var all = new Spread(1);
        var pooled = new Spread(1);
        var apart = new Spread(column.Categories.Count);
        foreach (double[] values in Series(target, table, rows.Span))
        {
            for (int row = 0; row < codes.Length; row++)
            {
                all.Add(0, values[row]);
                if (codes[row] < 0 || !isPooled[codes[row]])
                    continue;
                pooled.Add(0, values[row]);
                apart.Add(codes[row], values[row]);
            }

            all.EndSeries();
            pooled.EndSeries();
            apart.EndSeries();
        }

        return ShareExplained(all, pooled, apart);
    }

    // The same series by series, each label as 0 and 1; but that of thousands of labels a category has few, and only those that it has are looked at.
    private static double? OfLabels(int[] codes, bool[] isPooled, TargetEncoding target, Table table, ReadOnlySpan<int> rows)
    {
        var labels = new int[rows.Length];
        target.EncodeLabels(table, rows, labels);
        var (all, pooled, ofCode) = (new int[target.Labels.Count], new int[target.Labels.Count], new int[isPooled.Length]);
        var pairs = new List<long>(); // label and category of each pooled row
        for (int row = 0; row < codes.Length; row++)
        {
            all[labels[row]]++;
            if (codes[row] < 0 || !isPooled[codes[row]])
                continue;
            pooled[labels[row]]++;
            ofCode[codes[row]]++;
            pairs.Add((labels[row] * (long)isPooled.Length) + codes[row]);
        }

        pairs.Sort();
        double apart = 0;
        for (int start = 0, end; start < pairs.Count; start = end)
        {
            for (end = start + 1; end < pairs.Count && pairs[end] == pairs[start];)
                end++;
            apart += Within(end - start, ofCode[(int)(pairs[start] % isPooled.Length)]);
        }

        return ShareExplained(Sum(all, codes.Length), Sum(pooled, pairs.Count), apart, pairs.Count, ofCode.Count(count => count > 0));

        static double Sum(int[] counts, int rows)
        {
            double sum = 0;
            foreach (int count in counts)
                sum += rows == 0 ? 0 : Within(count, rows);
            return sum;
        }

        // Σ of squared deviations of so many ones among rows that are 0 otherwise.
        static double Within(double ones, int rows) => Math.Max(0, ones - ones * ones / rows);
    }

    private static double? ShareExplained(Spread all, Spread pooled, Spread apart) =>
        ShareExplained(all.Within, pooled.Within, apart.Within, pooled.Rows, apart.Groups);

    private static double? ShareExplained(double all, double pooled, double apart, int n, int k)
    {
        if (k < 2 || n <= k || !(pooled > 0) || !(all > 0))
            return null;
        double between = pooled - apart;
        double epsilonSquared = (between - (k - 1) * apart / (n - k)) / pooled;
        double share = epsilonSquared * pooled / all;
        return share >= LeastShare && epsilonSquared >= Deviations * Math.Sqrt(2.0 * (k - 1)) / n ? Math.Min(share, 1) : null;
    }

    // Each target brought to about 1.
    private static IEnumerable<double[]> Series(TargetEncoding target, Table table, ReadOnlySpan<int> rows)
    {
        int count = target.Columns.Count;
        var encoded = new double[rows.Length * count];
        target.Encode<double>(table, rows, count, encoded);
        int[] starts = [.. Enumerable.Range(0, encoded.Length / count).Select(row => row * count)];
        return Enumerable.Range(0, count).Select(series => Array.ConvertAll(starts, start => encoded[start + series]));
    }

    /// <summary>Σ of squared deviations from the mean of each group, over one series after the other.</summary>
    private sealed class Spread(int groups)
    {
        private readonly int[] _counts = new int[groups];
        private readonly double[] _sums = new double[groups];
        private readonly double[] _squares = new double[groups];

        internal double Within { get; private set; }

        internal int Rows { get; private set; }

        internal int Groups { get; private set; }

        internal void Add(int group, double value)
        {
            _counts[group]++;
            _sums[group] += value;
            _squares[group] += value * value;
        }

        internal void EndSeries()
        {
            (Rows, Groups) = (_counts.Sum(), _counts.Count(count => count > 0));
            for (int i = 0; i < _counts.Length; i++)
                Within += _counts[i] == 0 ? 0 : Math.Max(0, _squares[i] - _sums[i] * _sums[i] / _counts[i]);
            Array.Clear(_counts);
            Array.Clear(_sums);
            Array.Clear(_squares);
        }
    }
}
