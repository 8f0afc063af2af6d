namespace NnService.Engine.Data.Columns;

/// <summary>A short run of a column's rows in which some lie that were asked for.</summary>
/// <param name="First">The first row of the run.</param>
/// <param name="Count">How many rows the run has.</param>
/// <param name="Rows">The rows that were asked for, counted from the first of the run.</param>
internal readonly record struct RowWindow(int First, int Count, int[] Rows)
{
    /// <summary>
    /// The longest run: two blocks of a file of columns, so that none is read twice; and a column's numbers take less than the 85,000 bytes from which on the
    /// collector lets an array lie for long.
    /// </summary>
    internal const int Longest = 8192;

    /// <summary>The runs for rows in ascending order; none reaches over a multiple of the longest.</summary>
    internal static IEnumerable<RowWindow> Over(ReadOnlyMemory<int> rows)
    {
        for (int start = 0, count; start < rows.Length; start += count)
        {
            int first = rows.Span[start];
            int[] within = CountedFrom(first, rows.Span[start..]);
            count = within.Length;
            yield return new RowWindow(first, within[^1] + 1, within);
        }
    }

    // The rows up to the end of the window that the first lies in.
    private static int[] CountedFrom(int first, ReadOnlySpan<int> rows)
    {
        int beyond = rows.IndexOfAnyExceptInRange(first, first / Longest * Longest + (Longest - 1));
        int[] within = rows[..(beyond < 0 ? rows.Length : beyond)].ToArray();
        foreach (ref int row in within.AsSpan())
            row -= first;
        return within;
    }
}
