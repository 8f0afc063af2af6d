using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Engine.Data;

/// <summary>What a careful reader would remark on in a table, in whole sentences that say what to change.</summary>
internal static class TableWarnings
{
    private const string Missing = "is missing in every row.";
    private const string Constant = "is constant.";
    private const string Identifier = "looks like an identifier: every value is different.";

    internal static IEnumerable<string> Of(Table table, IReadOnlyList<ColumnProfile> profiles)
    {
        if (HeaderOfValues.Warning(table) is { } header)
            yield return header;
        if (UncutCells.Warning(table) is { } uncut)
            yield return uncut;
        foreach (string nameless in table.Notes?.Warnings ?? [])
            yield return nameless;
        foreach (string rows in OddRows.Warnings(table, profiles))
            yield return rows;
        bool hasThousandsPoint = table.Notes?.Columns.Values.Any(notes => notes.ThousandsPoint is not null) == true;
        string?[] remarks =
        [
            .. profiles.Select((profile, i) => Remark(table, table.Columns[i], profile, table.Notes?.Columns[table.Columns[i].Name], hasThousandsPoint)),
        ];
        var alike = table.Columns.Zip(remarks).Where(column => column.Second is Missing or Constant or Identifier)
            .ToLookup(column => column.Second!, column => column.First.Name, StringComparer.Ordinal);
        var said = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < profiles.Count; i++)
        {
            Column column = table.Columns[i];
            if (Unseen(column.Name) is { } letter)
                yield return $"The name of column {i + 1}, \"{column.Name}\", holds a character that is not seen (U+{(int)letter:X4}); "
                    + "whoever names the column has to send it too.";
            ColumnNotes? notes = table.Notes?.Columns[column.Name];
            if (remarks[i] is { } remark && alike[remark].Count() > FewNames.Most)
            {
                if (said.Add(remark))
                    yield return $"Columns {FewNames.Of([.. alike[remark]])}: each {remark}";
            }
            else if (remarks[i] is { } own)
            {
                yield return $"Column \"{column.Name}\" {own}";
            }

            foreach (string change in notes is null ? [] : Changes(column, profiles[i], notes))
                yield return $"Column \"{column.Name}\" {change}";
        }
    }

    // A blank that is none at either end, or a character without width anywhere.
    private static char? Unseen(string name)
    {
        foreach (char letter in name)
        {
            if (letter is '\u200B' or '\u200C' or '\u200E' or '\u200F' or '\u2060' or '\uFEFF' or '\u00AD')
                return letter;
        }

        return name.Length > 0 && char.IsWhiteSpace(name[0]) ? name[0] : name.Length > 0 && char.IsWhiteSpace(name[^1]) ? name[^1] : null;
    }

    // One of these at most: the first says why the others hold, or what is worse.
    private static string? Remark(Table table, Column column, ColumnProfile profile, ColumnNotes? notes, bool hasThousandsPoint)
    {
        if (profile.Missing == column.Rows)
            return Missing;
        if (notes is { IsDeclared: false, NumberInQuotes: null } && MixedBooleans.Describe(column, profile, table.Notation) is { } booleans)
            return booleans;
        if (notes is not { IsDeclared: true } && NearlyNumbers.Of(column, table.Notation) is { } nearly)
            return nearly.Describe(PlaceOf, notes?.NumberInQuotes, hasThousandsPoint);
        NearlyDates? dates = NearlyDates.Of(column);
        if (notes is not { IsDeclared: true } && dates?.Describe(PlaceOf) is { } nearlyDates)
            return nearlyDates;
        if (AlikeWords.Quoted(column, profile) is { } quoted)
            return quoted;
        if (profile.IsConstant && !(column.Type == ColumnType.Number && notes?.Beyond is not null)) // what rounding makes equal may differ
            return Constant;
        if (notes is not { IsDeclared: true } && DatesInDigits.Describe(column, profile) is { } digits)
            return digits;
        if (dates?.AreAll == true)
            return "holds dates, which have no type of their own: a job makes numbers of them (days, year, month, day, weekday). "
                + "To have them as words, give the job \"preprocessing\": {\"dates\": \"none\"}.";
        if (notes is not { IsDeclared: true } && AlikeWords.Missing(column, profile, table.Notation) is { } missing)
            return missing;
        return profile.IsIdentifierLike ? Identifier : null;

        string PlaceOf(int row) => table.Notes?.PlaceOf(row) ?? CellPlaces.OfRow(row);
    }

    private static IEnumerable<string> Changes(Column column, ColumnProfile profile, ColumnNotes notes)
    {
        if (column.Type == ColumnType.Number && notes.LeadingZeros is { } zeros)
            yield return $"holds numbers with leading zeros, such as {zeros.Text} {zeros.Place}, which are read without them. "
                + $"To keep them, declare the column a category: ?types={Uri.EscapeDataString(column.Name)}:category.";
        if (notes.ThousandsPoint is { } point)
            yield return $"holds numbers such as {point.Text} {point.Place}, with three digits behind every point, which is read as the decimal point. "
                + "If it stands between thousands, upload the table with ?decimal=,&thousands=.";
        if (column.Type == ColumnType.Number && notes.Beyond is { } beyond)
            yield return $"holds whole numbers beyond 2^53, such as {beyond.Text} {beyond.Place}, which are rounded to a float64. "
                + $"To tell all of them apart, declare the column a category: ?types={Uri.EscapeDataString(column.Name)}:category.";
        if (AlikeWords.Alike(column, profile) is { } alike)
            yield return alike;
        string[] words = [.. notes.MissingTexts.Where(spelling => spelling.Key.Length > 0).Select(spelling => $"\"{spelling.Key}\" ({spelling.Value:N0})")];
        if (!column.IsNumeric && words.Length > 0 && (notes.IsDeclared || notes.HasQuotedMissing || profile.IsConstant))
            yield return $"has cells that are read as missing: {string.Join(", ", words)}. "
                + "If that is a word, upload the table with ?missing= and what is missing instead, which may be nothing.";
    }
}
