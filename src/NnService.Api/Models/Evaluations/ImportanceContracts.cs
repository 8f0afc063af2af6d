using System.ComponentModel.DataAnnotations;
using NnService.Engine.Specs;
using NnService.Engine.Training.Importance;

namespace NnService.Api.Models.Evaluations;

/// <summary>On which rows to measure how much a model leans on each column.</summary>
public sealed record ImportanceRequest : ICheckedRequest
{
    /// <summary>A dataset with the features and the target; best one that the model was not trained on.</summary>
    [Required]
    public string? Dataset { get; init; }

    /// <summary>How often each column is shuffled; left out: 10.</summary>
    [Range(2, 1000)]
    public int? Repeats { get; init; }

    /// <summary>Seed of the shuffles; left out: 0.</summary>
    public ulong? Seed { get; init; }
}

/// <summary>How much a model leans on each column: how much worse its metric is where the column's cells are shuffled among the rows.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Dataset">The dataset.</param>
/// <param name="Rows">Rows that were asked about.</param>
/// <param name="Metric">The metric: <c>logLoss</c>, <c>rootMeanSquaredError</c>, or of several targets <c>r2</c>.</param>
/// <param name="Value">The metric with every column in its place.</param>
/// <param name="Columns">The columns, most important first.</param>
public sealed record ImportanceResponse(
    string Model, int Version, string Dataset, int Rows, string Metric, double Value, IReadOnlyList<ColumnImportance> Columns)
{
    /// <summary>What to know about the figures.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}
