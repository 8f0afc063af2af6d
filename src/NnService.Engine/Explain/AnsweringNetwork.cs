using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Losses;

namespace NnService.Engine.Explain;

/// <summary>A model's network in float64 whatever its precision, with the function between its logits and its answers apart.</summary>
internal sealed class AnsweringNetwork
{
    private readonly double[] _state;

    public AnsweringNetwork(TrainedModel model, OutputLink link)
    {
        (Link, Description) = (link, model.Description);
        Network = Network<double>.Build(Description.Network, Description.Features.InputLayout(), link: link);
        var numbers = model.ReadNumbers();
        Parameters = numbers[..Network.ParameterCount];
        _state = numbers[Network.ParameterCount..];
    }

    public ModelDescription Description { get; }

    public Network<double> Network { get; }

    public OutputLink Link { get; }

    /// <summary>A copy of the model's parameters, the caller's to change.</summary>
    public double[] Parameters { get; }

    /// <summary>The link as an activation.</summary>
    public ActivationSpec LinkActivation => Link.ToActivation();

    /// <summary>The part of the untrained state with a name such as <c>layers[1].runningMean</c>.</summary>
    public ReadOnlySpan<double> State(string name)
    {
        var slice = Network.StateSlices.Single(slice => slice.Name == name);
        return _state.AsSpan(slice.Offset, slice.Count);
    }

    /// <summary>An inference pass over rows. What the link stands before: for answers see <see cref="LinkActivation"/>.</summary>
    /// <param name="inputs">[rows, inputs]</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="member">The only member of an ensemble that it is for; null: all of them.</param>
    public NetworkPass<double> Pass(ReadOnlySpan<double> inputs, int rows, int? member = null) => new()
    {
        Input = inputs,
        Rows = rows,
        Members = member is { } only ? new MemberRange(only, 1) : null,
        Parameters = Parameters,
        State = _state,
    };
}
