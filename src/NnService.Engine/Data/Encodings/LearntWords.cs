using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>Words that a model has learnt and a table does not show as they were written, because its column was read as numbers or as true and false:
/// 014, 9.50, True, or - among numbers.</summary>
public static class LearntWords
{
    /// <summary>The columns of a table that must be read as words for a model.</summary>
    /// <param name="table">The table.</param>
    /// <param name="features">The model's features.</param>
    /// <param name="truth">Its target, where the table has it too; null: nobody asks.</param>
    public static IReadOnlyList<string> HiddenIn(Table table, FeatureEncoding features, TargetEncoding? truth)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(features);
        var learnt = features.Columns.Where(column => column is { Type: ColumnType.Category, Dates: null })
            .Select(column => (column.Name, Words: column.WordLists.SelectMany(words => words)));
        if (truth is { Labels.Count: > 0 })
            learnt = learnt.Append((truth.Columns[0], truth.Labels));
        return [.. learnt.Where(column => table.Find(column.Name) is { IsNumeric: true } cells && column.Words.Any(word => IsHidden(word, cells, table.Notation)))
            .Select(column => column.Name)];
    }

    private static bool IsHidden(string word, Column cells, CellNotation notation)
    {
        if (cells.Missing > 0 && notation.IsMissing(word, amongNumbers: true))
            return true;
        if (cells.Type == ColumnType.Boolean)
            return CellText.ToBoolean(word) is { } flag && Column.TextOf(flag) != word;
        return notation.ToNumber(word, out double number) == NumberKind.Number && Column.TextOf(number) != word;
    }
}
