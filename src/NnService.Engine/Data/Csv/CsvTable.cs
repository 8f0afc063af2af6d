using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Csv;

/// <summary>Reads tables from CSV after RFC 4180, with a header row unless the options say otherwise; the types of the columns are found over the whole
/// file.</summary>
public static class CsvTable
{
    private const int RowsThatTell = 10; // fewer than there are problems in a report

    private const string DelimiterAtEnd = " Each row ends in a delimiter, which begins one more cell: end the header in one too, or take it out of the rows.";

    private const string RowNames = " Where the first cell of each row is a row name that R's write.table has written, "
        + "write the table with row.names = FALSE, or with col.names = NA to keep the names.";

    /// <summary>
    /// Reads a table from a seekable stream, from its position to its end: once, and a second time where a column that began with numbers turned out to hold
    /// text.
    /// </summary>
    /// <exception cref="TableFormatException">The bytes are not such a table; the problems name line and column.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek, or the delimiter cannot be one.</exception>
    public static Table Read(Stream utf8, TableReadOptions? options = null)
    {
        options ??= TableReadOptions.Default;
        var problems = new ProblemList();
        CsvDialect dialect = CsvDialect.Open(utf8, options, problems, out long start);

        CsvTokenizer Open()
        {
            utf8.Position = start;
            return new CsvTokenizer(utf8, dialect, options);
        }

        CsvTokenizer tokens = Open();
        CsvHeader header = CsvHeader.Read(tokens, options, problems);
        CsvColumn[] columns = ColumnsOf(header, options, problems, utf8);
        if (!options.HasHeader)
            tokens = Open();
        long firstLine = tokens.NextLine;
        ReadRows(tokens, columns, problems);
        foreach (CsvColumn column in columns)
            column.Decide();
        problems.ThrowIfAny();

        bool isLineARow = !tokens.HasLinesInCells;
        if (Array.Exists(columns, column => column.WantsSecondReading))
        {
            tokens = Open();
            if (options.HasHeader)
                SkipRow(tokens);
            CsvColumn?[] again = [.. columns.Select(column => column.WantsSecondReading ? column : null)];
            foreach (CsvColumn? column in again)
                column?.BeginSecondReading();
            ReadRows(tokens, again, problems);
            problems.ThrowIfAny();
        }

        if (ThousandsPoints.MayStand(dialect.Delimiter, options.Notation))
        {
            tokens = Open();
            if (options.HasHeader)
                SkipRow(tokens);
            ThousandsPoints.Find(tokens, options.Notation, columns);
        }

        return ToTable(columns, header, options, new TableNotes(firstLine, isLineARow)
        {
            HasHeader = options.HasHeader,
            Columns = columns.ToDictionary(column => column.Name, column => column.Notes, StringComparer.Ordinal),
        });
    }

    private static CsvColumn[] ColumnsOf(CsvHeader header, TableReadOptions options, ProblemList problems, Stream utf8)
    {
        HashSet<string> known = options.Types.Count > 0 ? header.Names.ToHashSet(StringComparer.Ordinal) : [];
        foreach (string name in options.Types.Keys.Where(name => !known.Contains(name)))
            problems.Add(new TableProblem(null, name, $"A type is given for column \"{name}\", which the table does not have.", "#/types"));
        problems.ThrowIfAny();
        var memory = new ReadingMemory(options.Into?.Storage ?? new MemoryBlocks(), header.Names.Count, utf8);
        return
        [
            .. header.Names.Select(name => new CsvColumn(
                name, options.Types.TryGetValue(name, out ColumnType declared) ? declared : options.OtherTypes, options.Notation, problems, memory)
            {
                TakesInfinitiesAsWords = options.TakesInfinitiesAsWords,
            }),
        ];
    }

    // A column without a name is called by its place, or left out where it has no value either: then it is a delimiter at the end of each line.
    private static Table ToTable(CsvColumn[] columns, CsvHeader header, TableReadOptions options, TableNotes notes)
    {
        var kept = new List<Column>();
        var empty = new List<int>();
        var warnings = new List<string>();
        for (int i = 0; i < columns.Length; i++)
        {
            Column column = columns[i].ToColumn();
            if (!options.HasHeader || !header.IsMade(i))
                kept.Add(column);
            else if (column.Missing == column.Rows)
                empty.Add(i + 1);
            else
                kept.Add(column);
            if (options.HasHeader && header.IsMade(i) && column.Missing < column.Rows)
                warnings.Add(
                    $"Column {i + 1} has no name and is called \"{column.Name}\". "
                    + "Where it is an index that pandas wrote, use to_csv(index=False); for the row names of R, write.csv(row.names=FALSE).");
        }

        if (kept.Count == 0)
            throw new TableFormatException([new TableProblem(null, null, "No column has a name or a value.")]);
        if (empty.Count > 0)
            warnings.Add(empty.Count == 1
                ? $"Column {empty[0]} has neither a name nor a value and was left out."
                : $"Columns {ColumnList(empty)} have neither a name nor a value and were left out.");
        var made = columns.Where((_, i) => header.IsMade(i)).Select(column => column.Name).ToHashSet(StringComparer.Ordinal);
        return new Table(kept)
        {
            Notation = options.Notation,
            Notes = notes with { Warnings = warnings, MadeNames = made },
        };
    }

    private static string ColumnList(List<int> columns)
    {
        const int MostNamed = 5;
        return columns.Count <= MostNamed
            ? $"{string.Join(", ", columns.SkipLast(1))} and {columns[^1]}"
            : $"{string.Join(", ", columns.Take(MostNamed))} and {columns.Count - MostNamed} more";
    }

    /// <summary>Reads rows to the end of the file into the columns; a null column's cells are passed over.</summary>
    private static void ReadRows(CsvTokenizer tokens, CsvColumn?[] columns, ProblemList problems)
    {
        long rows = 0;
        var stage = new ColumnStage(columns);
        var (firstBlank, blanks) = (0L, 0L); // lines that follow one another; they count only once a row follows them
        var (longer, endsEmpty, firstOfLonger) = (0L, true, (TableProblem?)null); // rows of one cell more than the header
        while (true)
        {
            int index = 0;
            if (blanks == 0)
                rows += tokens.ReadPlain(stage, out index);
            CsvToken token = tokens.Read();
            if (token == CsvToken.End)
                break;
            long line = tokens.Line;
            if (index == 0 && token == CsvToken.LastCell && !tokens.Quoted && CellText.Trim(tokens.Cell).IsEmpty)
            {
                firstBlank = blanks++ == 0 ? line : firstBlank;
                continue;
            }

            for (; blanks > 0; firstBlank++, blanks--)
            {
                rows++;
                if (columns.Length == 1)
                    columns[0]?.Add([], firstBlank);
                else
                    problems.Add(new TableProblem(firstBlank, null, $"Line {firstBlank} is blank; the header has {columns.Length} cells."));
            }

            rows++;
            int cells = ReadRow(tokens, token, columns, index, problems);
            if (cells == columns.Length)
                continue;
            var problem = new TableProblem(
                line, null, $"Line {line} has {cells} cell{(cells == 1 ? "" : "s")}; the header has {columns.Length}.{(cells > 1 ? Title(columns, problems) : "")}");
            problems.Add(problem);
            if (columns.Length == 1 || cells != columns.Length + 1)
                continue;
            firstOfLonger ??= problem;
            endsEmpty &= !tokens.Quoted && CellText.Trim(tokens.Cell).IsEmpty;
            if (++longer == RowsThatTell)
                Explain();
        }

        if (rows == 0)
            problems.Fail(new TableProblem(null, null, "The file has a header and no rows."));
        if (longer < RowsThatTell)
            Explain();

        // What has made all rows longer, up to here.
        void Explain()
        {
            if (longer == rows && firstOfLonger is not null)
                problems.Explain(firstOfLonger, endsEmpty ? DelimiterAtEnd : RowNames);
        }
    }

    // A title, or a comment, in front of the header is taken for a header of one column.
    private static string Title(CsvColumn?[] columns, ProblemList problems) =>
        columns is [{ } only] && problems.IsEmpty
            ? $" The header is the first line, {CellText.Quote(only.Name)}; if that is a title or a comment, take it out."
            : "";

    /// <summary>Hands the cells of a row, from one that is read already, to the columns; returns how many the row has.</summary>
    private static int ReadRow(CsvTokenizer tokens, CsvToken token, CsvColumn?[] columns, int index, ProblemList problems)
    {
        for (; ; index++)
        {
            CsvColumn? column = index < columns.Length ? columns[index] : null;
            if (tokens.Problem is { } problem)
            {
                string place = column is null ? $"cell {index + 1}" : $"column \"{column.Name}\"";
                var found = new TableProblem(tokens.Line, column?.Name, $"Line {tokens.Line}, {place}: {problem}");
                if (token == CsvToken.Invalid)
                    problems.Fail(found);
                problems.Add(found);
            }

            column?.Add(tokens.Cell, tokens.Line, tokens.Quoted);
            if (token == CsvToken.LastCell)
                return index + 1;
            token = tokens.Read();
        }
    }

    private static void SkipRow(CsvTokenizer tokens)
    {
        while (tokens.Read() == CsvToken.Cell)
        {
        }
    }
}
