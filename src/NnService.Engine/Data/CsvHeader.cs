using System.Text;

namespace NnService.Engine.Data;

/// <summary>The names in the first row of a CSV file.</summary>
internal static class CsvHeader
{
    internal static IReadOnlyList<string> Read(CsvTokenizer tokens, int maxColumns, ProblemList problems)
    {
        var names = new List<string>();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        CsvToken token;
        do
        {
            token = tokens.Read();
            int place = names.Count + 1;
            if (token == CsvToken.Invalid)
                problems.Fail(new TableProblem(tokens.Line, null, $"Line {tokens.Line}, column {place}: {tokens.Problem}"));
            if (place > maxColumns)
                problems.Fail(new TableProblem(tokens.Line, null, $"The header has more than {maxColumns:N0} columns."));
            if ((tokens.Problem ?? TextValues.Problem(tokens.Cell)) is { } problem)
                problems.Add(new TableProblem(tokens.Line, null, $"Line {tokens.Line}, column {place}: {problem}"));

            string name = Encoding.UTF8.GetString(CellText.Trim(tokens.Cell));
            if (name.Length == 0)
                problems.Add(new TableProblem(tokens.Line, null, $"Line {tokens.Line}: column {place} has no name."));
            else if (!places.TryAdd(name, place))
                problems.Add(new TableProblem(tokens.Line, name, $"Line {tokens.Line}: columns {places[name]} and {place} are both called \"{name}\"."));
            names.Add(name);
        }
        while (token == CsvToken.Cell);

        return names;
    }
}
