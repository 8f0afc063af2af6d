using System.Text.Json;
using NnService.Api.Errors;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.Models;

/// <summary>Raw rows of a request, checked and encoded for a model.</summary>
internal sealed class EncodedRows
{
    /// <summary>Most problems a refusal lists.</summary>
    public const int MaxProblems = 20;

    private readonly List<ProblemItem> _problems = [];
    private readonly ModelDescription _description;
    private readonly string?[] _cellProblems;
    private string? _onlyRow;

    private EncodedRows(ModelDescription description, int rows)
    {
        _description = description;
        _cellProblems = new string?[description.Features.Columns.Count];
        Count = rows;
        Values = new double[(long)rows * description.Features.Width];
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>[Count, width of the features]</summary>
    public double[] Values { get; }

    /// <summary>Categories that training had not seen.</summary>
    public UnknownCategories Unknown { get; } = new();

    /// <summary>Encodes rows of a JSON body. Errors: <see cref="ProblemException"/> with a pointer to each bad cell.</summary>
    public static EncodedRows Of(ModelDescription description, PredictRequest request, UnknownColumns unknown)
    {
        var encoded = new EncodedRows(description, request.Rows!.Count);
        var positions = request.Columns is { } columns ? encoded.PositionsOf(columns, unknown) : null;
        var cells = new Cell[description.Features.Columns.Count];
        var names = new string[cells.Length];
        for (var row = 0; row < request.Rows.Count && encoded._problems.Count < MaxProblems; row++)
            encoded.ReadRow(request.Rows[row], row, request.Columns?.Count, positions, cells, names, unknown);

        encoded.Refuse();
        return encoded;
    }

    /// <summary>Encodes a single row, an object or an array in the model's own order, that stands in a body under a name of its own. Errors: <see cref="ProblemException"/>.</summary>
    public static EncodedRows OfOne(ModelDescription description, string name, JsonElement row)
    {
        var encoded = new EncodedRows(description, 1) { _onlyRow = name };
        var columns = description.Features.Columns.Count;
        encoded.ReadRow(row, 0, null, null, new Cell[columns], new string[columns], UnknownColumns.Refuse);
        encoded.Refuse();
        return encoded;
    }

    /// <summary>Where in a row of the given columns each feature stands. Errors: <see cref="ProblemException"/> where one is missing or unknown.</summary>
    public static int[] PositionsOf(ModelDescription description, IReadOnlyList<string> columns, UnknownColumns unknown) =>
        new EncodedRows(description, 0).PositionsOf(columns, unknown);

    /// <summary>Refuses where there are problems. Errors: <see cref="ProblemException"/>.</summary>
    public static void Refuse(IReadOnlyList<ProblemItem> problems)
    {
        if (problems.Count > 0)
            throw new ProblemException(Refusal.Of(
                400,
                problems.Count == 1 ? problems[0].Detail : $"{problems.Count} things in the rows need a change; the first: {problems[0].Detail}",
                problems.Take(MaxProblems)));
    }

    // Where in a row each feature stands.
    private int[] PositionsOf(IReadOnlyList<string> columns, UnknownColumns unknown)
    {
        var features = _description.Features.Columns;
        var positions = new int[features.Count];
        Array.Fill(positions, -1);
        for (var i = 0; i < columns.Count; i++)
        {
            var feature = IndexOf(columns[i]);
            if (feature >= 0 && positions[feature] >= 0)
                Problem($"Column \"{columns[i]}\" stands there twice.", $"#/columns/{i}");
            else if (feature >= 0)
                positions[feature] = i;
            else if (unknown != UnknownColumns.Ignore && !IsUnused(columns[i]))
                Problem(UnknownColumn(columns[i], unknown), $"#/columns/{i}");
        }

        for (var i = 0; i < positions.Length; i++)
            if (positions[i] < 0)
                Problem($"Column \"{features[i].Name}\" is missing; the model needs it.", "#/columns");
        Refuse();
        return positions;
    }

    private void ReadRow(JsonElement row, int index, int? columns, int[]? positions, Cell[] cells, string[] names, UnknownColumns unknown)
    {
        var isRead = row.ValueKind switch
        {
            JsonValueKind.Object when positions is null => ReadObject(row, index, cells, names, unknown),
            JsonValueKind.Array => ReadArray(row, index, columns, positions, cells, names),
            _ => Problem($"{NameOf(index)} must be {(positions is null ? "an object or an array" : "an array in the order of the columns")}.", PointerOf(index)),
        };
        if (isRead)
            Encode(index, cells, column => $"{PointerOf(index)}/{names[column]}");
    }

    private string PointerOf(int row) => _onlyRow is null ? $"#/rows/{row}" : $"#/{_onlyRow}";

    private string NameOf(int row) => _onlyRow is null ? $"Row {row}" : $"The {_onlyRow}";

    private bool ReadObject(JsonElement row, int index, Cell[] cells, string[] names, UnknownColumns unknown)
    {
        var before = _problems.Count;
        var features = _description.Features.Columns;
        Span<bool> seen = stackalloc bool[features.Count];
        foreach (var member in row.EnumerateObject())
        {
            var feature = IndexOf(member.Name);
            var pointer = $"{PointerOf(index)}/{SpecJson.Escape(member.Name)}";
            if (feature < 0)
            {
                if (unknown != UnknownColumns.Ignore && !IsUnused(member.Name))
                    Problem(UnknownColumn(member.Name, unknown), pointer);
                continue;
            }

            seen[feature] = true;
            names[feature] = SpecJson.Escape(member.Name);
            ReadCell(member.Value, pointer, out cells[feature]);
        }

        for (var i = 0; i < features.Count; i++)
            if (!seen[i])
                Problem($"{NameOf(index)} lacks \"{features[i].Name}\".", $"{PointerOf(index)}/{SpecJson.Escape(features[i].Name)}");
        return _problems.Count == before;
    }

    private bool ReadArray(JsonElement row, int index, int? columns, int[]? positions, Cell[] cells, string[] names)
    {
        var before = _problems.Count;
        var expected = columns ?? cells.Length;
        if (row.GetArrayLength() != expected)
            return Problem(
                columns is null
                    ? $"{NameOf(index)} has {row.GetArrayLength()} values; the model takes {expected}: {string.Join(", ", _description.Features.Columns.Select(feature => feature.Name))}."
                    : $"{NameOf(index)} has {row.GetArrayLength()} values; there are {expected} columns.",
                PointerOf(index));
        for (var i = 0; i < cells.Length; i++)
        {
            var position = positions?[i] ?? i;
            names[i] = position.ToString();
            ReadCell(row[position], $"{PointerOf(index)}/{position}", out cells[i]);
        }

        return _problems.Count == before;
    }

    private void ReadCell(JsonElement value, string pointer, out Cell cell)
    {
        cell = Cell.Missing;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                break;
            case JsonValueKind.Number when double.IsFinite(value.GetDouble()):
                cell = Cell.Of(value.GetDouble());
                break;
            case JsonValueKind.Number:
                Problem("The number is too large: at most about 1.8e308 fits.", pointer);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                cell = Cell.Of(value.GetBoolean());
                break;
            case JsonValueKind.String:
                cell = Cell.Of(value.GetString()!);
                break;
            default:
                Problem("Expected a number, a string, true, false or null.", pointer);
                break;
        }
    }

    private void Encode(int row, Cell[] cells, Func<int, string> pointer)
    {
        var width = _description.Features.Width;
        if (_description.Features.Encode(cells, Values.AsSpan(row * width, width), _cellProblems, Unknown))
            return;
        for (var i = 0; i < _cellProblems.Length; i++)
            if (_cellProblems[i] is { } problem)
                Problem($"{NameOf(row)}, \"{_description.Features.Columns[i].Name}\": {problem}", pointer(i));
    }

    private int IndexOf(string name)
    {
        var features = _description.Features.Columns;
        for (var i = 0; i < features.Count; i++)
            if (features[i].Name == name)
                return i;
        return -1;
    }

    private bool IsUnused(string name) => _description.UnusedColumns.Contains(name) || _description.Target.Columns.Contains(name);

    private string UnknownColumn(string name, UnknownColumns unknown) =>
        $"The model knows no column \"{name}\"; it takes {string.Join(", ", _description.Features.Columns.Select(feature => feature.Name))}. "
        + (unknown == UnknownColumns.RefuseUnlessAsked ? "Leave it out, or add ?ignoreUnknown=true." : "Leave it out.");

    private bool Problem(string detail, string pointer)
    {
        if (_problems.Count < MaxProblems)
            _problems.Add(new ProblemItem(detail, pointer));
        return false;
    }

    private void Refuse() => Refuse(_problems);
}
