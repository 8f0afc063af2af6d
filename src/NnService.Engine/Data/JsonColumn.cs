using System.Text;

namespace NnService.Engine.Data;

/// <summary>A column of a JSON source while it is read; kinds that mix become categories by each value's text.</summary>
// Unlike a CSV cell, a JSON number has one text (its shortest), so what was read as numbers can become text later without reading again.
internal sealed class JsonColumn(string name, ColumnType? declared, ReadingMemory memory)
{
    private NumberValues _numbers = new(memory);
    private TextValues? _texts = declared is ColumnType.Category or ColumnType.Text ? new TextValues(memory) : null;
    private ColumnType? _found;

    internal string Name => name;

    internal int Rows => _texts?.Rows ?? _numbers.Rows;

    /// <summary>Adds missing cells up to a number of rows.</summary>
    internal void PadTo(int rows)
    {
        if (_texts is not null)
            _texts.AddMissing(rows - _texts.Rows);
        else
            _numbers.Add(double.NaN, rows - _numbers.Rows);
    }

    /// <summary>Adds a finite number; says what is wrong with it, or null.</summary>
    internal string? Add(double value)
    {
        value += 0.0; // -0 becomes 0
        if (declared == ColumnType.Boolean)
        {
            if (value is not (0 or 1))
                return $"{Column.TextOf(value)} is not true or false.";
        }
        else if (!IsNumeric(ColumnType.Number))
        {
            return AddText(Encoding.UTF8.GetBytes(Column.TextOf(value)));
        }

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
        if (CellText.IsMissing(trimmed))
        {
            PadTo(Rows + 1);
            return null;
        }

        if (declared == ColumnType.Number)
        {
            if (CellText.ToNumber(trimmed, out double number) != NumberKind.Number)
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

        IsNumeric(ColumnType.Category);
        return AddText(utf8);
    }

    internal Column ToColumn()
    {
        if (_texts is not null)
            return _texts.ToColumn(name, declared, mayBeBoolean: false);
        return _numbers.ToColumn(name, declared ?? _found ?? ColumnType.Number);
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

        var texts = new TextValues(memory);
        _numbers.Scan(numbers =>
        {
            foreach (double number in numbers)
            {
                if (double.IsNaN(number))
                    texts.AddMissing();
                else
                    texts.Add(Encoding.UTF8.GetBytes(_found == ColumnType.Boolean ? Column.TextOf(number != 0) : Column.TextOf(number)));
            }
        });
        _texts = texts;
        _numbers = new(memory);
        return false;
    }

    private string? AddText(ReadOnlySpan<byte> utf8) => _texts!.Add(utf8);
}
