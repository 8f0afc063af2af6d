using System.Globalization;
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

    private const int MostNames = 12;

    private readonly List<ProblemItem> _problems = [];
    private readonly ModelDescription _description;
    private readonly string?[] _cellProblems;
    private readonly Cell[] _cells;
    private readonly string[] _names;
    private PredictRequest _request = new();
    private int[]? _positions;
    private UnknownColumns _unknownColumns;
    private int _first;
    private string? _onlyRow;

    private EncodedRows(ModelDescription description, int rows)
        : this(description, rows, new double[(long)rows * description.Features.Width], new UnknownCategories())
    {
    }

    private EncodedRows(ModelDescription description, int rows, double[] values, UnknownCategories unknown)
    {
        _description = description;
        _cellProblems = new string?[description.Features.Columns.Count];
        _cells = new Cell[_cellProblems.Length];
        _names = new string[_cellProblems.Length];
        (Count, Values, Unknown) = (rows, values, unknown);
    }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>[Count, width of the features]</summary>
    public double[] Values { get; }

    /// <summary>Categories that training had not seen.</summary>
    public UnknownCategories Unknown { get; }

    /// <summary>Encodes rows of a JSON body. Errors: <see cref="ProblemException"/> with a pointer to each bad cell.</summary>
    public static EncodedRows Of(ModelDescription description, PredictRequest request, UnknownColumns unknown)
    {
        var encoded = new EncodedRows(description, request.Rows!.Count);
        encoded.Begin(request, unknown);
        encoded.Read(0, request.Rows.Count);
        return encoded;
    }

    /// <summary>The same for rows that are read one piece after the other into <paramref name="values"/>. Errors: <see cref="ProblemException"/> where the columns are not the model's.</summary>
    public static EncodedRows ByPieces(ModelDescription description, PredictRequest request, UnknownColumns unknownColumns, double[] values, UnknownCategories unknown)
    {
        var encoded = new EncodedRows(description, 0, values, unknown);
        encoded.Begin(request, unknownColumns);
        return encoded;
    }

    /// <summary>Encodes some rows of the body to the start of the values. Errors: <see cref="ProblemException"/>, once all rows with problems are read or they are many.</summary>
    public void Read(int start, int rows)
    {
        _first = start;
        for (var row = start; row < start + rows && _problems.Count < MaxProblems; row++)
            ReadRow(_request.Rows![row], row, _request.Columns?.Count, _positions, _unknownColumns);
        if (start + rows == _request.Rows!.Count || _problems.Count >= MaxProblems)
            Refuse();
    }

    private void Begin(PredictRequest request, UnknownColumns unknown)
    {
        (_request, _unknownColumns) = (request, unknown);
        _positions = request.Columns is { } columns ? PositionsOf(columns, unknown) : null;
    }

    /// <summary>Encodes a single row, an object or an array in the model's own order, that stands in a body under a name of its own. Errors: <see cref="ProblemException"/>.</summary>
    public static EncodedRows OfOne(ModelDescription description, string name, JsonElement row)
    {
        var encoded = new EncodedRows(description, 1) { _onlyRow = name };
        encoded.ReadRow(row, 0, null, null, UnknownColumns.Refuse);
        encoded.Refuse();
        return encoded;
    }

    /// <summary>Where in a row of the given columns each feature stands. Errors: <see cref="ProblemException"/> where one is missing or unknown.</summary>
    /// <param name="description">The model.</param>
    /// <param name="columns">Names of the columns.</param>
    /// <param name="unknown">What becomes of columns that the model does not know.</param>
    /// <param name="isMade">Whether a column of a CSV has no name of its own; it is passed over where the model does not know it.</param>
    public static int[] PositionsOf(ModelDescription description, IReadOnlyList<string> columns, UnknownColumns unknown, Predicate<int> isMade) =>
        new EncodedRows(description, 0).PositionsOf(columns, unknown, isMade);

    /// <summary>Whether a column stood in the training table.</summary>
    public static bool Knows(ModelDescription description, string column) => description.Features.IndexOf(column) >= 0 || description.Ignores(column);

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
    private int[] PositionsOf(IReadOnlyList<string> columns, UnknownColumns unknown, Predicate<int>? isMade = null)
    {
        var features = _description.Features.Columns;
        var positions = new int[features.Count];
        Array.Fill(positions, -1);
        for (var i = 0; i < columns.Count && _problems.Count < MaxProblems; i++)
        {
            var feature = _description.Features.IndexOf(columns[i]);
            if (feature >= 0 && positions[feature] >= 0)
                Problem($"Column \"{Echo.Cut(columns[i])}\" stands there twice.", $"#/columns/{i}");
            else if (feature >= 0)
                positions[feature] = i;
            else if (unknown != UnknownColumns.Ignore && !_description.Ignores(columns[i]) && isMade?.Invoke(i) != true)
                UnknownColumn(columns[i], unknown, () => $"#/columns/{i}", isMade is not null && IsNumber(columns[i]) ? " If the CSV has no header, add ?header=false." : "");
        }

        for (var i = 0; i < positions.Length; i++)
            if (positions[i] < 0)
                Problem($"Column \"{features[i].Name}\" is missing; the model needs it.", "#/columns");
        Refuse();
        return positions;
    }

    private void ReadRow(JsonElement row, int index, int? columns, int[]? positions, UnknownColumns unknown)
    {
        var isRead = row.ValueKind switch
        {
            JsonValueKind.Object when positions is null => ReadObject(row, index, _cells, _names, unknown),
            JsonValueKind.Array => ReadArray(row, index, columns, positions, _cells, _names),
            _ => Problem($"{NameOf(index)} must be {(positions is null ? "an object or an array" : "an array in the order of the columns")}.", PointerOf(index)),
        };
        if (isRead)
            Encode(index, _cells, column => $"{PointerOf(index)}/{_names[column]}");
    }

    private string PointerOf(int row) => _onlyRow is null ? $"#/rows/{row}" : $"#/{_onlyRow}";

    private string NameOf(int row) => _onlyRow is null ? $"Row {row}" : $"The {_onlyRow}";

    private bool ReadObject(JsonElement row, int index, Cell[] cells, string[] names, UnknownColumns unknown)
    {
        var before = _problems.Count;
        var features = _description.Features.Columns;
        var seen = new bool[features.Count];
        foreach (var member in row.EnumerateObject())
        {
            var feature = _description.Features.IndexOf(member.Name);
            if (feature < 0)
            {
                if (unknown != UnknownColumns.Ignore && !_description.Ignores(member.Name))
                    UnknownColumn(member.Name, unknown, () => $"{PointerOf(index)}/{SpecJson.Escape(member.Name)}");
                continue;
            }

            var pointer = $"{PointerOf(index)}/{SpecJson.Escape(member.Name)}";

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
                    ? $"{NameOf(index)} has {row.GetArrayLength()} values; the model takes {expected}: {Names(_description.Features.Columns)}."
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
        if (_description.Features.Encode(cells, Values.AsSpan((row - _first) * width, width), _cellProblems, Unknown))
            return;
        for (var i = 0; i < _cellProblems.Length; i++)
            if (_cellProblems[i] is { } problem)
                Problem($"{NameOf(row)}, \"{_description.Features.Columns[i].Name}\": {problem}", pointer(i));
    }

    // Composed only where it will be shown: a row may bring any number of such columns.
    private void UnknownColumn(string name, UnknownColumns unknown, Func<string> pointer, string hint = "")
    {
        if (_problems.Count < MaxProblems)
            Problem(
                $"The model knows no column \"{Echo.Cut(name)}\"; it takes {Names(_description.Features.Columns)}. {(unknown == UnknownColumns.RefuseUnlessAsked ? "Leave it out, or add ?ignoreUnknown=true." : "Leave it out.")}{hint}",
                pointer());
    }

    private static bool IsNumber(string name) => double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string Names(IReadOnlyList<FeatureColumn> features) =>
        string.Join(", ", features.Take(MostNames).Select(feature => Echo.Cut(feature.Name)))
        + (features.Count > MostNames ? $" and {features.Count - MostNames} more" : "");

    private bool Problem(string detail, string pointer)
    {
        if (_problems.Count < MaxProblems)
            _problems.Add(new ProblemItem(detail, pointer));
        return false;
    }

    private void Refuse() => Refuse(_problems);
}
