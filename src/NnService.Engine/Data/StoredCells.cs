namespace NnService.Engine.Data;

/// <summary>What a storage holds of a column: its blocks, and for texts the dictionary their codes point into.</summary>
internal sealed class StoredCells
{
    /// <summary>Of numbers.</summary>
    internal StoredCells(ColumnBlocks blocks)
        : this(blocks, [])
    {
    }

    /// <summary>Of texts; the dictionary is in the order of the codes.</summary>
    internal StoredCells(ColumnBlocks blocks, string[] dictionary)
    {
        Blocks = blocks;
        Dictionary = dictionary;
    }

    internal ColumnBlocks Blocks { get; }

    internal string[] Dictionary { get; }

    internal double[] Numbers(int first, int count)
    {
        var numbers = new double[count];
        int at = 0;
        Blocks.Scan(first, count, (ReadOnlySpan<double> some) =>
        {
            some.CopyTo(numbers.AsSpan(at));
            at += some.Length;
        });
        return numbers;
    }

    /// <summary>The cells of some rows as codes into categories in ordinal order: the whole dictionary, or what texts there are.</summary>
    internal (int[] Codes, string[] Categories) Codes(int first, int count)
    {
        if (Blocks.HasTexts)
        {
            var values = new TextValues(new ReadingMemory(new MemoryBlocks(), 1), isUnbounded: true);
            Blocks.Scan(first, count, Dictionary, (text, isMissing) => values.AddChecked(text, isMissing));
            return values.ToCodes();
        }

        var codes = new int[count];
        int at = 0;
        int[] rank = RankOf(Dictionary, out string[] categories);
        Blocks.Scan(first, count, (ReadOnlySpan<int> some) =>
        {
            foreach (int code in some)
                codes[at++] = code < 0 ? -1 : rank[code];
        });
        return (codes, categories);
    }

    /// <summary>How often each value of the dictionary occurs, in ordinal order; there must be no texts among the blocks.</summary>
    internal int[] CountCodes(out string[] categories)
    {
        int[] rank = RankOf(Dictionary, out categories);
        var counts = new int[rank.Length];
        Blocks.Scan(0, Blocks.Rows, (ReadOnlySpan<int> codes) =>
        {
            foreach (int code in codes)
            {
                if (code >= 0)
                    counts[rank[code]]++;
            }
        });
        return counts;
    }

    /// <summary>The place of each value among the sorted ones.</summary>
    private static int[] RankOf(string[] values, out string[] sorted)
    {
        sorted = [.. values];
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(sorted, order, StringComparer.Ordinal);
        var rank = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            rank[order[i]] = i;
        return rank;
    }
}
