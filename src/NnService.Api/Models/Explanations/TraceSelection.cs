using NnService.Engine;
using NnService.Engine.Explain;
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
    public static IEnumerable<SpecProblem> Problems(TrainedModel model, TraceRequest request)
    {
        if ((request.Layer is { } layer ? OfLayer(LayersOf(model), layer, request.Neuron) : OfWhole(model, request.Neuron)) is { } problem)
            yield return problem;
    }

    private static SpecProblem? OfWhole(TrainedModel model, int? neuron)
    {
        var layers = LayersOf(model);
        if (neuron is not null)
            return new("#/neuron", $"neuron needs a layer beside it; neurons are counted within their layer, from 0. {List(layers)}");
        var listed = Tracer.ParametersOf(model);
        return listed <= Tracer.MostParameters ? null : new(
            "#/layer",
            $"The network has {listed:N0} parameters{(model.Description.Network.MemberCount > 1 ? " in each member" : "")}, "
                + $"more than {Tracer.MostParameters:N0}; "
                + $"name a layer from 0 to {layers.Count - 1}{(layers.Any(layer => layer.IsLarge) ? ", and in a large one a neuron" : "")}. {List(layers)}");
    }

    private static SpecProblem? OfLayer(List<Layer> layers, int at, int? neuron)
    {
        if (at < 0 || at >= layers.Count)
            return new("#/layer", $"layer is {at}; the network has layers 0 to {layers.Count - 1}. {List(layers)}");
        var (layer, last) = (layers[at], layers[at].Neurons - 1);
        if (neuron < 0 || neuron > last)
            return new("#/neuron", $"neuron is {neuron}; layer {at} has neurons 0 to {last}.");
        return neuron is not null || !layer.IsLarge ? null : new(
            "#/neuron", $"Layer {at} has {layer.Parameters:N0} parameters, more than {Tracer.MostParameters:N0}; name a neuron from 0 to {last}.");
    }

    private static List<Layer> LayersOf(TrainedModel model)
    {
        var network = model.Description.Network;
        var shape = NetworkShape.Of(network with { Members = null }, model.Description.Features.InputLayout(), model.Outputs);
        return [.. network.Layers.Select((spec, i) => new Layer(spec.Type, shape.ParametersOf(i), shape.Layers[i].Outputs!.Value))];
    }

    // Who names a layer is not to be told next that it needs a neuron.
    private static string List(List<Layer> layers) => $"Its layers: {string.Join("; ", layers.Take(MostLayersNamed).Select((layer, i) =>
        $"{i} {layer.Type}{(layer.IsLarge ? $" with a neuron from 0 to {layer.Neurons - 1}" : "")}"))}{(layers.Count > MostLayersNamed ? "; …" : "")}.";

    private sealed record Layer(string Type, long Parameters, int Neurons)
    {
        public bool IsLarge => Parameters > Tracer.MostParameters;
    }
}
