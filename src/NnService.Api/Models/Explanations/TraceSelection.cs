using NnService.Engine;
using NnService.Engine.Activations;
using NnService.Engine.Explain;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Explanations;

/// <summary>What of a model a trace lists: a member, a layer, a neuron. A large network must be narrowed down.</summary>
internal static class TraceSelection
{
    private const int MostLayersNamed = 12;

    /// <summary>What is wrong with the member that a request names.</summary>
    /// <param name="networks">Networks of the model.</param>
    /// <param name="members">Members of all of them.</param>
    /// <param name="asked">The member; null: the first.</param>
    public static IEnumerable<SpecProblem> OfMember(int networks, int members, int? asked)
    {
        if (asked < 0 || asked >= members)
            yield return new SpecProblem(
                "#/member",
                members == 1 ? $"member is {asked}; the network is no ensemble, leave member out."
                    : $"member is {asked}; the {(networks > 1 ? "ensemble" : "network")} has members 0 to {members - 1}.");
    }

    /// <summary>What is wrong with the layer and the neuron that a request names, and how to choose.</summary>
    public static IEnumerable<SpecProblem> Problems(TrainedModel model, TraceRequest request, LossSpec loss)
    {
        var layers = LayersOf(model, loss);
        if ((request.Layer is { } layer ? OfLayer(layers, layer, request.Neuron) : OfWhole(model, layers, request.Neuron)) is { } problem)
            yield return problem;
    }

    /// <summary>Memory for the slopes of softmax that a trace lists: of each unit one for each output. What lists too many is refused.</summary>
    public static long BytesOf(TrainedModel model, TraceRequest request, LossSpec loss)
    {
        var named = LayersOf(model, loss).Where((_, i) => (request.Layer ?? i) == i);
        return sizeof(double) * Math.Min(Tracer.MostSlopes, named.Sum(layer => request.Neuron is null ? layer.Slopes : layer.SlopesOfNeuron));
    }

    private static SpecProblem? OfWhole(TrainedModel model, List<Layer> layers, int? neuron)
    {
        if (neuron is not null)
            return new("#/neuron", $"neuron needs a layer beside it; neurons are counted within their layer, from 0. {List(layers)}");
        var inEach = model.Description.Network.MemberCount > 1 ? " in each member" : "";
        return TooMany(Tracer.ParametersOf(model), layers.Sum(layer => layer.Slopes), inEach) is not { } many ? null : new(
            "#/layer",
            $"The network has {many}; name a layer from 0 to {layers.Count - 1}{(layers.Any(layer => layer.IsLarge) ? ", and in a large one a neuron" : "")}. {List(layers)}");
    }

    private static SpecProblem? OfLayer(List<Layer> layers, int at, int? neuron)
    {
        if (at < 0 || at >= layers.Count)
            return new("#/layer", $"layer is {at}; the network has layers 0 to {layers.Count - 1}. {List(layers)}");
        var (layer, last) = (layers[at], layers[at].Neurons - 1);
        if (neuron < 0 || neuron > last)
            return new("#/neuron", $"neuron is {neuron}; layer {at} has neurons 0 to {last}.");
        return neuron is not null || TooMany(layer.Parameters, layer.Slopes) is not { } many ? null : new(
            "#/neuron", $"Layer {at} has {many}; name a neuron from 0 to {last}.");
    }

    private static string? TooMany(long parameters, long slopes, string where = "") =>
        parameters > Tracer.MostParameters ? $"{parameters:N0} parameters{where}, more than {Tracer.MostParameters:N0}"
        : slopes > Tracer.MostSlopes ? $"{slopes:N0} slopes of softmax{where}, more than {Tracer.MostSlopes:N0}"
        : null;

    // A loss that links the outputs makes a softmax of the last layer.
    private static List<Layer> LayersOf(TrainedModel model, LossSpec loss)
    {
        var network = model.Description.Network;
        var shape = NetworkShape.Of(network with { Members = null }, model.Description.Features.InputLayout(), model.Outputs);
        var link = loss.Link == OutputLink.Identity ? model.Description.Link : loss.Link;
        return [.. network.Layers.Select((spec, i) => new Layer(
            spec.Type, shape.ParametersOf(i), shape.Layers[i].Outputs!.Value,
            spec is DenseSpec dense && (dense.Activation is SoftmaxSpec || (link == OutputLink.Softmax && i == network.Layers.Count - 1))))];
    }

    // Who names a layer is not to be told next that it needs a neuron.
    private static string List(List<Layer> layers) => $"Its layers: {string.Join("; ", layers.Take(MostLayersNamed).Select((layer, i) =>
        $"{i} {layer.Type}{(layer.IsLarge ? $" with a neuron from 0 to {layer.Neurons - 1}" : "")}"))}{(layers.Count > MostLayersNamed ? "; …" : "")}.";

    private sealed record Layer(string Type, long Parameters, int Neurons, bool IsSoftmax)
    {
        public int SlopesOfNeuron => IsSoftmax ? Neurons : 0;

        public long Slopes => (long)Neurons * SlopesOfNeuron;

        public bool IsLarge => TooMany(Parameters, Slopes) is not null;
    }
}
