using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Scoring;

/// <summary>Rows to score in the forms of MLflow and SageMaker.</summary>
internal static class InvocationRequest
{
    private const int MostNamed = 10;

    /// <summary>
    /// JSON: an object with one of <c>dataframe_split</c>, <c>dataframe_records</c>, <c>instances</c> and <c>inputs</c> as MLflow's clients send it, or an
    /// array of rows as SageMaker's do. Errors: <see cref="ProblemException"/>.
    /// </summary>
    public static RowBatches OfJson(ModelDescription description, ReadOnlyMemory<byte> body)
    {
        var document = ScoringJson.DocumentOf(NotANumber.AsNull(body));
        return document.RootElement.ValueKind switch
        {
            JsonValueKind.Object => OfObject(description, document),
            JsonValueKind.Array => new ScoringRows(description, document).OfRows(document.RootElement, "rows"),
            _ => throw Refusal.Exception(400, "The body must be a JSON object, or an array of rows."),
        };
    }

    /// <summary>JSON lines: a row on each. Errors: <see cref="ProblemException"/>.</summary>
    public static RowBatches OfLines(ModelDescription description, ReadOnlyMemory<byte> body)
    {
        var document = ScoringJson.ArrayOfLines(NotANumber.AsNull(body));
        return new ScoringRows(description, document).OfRows(document.RootElement, "rows");
    }

    private static JsonBatches OfObject(ModelDescription description, JsonDocument document)
    {
        var members = document.RootElement.EnumerateObject().Where(member => member.Name != "params").ToList();
        if (members is not [{ Name: "dataframe_split" or "dataframe_records" or "instances" or "inputs" } form])
            throw Refusal.Exception(400, "The body must hold one of dataframe_split, dataframe_records, instances and inputs, and nothing else but params.");
        var notes = document.RootElement.TryGetProperty("params", out var parameters) ? Unused(parameters) : [];
        var rows = new ScoringRows(description, document) { Notes = notes };
        return form.Name switch
        {
            "dataframe_split" => rows.OfSplit(form.Value),
            "inputs" => rows.OfInputs(form.Value),
            _ => rows.OfRows(form.Value, form.Name),
        };
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
}
