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

    private static double? ShareExplained(Spread all, Spread pooled, Spread apart)
    {
        (int n, int k) = (pooled.Rows, apart.Groups);
        if (k < 2 || n <= k || !(pooled.Within > 0) || !(all.Within > 0))
            return null;
        double between = pooled.Within - apart.Within;
        double epsilonSquared = (between - (k - 1) * apart.Within / (n - k)) / pooled.Within;
        double share = epsilonSquared * pooled.Within / all.Within;
        return share >= LeastShare && epsilonSquared >= Deviations * Math.Sqrt(2.0 * (k - 1)) / n ? Math.Min(share, 1) : null;
    }

    // Each target of a regression brought to about 1, or each label as 0 and 1.
    private static IEnumerable<double[]> Series(TargetEncoding target, Table table, ReadOnlySpan<int> rows)
    {
        if (target.Task == TaskKind.Regression)
        {
            int count = target.Columns.Count;
            var encoded = new double[rows.Length * count];
            target.Encode<double>(table, rows, count, encoded);
            int[] starts = [.. Enumerable.Range(0, encoded.Length / count).Select(row => row * count)];
            return Enumerable.Range(0, count).Select(series => Array.ConvertAll(starts, start => encoded[start + series]));
        }

        var labels = new int[rows.Length];
        target.EncodeLabels(table, rows, labels);
        return Enumerable.Range(0, target.Labels.Count).Select(series => Array.ConvertAll(labels, label => label == series ? 1.0 : 0));
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
