using System.Text.Json;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Explanations;

/// <summary>A row that rows are compared with.</summary>
/// <param name="Description">In words.</param>
/// <param name="Encoded">[inputs]</param>
/// <param name="Values">Its value of each column; null where it has none.</param>
internal sealed record ComparedRow(string Description, double[] Encoded, IReadOnlyList<JsonElement?> Values)
{
    /// <summary>Every encoded input 0: of a number the value that this stands for.</summary>
    public static ComparedRow Zero(FeatureEncoding features) => new(
        "Every encoded input is 0: a number at its shift (the training mean where it was standardized), a category at none.",
        new double[features.Width],
        [.. features.Columns.Select(column => column.ZeroInput is { } zero ? JsonSerializer.SerializeToElement(zero, SpecJson.Options) : (JsonElement?)null)]);

    /// <summary>One that a request gives, and that has been encoded.</summary>
    public static ComparedRow Given(FeatureEncoding features, JsonElement row, double[] encoded)
    {
        var values = ModelTrace.ByColumn(features, row);
        return new("The row given as baseline.", encoded, [.. features.Columns.Select(column => (JsonElement?)values[column.Name])]);
    }
}
