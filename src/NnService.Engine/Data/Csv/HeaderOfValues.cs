using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Csv;

/// <summary>Whether the names of a table are values: the file then has no header, and its first row was taken for one.</summary>
internal static class HeaderOfValues
{
    /// <summary>A sentence for people; null where the names look like names.</summary>
    // Years are names too (country, 2019, 2020), so that whole numbers count only where every other name is a value of its column.
    internal static string? Warning(Table table)
    {
        if (table.Notes is not { HasHeader: true } notes)
            return null;
        Column[] named = [.. table.Columns.Where(column => !notes.MadeNames.Contains(column.Name))];
        Column[] numbers = [.. named.Where(column => IsNumber(table, column))];
        bool isFraction = Array.Exists(numbers, column => !column.Name.All(char.IsAsciiDigit) || (column.Name.Length > 1 && column.Name[0] == '0'));
        bool areValues = numbers.Length > 0 && Array.TrueForAll(named, column => IsNumber(table, column) || IsValue(column));
        return isFraction || areValues
            ? $"The first row looks like values, not like names: column \"{numbers[0].Name}\" holds numbers. "
                + "If the file has no header, upload it with ?header=false, or its first row is lost."
            : null;
    }

    private static bool IsNumber(Table table, Column column) =>
        column.Type == ColumnType.Number && table.Notation.ToNumber(column.Name, out _) == NumberKind.Number;

    private static bool IsValue(Column column) => column.Type switch
    {
        ColumnType.Number => false,
        ColumnType.Boolean => CellText.ToBoolean(column.Name) is not null,
        _ when column is { IsLoaded: false, Stored.Blocks.HasTexts: true } => false,
        _ => column.Categories.Contains(column.Name)
            || (DateText.TryRead(column.Name, out _) && column.Categories.Count > 0 && DateText.TryRead(column.Categories[0], out _)),
    };
}
