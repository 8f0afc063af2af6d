using System.Text;

namespace NnService.Engine.Data.Columns;

/// <summary>The values that more than a thousandth of a column's cells hold, with exact counts, in memory that does not grow with the column.</summary>
// Misra and Gries 1982: with k counters, every value that occurs in more than 1/(k + 1) of the cells is still there at the end. A second look counts them.
internal static class FrequentTexts
{
    private const int Counters = 1000;
    private const int LongestBytes = 4096; // longer texts are no categories to list

    internal static IEnumerable<CategoryCount> Of(StoredCells cells)
    {
        var candidates = new Dictionary<string, int>(StringComparer.Ordinal);
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = candidates.GetAlternateLookup<ReadOnlySpan<char>>();
        var buffer = new char[LongestBytes];
        cells.Blocks.Scan(0, cells.Blocks.Rows, cells.Dictionary, (text, isMissing) =>
        {
            if (isMissing || text.Length > LongestBytes)
                return;
            ReadOnlySpan<char> value = buffer.AsSpan(0, Encoding.UTF8.GetChars(text, buffer));
            if (lookup.ContainsKey(value) || candidates.Count < Counters)
                lookup[value] = lookup.TryGetValue(value, out int count) ? count + 1 : 1;
            else
                TakeOneOffEach(candidates);
        });

        foreach (string value in candidates.Keys)
            candidates[value] = 0;
        cells.Blocks.Scan(0, cells.Blocks.Rows, cells.Dictionary, (text, isMissing) =>
        {
            if (isMissing || text.Length > LongestBytes)
                return;
            ReadOnlySpan<char> value = buffer.AsSpan(0, Encoding.UTF8.GetChars(text, buffer));
            if (lookup.TryGetValue(value, out int count))
                lookup[value] = count + 1;
        });
        return candidates.Where(candidate => candidate.Value > cells.Blocks.Rows / Counters)
            .OrderBy(candidate => candidate.Key, StringComparer.Ordinal)
            .Select(candidate => new CategoryCount(candidate.Key, candidate.Value));
    }

    private static void TakeOneOffEach(Dictionary<string, int> candidates)
    {
        foreach (string value in candidates.Keys)
        {
            if (--candidates[value] == 0)
                candidates.Remove(value);
        }
    }
}
