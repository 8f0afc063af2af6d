using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Csv;

/// <summary>A column of a CSV file while it is read: finds its type and grows its values.</summary>
// A column is taken for numbers until a cell says otherwise. Numbers already read are then dropped, not kept as text on suspicion:
// the column asks to be read again, which is rare, and the common case costs the numbers alone. So it is with words such as "-",
// which are missing cells among numbers and words elsewhere.
internal sealed class CsvColumn(string name, ColumnType? declared, CellNotation notation, ProblemList problems, ReadingMemory memory)
{
    private readonly List<TableProblem> _notFinite = [];
    private NumberValues? _numbers = declared is ColumnType.Category or ColumnType.Text ? null : new NumberValues(memory);
    private TextValues? _texts = declared is ColumnType.Category or ColumnType.Text ? new TextValues(memory) : null;
    private bool _sawNumber;
    private bool _sawWord; // that is missing only among numbers

    /// <summary>The name in the header.</summary>
    internal string Name => name;

    /// <summary>As of <see cref="TableReadOptions.TakesInfinitiesAsWords"/>.</summary>
    internal bool TakesInfinitiesAsWords { get; init; }

    /// <summary>What reading has taken for missing, and changed.</summary>
    internal ColumnNotes Notes { get; private set; } = new(notation, declared is not null);

    /// <summary>Whether the cells must be read a second time, now as text.</summary>
    internal bool WantsSecondReading { get; private set; }

    /// <summary>Whether some number was read, and nothing that makes words of the column.</summary>
    internal bool HoldsNumbers => _sawNumber && _numbers is not null;

    /// <summary>Where numbers go, once one was seen; until then, and in other columns, null.</summary>
    internal NumberValues? PlainNumbers { get; private set; }

    internal void Add(ReadOnlySpan<byte> cell, long line, bool isQuoted = false)
    {
        // What was a text before is one again, and no missing cell.
        if (WantsSecondReading || _texts?.TryAddShort(cell) == true)
            return;
        ReadOnlySpan<byte> trimmed = CellText.Trim(cell);
        if (notation.MissingIn(trimmed) is >= 0 and var spelling)
        {
            if (isQuoted)
                Notes.AddQuoted(spelling);
            AddMissing(spelling);
        }
        else if (_texts is not null)
        {
            AddText(_texts, cell, line);
        }
        else if (declared == ColumnType.Boolean)
        {
            AddBoolean(trimmed, line);
        }
        else
        {
            AddNumber(cell, trimmed, line);
        }
    }

    /// <summary>The value of a cell of a column that has held numbers so far: NaN where it is missing; false where it is neither.</summary>
    internal bool TryTakeNumber(ReadOnlySpan<byte> cell, long line, out double value)
    {
        ReadOnlySpan<byte> trimmed = CellText.Trim(cell);
        if (notation.MissingAmongNumbers(trimmed) is >= 0 and var spelling)
        {
            Notes.AddMissing(spelling);
            value = double.NaN;
            return true;
        }

        if (notation.ToNumber(trimmed, out value) != NumberKind.Number)
            return false;
        Notes.LookAt(trimmed, value, line);
        return true;
    }

    /// <summary>Ends the first reading: reports infinities of a column that holds no words.</summary>
    internal void Decide()
    {
        if (_texts is not null || WantsSecondReading)
            return;
        if (_sawNumber || declared == ColumnType.Number)
            _notFinite.ForEach(problems.Add);
        else if (_notFinite.Count > 0 && !TakesInfinitiesAsWords)
            _notFinite.ForEach(problem => problems.Add(problem with { Detail = $"{problem.Detail} If the column holds words, declare it a category." }));
        else if (_notFinite.Count > 0 || _sawWord)
            ReadAgainAsText();
    }

    /// <summary>Starts the second reading.</summary>
    internal void BeginSecondReading()
    {
        WantsSecondReading = false;
        _texts = new TextValues(memory);
        Notes = new ColumnNotes(notation, Notes.IsDeclared);
    }

    internal Column ToColumn() => _texts is not null
        ? _texts.ToColumn(name, declared, mayBeBoolean: true)
        : _numbers!.ToColumn(name, declared == ColumnType.Boolean ? ColumnType.Boolean : ColumnType.Number, !Notes.HasLargeReal);

    private void AddMissing(int spelling)
    {
        Notes.AddMissing(spelling);
        if (_texts is not null)
            _texts.AddMissing();
        else
            _numbers!.Add(double.NaN);
    }

    private void AddText(TextValues texts, ReadOnlySpan<byte> cell, long line)
    {
        if (texts.Add(cell) is { } problem)
            problems.Add(At(line, problem));
    }

    private void AddBoolean(ReadOnlySpan<byte> trimmed, long line)
    {
        bool? value = notation.ToBoolean(trimmed);
        if (value is null)
            problems.Add(At(line, $"{CellText.Quote(trimmed)} is not true or false."));
        _numbers!.Add(value == true ? 1 : 0);
    }

    private void AddNumber(ReadOnlySpan<byte> cell, ReadOnlySpan<byte> trimmed, long line)
    {
        if (notation.MissingAmongNumbers(trimmed) is >= 0 and var spelling)
        {
            _sawWord = true;
            AddMissing(spelling);
            return;
        }

        NumberKind kind = notation.ToNumber(trimmed, out double value);
        if (kind == NumberKind.Number)
        {
            Add(value, trimmed, line);
        }
        else if (declared == ColumnType.Number)
        {
            problems.Add(At(line, TextValues.Problem(cell) ?? Complaint(kind, trimmed)));
        }
        else if (kind is NumberKind.Infinity or NumberKind.TooLarge)
        {
            _sawNumber |= kind == NumberKind.TooLarge;
            if (_notFinite.Count < ProblemList.Limit)
                _notFinite.Add(At(line, Complaint(kind, trimmed)));
            _numbers!.Add(double.NaN);
        }
        else if (_sawNumber || _sawWord || _notFinite.Count > 0)
        {
            ReadAgainAsText();
        }
        else
        {
            _texts = new TextValues(memory); // nothing but missing cells so far
            _texts.AddMissing(_numbers!.Rows);
            _numbers = null;
            AddText(_texts, cell, line);
        }
    }

    private void Add(double value, ReadOnlySpan<byte> trimmed, long line)
    {
        _sawNumber = true;
        if (notation.MissingNumber(value) is >= 0 and var missing)
        {
            Notes.AddMissing(missing);
            _numbers!.Add(double.NaN);
            return;
        }

        // Numbers that stand for missing cells are looked for one by one.
        PlainNumbers = DecimalParser.IsSupported && !notation.HasMissingNumbers ? _numbers : null;
        Notes.LookAt(trimmed, value, line);
        _numbers!.Add(value);
    }

    private void ReadAgainAsText()
    {
        WantsSecondReading = true;
        _numbers = PlainNumbers = null;
    }

    private string Complaint(NumberKind kind, ReadOnlySpan<byte> trimmed) => CellText.Quote(trimmed) + kind switch
    {
        NumberKind.TooLarge => " is too large for a number.",
        NumberKind.Infinity => " is not a finite number.",
        _ when notation.DecimalMark == '.' && CellText.HasDecimalComma(trimmed) =>
            " is not a number; write the decimal point as a point, not as a comma, or upload the table with ?decimal=,",
        _ => " is not a number.",
    };

    private TableProblem At(long line, string detail) => new(line, name, $"Line {line}, column \"{name}\": {detail}");
}
