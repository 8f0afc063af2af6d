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
        return new TableProfile(table.Rows, columns, [.. columns.Select(column => Warning(column, table.Rows)).OfType<string>()]);
    }

    private static string? Warning(ColumnProfile column, int rows)
    {
        if (column.Missing == rows)
            return $"Column \"{column.Name}\" is missing in every row.";
        if (column.IsConstant)
            return $"Column \"{column.Name}\" is constant.";
        return column.IsIdentifierLike ? $"Column \"{column.Name}\" looks like an identifier: every value is different." : null;
    }
}
