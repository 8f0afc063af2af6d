using System.Collections;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>Rows to score in the forms of TensorFlow Serving and MLflow.</summary>
internal static class ScoringRequest
{
    /// <summary>TensorFlow Serving: <c>{"instances": […]}</c>. Errors: <see cref="ProblemException"/>.</summary>
    public static PredictRequest Instances(ReadOnlyMemory<byte> body)
    {
        var document = Parse(body); // its rows are read later
        foreach (var member in document.RootElement.EnumerateObject())
            if (member.Name is not ("instances" or "signature_name"))
                throw Refusal.Exception(400, $"Unknown property \"{Echo.Cut(member.Name)}\"; send instances, an array of rows.");
        return new PredictRequest { Rows = Rows(Member(document.RootElement, "instances"), "instances") };
    }

    /// <summary>MLflow: one of <c>dataframe_split</c>, <c>dataframe_records</c>, <c>instances</c> and <c>inputs</c>. Errors: <see cref="ProblemException"/>.</summary>
    public static PredictRequest Invocation(ReadOnlyMemory<byte> body)
    {
        var document = Parse(body);
        var members = document.RootElement.EnumerateObject().ToList();
        if (members is not [{ Name: "dataframe_split" or "dataframe_records" or "instances" or "inputs" } form])
            throw Refusal.Exception(400, "The body must hold one of dataframe_split, dataframe_records, instances and inputs, and nothing else.");
        return form.Name switch
        {
            "dataframe_split" => Split(form.Value),
            "inputs" when form.Value.ValueKind == JsonValueKind.Object => Columns(form.Value),
            _ => new PredictRequest { Rows = Rows(form.Value, form.Name) },
        };
    }

    private static PredictRequest Split(JsonElement split)
    {
        if (split.ValueKind != JsonValueKind.Object)
            throw Refusal.Exception(400, "dataframe_split must be an object with columns and data.");
        var columns = Rows(Member(split, "columns"), "dataframe_split.columns");
        if (columns.FirstOrDefault(column => column.ValueKind != JsonValueKind.String) is { ValueKind: not JsonValueKind.Undefined })
            throw Refusal.Exception(400, "dataframe_split.columns must be an array of names.");
        return new PredictRequest { Columns = [.. columns.Select(column => column.GetString()!)], Rows = Rows(Member(split, "data"), "dataframe_split.data") };
    }

    // {"a": [1, 2], "b": [3, 4]} is the rows [1, 3] and [2, 4].
    private static PredictRequest Columns(JsonElement columns)
    {
        var names = columns.EnumerateObject().Select(column => column.Name).ToList();
        var lists = columns.EnumerateObject().Select(column => Rows(column.Value, $"inputs.{column.Name}")).ToList();
        for (var i = 0; i < lists.Count; i++)
            if (lists[i].Count != lists[0].Count)
                throw Refusal.Exception(400, $"inputs.{names[i]} has {lists[i].Count} values and inputs.{names[0]} {lists[0].Count}; all must have the same number.");
        var rows = lists.Count == 0 ? 0 : lists[0].Count;
        return new PredictRequest
        {
            Columns = names,
            Rows = new RowsOfColumns(lists, rows),
        };
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            throw Refusal.Exception(400, "The body is empty; send a JSON object.");
        try
        {
            JsonRefusal.UnlessUnicode(body.Span);
            var document = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw Refusal.Exception(400, "The body must be a JSON object.");
        }
        catch (JsonException bad)
        {
            throw JsonRefusal.From(bad);
        }
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var member) ? member : throw Refusal.Exception(400, $"There is no \"{name}\".");

    private static IReadOnlyList<JsonElement> Rows(JsonElement array, string name) => array.ValueKind == JsonValueKind.Array
        ? [.. array.EnumerateArray()]
        : throw Refusal.Exception(400, $"{name} must be an array.");

    // A row is made where it is asked for: all of them would take a hundred times the memory of their numbers.
    private sealed class RowsOfColumns(List<IReadOnlyList<JsonElement>> columns, int rows) : IReadOnlyList<JsonElement>
    {
        public int Count => rows;

        public JsonElement this[int index] => JsonSerializer.SerializeToElement(columns.Select(column => column[index]));

        public IEnumerator<JsonElement> GetEnumerator() => Enumerable.Range(0, rows).Select(row => this[row]).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
