using System.Runtime.CompilerServices;

namespace NnService.Engine.Data.Columns;

/// <summary>How often the numbers of a column fall where. Bin i goes from edge i up to, but without, edge i + 1; the last one has its upper edge too.</summary>
/// <param name="Edges">[bins + 1], ascending: of equal width from the smallest number to the largest. Whole numbers that are few have a bin each, from half
/// below to half above; a single value has one bin without width.</param>
/// <param name="Counts">[bins]</param>
public sealed record Histogram(IReadOnlyList<double> Edges, IReadOnlyList<int> Counts)
{
    private const int MostBins = 20;

    /// <summary>Of the numbers of a column, missing ones left out; null where there are none.</summary>
    internal static Histogram? Of(Column column, Moments moments)
    {
        if (moments.Count == 0)
            return null;
        double[] edges = EdgesOf(moments.Min, moments.Max, column.IsInteger);
        var counts = new int[edges.Length - 1];
        column.Scan(numbers => Count(numbers, edges, counts));
        return new Histogram(edges, counts);
    }

    private static double[] EdgesOf(double min, double max, bool isInteger)
    {
        if (min == max)
            return [min, max];
        if (isInteger && max - min < MostBins)
            return [.. Enumerable.Range(0, (int)(max - min) + 2).Select(i => min - 0.5 + i).Distinct()];
        double width = (max - min) / MostBins;
        IEnumerable<double> inner = Enumerable.Range(1, MostBins - 1).Select(i => double.IsFinite(width)
            ? min + i * width
            : min * ((double)(MostBins - i) / MostBins) + max * ((double)i / MostBins));
        return [min, .. inner.Where(edge => edge > min && edge < max).Distinct(), max]; // fewer where there are no numbers between
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Count(ReadOnlySpan<double> numbers, double[] edges, int[] counts)
    {
        double low = edges[0] / 2;
        double scale = counts.Length / (edges[^1] / 2 - low);
        foreach (double number in numbers)
        {
            if (double.IsNaN(number))
                continue;
            int bin = counts.Length == 1 ? 0 : Math.Clamp((int)((number / 2 - low) * scale), 0, counts.Length - 1);
            while (bin > 0 && number < edges[bin])
                bin--;
            while (bin < counts.Length - 1 && number >= edges[bin + 1])
                bin++;
            counts[bin]++;
        }
    }
}
