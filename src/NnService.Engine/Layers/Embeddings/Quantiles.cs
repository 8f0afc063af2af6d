using System.Numerics;

namespace NnService.Engine.Layers.Embeddings;

/// <summary>Edges of bins of about equally many values.</summary>
internal static class Quantiles
{
    private const int NearBins = 2;

    // values [n]   →   edges [bins + 1]
    /// <summary>
    /// Every value, where there are few enough. Otherwise each value that fills a bin by itself, and the quantiles 0 … 1 (type 7 of Hyndman and Fan 1996) of
    /// the values that are left, at as many equal steps as there are edges left: nine zeros in ten do not take the bins from the tenth. Each edge once and in
    /// rising order, but none that makes the first or the last bin very narrow (<see cref="WidenEnds"/>); the last is repeated in the places that are left.
    /// </summary>
    /// <param name="values">At least one; they are sorted, and some of them overwritten.</param>
    /// <param name="edges">Overwritten.</param>
    /// <param name="widensEnds">Whether a very narrow bin at an end is joined with the next.</param>
    public static void Edges<T>(Span<T> values, Span<T> edges, bool widensEnds = true)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        values.Sort();
        var count = Distinct<T>(values, edges);
        if (count > edges.Length)
        {
            count = TakeFrequent(values, edges, out var left);
            var bins = edges.Length - count - 1;
            for (var i = 0; i <= bins; i++)
                edges[count++] = At<T>(values[..left], (double)i / bins);
            edges.Sort();
            count = Unique(edges);
        }

        if (widensEnds)
            count = WidenEnds(edges, count);
        edges[count..].Fill(edges[count - 1]);
    }

    // How many different values there are, or more than there are edges; these hold the first of them.
    private static int Distinct<T>(ReadOnlySpan<T> sorted, Span<T> edges)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var count = 0;
        for (var i = 0; i < sorted.Length && count <= edges.Length; i++)
        {
            if (i > 0 && sorted[i] == sorted[i - 1])
                continue;
            if (count < edges.Length)
                edges[count] = sorted[i];
            count++;
        }

        return count;
    }

    // Makes edges of the values that fill a bin, takes them out, and looks again, for the others' bins are smaller then. Fewer than there are bins: those left
    // hold more than none, and each took more than its share.
    private static int TakeFrequent<T>(Span<T> sorted, Span<T> edges, out int left)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (count, before) = (0, -1);
        for (left = sorted.Length; count > before;)
        {
            before = count;
            var most = (double)left / (edges.Length - 1 - count);
            var (from, to) = (0, 0);
            while (from < left)
            {
                var end = from + 1;
                while (end < left && sorted[end] == sorted[from])
                    end++;
                if (end - from > most)
                {
                    edges[count++] = sorted[from];
                }
                else
                {
                    sorted[from..end].CopyTo(sorted[to..]);
                    to += end - from;
                }

                from = end;
            }

            left = to;
        }

        return count;
    }

    private static int Unique<T>(Span<T> sorted)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var count = 1;
        foreach (var edge in sorted)
            if (edge > sorted[count - 1])
                sorted[count++] = edge;
        return count;
    }

    // The first and the last bin go on beyond the values. Below a cap that fills a bin by itself, the last would be as wide as the gap to the next value, and
    // its line, drawn by those two, would be far off at once. So inner edges are taken out while the bin at an end is very narrow.
    private static int WidenEnds<T>(Span<T> edges, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var share = (double.CreateChecked(edges[count - 1]) - double.CreateChecked(edges[0])) / (edges.Length - 1);
        for (; count > 2 && IsNarrow<T>(edges, count - 2, -1, count, share); count--)
            edges[count - 2] = edges[count - 1];
        for (; count > 2 && IsNarrow<T>(edges, 0, 1, count, share); count--)
            edges[2..count].CopyTo(edges[1..]);
        return count;
    }

    // Narrower than half an equal share of the range, and than a quarter of a bin close by: where most values lie at an end, all bins are narrow there.
    private static bool IsNarrow<T>(ReadOnlySpan<T> edges, int bin, int step, int count, double share)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var widest = 0.0;
        for (var i = 1; i <= Math.Min(NearBins, count - 2); i++)
            widest = Math.Max(widest, Width(edges, bin + (i * step)));
        return Width(edges, bin) < Math.Min(share / 2, widest / 4);
    }

    private static double Width<T>(ReadOnlySpan<T> edges, int bin)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => double.CreateChecked(edges[bin + 1]) - double.CreateChecked(edges[bin]);

    private static T At<T>(ReadOnlySpan<T> sorted, double share)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rank = share * (sorted.Length - 1);
        var below = (int)rank;
        var weight = rank - below;
        var low = double.CreateChecked(sorted[below]);
        return weight == 0 ? sorted[below] : T.CreateChecked((low * (1 - weight)) + (double.CreateChecked(sorted[below + 1]) * weight));
    }
}
