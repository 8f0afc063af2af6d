using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Explanations;

/// <summary>A row whose prediction is to be explained.</summary>
public sealed record ExplainRequest : IHoldsRows, ICheckedRequest
{
    /// <summary>Raw values: an object, or an array in the model's own order of features.</summary>
    [Required]
    public JsonElement? Row { get; init; }

    /// <summary>The row to compare with, in the same form; left out: every encoded input 0, which is the mean of a standardized number and no category at
    /// all.</summary>
    public JsonElement? Baseline { get; init; }

    /// <summary>Whose answer: a label, or of several targets one's name; left out: the predicted label, or the first target.</summary>
    public JsonElement? Output { get; init; }

    /// <summary>Points of the integral; left out: 256. More make the completeness error smaller.</summary>
    [Range(1, 10_000)]
    public int? Steps { get; init; }
}

/// <summary>What each feature adds to a prediction, by integrated gradients.</summary>
public sealed record ExplainResponse
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Its version.</summary>
    public required int Version { get; init; }

    /// <summary>integratedGradients.</summary>
    public required string Method { get; init; }

    /// <summary>What is explained: the probability of a label, or a target's value.</summary>
    public required string Output { get; init; }

    /// <summary>The answer to the row: a probability, or a value in the target's own units.</summary>
    public required double Prediction { get; init; }

    /// <summary>The answer to the baseline.</summary>
    public required double BaselinePrediction { get; init; }

    /// <summary>The row to compare with.</summary>
    public required ExplainBaseline Baseline { get; init; }

    /// <summary>The features in the model's order.</summary>
    public required IReadOnlyList<FeatureAttribution> Features { get; init; }

    /// <summary>Points of the integral.</summary>
    public required int Steps { get; init; }

    /// <summary>The features' parts added up, less the difference of the two answers: 0 were the integral exact.</summary>
    public required double CompletenessError { get; init; }

    /// <summary>What to know about the figures.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>What a row is compared with.</summary>
/// <param name="Description">In words.</param>
/// <param name="Encoded">[inputs]</param>
public sealed record ExplainBaseline(string Description, IReadOnlyList<double> Encoded);

/// <summary>What a feature adds.</summary>
/// <param name="Feature">The column's name.</param>
/// <param name="Value">The row's value.</param>
/// <param name="Baseline">The baseline's value; of the encoded 0 the number it stands for, and null for a category or date.</param>
/// <param name="Attribution">Its part of the difference between the two answers, in the answer's units; the parts of one-hot inputs are added up.</param>
public sealed record FeatureAttribution(string Feature, JsonElement? Value, JsonElement? Baseline, double Attribution);
