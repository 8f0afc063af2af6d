namespace NnService.Engine.Data.Columns;

/// <summary>Why a column is unlikely to help a prediction.</summary>
public enum Suspicion
{
    /// <summary>Nothing speaks against it.</summary>
    None,

    /// <summary>Every cell is missing.</summary>
    Missing,

    /// <summary>Every cell holds the same value, and none is missing.</summary>
    Constant,

    /// <summary>Every value is different, and it holds whole numbers (of at least 20 rows), categories or text.</summary>
    Identifier,
}

/// <summary>Looks at a column only as far as it takes: by the same rules as its profile, which counts everything.</summary>
public static class ColumnSuspicion
{
    private const int FewestIdentifiers = 20; // decision 10
    private const int RowsOfFirstLook = 1024;

    /// <summary>What speaks against a column as a feature.</summary>
    public static Suspicion Of(Column column)
    {
        if (column.Missing == column.Rows)
            return Suspicion.Missing;
        if (column.Missing == 0 && Holds(column, IsConstant))
            return Suspicion.Constant;
        bool couldIdentify = !column.IsNumeric || (column.IsInteger && column.Rows >= FewestIdentifiers);
        return couldIdentify && column.Rows - column.Missing > 1 && Holds(column, IsAllDistinct) ? Suspicion.Identifier : Suspicion.None;
    }

    // What does not hold for the first rows does not hold for all of them.
    private static bool Holds(Column column, Predicate<Column> claim) =>
        (column.Rows <= RowsOfFirstLook || claim(column.Slice(0, RowsOfFirstLook))) && claim(column.InMemory());

    private static bool IsConstant(Column column) => column.IsNumeric
        ? !column.Numbers.ContainsAnyExcept(column.Numbers[0])
        : !column.Codes.ContainsAnyExcept(column.Codes[0]);

    private static bool IsAllDistinct(Column column)
    {
        if (!column.IsNumeric && column.Categories.Count < column.Rows - column.Missing)
            return false;
        var seen = new HashSet<double>();
        for (int row = 0; row < column.Rows; row++)
        {
            if (!column.IsMissing(row) && !seen.Add(column.IsNumeric ? column.Numbers[row] : column.Codes[row]))
                return false;
        }

        return true;
    }
}
