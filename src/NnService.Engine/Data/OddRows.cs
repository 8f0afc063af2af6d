using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Data;

/// <summary>Rows that are none of what the others are: empty ones, the header once more, and a last one of totals.</summary>
internal static class OddRows
{
    private const int FewestBesideTotals = 2;
    private const double Rounding = 1e-3; // of a total, where what it adds up is written rounded

    private static readonly HashSet<string> s_totals = new(StringComparer.OrdinalIgnoreCase)
    {
        "total", "totals", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "insgesamt", "somme", "suma", "totale",
    };

    /// <summary>A sentence for each kind of them that the table has.</summary>
    internal static IEnumerable<string> Warnings(Table table, IReadOnlyList<ColumnProfile> profiles)
    {
        if (table.Notes is not { } notes || table.Columns.Count < 2)
            yield break;
        if (Empty(table) is { Count: > 0 } empty)
            yield return $"{Rows(empty.Count, "is", "are")} empty in every column{Places(empty, notes)}, and "
                + $"{(empty.Count == 1 ? "counts as a row" : "count as rows")} all the same; take {(empty.Count == 1 ? "it" : "them")} out of the table.";
        if (Headers(table, notes) is { Count: > 0 } headers)
            yield return $"{Rows(headers.Count, "repeats", "repeat")} the header{Places(headers, notes)}, as where files were put together, "
                + $"by which columns of numbers become words; take {(headers.Count == 1 ? "it" : "them")} out of the table.";
        if (Totals(table, profiles, notes) is { } totals)
            yield return totals;
    }

    private static string Rows(int count, string one, string several) => count == 1 ? $"1 row {one}" : $"{count:N0} rows {several}";

    private static string Places((int Count, int First) rows, TableNotes notes) =>
        $"{(rows.Count == 1 ? ", " : ", the first ")}{CellPlaces.At(notes.PlaceOf(rows.First))}";

    // The column with the fewest missing cells first: it rules out most rows.
    private static (int Count, int First) Empty(Table table)
    {
        Column[] columns = [.. table.Columns.OrderBy(column => column.Missing)];
        return columns[0].Missing == 0 || columns[0].Missing == table.Rows ? default
            : Find(table.Rows, columns, (cells, row) => cells.IsMissing(row));
    }

    private static (int Count, int First) Headers(Table table, TableNotes notes)
    {
        Column[] named = [.. table.Columns.Where(column => !notes.MadeNames.Contains(column.Name)).OrderByDescending(column => column.IsNumeric)];
        return notes.HasHeader && named.Length > 1 && Array.TrueForAll(named, column => MayHoldItsName(table, column))
            ? Find(table.Rows, named, (cells, row) => cells.TextAt(row)?.Trim() == cells.Name)
            : default;
    }

    private static bool MayHoldItsName(Table table, Column column) =>
        column.IsNumeric ? column.Type == ColumnType.Number && table.Notation.ToNumber(column.Name, out _) == NumberKind.Number
        : column is { IsLoaded: false, Stored.Blocks.HasTexts: true } || column.Categories.Any(category => category.Trim() == column.Name);

    // A few thousand rows at a time; a column is read only where some of them are left.
    private static (int Count, int First) Find(int rows, Column[] columns, Func<Column, int, bool> isOdd)
    {
        (int count, int first) = (0, 0);
        for (int start = 0; start < rows; start += RowWindow.Longest)
        {
            int length = Math.Min(RowWindow.Longest, rows - start);
            List<int> found = [.. Enumerable.Range(0, length)];
            for (int i = 0; i < columns.Length && found.Count > 0; i++)
            {
                Column cells = columns[i].Slice(start, length);
                found.RemoveAll(row => !isOdd(cells, row));
            }

            first = count == 0 && found.Count > 0 ? start + found[0] : first;
            count += found.Count;
        }

        return (count, first);
    }

    // By its word and by its number, so that neither a name nor a chance is taken for it.
    private static string? Totals(Table table, IReadOnlyList<ColumnProfile> profiles, TableNotes notes)
    {
        int last = table.Rows - 1;
        Column name = table.Columns[0];
        if (last < FewestBesideTotals || name.IsNumeric || name.Slice(last, 1).TextAt(0) is not { } text || !s_totals.Contains(text.Trim().TrimEnd(':')))
            return null;
        for (int i = 1; i < table.Columns.Count; i++)
        {
            Column column = table.Columns[i];
            if (column.Type != ColumnType.Number || profiles[i].Mean is not { } mean)
                continue;
            double total = column.Slice(last, 1).Numbers[0];
            double others = mean * (column.Rows - column.Missing) - total;
            if (total != 0 && Math.Abs(total - others) <= Rounding * Math.Abs(total))
                return $"The last row ({notes.PlaceOf(last)}) looks like a total: its \"{name.Name}\" is {CellText.Quote(text)}, and its \"{column.Name}\" "
                    + "is the sum of the others. Take it out of the table, or it counts as a row like them.";
        }

        return null;
    }
}
