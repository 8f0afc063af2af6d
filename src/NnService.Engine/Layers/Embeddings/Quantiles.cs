using System.Numerics;

namespace NnService.Engine.Layers.Embeddings;

/// <summary>Edges of bins of about equally many values.</summary>
internal static class Quantiles
{
    // values [n]   →   edges [bins + 1]
    /// <summary>
    /// Every value, where there are few enough. Otherwise each value that fills a bin by itself, and the quantiles 0 … 1 (type 7 of Hyndman and Fan 1996) of
    /// the values that are left, at as many equal steps as there are edges left: nine zeros in ten do not take the bins from the tenth. Each edge once and in
    /// rising order; the last is repeated in the places that are left.
    /// </summary>
    /// <param name="values">At least one; they are sorted, and some of them overwritten.</param>
    /// <param name="edges">Overwritten.</param>
    public static void Edges<T>(Span<T> values, Span<T> edges)
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
