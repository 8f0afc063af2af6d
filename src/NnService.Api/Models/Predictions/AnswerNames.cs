using System.Text.Json;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Predictions;

/// <summary>The names in a model's answers as JSON, escaped and encoded once instead of with every answer.</summary>
/// <param name="model">The model's name.</param>
/// <param name="target">What it predicts.</param>
internal sealed class AnswerNames(string model, TargetEncoding target)
{
    public static readonly JsonEncodedText Interval = Of("interval");
    public static readonly JsonEncodedText InSet = Of("labels");
    public static readonly JsonEncodedText Label = Of("label");
    public static readonly JsonEncodedText ModelProperty = Of("model");
    public static readonly JsonEncodedText Predictions = Of("predictions");
    public static readonly JsonEncodedText Probabilities = Of("probabilities");
    public static readonly JsonEncodedText Value = Of("value");
    public static readonly JsonEncodedText Values = Of("values");
    public static readonly JsonEncodedText Version = Of("version");

    /// <summary>The model's name.</summary>
    public JsonEncodedText Model { get; } = Of(model);

    /// <summary>[labels] in their order; empty for a regression.</summary>
    public IReadOnlyList<JsonEncodedText> Labels { get; } = [.. target.Labels.Select(Of)];

    /// <summary>[targets] names of their columns.</summary>
    public IReadOnlyList<JsonEncodedText> Columns { get; } = [.. target.Columns.Select(Of)];

    private static JsonEncodedText Of(string name) => JsonEncodedText.Encode(name, SpecJson.Options.Encoder);
}
