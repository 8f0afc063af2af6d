using System.Runtime.InteropServices;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>
/// The few values of a column that lie so far from all others that they alone make its standard deviation what it is. Scaled by it, the others can hardly be
/// told apart.
/// </summary>
/// <remarks>
/// With d = |x − median|: at most a twentieth of the values, the nearest of which is ten times as far out as any other one, and without which the standard
/// deviation would be at most a third;
/// and enough others that are not the median itself, or there is nothing to tell apart.
/// A gap, rather than so many deviations, because honest columns have long tails: amounts and counts reach hundreds of deviations, but step by step.
/// The figures were set on seventeen real tables and on exponential, log-normal and mostly empty columns, none of which is accused.
/// </remarks>
public sealed record ExtremeValues
{
    private const double Gap = 10;
    private const double SmallestRatio = 3;
    private const int ShareOfRows = 20; // a twentieth
    private const int LeastVaried = 100; // a hundredth of all values
    private const int LeastVariedEach = 10; // for each extreme one
    private const int MostNamed = 3;
    private const int SampleRows = 1024;
    private const int FewestValues = 20;

    /// <summary>How many there are.</summary>
    public required int Count { get; init; }

    /// <summary>The rows of the first of them, at most three.</summary>
    public required IReadOnlyList<int> Rows { get; init; }

    /// <summary>Standard deviation of all values; of dates, in days.</summary>
    public required double StandardDeviation { get; init; }

    /// <summary>The same without them.</summary>
    public required double StandardDeviationWithout { get; init; }

    /// <summary>Looks at a column of numbers or of dates; null where nothing is extreme.</summary>
    /// <param name="column">The column.</param>
    /// <param name="rows">The rows that count, in ascending order.</param>
    public static ExtremeValues? In(Column column, ReadOnlyMemory<int> rows)
    {
        Column whole = column.InMemory();
        double median = 0;
        if (whole.IsNumeric && !HasOutlier(whole, rows.Span, out median))
            return null;
        Column cells = rows.Length == column.Rows ? whole : whole.Take(rows);
        ReadOnlySpan<double> values = cells.IsNumeric ? cells.Numbers : DaysOf(cells);
        if (!cells.IsNumeric && !HasOutlier(values, out median))
            return null;
        var distances = new Distances();
        foreach (double value in values)
            distances.Add(value - median);
        if (distances.Gap() is not { } gap)
            return null;
        var named = new List<int>();
        for (int i = 0; i < values.Length && named.Count < MostNamed; i++)
        {
            if (Math.Abs(values[i] - median) >= gap.From)
                named.Add(rows.Span[i]);
        }

        return new ExtremeValues { Count = gap.Count, Rows = named, StandardDeviation = gap.With, StandardDeviationWithout = gap.Without };
    }

    // A quick look that settles nearly every column: a gap lies beyond nine tenths of the distances, since no more than a twentieth lie beyond it. The
    // median is that of a sample too.
    private static bool HasOutlier(ReadOnlySpan<double> values, out double median)
    {
        int step = Math.Max(1, values.Length / SampleRows);
        var sample = new List<double>(SampleRows);
        for (int i = 0; i < values.Length; i += step)
            sample.Add(values[i]);
        double reach = ReachOf(sample, out double middle);
        median = middle;
        foreach (double value in values)
        {
            if (Math.Abs(value - middle) > reach)
                return true;
        }

        return false;
    }

    // The same of some rows of a column of numbers, of which most have no value that lies so far out, in whatever rows.
    private static bool HasOutlier(Column column, ReadOnlySpan<int> rows, out double median)
    {
        ReadOnlySpan<double> numbers = column.Numbers;
        int step = Math.Max(1, rows.Length / SampleRows);
        var sample = new List<double>(SampleRows);
        for (int i = 0; i < rows.Length; i += step)
            sample.Add(numbers[rows[i]]);
        double reach = ReachOf(sample, out median);
        (double min, double max) = column.Extremes();
        if (!(Math.Abs(min - median) > reach || Math.Abs(max - median) > reach))
            return false;
        foreach (int row in rows)
        {
            if (Math.Abs(numbers[row] - median) > reach)
                return true;
        }

        return false;
    }

    // Nothing is out of reach where every value of the sample is missing.
    private static double ReachOf(List<double> sample, out double median)
    {
        median = 0;
        sample.RemoveAll(double.IsNaN);
        if (sample.Count == 0)
            return double.PositiveInfinity;
        Span<double> values = CollectionsMarshal.AsSpan(sample);
        median = OrderStatistic.At(values, values.Length / 2);
        foreach (ref double value in values)
            value = Math.Abs(value - median);
        return ExtremeValues.Gap * OrderStatistic.At(values, (int)(0.9 * (values.Length - 1)));
    }

    private static double[] DaysOf(Column dates)
    {
        var days = new double[dates.Rows];
        for (int row = 0; row < days.Length; row++)
            days[row] = DaysOf(dates.TextAt(row));
        return days;
    }

    private static double DaysOf(string? text) => text is not null && DatePart.TryRead(text, out DateTime date)
        ? DatePart.Of(DatePartKind.Days, date)
        : double.NaN;

    /// <summary>Distances from the median by their power of two: a gap by a factor of ten always lies between two of them.</summary>
    private sealed class Distances
    {
        private const int LowestExponent = -1074;
        private readonly Bucket[] _buckets = new Bucket[2 + 1024 - LowestExponent]; // the first for distances of 0

        internal void Add(double difference)
        {
            if (double.IsNaN(difference))
                return;
            difference = Math.Clamp(difference, -double.MaxValue, double.MaxValue); // of two numbers at either end it is no number
            double distance = Math.Abs(difference);
            int exponent = distance == 0 ? LowestExponent - 1 : Math.ILogB(distance);
            _buckets[exponent - LowestExponent + 1].Add(difference, exponent);
        }

        /// <summary>The widest set of values beyond a gap: how many, from which distance on, and the standard deviation with and without them.</summary>
        internal (int Count, double From, double With, double Without)? Gap()
        {
            int[] filled = [.. Enumerable.Range(0, _buckets.Length).Where(i => _buckets[i].Count > 0)];
            int all = filled.Sum(i => _buckets[i].Count);
            if (all < FewestValues)
                return null;
            double with = Deviation(filled);
            (int Count, double From, double With, double Without)? found = null;
            int beyond = 0;
            for (int i = filled.Length - 1; i > 0; i--)
            {
                beyond += _buckets[filled[i]].Count;
                if (beyond > Math.Max(1, all / ShareOfRows))
                    break;
                double from = _buckets[filled[i]].Min;
                double nearer = _buckets[filled[i - 1]].Max;
                int varied = all - beyond - (filled[0] == 0 ? _buckets[0].Count : 0);
                if (varied < Math.Max(all / LeastVaried, LeastVariedEach * beyond) || from / nearer < ExtremeValues.Gap)
                    continue; // where nearly all others are equal, there is nothing to tell apart
                double without = Deviation(filled.AsSpan(0, i));
                if (with >= SmallestRatio * without)
                    found = (beyond, from, with, without);
            }

            return found;
        }

        // √(Σ d²/n − (Σ d/n)²), in units of the largest power of two: no square overflows.
        private double Deviation(ReadOnlySpan<int> filled)
        {
            int largest = filled[^1] - 1 + LowestExponent;
            double sum = 0;
            double squares = 0;
            int count = 0;
            foreach (int i in filled)
            {
                double unit = Math.ScaleB(1, i - 1 + LowestExponent - largest);
                sum += _buckets[i].Sum * unit;
                squares += _buckets[i].Squares * unit * unit;
                count += _buckets[i].Count;
            }

            double mean = sum / count;
            return Math.ScaleB(Math.Sqrt(Math.Max(0, squares / count - mean * mean)), largest);
        }
    }

    /// <summary>The differences whose distances have one power of two; sums are in units of it.</summary>
    private struct Bucket
    {
        internal int Count;
        internal double Min;
        internal double Max;
        internal double Sum;
        internal double Squares;

        internal void Add(double difference, int exponent)
        {
            double distance = Math.Abs(difference);
            Min = Count == 0 ? distance : Math.Min(Min, distance);
            Max = Count == 0 ? distance : Math.Max(Max, distance);
            Count++;
            double scaled = distance == 0 ? 0 : Math.ScaleB(difference, -exponent);
            Sum += scaled;
            Squares += scaled * scaled;
        }
    }
}
