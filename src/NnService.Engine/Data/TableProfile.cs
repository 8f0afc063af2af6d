namespace NnService.Engine.Data;

/// <summary>What a table holds, column by column, and what in it deserves a second look.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">A profile of each column, in the order of the table.</param>
/// <param name="Warnings">Sentences about columns that are constant, identifier-like or all missing.</param>
public sealed record TableProfile(int Rows, IReadOnlyList<ColumnProfile> Columns, IReadOnlyList<string> Warnings)
{
    /// <summary>The profile of a table, over all of its rows.</summary>
    public static TableProfile Of(Table table)
    {
        ColumnProfile[] columns = [.. table.Columns.Select(ColumnProfile.Of)];
        return new TableProfile(table.Rows, columns, [.. columns.Select((column, index) => Warning(column, table.Columns[index])).OfType<string>()]);
    }

    private static string? Warning(ColumnProfile profile, Column column)
    {
        if (profile.Missing == column.Rows)
            return $"Column \"{profile.Name}\" is missing in every row.";
        if (DecimalComma(column) is { } example)
            return $"Column \"{profile.Name}\" holds numbers with a decimal comma, such as {CellText.Quote(example)}, and is read as text; write them with a decimal point.";
        if (profile.IsConstant)
            return $"Column \"{profile.Name}\" is constant.";
        return profile.IsIdentifierLike ? $"Column \"{profile.Name}\" looks like an identifier: every value is different." : null;
    }

    /// <summary>A number with a decimal comma, where the first cells of a column of text are nothing but numbers with and without one; null otherwise.</summary>
    private static string? DecimalComma(Column column)
    {
        const int CellsLookedAt = 100;
        if (column.IsNumeric)
            return null;
        Column first = column.Slice(0, Math.Min(CellsLookedAt, column.Rows));
        string? example = null;
        foreach (string cell in Enumerable.Range(0, first.Rows).Select(first.TextAt).OfType<string>())
        {
            if (CellText.HasDecimalComma(cell))
                example ??= cell;
            else if (CellText.ToNumber(cell, out _) != NumberKind.Number)
                return null;
        }

        return example;
    }
}
