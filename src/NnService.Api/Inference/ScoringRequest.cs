using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Inference;

/// <summary>Rows to score in the forms of TensorFlow Serving and MLflow.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="AsColumns">Whether they came as columns in TensorFlow Serving's form, which is answered with columns.</param>
internal sealed record ScoringRequest(RowBatches Rows, bool AsColumns)
{
    private const int MostNamed = 10;

    /// <summary>TensorFlow Serving: <c>{"instances": […]}</c>, or <c>{"inputs": {…}}</c>. Errors: <see cref="ProblemException"/>.</summary>
    public static ScoringRequest OfServing(ModelDescription description, ReadOnlyMemory<byte> body)
    {
        var document = Parse(body);
        var members = document.RootElement.EnumerateObject().Where(member => member.Name != "signature_name").ToList();
        foreach (var member in members)
            if (member.Name is not ("instances" or "inputs"))
                throw Refusal.Exception(400, $"Unknown property \"{Echo.Cut(member.Name)}\"; send instances, an array of rows, or inputs, the columns.");
        if (members is not [var form])
            throw Refusal.Exception(400, "The body must hold either instances, an array of rows, or inputs, the columns.");
        var rows = new ScoringRows(description, document);
        return form.Name == "instances"
            ? new ScoringRequest(rows.OfRows(form.Value, form.Name), AsColumns: false)
            : new ScoringRequest(rows.OfInputs(form.Value), AsColumns: true);
    }

    /// <summary>MLflow: one of <c>dataframe_split</c>, <c>dataframe_records</c>, <c>instances</c> and <c>inputs</c>. Errors:
    /// <see cref="ProblemException"/>.</summary>
    public static ScoringRequest OfInvocation(ModelDescription description, ReadOnlyMemory<byte> body)
    {
        var document = Parse(NotANumber.AsNull(body));
        var members = document.RootElement.EnumerateObject().Where(member => member.Name != "params").ToList();
        if (members is not [{ Name: "dataframe_split" or "dataframe_records" or "instances" or "inputs" } form])
            throw Refusal.Exception(400, "The body must hold one of dataframe_split, dataframe_records, instances and inputs, and nothing else but params.");
        var notes = document.RootElement.TryGetProperty("params", out var parameters) ? Unused(parameters) : [];
        var rows = new ScoringRows(description, document) { Notes = notes };
        var read = form.Name switch
        {
            "dataframe_split" => rows.OfSplit(form.Value),
            "inputs" => rows.OfInputs(form.Value),
            _ => rows.OfRows(form.Value, form.Name),
        };
        return new ScoringRequest(read, AsColumns: false);
    }

    // MLflow passes over what a model's signature does not name, and says so in its log, which the caller cannot see here.
    private static List<string> Unused(JsonElement parameters)
    {
        if (parameters.ValueKind == JsonValueKind.Null)
            return [];
        if (parameters.ValueKind != JsonValueKind.Object)
            throw Refusal.Exception(400, "params must be an object.");
        var names = parameters.EnumerateObject().Select(parameter => Echo.Cut(parameter.Name)).ToList();
        var more = names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "";
        return names.Count == 0 ? [] : [$"The model takes no params; passed over: {string.Join(", ", names.Take(MostNamed))}{more}."];
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        body = ByteOrderMark.Skip(body);
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
}
