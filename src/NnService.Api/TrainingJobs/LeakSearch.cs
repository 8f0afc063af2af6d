using NnService.Engine.Data;

namespace NnService.Api.TrainingJobs;

/// <summary>
/// Looks for features that predict the target almost alone: each is cut into bins on one half of some training rows, and the most frequent label or the mean of each
/// bin is tried on the other half.
/// </summary>
internal static class LeakSearch
{
    private const int FewestRows = 50;
    private const int MostRows = 4000;
    private const int Bins = 64;
    private const double AlmostAll = 0.98; // of the errors, or of the variance, that the trivial answer leaves
    private const int FewestErrors = 10;

    /// <summary>A feature and how well it does.</summary>
    public readonly record struct Leak(string Column, string Figure);

    /// <summary>The features found.</summary>
    public static IEnumerable<Leak> In(Table table, IReadOnlyList<string> features, TargetEncoding target, ReadOnlySpan<int> trainRows)
    {
        if (trainRows.Length < FewestRows || target.Columns.Count > 1)
            return [];
        var rows = new int[Math.Min(trainRows.Length, MostRows)];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = trainRows[(int)((long)i * trainRows.Length / rows.Length)];
        var found = new List<Leak>();
        if (target.Task == TaskKind.Regression)
        {
            var values = new double[rows.Length];
            target.Values(table, rows, values);
            var most = values.Max(Math.Abs);
            if (most > 0)
                values = Array.ConvertAll(values, value => value / most); // squares of any target are then numbers
            foreach (var name in features)
                if (ShareExplained(BinsOf(table.Find(name)!.Take(rows)), values) is > AlmostAll and var share)
                    found.Add(new Leak(name, $"R² {share:0.000}"));
            return found;
        }

        var labels = new int[rows.Length];
        target.EncodeLabels(table, rows, labels);
        foreach (var name in features)
            if (Accuracy(BinsOf(table.Find(name)!.Take(rows)), labels, target.Labels.Count) is { } accuracy)
                found.Add(new Leak(name, $"accuracy {accuracy:0.000}"));
        return found;
    }

    // The even positions are learnt from, the odd ones tried.
    private static int[] BinsOf(Column sample)
    {
        if (!sample.IsNumeric)
            return Array.ConvertAll(sample.Codes.ToArray(), code => code + 1);
        double[] numbers = sample.Numbers.ToArray();
        double[] sorted = [.. numbers.Where((number, i) => i % 2 == 0 && !double.IsNaN(number)).Order()];
        double[] cuts = [.. Enumerable.Range(1, Bins - 1).Where(_ => sorted.Length > 0).Select(bin => sorted[(int)((long)bin * sorted.Length / Bins)]).Distinct()];
        return Array.ConvertAll(numbers, number => double.IsNaN(number) ? 0 : 1 + Below(cuts, number));
    }

    // How many cuts a number has reached.
    private static int Below(double[] cuts, double number)
    {
        var at = Array.BinarySearch(cuts, number);
        return at >= 0 ? at + 1 : ~at;
    }

    private static double? Accuracy(int[] bins, int[] labels, int labelCount)
    {
        var votes = new Dictionary<int, int[]>();
        var all = new int[labelCount];
        for (var i = 0; i < bins.Length; i += 2)
        {
            if (!votes.TryGetValue(bins[i], out var counts))
                votes.Add(bins[i], counts = new int[labelCount]);
            counts[labels[i]]++;
            all[labels[i]]++;
        }

        var trivial = Array.IndexOf(all, all.Max());
        var best = votes.ToDictionary(bin => bin.Key, bin => Array.IndexOf(bin.Value, bin.Value.Max()));
        int errors = 0, trivialErrors = 0, tried = 0;
        for (var i = 1; i < bins.Length; i += 2, tried++)
        {
            errors += best.GetValueOrDefault(bins[i], trivial) == labels[i] ? 0 : 1;
            trivialErrors += trivial == labels[i] ? 0 : 1;
        }

        return trivialErrors >= FewestErrors && errors <= (1 - AlmostAll) * trivialErrors ? 1 - ((double)errors / tried) : null;
    }

    private static double ShareExplained(int[] bins, double[] values)
    {
        var sums = new Dictionary<int, (double Sum, int Count)>();
        double all = 0;
        for (var i = 0; i < bins.Length; i += 2)
        {
            var (sum, count) = sums.GetValueOrDefault(bins[i]);
            sums[bins[i]] = (sum + values[i], count + 1);
            all += values[i];
        }

        var mean = all / ((bins.Length + 1) / 2);
        double left = 0, spread = 0;
        for (var i = 1; i < bins.Length; i += 2)
        {
            var guess = sums.TryGetValue(bins[i], out var bin) ? bin.Sum / bin.Count : mean;
            left += (values[i] - guess) * (values[i] - guess);
            spread += (values[i] - mean) * (values[i] - mean);
        }

        return spread > 0 ? 1 - (left / spread) : 0;
    }
}
