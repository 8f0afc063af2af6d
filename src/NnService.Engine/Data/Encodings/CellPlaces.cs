namespace NnService.Engine.Data.Encodings;

/// <summary>Names cells of a column, and where they stand, in messages.</summary>
// A place is a line of the file, counted from 1 with the header; or, where rows have no lines to tell, a row of the table, counted from 0 as everywhere.
public static class CellPlaces
{
    private const string Row = "row ";

    /// <summary>A row of a table as a place.</summary>
    public static string OfRow(int row) => $"{Row}{row}";

    /// <summary>A place within a sentence: on a line, or in a row.</summary>
    internal static string At(string place) =>
        place.StartsWith(Row, StringComparison.Ordinal) ? $"in {place} (counted from 0)"
        : place.StartsWith("line", StringComparison.Ordinal) ? $"on {place}"
        : $"in {place}";

    /// <summary>Such as <c>line 3 holds "x", line 7 "y" …</c></summary>
    /// <param name="cells">The cells to name, at least one.</param>
    /// <param name="areMore">Whether there are more of them.</param>
    /// <param name="placeOf">Where a row stands.</param>
    internal static string List(IReadOnlyList<(int Row, string Text)> cells, bool areMore, Func<int, string> placeOf)
    {
        string[] places = [.. cells.Select(cell => placeOf(cell.Row))];
        string named = string.Join(", ", cells.Select((cell, i) => $"{places[i]}{(i == 0 ? " holds" : "")} {CellText.Quote(cell.Text)}"));
        return named + (areMore ? " …" : "") + (places[0].StartsWith(Row, StringComparison.Ordinal) ? " (rows counted from 0)" : "");
    }
}
