using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NnService.Api.Http.Describing;
using NnService.Engine;
using NnService.Engine.Layers;
using NnService.Engine.Specs;

namespace NnService.Api.Networks;

/// <summary>A network to save.</summary>
public sealed record NetworkRequest
{
    /// <summary>Its name; left out: one is made. In a job or a model, which saves no network, it is passed over.</summary>
    public string? Name { get; init; }

    /// <summary>A few words for people, at most 10,000 characters. In a job or a model it is passed over.</summary>
    public string? Description { get; init; }

    /// <summary>Numbers a row brings in; left out: settled by the dataset of a job.</summary>
    public int? Inputs { get; init; }

    /// <summary>
    /// Networks in this one, 1 to 128, that share their weights but for the last dense layer and a number for each input: an ensemble (TabM-mini). The loss is
    /// the mean of the members' losses, the answer the mean of their probabilities or values. Left out: 1.
    /// </summary>
    [Range(1, NetworkSpec.MostMembers)]
    public int? Members { get; init; }

    /// <summary>The layers from input to output.</summary>
    [Required]
    public IReadOnlyList<LayerSpec> Layers { get; init; } = [];

    /// <summary>Most characters of a description: lists carry it.</summary>
    internal const int MostDescription = 10_000;

    internal NetworkSpec ToSpec() => new() { Inputs = Inputs, Members = Members, Layers = Layers };
}

/// <summary>A saved network in a list: without its layers.</summary>
public record NetworkSummary
{
    /// <summary>Its name.</summary>
    [JsonPropertyOrder(-3)]
    public required string Name { get; init; }

    /// <summary>A few words for people; null: none were given.</summary>
    [JsonPropertyOrder(-3)]
    public required string? Description { get; init; }

    /// <summary>Numbers a row brings in; null: settled by the dataset of a job.</summary>
    [JsonPropertyOrder(-3)]
    public required int? Inputs { get; init; }

    /// <summary>Networks in this one that share their weights; 1: it is one network.</summary>
    [JsonPropertyOrder(-3)]
    public required int Members { get; init; }

    /// <summary>Trained numbers, of all members; null where not known yet.</summary>
    public required long? ParameterCount { get; init; }

    /// <summary>Multiply-adds of one row's forward pass through all members; null where not known yet.</summary>
    public required long? MultiplyAddsPerRow { get; init; }

    /// <summary>When it was saved.</summary>
    public required DateTime CreatedAt { get; init; }

    internal static NetworkSummary SummaryOf(NetworkDefinition network)
    {
        var spec = JsonSerializer.Deserialize<NetworkSpec>(network.Spec, SpecJson.Options)!;
        var shape = NetworkShape.Of(spec, null, null);
        return new NetworkSummary
        {
            Name = network.Name,
            Description = network.Description,
            Inputs = shape.Inputs,
            Members = spec.MemberCount,
            ParameterCount = shape.ParameterCount,
            MultiplyAddsPerRow = shape.MultiplyAddsPerRow,
            CreatedAt = network.CreatedAt,
        };
    }
}

/// <summary>A saved network.</summary>
public sealed record NetworkResponse : NetworkSummary
{
    /// <summary>The layers, each with its <c>inputShape</c> and <c>outputShape</c> where known.</summary>
    [JsonPropertyOrder(-2)]
    [WireType(typeof(IReadOnlyList<ShapedLayer>))]
    public required IReadOnlyList<JsonObject> Layers { get; init; }

    internal static NetworkResponse Of(NetworkDefinition network)
    {
        var spec = JsonSerializer.Deserialize<NetworkSpec>(network.Spec, SpecJson.Options)!;
        var shape = NetworkShape.Of(spec, null, null);
        return new NetworkResponse
        {
            Name = network.Name,
            Description = network.Description,
            Inputs = shape.Inputs,
            Members = spec.MemberCount,
            Layers = [.. spec.Layers.Select((layer, i) => Describe(layer, shape.Layers[i]))],
            ParameterCount = shape.ParameterCount,
            MultiplyAddsPerRow = shape.MultiplyAddsPerRow,
            CreatedAt = network.CreatedAt,
        };
    }

    private static JsonObject Describe(LayerSpec layer, LayerShape shape)
    {
        var described = JsonSerializer.SerializeToNode(layer, SpecJson.Options)!.AsObject();
        if (layer is DenseSpec { Units: null } && layer.FixedOutputs is { } settled)
            described["units"] = settled; // by its weights
        described["inputShape"] = Shape(shape.Inputs);
        described["outputShape"] = Shape(shape.Outputs);
        return described;
    }

    private static JsonArray? Shape(int? width) => width is { } known ? [known] : null;
}

/// <summary>A layer of a saved network: as it was asked for, and the shapes that are known.</summary>
public sealed record ShapedLayer
{
    /// <summary>Its type.</summary>
    public required string Type { get; init; }

    /// <summary>Numbers that come in; null where not known yet.</summary>
    public required IReadOnlyList<int>? InputShape { get; init; }

    /// <summary>Numbers that it hands on; null where not known yet.</summary>
    public required IReadOnlyList<int>? OutputShape { get; init; }

    /// <summary>Its parameters.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Parameters { get; init; }
}
