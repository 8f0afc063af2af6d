using System.Text.Json;
using System.Text.Json.Serialization;
using NnService.Api.Http;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>A target column, or several.</summary>
/// <param name="Columns">The columns, at least one.</param>
[JsonConverter(typeof(TargetChoiceConverter))]
public sealed record TargetChoice(IReadOnlyList<string> Columns);

/// <summary>How much each class counts.</summary>
/// <param name="Rule"><c>none</c> or <c>balanced</c>; null where weights are given.</param>
/// <param name="Weights">A weight for each label; null where a rule is given.</param>
[JsonConverter(typeof(ClassWeightsChoiceConverter))]
public sealed record ClassWeightsChoice(string? Rule, IReadOnlyDictionary<string, double>? Weights)
{
    /// <summary>Every class counts the same.</summary>
    public const string None = "none";

    /// <summary>Classes count in inverse proportion to their training rows, or to what these weigh: rows / (classes · rows of the class).</summary>
    public const string Balanced = "balanced";

    /// <summary>[labels] the weights; null where every class counts the same.</summary>
    /// <param name="target">The labels.</param>
    /// <param name="table">The table.</param>
    /// <param name="trainRows">The training rows.</param>
    /// <param name="rowWeights">[training rows] how much each counts; null: all the same.</param>
    internal IReadOnlyList<double>? Of(TargetEncoding target, Table table, ReadOnlySpan<int> trainRows, double[]? rowWeights) =>
        Rule == None ? null
        : Weights is { } given ? [.. target.Labels.Select(label => given.GetValueOrDefault(label, 1.0))]
        : SampleEncoder.BalancedWeights(target.WeighLabels(table, trainRows, rowWeights));
}

internal sealed class TargetChoiceConverter : JsonConverter<TargetChoice>
{
    public override TargetChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.String => new TargetChoice([reader.GetString()!]),
            JsonTokenType.StartArray => new TargetChoice(Nested.Read<IReadOnlyList<string>>(ref reader, options)),
            _ => throw new JsonException("Expected the name of the target column, or an array of names."),
        };

    public override void Write(Utf8JsonWriter writer, TargetChoice value, JsonSerializerOptions options)
    {
        if (value.Columns is [var only])
            writer.WriteStringValue(only);
        else
            JsonSerializer.Serialize(writer, value.Columns, options);
    }
}

internal sealed class ClassWeightsChoiceConverter : JsonConverter<ClassWeightsChoice>
{
    public override ClassWeightsChoice Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
            return new ClassWeightsChoice(null, Nested.Read<IReadOnlyDictionary<string, double>>(ref reader, options));
        var rule = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return rule is ClassWeightsChoice.None or ClassWeightsChoice.Balanced
            ? new ClassWeightsChoice(rule, null)
            : throw new JsonException("Expected \"none\", \"balanced\", or an object with a weight for each label.");
    }

    public override void Write(Utf8JsonWriter writer, ClassWeightsChoice value, JsonSerializerOptions options)
    {
        if (value.Rule is not null)
            writer.WriteStringValue(value.Rule);
        else
            JsonSerializer.Serialize(writer, value.Weights, options);
    }
}
