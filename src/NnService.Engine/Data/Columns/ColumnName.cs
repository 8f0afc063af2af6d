namespace NnService.Engine.Data.Columns;

/// <summary>What columns may be called.</summary>
public static class ColumnName
{
    private static readonly char[] s_blanks = [' ', '\t'];

    /// <summary>The name by which a CSV would know a column: without spaces and tabs around it. No table has two columns that share it.</summary>
    public static string Trim(string name) => name.Trim(s_blanks);
}
