using System.Numerics;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;

namespace NnService.Engine.Training;

/// <summary>Starts a training from the weights of a model with the same shapes.</summary>
public static class InitialWeights
{
    /// <summary>Why the model's weights cannot be those of a network; null where they can.</summary>
    /// <param name="model">The model.</param>
    /// <param name="network">The network.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="outputs">Its outputs.</param>
    public static string? WhyUnfit(TrainedModel model, NetworkSpec network, InputLayout inputs, int outputs)
    {
        NetworkSpec theirs = model.Description.Network;
        InputLayout theirInputs = model.Description.Features.InputLayout();
        var theirShape = NetworkShape.Of(theirs, theirInputs, model.Outputs);
        var shape = NetworkShape.Of(network, inputs, outputs);
        if (network.MemberCount != theirs.MemberCount)
            return $"The model has {Members(theirs)}, the network {Members(network)}; a warm start needs as many.";
        if (!theirShape.Layers.SequenceEqual(shape.Layers))
            return $"The model's layers are {Text(theirShape)}, the network's are {Text(shape)}; a warm start needs the same shapes.";
        // Layers of the same shape may still differ in what they learn or keep, as with and without biases.
        var (theirLayers, layers) = (Layers(theirs, theirInputs, model.Outputs), Layers(network, inputs, outputs));
        int layer = layers.Zip(theirLayers).TakeWhile(pair => pair.First == pair.Second).Count();
        return layer == layers.Count ? null
            : $"The model's layer {layer} is {theirLayers[layer]}, the network's is {layers[layer]}; a warm start needs the same layers.";
    }

    /// <summary>Copies the model's parameters and state, rounded to the precision of the destination.</summary>
    public static void Copy<T>(TrainedModel model, Span<T> parameters, Span<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double[] numbers = model.ReadNumbers();
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] = T.CreateTruncating(numbers[i]);
        for (int i = 0; i < state.Length; i++)
            state[i] = T.CreateTruncating(numbers[parameters.Length + i]);
    }

    private static string Members(NetworkSpec network) => network.MemberCount == 1 ? "1 member" : $"{network.MemberCount} members";

    private static string Text(NetworkShape shape) => string.Join(", ", shape.Layers.Select(layer => $"{layer.Inputs}→{layer.Outputs}"));

    // For example "dense (weights 2×3, bias 3)".
    private static List<string> Layers(NetworkSpec network, InputLayout inputs, int outputs) =>
        [.. Network<float>.Build(network, inputs, outputs).Layers.Zip(network.Layers, (layer, spec) => Text(spec.Type, [.. layer.Parameters, .. layer.StateSlices]))];

    private static string Text(string type, IReadOnlyList<ParameterSlice> slices) => slices.Count == 0 ? type
        : $"{type} ({string.Join(", ", slices.Select(slice => $"{slice.Name} {string.Join('×', slice.Shape)}"))})";
}
