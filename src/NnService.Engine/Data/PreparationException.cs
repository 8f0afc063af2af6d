using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data;

/// <summary>A table cannot be prepared as asked, or does not fit what was fitted on another; the message says what to change.</summary>
public sealed class PreparationException(string message, string? column = null, int? row = null) : Exception(message)
{
    /// <summary>Name of the column; null where the problem is not one column's.</summary>
    public string? Column { get; } = column;

    /// <summary>0-based row of the table; null where the problem is not one row's.</summary>
    public int? Row { get; } = row;

    /// <summary>JSON pointer to what must change, relative to the spec that was followed, as <c>/folds</c>; empty: the spec as a whole.</summary>
    public string Pointer { get; init; } = "";

    /// <summary>Something about one cell; the row is counted within the table that the column was cut out of.</summary>
    /// <param name="column">The column.</param>
    /// <param name="row">The row.</param>
    /// <param name="what">What is wrong in the cell.</param>
    /// <param name="pointer">As <see cref="Pointer"/>.</param>
    internal static PreparationException At(Column column, int row, string what, string pointer = "") =>
        new($"Row {column.FirstRow + row} (counted from 0), column \"{column.Name}\": {what}", column.Name, column.FirstRow + row) { Pointer = pointer };
}
