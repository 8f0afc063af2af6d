using System.Text.Json.Serialization;

namespace NnService.Engine.Explain;

/// <summary>One row's way through a network and back, number by number, in float64.</summary>
public sealed record Trace
{
    /// <summary>The layers from input to output, or the one asked for.</summary>
    public required IReadOnlyList<LayerTrace> Layers { get; init; }

    /// <summary>[outputs] what the network answers, in the units of training.</summary>
    public required IReadOnlyList<double> Output { get; init; }

    /// <summary>The row's loss.</summary>
    public required double Loss { get; init; }

    /// <summary>[outputs] ∂L/∂output.</summary>
    public required IReadOnlyList<double> LossGradient { get; init; }

    /// <summary>The trained numbers of the listed neurons, neuron by neuron: its weights, then its bias.</summary>
    public required IReadOnlyList<ParameterTrace> Parameters { get; init; }

    /// <summary>What to know about the figures.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>A layer of a trace, or a step of one: an embedding is shown in several, one behind the other with the same index.</summary>
/// <param name="Index">Its place in the network, from 0.</param>
/// <param name="Type">Its type; for a link behind the last layer, which turns logits into the answer, the link's.</param>
/// <param name="Activation">The function between weighted sum and activation.</param>
/// <param name="Neurons">Its neurons, or the one asked for.</param>
public sealed record LayerTrace(int Index, string Type, string Activation, IReadOnlyList<NeuronTrace> Neurons);

/// <summary>A neuron of a trace; a unit of a normalization or dropout layer counts as one.</summary>
public sealed record NeuronTrace
{
    /// <summary>Its place in the layer, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>What a textbook calls it: <c>h1</c>, <c>h2</c> … through all hidden layers, <c>y</c> for the output.</summary>
    public required string Symbol { get; init; }

    /// <summary>[terms] what comes in; of a normalization the one number, standardized.</summary>
    public required IReadOnlyList<double> Inputs { get; init; }

    /// <summary>[terms] what the inputs are called.</summary>
    public required IReadOnlyList<string> InputSymbols { get; init; }

    /// <summary>[terms]</summary>
    public required IReadOnlyList<double> Weights { get; init; }

    /// <summary>[terms] what the weights are called; empty where they are not trained.</summary>
    public required IReadOnlyList<string> WeightSymbols { get; init; }

    /// <summary>[terms] weight · input.</summary>
    public required IReadOnlyList<double> Terms { get; init; }

    /// <summary>Null where there is none.</summary>
    public required double? Bias { get; init; }

    /// <summary>What the bias is called; null where there is none.</summary>
    public required string? BiasSymbol { get; init; }

    /// <summary>z: the terms and the bias, added up.</summary>
    public required double WeightedSum { get; init; }

    /// <summary>What the neuron hands on.</summary>
    public required double Activation { get; init; }

    /// <summary>The function between z and the activation where it is not the layer's: in embeddings, whose numbers have functions of their own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Function { get; init; }

    /// <summary>∂activation/∂z; of softmax the one with respect to the neuron's own sum.</summary>
    public required double ActivationDerivative { get; init; }

    /// <summary>∂L/∂activation.</summary>
    public required double UpstreamGradient { get; init; }

    /// <summary>
    /// The summands of the upstream gradient, one for each neuron that reads this one; empty for outputs, and in networks of more than 10,000 parameters.
    /// </summary>
    public required IReadOnlyList<TraceFactor> UpstreamTerms { get; init; }

    /// <summary>
    /// ∂L/∂z. For a cross-entropy on its own link it is taken as prediction − target, which is exact where the product of the two factors has lost its digits.
    /// </summary>
    public required double Delta { get; init; }

    /// <summary>[outputs] ∂yₖ/∂z of this neuron's z for every output k; only for softmax.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Jacobian { get; init; }

    /// <summary>How the input was standardized; only for normalizations.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NormalizationTrace? Normalization { get; init; }
}

/// <summary>x̂ = (x − mean) / √(variance + epsilon).</summary>
/// <param name="Input">x</param>
/// <param name="Mean">Of the running statistics (batch normalization) or of the row (layer normalization).</param>
/// <param name="Variance">Likewise.</param>
/// <param name="Epsilon">ε</param>
/// <param name="Normalized">x̂</param>
public sealed record NormalizationTrace(double Input, double Mean, double Variance, double Epsilon, double Normalized);

/// <summary>A trained number and its gradient.</summary>
public sealed record ParameterTrace
{
    /// <summary>Where it stands, for example <c>layers[0].weights[0][1]</c>: input 0, unit 1.</summary>
    public required string Name { get; init; }

    /// <summary>What a textbook calls it: <c>w1</c>, <c>w2</c> … neuron by neuron, <c>b1</c> …; of normalizations <c>γ1</c> and <c>β1</c>.</summary>
    public required string Parameter { get; init; }

    /// <summary>∂L/∂parameter.</summary>
    public required string Symbol { get; init; }

    /// <summary>The chain rule for it: <c>∂L/∂w1 = ∂L/∂y · ∂y/∂h1 · ∂h1/∂w1</c>.</summary>
    public required string Equation { get; init; }

    /// <summary>The factors of that chain; their product is the gradient, up to rounding.</summary>
    public required IReadOnlyList<TraceFactor> Factors { get; init; }

    /// <summary>∂L/∂activation of its neuron.</summary>
    public required double UpstreamGradient { get; init; }

    /// <summary>∂activation/∂z of its neuron.</summary>
    public required double ActivationDerivative { get; init; }

    /// <summary>∂z/∂parameter: what the weight is multiplied with; 1 for a bias.</summary>
    public required double Input { get; init; }

    /// <summary>∂L/∂parameter: the neuron's delta times the input.</summary>
    public required double Gradient { get; init; }

    /// <summary>(L(p + h) − L(p − h)) / 2h, by the engine's own forward pass; null where it would take too long.</summary>
    public required double? NumericGradient { get; init; }

    /// <summary>The parameter now.</summary>
    public required double Value { get; init; }

    /// <summary>The parameter after one step of gradient descent: value − learning rate · gradient.</summary>
    public required double Updated { get; init; }
}

/// <summary>A factor or summand of a chain rule.</summary>
/// <param name="Symbol">For example <c>∂y/∂h1</c>.</param>
/// <param name="Value">Its value.</param>
public sealed record TraceFactor(string Symbol, double Value);
