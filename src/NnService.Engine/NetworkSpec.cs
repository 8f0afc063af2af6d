using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Specs;

namespace NnService.Engine;

/// <summary>A feed-forward network as asked for: inputs and layers.</summary>
public sealed record NetworkSpec
{
    /// <summary>A network may have this many parameters; more is refused before anything is allocated.</summary>
    public const long MaxParameters = 100_000_000;

    /// <summary>A network may have this many layers; more is refused before anything else is looked at.</summary>
    public const int MaxLayers = 1000;

    /// <summary>An ensemble may have this many members.</summary>
    public const int MostMembers = 128;

    /// <summary>Numbers a row brings in; null: settled by explicit weights or by the dataset of a job.</summary>
    [Description("Numbers a row brings in. May be left out: explicit weights or the dataset of a job settle it.")]
    public int? Inputs { get; init; }

    /// <summary>
    /// Networks in this one that share their weights; null, which 1 becomes: it is one network. Each member has a vector that its inputs are multiplied with in
    /// front of the first dense layer, and a last dense layer of its own (TabM-mini: Gorishniy, Kotelnikov and Babenko 2025).
    /// </summary>
    [Description("Networks in this one that share their weights: an ensemble, whose answer is the mean over its members.")]
    [Range(1, MostMembers)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Members { get; init => field = value == 1 ? null : value; }

    /// <summary>The layers from input to output.</summary>
    public IReadOnlyList<LayerSpec> Layers { get; init; } = [];

    /// <summary>Members of the ensemble; 1 where it is one network.</summary>
    [JsonIgnore]
    public int MemberCount => Members ?? 1;

    /// <summary>Index of the first dense layer, where the members of an ensemble part; −1 where there is none.</summary>
    [JsonIgnore]
    public int FirstDenseLayer => Layers.ToList().FindIndex(layer => layer is DenseSpec);

    /// <summary>Index of the last dense layer, of which every member of an ensemble has its own; −1 where there is none.</summary>
    [JsonIgnore]
    public int LastDenseLayer => Layers.ToList().FindLastIndex(layer => layer is DenseSpec);

    /// <summary>The last layer with units of its own: the one whose units are the network's outputs.</summary>
    [JsonIgnore]
    public LayerSpec? OutputLayer => Layers.LastOrDefault(layer => !layer.KeepsWidth && layer is not EmbeddingSpec);

    /// <summary>Whether the outputs are weighted sums as they are, or normalized.</summary>
    [JsonIgnore]
    public bool EndsInLinear => OutputLayer is DenseSpec { Activation: LinearSpec };

    /// <summary>Whether the outputs are each between 0 and 1.</summary>
    [JsonIgnore]
    public bool EndsInSigmoid => Layers is [.., DenseSpec { Activation: SigmoidSpec }];

    /// <summary>Whether the outputs of a row are shares of 1.</summary>
    [JsonIgnore]
    public bool EndsInSoftmax => Layers is [.., DenseSpec { Activation: SoftmaxSpec }];

    /// <summary>Rows that a minibatch must have at least for the network to train; a smaller one may be left over at the end of an epoch.</summary>
    [JsonIgnore]
    public int LeastBatchSize => Layers.Select(layer => layer.LeastBatchSize).DefaultIfEmpty(1).Max();

    /// <summary>The same network with its inputs and every layer's units written out, and without starting weights.</summary>
    public NetworkSpec Settled(InputLayout inputs, int outputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var shape = NetworkShape.Of(this, inputs, outputs);
        return new NetworkSpec
        {
            Inputs = inputs.Width,
            Members = Members,
            Layers =
            [
                .. Layers.Select((layer, i) =>
                    layer is DenseSpec dense ? dense with { Units = shape.Layers[i].Outputs, Weights = null, Bias = null } : layer),
            ],
        };
    }

    /// <summary>Everything that is wrong with this network by itself; empty where nothing is.</summary>
    /// <param name="at">JSON pointer of the network.</param>
    public IReadOnlyList<SpecProblem> Problems(string at = "#")
    {
        if (Layers?.Count > MaxLayers)
            return [new SpecProblem($"{at}/layers", $"The network has {Layers.Count:N0} layers; at most {MaxLayers:N0} are allowed.")];
        var problems = new List<SpecProblem>();
        if (Layers is null or { Count: 0 })
            problems.Add(new SpecProblem($"{at}/layers", "layers is empty; a network needs at least one dense layer."));
        else if (Layers.Any(layer => layer is null))
            return [.. Layers.Index().Where(layer => layer.Item is null).Select(layer => new SpecProblem($"{at}/layers/{layer.Index}", "The layer is null."))];
        else if (OutputLayer is null)
            problems.Add(new SpecProblem($"{at}/layers", "layers holds no dense layer; a network needs at least one."));
        if (Inputs is < 1)
            problems.Add(new SpecProblem($"{at}/inputs", $"inputs is {Inputs}; it must be at least 1."));
        for (var i = 0; i < Layers?.Count; i++)
            if (Layers[i] is DenseSpec { Activation: SoftmaxSpec } layer && !ReferenceEquals(layer, OutputLayer))
                problems.Add(new SpecProblem($"{at}/layers/{i}/activation", "softmax may stand on the output layer only."));
        for (var i = 1; i < Layers?.Count; i++)
            if (Layers[i] is EmbeddingSpec embedding && WhyNoPlace(embedding, i) is { } why)
                problems.Add(new SpecProblem($"{at}/layers/{i}", why));
        problems.AddRange(SpecCheck.Problems(this, at));
        if (problems.Count == 0)
            problems.AddRange(NetworkShape.Of(this, null, null).Problems(at));
        return problems;
    }

    // Embeddings read the network's own inputs: they come first, and only once for each kind of input.
    private string? WhyNoPlace(EmbeddingSpec embedding, int index)
    {
        var before = Layers.Take(index);
        return before.FirstOrDefault(layer => layer is not (null or EmbeddingSpec)) is { } other
            ? $"A {embedding.Type} layer embeds the network's own inputs, so it may stand at the start only; a {other.Type} layer comes before it."
            : before.OfType<EmbeddingSpec>().FirstOrDefault(same => same.Embeds == embedding.Embeds) is { } first
                ? $"The network's {(embedding.Embeds == InputKind.Category ? "categories" : "numbers")} are embedded already, by the {first.Type} layer "
                    + "before; take one of the two out."
                : null;
    }
}
