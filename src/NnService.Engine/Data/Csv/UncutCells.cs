namespace NnService.Engine.Data.Csv;

/// <summary>Whether the only column of a table may be several that were not cut: its name and its cells hold equally many of one separator.</summary>
internal static class UncutCells
{
    private const double Most = 0.95;
    private const char Blanks = ' '; // one or several

    private static readonly (char Mark, string Name)[] s_marks =
    [
        (';', "\";\""), ('|', "\"|\""), ('\t', "tab"), (',', "\",\""), ('^', "\"^\""), ('~', "\"~\""), ('\u0001', "character U+0001"), ('¦', "\"¦\""),
        (':', "\":\""), (Blanks, "blank (or several together)"),
    ];

    /// <summary>A sentence for people; null where nothing speaks for more columns than one.</summary>
    internal static string? Warning(Table table)
    {
        if (table.Columns is not [{ IsNumeric: false } column] || table.Notes is not { HasHeader: true } || column.Missing == column.Rows)
            return null;
        int[] inName = [.. s_marks.Select(mark => Count(column.Name, mark.Mark))];
        if (Array.TrueForAll(inName, count => count == 0))
            return null;
        var same = new int[s_marks.Length];
        int texts = 0;
        ColumnTexts.Each(column, text =>
        {
            texts++;
            for (int i = 0; i < same.Length; i++)
                same[i] += inName[i] > 0 && Count(text, s_marks[i].Mark) == inName[i] ? 1 : 0;
        });
        int found = Array.FindIndex(same, count => count >= Most * texts);
        if (found < 0)
            return null;
        (char mark, string name) = s_marks[found];
        string advice = mark is ';' or '|' or '\t' or ','
            ? "take away the quotes around whole lines, or say with ?delimiter= what separates them."
            : "write the table with one of , ; | and tab between them.";
        return $"The table has one column, and its name and its cells hold the {name} equally often: {inName[found]:N0} each. "
            + $"If those separate cells, {advice}";
    }

    private static int Count(string text, char mark)
    {
        int count = 0;
        ReadOnlySpan<char> trimmed = mark == Blanks ? text.AsSpan().Trim() : text;
        for (int i = 0; i < trimmed.Length; i++)
            count += trimmed[i] == mark && (mark != Blanks || trimmed[i - 1] != Blanks) ? 1 : 0;
        return count;
    }
}
