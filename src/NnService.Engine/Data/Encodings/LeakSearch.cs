using System.Runtime.InteropServices;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>
/// Looks for features that predict the target almost alone: each is cut into bins on one half of some training rows, and the most frequent label or the mean
/// of each bin is tried on the other half.
/// </summary>
public sealed class LeakSearch
{
    private const int FewestRows = 50;
    private const int MostRows = 4000;
    private const int Bins = 64;
    private const double AlmostAll = 0.98; // of the errors, or of the variance, that the trivial answer leaves
    private const int FewestErrors = 10;

    private readonly int[] _rows = [];
    private readonly int[] _labels = [];
    private readonly double[] _values = [];
    private readonly int _labelCount;
    private readonly int _trivial; // the label that most rows learnt from have, whatever the column

    /// <summary>A search on some of the training rows; it finds nothing where these are few, or the targets several.</summary>
    /// <param name="table">The table.</param>
    /// <param name="target">How its target becomes outputs.</param>
    /// <param name="trainRows">The training rows, in ascending order.</param>
    public LeakSearch(Table table, TargetEncoding target, ReadOnlySpan<int> trainRows)
    {
        if (trainRows.Length < FewestRows || target.Columns.Count > 1)
            return;
        _rows = new int[Math.Min(trainRows.Length, MostRows)];
        for (int i = 0; i < _rows.Length; i++)
            _rows[i] = trainRows[(int)((long)i * trainRows.Length / _rows.Length)];
        _labelCount = target.Labels.Count;
        if (target.Task == TaskKind.Regression)
        {
            _values = new double[_rows.Length];
            target.Values(table, _rows, _values);
            double most = _values.Max(Math.Abs);
            if (most > 0)
                _values = Array.ConvertAll(_values, value => value / most); // squares of any target are then numbers
        }
        else
        {
            _labels = new int[_rows.Length];
            target.EncodeLabels(table, _rows, _labels);
            _trivial = LabelOfBins(new int[_rows.Length])[0];
        }
    }

    /// <summary>How well a column predicts the target, such as <c>accuracy 0.998</c>; null where it does not almost alone.</summary>
    public string? Try(Column column)
    {
        if (_rows.Length == 0)
            return null;
        int[] bins = BinsOf(column.Take(_rows));
        return _values.Length > 0
            ? ShareExplained(bins) is > AlmostAll and var share ? $"R² {share:0.000}" : null
            : Accuracy(bins) is { } accuracy ? $"accuracy {accuracy:0.000}" : null;
    }

    // The even positions are learnt from, the odd ones tried.
    private static int[] BinsOf(Column sample)
    {
        if (!sample.IsNumeric)
            return Array.ConvertAll(sample.Codes.ToArray(), code => code + 1);
        double[] numbers = sample.Numbers.ToArray();
        double[] sorted = [.. numbers.Where((number, i) => i % 2 == 0 && !double.IsNaN(number))];
        Array.Sort(sorted);
        double[] cuts = [.. Enumerable.Range(1, Bins - 1).Where(_ => sorted.Length > 0)
            .Select(bin => sorted[(int)((long)bin * sorted.Length / Bins)]).Distinct()];
        return Array.ConvertAll(numbers, number => double.IsNaN(number) ? 0 : 1 + Below(cuts, number));
    }

    // How many cuts a number has reached, without a branch that no processor can guess.
    private static int Below(double[] cuts, double number)
    {
        int below = 0;
        for (int left = cuts.Length; left > 0;)
        {
            int half = (left + 1) / 2;
            int reached = cuts[below + half - 1] <= number ? 1 : 0;
            below += -reached & half;
            left -= half;
        }

        return below;
    }

    private double? Accuracy(int[] bins)
    {
        Dictionary<int, int> best = LabelOfBins(bins);
        int errors = 0, trivialErrors = 0, tried = 0;
        for (int i = 1; i < bins.Length; i += 2, tried++)
        {
            errors += best.GetValueOrDefault(bins[i], _trivial) == _labels[i] ? 0 : 1;
            trivialErrors += _trivial == _labels[i] ? 0 : 1;
        }

        return trivialErrors >= FewestErrors && errors <= (1 - AlmostAll) * trivialErrors ? 1 - ((double)errors / tried) : null;
    }

    // The label that most rows of each bin have, the first of equals. The rows of a bin are counted one behind the other: there may be as many labels as rows,
    // and a count of each for each bin would be gigabytes of many columns.
    private Dictionary<int, int> LabelOfBins(int[] bins)
    {
        var last = new Dictionary<int, int>(); // the place behind the last row of a bin
        int[] before = new int[bins.Length]; // that of the row before it; 0: there is none
        for (int i = 0; i < bins.Length; i += 2)
        {
            ref int place = ref CollectionsMarshal.GetValueRefOrAddDefault(last, bins[i], out _);
            (before[i], place) = (place, i + 1);
        }

        var best = new Dictionary<int, int>(last.Count);
        int[] counts = new int[_labelCount];
        foreach ((int bin, int end) in last)
        {
            (int label, int most) = (0, 0);
            for (int place = end; place > 0; place = before[place - 1])
            {
                int own = _labels[place - 1];
                int count = ++counts[own];
                if (count > most || (count == most && own < label))
                    (label, most) = (own, count);
            }

            best.Add(bin, label);
            for (int place = end; place > 0; place = before[place - 1])
                counts[_labels[place - 1]] = 0;
        }

        return best;
    }

    private double ShareExplained(int[] bins)
    {
        var sums = new Dictionary<int, (double Sum, int Count)>();
        double all = 0;
        for (int i = 0; i < bins.Length; i += 2)
        {
            (double sum, int count) = sums.GetValueOrDefault(bins[i]);
            sums[bins[i]] = (sum + _values[i], count + 1);
            all += _values[i];
        }

        double mean = all / ((bins.Length + 1) / 2);
        double left = 0, spread = 0;
        for (int i = 1; i < bins.Length; i += 2)
        {
            double guess = sums.TryGetValue(bins[i], out var bin) ? bin.Sum / bin.Count : mean;
            left += (_values[i] - guess) * (_values[i] - guess);
            spread += (_values[i] - mean) * (_values[i] - mean);
        }

        return spread > 0 ? 1 - (left / spread) : 0;
    }
}
