using System.Text;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Csv;

/// <summary>The names of the columns of a CSV file: those in its first row, or made by place where there are none.</summary>
internal sealed class CsvHeader
{
    private const int ManyColumns = 8; // of a file in one line, a value comes again soon

    private readonly List<string> _names = [];
    private readonly HashSet<int> _made = [];

    private CsvHeader()
    {
    }

    /// <summary>The names.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>Whether a column has no name in the file and is called by its place.</summary>
    internal bool IsMade(int column) => _made.Contains(column);

    /// <summary>Reads the first row: as names, or without a header for the number of its cells.</summary>
    internal static CsvHeader Read(CsvTokenizer tokens, TableReadOptions options, ProblemList problems)
    {
        var header = new CsvHeader();
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        CsvToken token;
        do
        {
            token = tokens.Read();
            int place = header._names.Count + 1;
            if (token == CsvToken.Invalid)
                problems.Fail(new TableProblem(tokens.Line, null, $"Line {tokens.Line}, column {place}: {tokens.Problem}"));
            if (place > options.MaxColumns)
                problems.Fail(new TableProblem(tokens.Line, null, $"The header has more than {options.MaxColumns:N0} columns."));
            if ((tokens.Problem ?? TextValues.Problem(tokens.Cell)) is { } problem)
                problems.Add(new TableProblem(tokens.Line, null, $"Line {tokens.Line}, column {place}: {problem}"));

            string name = options.HasHeader ? Encoding.UTF8.GetString(CellText.Trim(tokens.Cell)) : "";
            if (place == 1)
                name = name.TrimStart('\uFEFF'); // a byte order mark that was quoted with the first name
            header.Add(name, places, tokens.Line, problems);
        }
        while (token == CsvToken.Cell);

        return header;
    }

    private void Add(string name, Dictionary<string, int> places, long line, ProblemList problems)
    {
        int place = _names.Count + 1;
        if (name.Length == 0)
        {
            _made.Add(_names.Count);
            name = $"column{place}";
        }

        if (!places.TryAdd(name, place))
        {
            string hint = IsMade(place - 1) || IsMade(places[name] - 1) ? " One of them has no name and is called by its place; give it one."
                : CellText.ToNumber(name, out _) == NumberKind.Number ? " If the file has no header, add ?header=false."
                : "";
            if (place > ManyColumns)
                hint += " If the line breaks are missing: curl's -d drops them, --data-binary keeps them.";
            problems.Add(new TableProblem(line, name, $"Line {line}: columns {places[name]} and {place} are both called \"{name}\".{hint}"));
        }

        _names.Add(name);
    }
}
