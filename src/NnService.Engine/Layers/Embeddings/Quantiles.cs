using System.Numerics;

namespace NnService.Engine.Layers.Embeddings;

/// <summary>Edges of bins of about equally many values.</summary>
internal static class Quantiles
{
    // values [n]   →   edges [bins + 1]
    /// <summary>
    /// The quantiles 0, 1/bins … 1 (type 7 of Hyndman and Fan 1996), each once and in rising order; the last is repeated in the places that are left.
    /// </summary>
    /// <param name="values">At least one; they are sorted in place.</param>
    /// <param name="edges">Overwritten.</param>
    public static void Edges<T>(Span<T> values, Span<T> edges)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        values.Sort();
        var (count, bins) = (0, edges.Length - 1);
        for (var i = 0; i <= bins; i++)
        {
            var edge = At(values, (double)i / bins);
            if (count == 0 || edge > edges[count - 1])
                edges[count++] = edge;
        }

        edges[count..].Fill(edges[count - 1]);
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
