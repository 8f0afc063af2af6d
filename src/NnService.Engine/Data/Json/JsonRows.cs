using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using NnService.Engine.Data.Columns;
using NnService.Engine.Specs;

namespace NnService.Engine.Data.Json;

/// <summary>Grows columns from rows of JSON, each an object or a list, whose texts have been found to be Unicode.</summary>
internal sealed class JsonRows(TableReadOptions options, ProblemList problems)
{
    private const int ExpectedColumns = 1000; // how many there are is known at the end only
    private const int SparseColumns = 4; // of very many columns most cells are absent: blocks as large as those of a quarter, or there are too many of them
    private const int MostCellsPerByte = 64;
    private const long MostSparseCells = 1L << 34;

    private readonly List<JsonColumn> _columns = [];
    private readonly Dictionary<string, JsonColumn> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _byTrimmedName = new(StringComparer.Ordinal); // by which a CSV would know them
    private readonly ReadingMemory _memory = new(options.Into?.Storage ?? new MemoryBlocks(), ExpectedColumns);
    private int _rows;
    private long? _firstLine;
    private bool _isLineARow = true;

    /// <summary>Size of the source, or of what has been read of it where its size is not known.</summary>
    internal long Bytes { get; set; }

    /// <summary>Adds a column; the pointer says where it is named, null where a line does.</summary>
    internal JsonColumn AddColumn(string name, long? line, string? pointer)
    {
        if (_columns.Count == options.MaxColumns)
            problems.Fail(new TableProblem(line, null, $"There are more than {options.MaxColumns:N0} columns.", pointer));
        string trimmed = ColumnName.Trim(name);
        if (trimmed.Length == 0)
            problems.Add(new TableProblem(line, null, $"Column {_columns.Count + 1} has no name.", pointer));
        else if (name.Contains('\0'))
            problems.Add(new TableProblem(line, null, $"The name of column {_columns.Count + 1} holds a NUL character.", pointer));
        var column = new JsonColumn(name, options.Types.TryGetValue(name, out ColumnType declared) ? declared : null, options.Notation, _memory);
        if (!_byName.TryAdd(name, column))
            problems.Add(new TableProblem(line, name, $"Two columns are called \"{name}\".", pointer));
        else if (!_byTrimmedName.TryAdd(trimmed, name))
            problems.Add(new TableProblem(
                line, name, $"The columns \"{_byTrimmedName[trimmed]}\" and \"{name}\" differ in blanks alone; give one of them another name.", pointer));
        _columns.Add(column);
        _memory.ShareAmong(Math.Max(ExpectedColumns, _columns.Count / SparseColumns));
        return column;
    }

    /// <summary>Adds a row given as an object; names not seen before become columns.</summary>
    internal void AddObject(JsonElement row, long? line)
    {
        _firstLine ??= line;
        _isLineARow &= line == _firstLine + _rows;
        RefuseSparse(line);
        AddProperties(row, line);
        _rows++;
    }

    /// <summary>Adds a row given as a list in the order of the columns.</summary>
    internal void AddList(JsonElement row)
    {
        AddValues(row);
        _rows++;
    }

    /// <summary>The table, once every row is added.</summary>
    internal Table ToTable(string? rowsPointer)
    {
        foreach (string name in options.Types.Keys.Where(name => !_byName.ContainsKey(name)))
            problems.Add(new TableProblem(null, name, $"A type is given for column \"{name}\", which the table does not have.", "#/types"));
        problems.ThrowIfAny();
        if (_rows == 0 || _columns.Count == 0)
            problems.Fail(new TableProblem(null, null, _rows == 0 ? "There are no rows." : "The rows have no columns.", rowsPointer));
        return new Table([.. _columns.Select(column => column.ToColumn(_rows))])
        {
            Notation = options.Notation,
            Notes = new TableNotes(_firstLine, _isLineARow)
            {
                Columns = _columns.ToDictionary(column => column.Name, column => column.Notes, StringComparer.Ordinal),
            },
        };
    }

    private void AddProperties(JsonElement row, long? line)
    {
        if (row.ValueKind != JsonValueKind.Object)
        {
            string example = row.ValueKind == JsonValueKind.Array && line is null ? "; rows that are lists need \"columns\" beside them" : "";
            problems.Add(At(line, null, $"must be an object, such as {{\"height\": 63}}{example}.", ""));
            return;
        }

        foreach (JsonProperty property in row.EnumerateObject())
        {
            string name = property.Name;
            string pointer = "/" + SpecJson.Escape(name);
            if (!_byName.TryGetValue(name, out JsonColumn? column))
            {
                column = AddColumn(name, line, line is null ? $"#/rows/{_rows}{pointer}" : null);
                RefuseSparse(line);
            }

            if (column.Rows > _rows)
                problems.Add(At(line, column.Name, "the value is given twice.", pointer));
            else
                AddCell(column, property.Value, line, pointer);
        }
    }

    // An absent cell is not in the source, but on the disk, and in all that is done with the table: before it gets there.
    private void RefuseSparse(long? line)
    {
        long rows = _rows + 1L;
        long cells = _columns.Count * rows;
        long most = Math.Max(options.MaxSparseCells, Math.Min(MostCellsPerByte * Bytes, MostSparseCells));
        if (cells > most)
            problems.Fail(At(
                line, null, $"makes {cells:N0} cells of {_columns.Count:N0} columns and {rows:N0} rows, nearly all of them absent; "
                + $"a table of {Bytes:N0} bytes may have {most:N0}. Leave out what only few rows have, or send the table as CSV.", ""));
    }

    private void AddValues(JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Array)
        {
            problems.Add(At(null, null, $"must be a list of {_columns.Count} values, as \"columns\" are given.", ""));
            return;
        }

        int length = row.GetArrayLength();
        if (length != _columns.Count)
        {
            problems.Add(At(null, null, $"has {length} value{(length == 1 ? "" : "s")}; there are {_columns.Count} columns.", ""));
            return;
        }

        int index = 0;
        foreach (JsonElement value in row.EnumerateArray())
        {
            AddCell(_columns[index], value, null, $"/{index}");
            index++;
        }
    }

    private void AddCell(JsonColumn column, JsonElement value, long? line, string pointer)
    {
        column.PadTo(_rows);
        if (Problem(column, value, line) is not { } problem)
            return;
        problems.Add(At(line, column.Name, problem, pointer));
        column.AddRefused();
    }

    private string? Problem(JsonColumn column, JsonElement value, long? line)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                column.AddNull();
                return null;
            case JsonValueKind.Number:
                if (!value.TryGetDouble(out double number) || !double.IsFinite(number))
                    return $"{CellText.Quote(value.GetRawText())} is too large for a number.";
                ReadOnlySpan<byte> written = JsonMarshal.GetRawUtf8Value(value);
                column.Notes.LookAtJson(written, number, line, _rows);
                return column.Add(number, written);
            case JsonValueKind.True or JsonValueKind.False:
                return column.Add(value.GetBoolean());
            case JsonValueKind.String:
                return AddText(column, value);
            default:
                return "a cell is a number, a text, true, false or null.";
        }
    }

    private string? AddText(JsonColumn column, JsonElement value)
    {
        ReadOnlySpan<byte> text = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        if (text.Contains((byte)'\\'))
            text = Encoding.UTF8.GetBytes(value.GetString()!);

        return text.Length > options.MaxCellBytes ? $"the text is longer than {options.MaxCellBytes:N0} bytes." : column.Add(text);
    }

    private TableProblem At(long? line, string? column, string detail, string pointer)
    {
        string place = line is null ? $"rows[{_rows}]" : $"Line {line}";
        string words = column is null ? $"{place} {detail}" : $"{place}, column \"{column}\": {detail}";
        return new TableProblem(line, column, words, line is null ? $"#/rows/{_rows}{pointer}" : null);
    }
}
