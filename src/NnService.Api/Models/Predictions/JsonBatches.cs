using System.Runtime.InteropServices;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Predictions;

/// <summary>Rows of a JSON body: objects, or arrays in the order of the columns or of the model. This reader has the rules and the messages.</summary>
internal sealed class JsonBatches : RowBatches
{
    private readonly RowProblems _problems = new();
    private readonly UnknownCategories _unknown = new();
    private readonly IReadOnlyList<JsonElement> _rows;
    private readonly UnknownColumns _unknownColumns;
    private readonly int? _columns;
    private readonly int[]? _positions;
    private readonly Cell[] _cells;
    private readonly bool[] _seen;
    private readonly string[] _names;
    private readonly string?[] _cellProblems;
    private (Cell[] Cells, bool[] Seen)? _shared; // null: not read yet, or not without problems
    private double[] _values = [];
    private int _first;
    private int _count;

    /// <summary>Looks at the columns. Errors: <see cref="ProblemException"/> where they are not the model's.</summary>
    /// <param name="description">The model.</param>
    /// <param name="columns">Names of the columns of rows that are arrays; null: they are the model's.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="unknownColumns">What becomes of columns that the model does not know.</param>
    public JsonBatches(ModelDescription description, IReadOnlyList<string>? columns, IReadOnlyList<JsonElement> rows, UnknownColumns unknownColumns)
        : base(description)
    {
        (_rows, _unknownColumns, _columns) = (rows, unknownColumns, columns?.Count);
        _positions = columns is null ? null : RowColumns.PositionsOf(description, columns, unknownColumns);
        _cells = new Cell[description.Features.Columns.Count];
        _seen = new bool[_cells.Length];
        _names = new string[_cells.Length];
        _cellProblems = new string?[_cells.Length];
    }

    /// <summary>What a single row is called that stands in a body under a name of its own; null: they are rows.</summary>
    public string? OnlyRow { get; init; }

    /// <summary>What was passed over around the rows.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the rows are read from.</summary>
    public IReadOnlyList<IDisposable> Documents { get; init; } = [];

    /// <summary>An object with what all rows share, which are objects too and have none of its names; undefined: they share nothing.</summary>
    public JsonElement Shared { get; init; }

    /// <summary>Whether an array of one value stands for the value, as in a tensor [rows, 1].</summary>
    public bool TakesArraysOfOne { get; init; }

    public override long? Count => _rows.Count;

    public override ReadOnlySpan<double> Values => _values.AsSpan(0, _count * Description.Features.Width);

    public override IReadOnlyList<string> Warnings => [.. Notes, .. _unknown.Warnings];

    // A refusal waits until all rows with problems are read, or they are many.
    public override int Next()
    {
        if (_values.Length == 0)
            _values = new double[RowsOfABatch * Description.Features.Width];
        _first += _count;
        _count = Math.Min(MostRows, _rows.Count - _first);
        for (var row = _first; row < _first + _count && !_problems.AreMany; row++)
            ReadRow(_rows[row], row);
        if (_first + _count == _rows.Count || _problems.AreMany)
            _problems.Refuse();
        return _count;
    }

    public override void Release()
    {
        foreach (var document in Documents)
            document.Dispose();
    }

    private void ReadRow(JsonElement row, int index)
    {
        var before = _problems.Count;
        if (row.ValueKind == JsonValueKind.Object && _positions is null)
            ReadObject(row, index);
        else if (row.ValueKind == JsonValueKind.Array)
            ReadArray(row, index);
        else
            Problem($"{NameOf(index)} must be {(_positions is null ? "an object or an array" : "an array in the order of the columns")}.", PointerOf(index));
        if (_problems.Count == before)
            Encode(index);
    }

    private string PointerOf(int row) => OnlyRow is null ? $"#/rows/{row}" : $"#/{OnlyRow}";

    private string PointerOf(int row, int column) => $"{PointerOf(row)}/{_names[column]}";

    private string NameOf(int row) => OnlyRow is null ? $"Row {row}" : $"The {OnlyRow}";

    private void ReadObject(JsonElement row, int index)
    {
        if (Shared.ValueKind == JsonValueKind.Object)
            ReadShared(index);
        else
            _seen.AsSpan().Clear();
        ReadMembers(row, index);
        for (var i = 0; i < _seen.Length; i++)
            if (!_seen[i])
                Problem(
                    $"{NameOf(index)} lacks \"{Description.Features.Columns[i].Name}\".",
                    $"{PointerOf(index)}/{SpecJson.Escape(Description.Features.Columns[i].Name)}");
    }

    // Once: a short row may share much.
    private void ReadShared(int index)
    {
        if (_shared is { } shared)
        {
            shared.Cells.CopyTo(_cells, 0);
            shared.Seen.CopyTo(_seen, 0);
            return;
        }

        var before = _problems.Count;
        _seen.AsSpan().Clear();
        ReadMembers(Shared, index);
        if (_problems.Count == before && !_problems.AreMany)
            _shared = ([.. _cells], [.. _seen]);
    }

    private void ReadMembers(JsonElement row, int index)
    {
        foreach (var member in row.EnumerateObject())
        {
            var feature = Description.Features.IndexOf(member.Name);
            if (feature >= 0 && _seen[feature])
            {
                Problem($"{NameOf(index)} has \"{Echo.Cut(member.Name)}\" twice.", $"{PointerOf(index)}/{SpecJson.Escape(member.Name)}");
            }
            else if (feature >= 0)
            {
                _seen[feature] = true;
                _names[feature] = SpecJson.Escape(member.Name);
                ReadCell(member.Value, index, feature);
            }
            else if (_unknownColumns != UnknownColumns.Ignore && !Description.Ignores(member.Name) && !_problems.AreMany)
            {
                Problem(RowColumns.SayUnknown(Description, member.Name, _unknownColumns), $"{PointerOf(index)}/{SpecJson.Escape(member.Name)}");
            }
        }
    }

    private void ReadArray(JsonElement row, int index)
    {
        var length = row.GetArrayLength();
        if (length != (_columns ?? _cells.Length))
        {
            Problem(
                _columns is { } columns
                    ? $"{NameOf(index)} has {length} values; there are {columns} columns."
                    : $"{NameOf(index)} has {length} values; the model takes {_cells.Length}: {RowColumns.Names(Description.Features.Columns)}.",
                PointerOf(index));
            return;
        }

        for (var i = 0; i < _cells.Length; i++)
        {
            var position = _positions?[i] ?? i;
            _names[i] = position.ToString();
            ReadCell(row[position], index, i);
        }
    }

    private void ReadCell(JsonElement value, int row, int column)
    {
        if (TakesArraysOfOne && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 1)
            value = value[0];
        ref var cell = ref _cells[column];
        cell = Cell.Missing;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                break;
            case JsonValueKind.Number when value.GetDouble() is var number && double.IsFinite(number):
                cell = Cell.OfJson(number, JsonMarshal.GetRawUtf8Value(value));
                break;
            case JsonValueKind.Number:
                Problem("The number is too large: at most about 1.8e308 fits.", PointerOf(row, column));
                break;
            case JsonValueKind.True or JsonValueKind.False:
                cell = Cell.Of(value.GetBoolean());
                break;
            case JsonValueKind.String:
                cell = Cell.Of(value.GetString()!);
                break;
            default:
                Problem("Expected a number, a string, true, false or null.", PointerOf(row, column));
                break;
        }
    }

    private void Encode(int row)
    {
        var width = Description.Features.Width;
        if (Description.Features.Encode(_cells, _values.AsSpan((row - _first) * width, width), _cellProblems, _unknown))
            return;
        for (var i = 0; i < _cellProblems.Length; i++)
            if (_cellProblems[i] is { } problem)
                Problem($"{NameOf(row)}, \"{Description.Features.Columns[i].Name}\": {problem}", PointerOf(row, i));
    }

    private void Problem(string detail, string pointer)
    {
        if (!_problems.AreMany)
            _problems.Add(detail, pointer);
    }
}
