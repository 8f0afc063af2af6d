using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>A table cannot be prepared as asked, or does not fit what was fitted on another; the message says what to change.</summary>
public sealed class PreparationException(string message, string? column = null, int? row = null) : Exception(message)
{
    /// <summary>Name of the column; null where the problem is not one column's.</summary>
    public string? Column { get; } = column;

    /// <summary>0-based row of the table; null where the problem is not one row's.</summary>
    public int? Row { get; } = row;

    /// <summary>Something about one cell; the row is counted within the table that the column was cut out of.</summary>
    internal static PreparationException At(Column column, int row, string what) =>
        new($"Row {column.FirstRow + row} (counted from 0), column \"{column.Name}\": {what}", column.Name, column.FirstRow + row);
}
