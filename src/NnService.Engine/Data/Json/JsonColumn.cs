using System.Text;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Data.Json;

/// <summary>A column of a JSON source while it is read; kinds that mix become categories by each value's text.</summary>
// Unlike a CSV cell, a JSON number has one text (its shortest), so what was read as numbers can become text later without reading again;
// the text of a number that may be a whole one beyond 2^53 is kept beside it.
// JSON has null, so that a text such as "NA" is a word, unless the column holds numbers otherwise: until that is known, such texts are kept aside.
internal sealed class JsonColumn(string name, ColumnType? declared, CellNotation notation, ReadingMemory memory)
{
    private const int MostRuns = 1 << 20;

    private readonly List<(int Row, int Count, int Spelling)> _words = []; // cells so far that are missing among numbers, and words elsewhere
    private NumberValues _numbers = new(memory);
    private TextValues? _large; // a text for each number from LargeNumber.Least on, while they may become words
    private TextValues? _texts = declared is ColumnType.Category or ColumnType.Text ? new TextValues(memory) : null;
    private ColumnType? _found;

    internal string Name => name;

    internal int Rows => _texts?.Rows ?? _numbers.Rows;

    /// <summary>What reading has taken for missing, and changed.</summary>
    internal ColumnNotes Notes { get; } = new(notation, declared is not null);

    /// <summary>Adds missing cells, of which there is nothing in the source, up to a number of rows.</summary>
    internal void PadTo(int rows)
    {
        Notes.AddMissing(0, Math.Max(0, rows - Rows));
        AddMissing(rows - Rows);
    }

    /// <summary>Adds a null.</summary>
    internal void AddNull()
    {
        Notes.AddNull();
        AddMissing(1);
    }

    /// <summary>Puts a missing cell in the place of one that was refused.</summary>
    internal void AddRefused() => AddMissing(1);

    /// <summary>Adds a finite number as it was written; says what is wrong with it, or null.</summary>
    internal string? Add(double value, ReadOnlySpan<byte> written)
    {
        value += 0.0; // -0 becomes 0
        if (declared != ColumnType.Boolean && notation.MissingNumber(value) is >= 0 and var spelling)
        {
            Notes.AddMissing(spelling);
            AddMissing(1);
            return null;
        }

        if (declared == ColumnType.Boolean)
        {
            if (value is not (0 or 1))
                return $"{Column.TextOf(value)} is not true or false.";
        }
        else if (!IsNumeric(ColumnType.Number))
        {
            return AddText(LargeNumber.WordOf(written, value));
        }

        if (declared is null && Math.Abs(value) >= LargeNumber.Least)
            (_large ??= new TextValues(memory)).Add(LargeNumber.WordOf(written, value));
        _numbers.Add(value);
        return null;
    }

    /// <summary>Adds a boolean; says what is wrong with it, or null.</summary>
    internal string? Add(bool value)
    {
        if (declared == ColumnType.Number)
            return $"{Column.TextOf(value)} is not a number.";
        if (!IsNumeric(ColumnType.Boolean))
            return AddText(Encoding.UTF8.GetBytes(Column.TextOf(value)));
        _numbers.Add(value ? 1 : 0);
        return null;
    }

    /// <summary>Adds a text, which may stand for a missing cell; says what is wrong with it, or null.</summary>
    internal string? Add(ReadOnlySpan<byte> utf8)
    {
        ReadOnlySpan<byte> trimmed = CellText.Trim(utf8);
        int spelling = notation.MissingAmongNumbers(trimmed);
        if (spelling == 0 || (spelling > 0 && (notation.Missing is not null || declared is ColumnType.Number or ColumnType.Boolean)))
        {
            Notes.AddMissing(spelling);
            AddMissing(1);
            return null;
        }

        if (declared == ColumnType.Number)
        {
            if (notation.ToNumber(trimmed, out double number) != NumberKind.Number)
                return $"{CellText.Quote(trimmed)} is not a number.";
            _numbers.Add(number);
            return null;
        }

        if (declared == ColumnType.Boolean)
        {
            if (CellText.ToBoolean(trimmed) is not { } flag)
                return $"{CellText.Quote(trimmed)} is not true or false.";
            _numbers.Add(flag ? 1 : 0);
            return null;
        }

        if (spelling > 0 && _texts is null)
            return AddAside(spelling);
        Notes.LookAtText(trimmed);
        IsNumeric(ColumnType.Category);
        return AddText(utf8);
    }

    /// <summary>The column of so many rows.</summary>
    internal Column ToColumn(int rows)
    {
        PadTo(rows);
        if (_texts is null && _found is null && _words.Count > 0)
            TurnToTexts(); // nothing but such words
        foreach ((_, int count, int spelling) in _words)
            Notes.AddMissing(spelling, count);
        if (_texts is not null)
            return _texts.ToColumn(name, declared, mayBeBoolean: false);
        _large?.Free();
        return _numbers.ToColumn(name, declared ?? _found ?? ColumnType.Number, !Notes.HasLargeReal);
    }

    private void AddMissing(int count)
    {
        if (_texts is not null)
            _texts.AddMissing(count);
        else
            _numbers.Add(double.NaN, count);
    }

    private string? AddAside(int spelling)
    {
        if (_words.Count > 0 && _words[^1] is var last && last.Spelling == spelling && last.Row + last.Count == Rows)
            _words[^1] = last with { Count = last.Count + 1 };
        else if (_words.Count < MostRuns)
            _words.Add((Rows, 1, spelling));
        else
            return $"more than {MostRuns:N0} texts such as {CellText.Quote(notation.Spellings[spelling])} stand among numbers; write null, "
                + $"or declare the column's type.";
        AddMissing(1);
        return null;
    }

    /// <summary>Notes the kind of the next value and turns what was read into text where kinds mix; true where the value belongs to the numbers.</summary>
    private bool IsNumeric(ColumnType kind)
    {
        if (_texts is not null)
            return false;
        if (declared == kind)
            return true;
        _found ??= kind;
        if (_found == kind && kind != ColumnType.Category)
            return true;
        TurnToTexts();
        return false;
    }

    private void TurnToTexts()
    {
        var texts = new TextValues(memory);
        int row = 0;
        int run = 0;
        using IEnumerator<string> largeOnes = (_large?.Each() ?? []).GetEnumerator();
        _numbers.Scan(numbers =>
        {
            foreach (double number in numbers)
            {
                if (Math.Abs(number) >= LargeNumber.Least && largeOnes.MoveNext())
                    texts.Add(Encoding.UTF8.GetBytes(largeOnes.Current));
                else if (!double.IsNaN(number))
                    texts.Add(Encoding.UTF8.GetBytes(_found == ColumnType.Boolean ? Column.TextOf(number != 0) : Column.TextOf(number)));
                else if (run < _words.Count && row >= _words[run].Row)
                    texts.Add(Encoding.UTF8.GetBytes(notation.Spellings[_words[run].Spelling]));
                else
                    texts.AddMissing();
                row++;
                run += run < _words.Count && row == _words[run].Row + _words[run].Count ? 1 : 0;
            }
        });
        _texts = texts;
        _words.Clear();
        _numbers = new(memory);
        _large?.Free();
        _large = null;
    }

    private string? AddText(ReadOnlySpan<byte> utf8) => _texts!.Add(utf8);
}
