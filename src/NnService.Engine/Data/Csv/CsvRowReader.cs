using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Csv;

/// <summary>Reads a CSV file row by row after the rules of <see cref="CsvTable"/>, for those who do not want a table of it; memory does not grow with the
/// file.</summary>
public sealed class CsvRowReader
{
    private readonly CsvTokenizer _tokens;
    private readonly ProblemList _problems = new();
    private readonly int[] _ends;
    private byte[] _row = new byte[4096];
    private readonly bool _isPlain; // commas and points: a line's text can be repeated as it stands
    private readonly CellNotation _notation;
    private readonly CsvHeader _header;
    private PlainRowStage? _stage;
    private bool _hasRows;

    // In a file of one column blank lines are rows of a missing cell, but only once a row follows them: the token of that row waits for them.
    private long _firstBlank;
    private long _blanks;
    private CsvToken? _behindBlanks;

    /// <summary>Reads the header.</summary>
    /// <exception cref="TableFormatException">There is none, or its names cannot be used.</exception>
    /// <exception cref="ArgumentException">The stream cannot seek, or the delimiter cannot be one.</exception>
    public CsvRowReader(Stream utf8, TableReadOptions? options = null)
    {
        options ??= TableReadOptions.Default;
        CsvDialect dialect = CsvDialect.Open(utf8, options, _problems, out long start);
        _notation = options.Notation;
        utf8.Position = start;
        _tokens = new CsvTokenizer(utf8, dialect, options);
        _isPlain = dialect.Delimiter == ',' && _notation is { DecimalMark: '.', HasMissingNumbers: false };
        _header = CsvHeader.Read(_tokens, options, _problems);
        _problems.ThrowIfAny();
        if (!options.HasHeader)
        {
            utf8.Position = start;
            _tokens = new CsvTokenizer(utf8, dialect, options);
        }

        _ends = new int[Columns.Count];
    }

    /// <summary>The names in the header, or made by place.</summary>
    public IReadOnlyList<string> Columns => _header.Names;

    /// <summary>Whether a column has no name in the file and is called by its place.</summary>
    public bool IsMade(int column) => _header.IsMade(column);

    /// <summary>1-based line on which the row begins.</summary>
    public long Line { get; private set; }

    /// <summary>The bytes of a cell of the row read last, without quotes, valid UTF-8.</summary>
    public ReadOnlySpan<byte> Cell(int column) => _row.AsSpan(Start(column), _ends[column] - Start(column));

    /// <summary>A cell as a number; false where it is none.</summary>
    public unsafe bool TryGetNumber(int column, out double value)
    {
        ReadOnlySpan<byte> cell = Cell(column);
        if (DecimalParser.IsSupported && _notation.DecimalMark == '.' && Start(column) + DecimalParser.ReadableBytes <= _row.Length)
        {
            fixed (byte* text = cell)
            {
                if (text is not null && DecimalParser.TryParse(text, cell.Length, out value))
                    return true;
            }
        }

        return _notation.ToNumber(CellText.Trim(cell), out value) == NumberKind.Number;
    }

    /// <summary>Lets <see cref="ReadPlain"/> look for rows that have numbers in plain digits in these columns.</summary>
    /// <param name="areNumbers">[columns] which columns must be numbers.</param>
    /// <param name="take">Is given each row.</param>
    public void Expect(bool[] areNumbers, TakePlainRow take)
    {
        ArgumentNullException.ThrowIfNull(areNumbers);
        ArgumentOutOfRangeException.ThrowIfNotEqual(areNumbers.Length, Columns.Count);
        _stage = _isPlain && DecimalParser.IsSupported ? new PlainRowStage(areNumbers, take) : null;
    }

    /// <summary>
    /// Hands over rows as long as they are what was expected, about ten times as fast as <see cref="Read"/>, which has to be called for the next one where this
    /// stops.
    /// False where there may be more of them than were wanted.
    /// </summary>
    public bool ReadPlain(int most)
    {
        if (_stage is null || _behindBlanks is not null)
            return true;
        if (!_stage.Wants(most))
            return false;
        long rows = _tokens.ReadPlain(_stage, out _);
        _hasRows |= rows > 0;
        return rows + _stage.Rows <= most;
    }

    /// <summary>Reads the next row; false at the end.</summary>
    /// <exception cref="TableFormatException">Rows are not as the header says, or there is no row.</exception>
    public bool Read()
    {
        while (true)
        {
            if (_behindBlanks is not null && _blanks > 0)
            {
                (Line, _ends[0]) = (_firstBlank, 0);
                (_firstBlank, _blanks) = (_firstBlank + 1, _blanks - 1);
                return true;
            }

            CsvToken token = _behindBlanks ?? _tokens.Read();
            if (token == CsvToken.End)
                break;
            if (_behindBlanks is null && token == CsvToken.LastCell && !_tokens.Quoted && CellText.Trim(_tokens.Cell).IsEmpty)
            {
                _firstBlank = _blanks++ == 0 ? _tokens.Line : _firstBlank;
                continue;
            }

            _hasRows = true;
            if (_behindBlanks is null && _blanks > 0)
            {
                if (Columns.Count > 1)
                    _problems.Fail(new TableProblem(_firstBlank, null, $"Line {_firstBlank} is blank; the header has {Columns.Count} cells."));
                _behindBlanks = token;
                continue;
            }

            _behindBlanks = null;
            if (ReadCells(token))
                return true;
        }

        if (!_hasRows)
            _problems.Fail(new TableProblem(null, null, "The file has a header and no rows."));
        _problems.ThrowIfAny();
        return false;
    }

    private int Start(int column) => column == 0 ? 0 : _ends[column - 1];

    private bool ReadCells(CsvToken token)
    {
        bool isGood = true;
        int at = 0;
        Line = _tokens.Line;
        int index = 0;
        while (true)
        {
            ReadOnlySpan<byte> cell = _tokens.Cell;
            if ((_tokens.Problem ?? (cell.IndexOfAnyExceptInRange((byte)1, (byte)127) < 0 ? null : TextValues.Problem(cell))) is { } problem)
            {
                string place = index < Columns.Count ? $"column \"{Columns[index]}\"" : $"cell {index + 1}";
                var found = new TableProblem(_tokens.Line, index < Columns.Count ? Columns[index] : null, $"Line {_tokens.Line}, {place}: {problem}");
                if (token == CsvToken.Invalid)
                    _problems.Fail(found);
                _problems.Add(found);
                isGood = false;
            }

            if (index < _ends.Length)
            {
                if (at + cell.Length + DecimalParser.ReadableBytes > _row.Length)
                    Array.Resize(ref _row, 2 * (at + cell.Length + DecimalParser.ReadableBytes));
                cell.CopyTo(_row.AsSpan(at));
                _ends[index] = at += cell.Length;
            }

            index++;
            if (token == CsvToken.LastCell)
                break;
            token = _tokens.Read();
        }

        if (index == Columns.Count)
            return isGood;
        _problems.Add(new TableProblem(Line, null, $"Line {Line} has {index} cell{(index == 1 ? "" : "s")}; the header has {Columns.Count}."));
        return false;
    }
}
