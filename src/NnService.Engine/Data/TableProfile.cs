using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>What a table holds, column by column, and what in it deserves a second look.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">A profile of each column, in the order of the table.</param>
/// <param name="Warnings">Sentences about what reading has changed, what may have been meant otherwise, and columns that are of no use.</param>
public sealed record TableProfile(int Rows, IReadOnlyList<ColumnProfile> Columns, IReadOnlyList<string> Warnings)
{
    /// <summary>The profile of a table, over all of its rows.</summary>
    public static TableProfile Of(Table table)
    {
        ColumnProfile[] columns =
            [.. table.Columns.Select(column => ColumnProfile.Of(column) with { MissingSpellings = table.Notes?.Columns[column.Name].MissingSpellings })];
        return new TableProfile(table.Rows, columns, [.. TableWarnings.Of(table, columns)]);
    }
}
