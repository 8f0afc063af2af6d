using NnService.Engine.Data;

namespace NnService.Api.Models.Evaluations;

/// <summary>Rows to measure a model on.</summary>
/// <param name="Dataset">The stored dataset's name; null: the request has brought them.</param>
/// <param name="Sha256">Hash of the bytes that they were read from.</param>
/// <param name="Table">The rows.</param>
internal sealed record EvaluatedRows(string? Dataset, string Sha256, Table Table)
{
    /// <summary>Where they stand in the request.</summary>
    public string Pointer => Dataset is null ? "#" : "#/dataset";

    /// <summary>What they are called at the start of a sentence.</summary>
    public string Name => Dataset is null ? "The CSV" : $"Dataset \"{Dataset}\"";
}
