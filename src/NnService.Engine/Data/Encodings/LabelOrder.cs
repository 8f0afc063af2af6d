using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Encodings;

/// <summary>The labels of a target column and their order: ordinal, numbers by value, false before true.</summary>
public static class LabelOrder
{
    /// <summary>The distinct labels of all rows; missing cells have none.</summary>
    internal static string[] Of(Column column) => column.Type switch
    {
        ColumnType.Number => [.. DistinctNumbers(column, int.MaxValue).Order().Select(Column.TextOf)],
        ColumnType.Boolean => [.. DistinctNumbers(column, int.MaxValue).Order().Select(number => Column.TextOf(number != 0))],
        _ => [.. UsedCategories(column)],
    };

    /// <summary>Number of distinct labels, counted no further than a limit.</summary>
    public static int Distinct(Column column, int limit)
        => column.IsNumeric ? DistinctNumbers(column, limit).Count : UsedCategories(column).Count();

    private static IEnumerable<string> UsedCategories(Column column)
    {
        var used = new bool[column.Categories.Count];
        foreach (int code in column.Codes)
        {
            if (code >= 0)
                used[code] = true;
        }

        return column.Categories.Where((_, code) => used[code]);
    }

    private static HashSet<double> DistinctNumbers(Column column, int limit)
    {
        var numbers = new HashSet<double>();
        foreach (double number in column.Numbers)
        {
            if (!double.IsNaN(number) && numbers.Add(number) && numbers.Count == limit)
                break;
        }

        return numbers;
    }
}
