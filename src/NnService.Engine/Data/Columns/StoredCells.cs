namespace NnService.Engine.Data.Columns;

/// <summary>What a storage holds of a column: its blocks, and for texts the dictionary their codes point into.</summary>
internal sealed class StoredCells
{
    private readonly Lazy<(int[] Rank, string[] Categories)> _sorted;

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
        _sorted = new Lazy<(int[] Rank, string[] Categories)>(() => Sort(dictionary));
    }

    internal ColumnBlocks Blocks { get; }

    internal string[] Dictionary { get; }

    /// <summary>The dictionary in ordinal order.</summary>
    internal IReadOnlyList<string> Categories => _sorted.Value.Categories;

    internal double[] Numbers(int first, int count)
    {
        double[] numbers = GC.AllocateUninitializedArray<double>(count);
        ReadNumbers(first, count, numbers);
        return numbers;
    }

    internal void ReadNumbers(int first, int count, Span<double> numbers) => Blocks.Read(first, count, numbers);

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
        (int[] rank, string[] categories) = _sorted.Value;
        Blocks.Scan(first, count, (ReadOnlySpan<int> some) =>
        {
            foreach (int code in some)
                codes[at++] = code < 0 ? -1 : rank[code];
        });
        return (codes, categories);
    }

    /// <summary>How often each value of the dictionary occurs, in ordinal order; there must be no texts among the blocks.</summary>
    internal int[] CountCodes()
    {
        int[] rank = _sorted.Value.Rank;
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

    // The place of each value among the sorted ones, and these.
    private static (int[] Rank, string[] Categories) Sort(string[] values)
    {
        string[] sorted = [.. values];
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(sorted, order, StringComparer.Ordinal);
        var rank = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
            rank[order[i]] = i;
        return (rank, sorted);
    }
}
