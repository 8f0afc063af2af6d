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
    private readonly ModelDescription _description;
    private readonly IReadOnlyList<JsonElement> _rows;
    private readonly UnknownColumns _unknownColumns;
    private readonly int? _columns;
    private readonly int[]? _positions;
    private readonly double[] _values;
    private readonly Cell[] _cells;
    private readonly string[] _names;
    private readonly string?[] _cellProblems;
    private int _first;
    private int _count;

    /// <summary>Looks at the columns. Errors: <see cref="ProblemException"/> where they are not the model's.</summary>
    /// <param name="description">The model.</param>
    /// <param name="columns">Names of the columns of rows that are arrays; null: they are the model's.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="unknownColumns">What becomes of columns that the model does not know.</param>
    public JsonBatches(ModelDescription description, IReadOnlyList<string>? columns, IReadOnlyList<JsonElement> rows, UnknownColumns unknownColumns)
    {
        (_description, _rows, _unknownColumns, _columns) = (description, rows, unknownColumns, columns?.Count);
        _positions = columns is null ? null : RowColumns.PositionsOf(description, columns, unknownColumns);
        _values = new double[Math.Min(Most, rows.Count) * description.Features.Width];
        _cells = new Cell[description.Features.Columns.Count];
        _names = new string[_cells.Length];
        _cellProblems = new string?[_cells.Length];
    }

    /// <summary>What a single row is called that stands in a body under a name of its own; null: they are rows.</summary>
    public string? OnlyRow { get; init; }

    /// <summary>What was passed over around the rows.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What the rows are read from.</summary>
    public IReadOnlyList<JsonDocument> Documents { get; init; } = [];

    public override long? Count => _rows.Count;

    public override ReadOnlySpan<double> Values => _values.AsSpan(0, _count * _description.Features.Width);

    public override IReadOnlyList<string> Warnings => [.. Notes, .. _unknown.Warnings];

    // A refusal waits until all rows with problems are read, or they are many.
    public override int Next()
    {
        _first += _count;
        _count = Math.Min(Most, _rows.Count - _first);
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
        var features = _description.Features.Columns;
        var seen = new bool[features.Count];
        foreach (var member in row.EnumerateObject())
        {
            var feature = _description.Features.IndexOf(member.Name);
            if (feature >= 0 && seen[feature])
            {
                Problem($"{NameOf(index)} has \"{Echo.Cut(member.Name)}\" twice.", $"{PointerOf(index)}/{SpecJson.Escape(member.Name)}");
            }
            else if (feature >= 0)
            {
                seen[feature] = true;
                _names[feature] = SpecJson.Escape(member.Name);
                ReadCell(member.Value, index, feature);
            }
            else if (_unknownColumns != UnknownColumns.Ignore && !_description.Ignores(member.Name) && !_problems.AreMany)
            {
                Problem(RowColumns.SayUnknown(_description, member.Name, _unknownColumns), $"{PointerOf(index)}/{SpecJson.Escape(member.Name)}");
            }
        }

        for (var i = 0; i < features.Count; i++)
            if (!seen[i])
                Problem($"{NameOf(index)} lacks \"{features[i].Name}\".", $"{PointerOf(index)}/{SpecJson.Escape(features[i].Name)}");
    }

    private void ReadArray(JsonElement row, int index)
    {
        var length = row.GetArrayLength();
        if (length != (_columns ?? _cells.Length))
        {
            Problem(
                _columns is { } columns
                    ? $"{NameOf(index)} has {length} values; there are {columns} columns."
                    : $"{NameOf(index)} has {length} values; the model takes {_cells.Length}: {RowColumns.Names(_description.Features.Columns)}.",
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
        ref var cell = ref _cells[column];
        cell = Cell.Missing;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                break;
            case JsonValueKind.Number when double.IsFinite(value.GetDouble()):
                cell = Cell.Of(value.GetDouble());
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
        var width = _description.Features.Width;
        if (_description.Features.Encode(_cells, _values.AsSpan((row - _first) * width, width), _cellProblems, _unknown))
            return;
        for (var i = 0; i < _cellProblems.Length; i++)
            if (_cellProblems[i] is { } problem)
                Problem($"{NameOf(row)}, \"{_description.Features.Columns[i].Name}\": {problem}", PointerOf(row, i));
    }

    private void Problem(string detail, string pointer)
    {
        if (!_problems.AreMany)
            _problems.Add(detail, pointer);
    }
}
