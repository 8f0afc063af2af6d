using System.Globalization;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Scoring;

/// <summary>The rows that the forms of TensorFlow Serving and MLflow make: written as rows of this service's own form where they are none yet.</summary>
/// <param name="description">The model.</param>
/// <param name="document">The body.</param>
internal sealed class ScoringRows(ModelDescription description, JsonDocument document)
{
    private readonly List<IDisposable> _documents = [document];

    /// <summary>What was passed over around the rows.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Rows: arrays, objects, or single values where there is one feature. Errors: <see cref="ProblemException"/>.</summary>
    public JsonBatches OfRows(JsonElement rows, string name) => OfRows(RowsOf(rows, name));

    /// <summary>Rows in this service's own form.</summary>
    public JsonBatches OfRows(IReadOnlyList<JsonElement> rows) => Batches(null, rows);

    /// <summary>Rows brought into this service's own form. Errors: <see cref="ProblemException"/>.</summary>
    public IReadOnlyList<JsonElement> RowsOf(JsonElement rows, string name)
    {
        var list = ListOf(rows, name);
        if (description.Features.Columns is { Count: not 1 } features
            && list.FindIndex(row => row.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object)) is >= 0 and var value)
            throw Refusal.Exception(400, $"{name}[{value}] is a single value; the model takes {features.Count}: {FeatureNames}.");
        return list.TrueForAll(row => row.ValueKind == JsonValueKind.Array) ? list : Written(list.Count, (json, row) => WriteRow(json, list[row]));
    }

    /// <summary>Objects, and an object of what they all have. Errors: <see cref="ProblemException"/>.</summary>
    /// <param name="examples">The objects.</param>
    /// <param name="context">What they share; undefined or null: nothing.</param>
    public JsonBatches OfExamples(JsonElement examples, JsonElement context)
    {
        var list = ListOf(examples, "examples");
        if (context.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object))
            throw Refusal.Exception(400, "context must be an object with the features that all examples share.");
        var shared = context.ValueKind == JsonValueKind.Object ? context.EnumerateObject().Select(feature => feature.Name).ToHashSet() : [];
        for (var i = 0; i < list.Count; i++)
            CheckExample(list[i], shared, i);
        return new(description, null, list, UnknownColumns.Refuse) { Shared = context, TakesArraysOfOne = true, Notes = Notes, Documents = _documents };
    }

    /// <summary>An object with an array for each column, or rows. Errors: <see cref="ProblemException"/>.</summary>
    public JsonBatches OfInputs(JsonElement inputs) => inputs.ValueKind switch
    {
        JsonValueKind.Object => OfColumns(inputs),
        JsonValueKind.Array => OfRows(inputs, "inputs"),
        _ => throw Refusal.Exception(400, "inputs must be an object with an array for each column, or an array of rows."),
    };

    /// <summary>A data frame: columns and the rows under them; without columns, or with their positions, in the model's own order. Errors: as above.</summary>
    public JsonBatches OfSplit(JsonElement split)
    {
        if (split.ValueKind != JsonValueKind.Object)
            throw Refusal.Exception(400, "dataframe_split must be an object with columns and data.");
        if (!split.TryGetProperty("data", out var data))
            throw Refusal.Exception(400, "dataframe_split has no data.");
        var columns = split.TryGetProperty("columns", out var given) && given.ValueKind != JsonValueKind.Null ? ColumnsOf(given) : null;
        return Batches(columns, ListOf(data, "dataframe_split.data"));
    }

    private List<string> ColumnsOf(JsonElement given)
    {
        var columns = ListOf(given, "dataframe_split.columns");
        var names = Named([.. columns.Select(column => column.ValueKind == JsonValueKind.String ? column.GetString()! : column.GetRawText())]);
        var features = description.Features.Columns;
        for (var i = 0; i < names.Count; i++)
            if (columns[i].ValueKind != JsonValueKind.String && (columns[i].ValueKind != JsonValueKind.Number || description.Features.IndexOf(names[i]) < 0))
                throw Refusal.Exception(
                    400,
                    $"dataframe_split.columns must be an array of names, or of the positions 0 to {features.Count - 1} "
                    + $"where the frame has no names: {FeatureNames}.");
        return names;
    }

    // {"a": [1, 2], "b": [3, 4]} is the rows [1, 3] and [2, 4].
    private JsonBatches OfColumns(JsonElement columns)
    {
        var names = columns.EnumerateObject().Select(column => column.Name).ToList();
        var lists = columns.EnumerateObject().Select(column => ListOf(column.Value, $"inputs.{column.Name}")).ToList();
        for (var i = 0; i < lists.Count; i++)
            if (lists[i].Count != lists[0].Count)
                throw Refusal.Exception(
                    400, $"inputs.{names[i]} has {lists[i].Count} values and inputs.{names[0]} {lists[0].Count}; all must have the same number.");
        return Batches(Named(names), Written(lists.Count == 0 ? 0 : lists[0].Count, (json, row) =>
        {
            json.WriteStartArray();
            foreach (var list in lists)
                Only(list[row]).WriteTo(json);
            json.WriteEndArray();
        }));
    }

    private static void CheckExample(JsonElement example, HashSet<string> shared, int index)
    {
        if (example.ValueKind != JsonValueKind.Object)
            throw Refusal.Exception(400, $"examples[{index}] must be an object with the features by name.");
        if (shared.Count == 0)
            return;
        foreach (var feature in example.EnumerateObject())
            if (shared.Contains(feature.Name))
                throw Refusal.Exception(400, $"\"{Echo.Cut(feature.Name)}\" stands in context and in examples[{index}]; leave one of them out.");
    }

    private void WriteRow(Utf8JsonWriter json, JsonElement row)
    {
        switch (row.ValueKind)
        {
            case JsonValueKind.Array:
                row.WriteTo(json);
                break;
            case JsonValueKind.Object:
                json.WriteStartObject();
                var names = Named([.. row.EnumerateObject().Select(member => member.Name)]);
                foreach (var (i, member) in row.EnumerateObject().Index())
                {
                    json.WritePropertyName(names[i]);
                    Only(member.Value).WriteTo(json);
                }

                json.WriteEndObject();
                break;
            default:
                json.WriteStartArray();
                row.WriteTo(json);
                json.WriteEndArray();
                break;
        }
    }

    // A tensor [rows, 1] has an array of one around every value.
    private static JsonElement Only(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 1 ? value[0] : value;

    // A frame without names has their positions in their place: pandas writes 0, 1, 2 … as numbers or as texts.
    private List<string> Named(List<string> names)
    {
        var features = description.Features.Columns;
        var positions = new List<string>(names.Count);
        foreach (var name in names)
        {
            var isPosition = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position < features.Count
                && position.ToString(CultureInfo.InvariantCulture) == name;
            if (!isPosition || description.Features.IndexOf(name) >= 0 || description.Ignores(name))
                return names;
            positions.Add(features[position].Name);
        }

        return positions;
    }

    private string FeatureNames => string.Join(", ", description.Features.Columns.Select(feature => feature.Name));

    private WrittenRows Written(int count, Action<Utf8JsonWriter, int> writeRow)
    {
        var rows = new WrittenRows(count, writeRow);
        _documents.Add(rows);
        return rows;
    }

    private JsonBatches Batches(List<string>? columns, IReadOnlyList<JsonElement> rows) =>
        new(description, columns, rows, UnknownColumns.Refuse) { Notes = Notes, Documents = _documents };

    private static List<JsonElement> ListOf(JsonElement array, string name)
    {
        if (array.ValueKind != JsonValueKind.Array)
            throw Refusal.Exception(400, $"{name} must be an array.");
        var list = new List<JsonElement>(array.GetArrayLength());
        list.AddRange(array.EnumerateArray());
        return list;
    }
}
