using System.Text.Json;
using NnService.Api.Errors;
using NnService.Engine;

namespace NnService.Api.Models.Predictions;

/// <summary>A single row as a model takes it.</summary>
/// <param name="Values">[width of the features]</param>
/// <param name="Warnings">Categories that training had not seen.</param>
internal sealed record EncodedRow(double[] Values, IReadOnlyList<string> Warnings)
{
    /// <summary>The row of a request. Errors: <see cref="ProblemException"/> where there is none.</summary>
    public static JsonElement Given(ModelDescription description, JsonElement? row) => row is { ValueKind: not JsonValueKind.Null } given
        ? given
        : throw Refusal.Exception(
            400,
            $"row is missing; give the features as an object, or as an array in the model's own order: {RowColumns.Names(description.Features.Columns)}.",
            "#/row");

    /// <summary>Encodes a row, an object or an array in the model's own order, that is a member of a body. Errors: <see cref="ProblemException"/>.</summary>
    public static EncodedRow Of(ModelDescription description, string name, JsonElement row)
    {
        var rows = new JsonBatches(description, null, [row], UnknownColumns.Refuse) { OnlyRow = name };
        rows.Next();
        return new EncodedRow(rows.Values.ToArray(), rows.Warnings);
    }
}
