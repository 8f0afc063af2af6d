using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Inference.Scoring;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Serving;

/// <summary>Rows in the forms of TensorFlow Serving and KServe.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="AsColumns">Whether they came as columns, which is answered with columns.</param>
internal sealed record ServingRequest(RowBatches Rows, bool AsColumns)
{
    /// <summary><c>:predict</c>: <c>{"instances": […]}</c>, or <c>{"inputs": {…}}</c>. Errors: <see cref="ProblemException"/>.</summary>
    public static ServingRequest OfPredict(ModelDescription description, ReadOnlyMemory<byte> body)
    {
        var document = ScoringJson.ObjectOf(body);
        var members = MembersOf(document, "instances, an array of rows, or inputs, the columns", "instances", "inputs");
        if (members is not [var form])
            throw Refusal.Exception(400, "The body must hold either instances, an array of rows, or inputs, the columns.");
        var rows = new ScoringRows(description, document);
        return form.Name == "instances"
            ? new ServingRequest(rows.OfRows(form.Value, form.Name), AsColumns: false)
            : new ServingRequest(rows.OfInputs(form.Value), AsColumns: true);
    }

    /// <summary><c>:classify</c> and <c>:regress</c>: <c>{"examples": [{…}], "context": {…}}</c>. Errors: <see cref="ProblemException"/>.</summary>
    public static RowBatches OfExamples(ModelDescription description, ReadOnlyMemory<byte> body)
    {
        var document = ScoringJson.ObjectOf(body);
        var members = MembersOf(document, "examples, an array of objects, and context where they share features", "examples", "context");
        if (members.Find(member => member.Name == "examples") is not { Value.ValueKind: not JsonValueKind.Undefined } examples)
            throw Refusal.Exception(400, "The body must hold examples, an array of objects.");
        return new ScoringRows(description, document).OfExamples(examples.Value, members.Find(member => member.Name == "context").Value);
    }

    /// <summary><c>:explain</c>: <c>{"instances": […]}</c>. Errors: <see cref="ProblemException"/>.</summary>
    /// <returns>The rows to explain, and the same to predict.</returns>
    public static (IReadOnlyList<JsonElement> Rows, RowBatches Batches) OfExplain(ModelDescription description, ReadOnlyMemory<byte> body)
    {
        var document = ScoringJson.ObjectOf(body);
        if (MembersOf(document, "instances, an array of rows", "instances") is not [var form])
            throw Refusal.Exception(400, "The body must hold instances, an array of rows.");
        var rows = new ScoringRows(description, document);
        var list = rows.RowsOf(form.Value, form.Name);
        return (list, rows.OfRows(list));
    }

    // A signature's name is taken whatever it is: a model has one signature.
    private static List<JsonProperty> MembersOf(JsonDocument document, string advice, params string[] known)
    {
        var members = document.RootElement.EnumerateObject().ToList();
        foreach (var member in members)
        {
            if (member.Name == "signature_name" && member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Null))
                throw Refusal.Exception(400, "signature_name must be a string.");
            if (member.Name != "signature_name" && !known.Contains(member.Name))
                throw Refusal.Exception(400, $"Unknown property \"{Echo.Cut(member.Name)}\"; send {advice}.");
        }

        return members.FindAll(member => member.Name != "signature_name");
    }
}
