using System.Numerics;
using NnService.Engine.Activations;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Random;

namespace NnService.Engine;

/// <summary>A built network: an immutable chain of layers over one flat parameter vector and one flat vector of untrained state.</summary>
public sealed class Network<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Layer<T>[] _layers;
    private readonly int[] _parameterOffsets;
    private readonly int[] _stateOffsets;

    private Network(Layer<T>[] layers, int leastBatchSize)
    {
        LeastBatchSize = leastBatchSize;
        _layers = layers;
        _parameterOffsets = new int[layers.Length + 1];
        _stateOffsets = new int[layers.Length + 1];
        var (slices, stateSlices) = (new List<ParameterSlice>(), new List<ParameterSlice>());
        for (var i = 0; i < layers.Length; i++)
        {
            _parameterOffsets[i + 1] = Append(slices, i, layers[i].Parameters, _parameterOffsets[i]);
            _stateOffsets[i + 1] = Append(stateSlices, i, layers[i].StateSlices, _stateOffsets[i]);
        }

        (Slices, StateSlices) = (slices, stateSlices);
    }

    /// <summary>Numbers a row brings in.</summary>
    public int Inputs => _layers[0].Inputs;

    /// <summary>Numbers a row leaves with.</summary>
    public int Outputs => _layers[^1].Outputs;

    /// <summary>The layers from input to output.</summary>
    public IReadOnlyList<Layer<T>> Layers => _layers;

    /// <summary>Length of the flat parameter vector.</summary>
    public int ParameterCount => _parameterOffsets[^1];

    /// <summary>Length of the flat vector of untrained state.</summary>
    public int StateCount => _stateOffsets[^1];

    /// <summary>The named arrays in the parameter vector, for example <c>layers[0].weights</c>.</summary>
    public IReadOnlyList<ParameterSlice> Slices { get; }

    /// <summary>The named arrays in the vector of untrained state, for example <c>layers[1].runningMean</c>.</summary>
    public IReadOnlyList<ParameterSlice> StateSlices { get; }

    /// <summary>Rows that a minibatch must have at least for the network to train; a smaller one may be left over at the end of an epoch.</summary>
    public int LeastBatchSize { get; }

    /// <summary>
    /// Builds the network. Errors: <see cref="ArgumentException"/> where the widths do not fit or are not settled.
    /// </summary>
    /// <param name="spec">What was asked for.</param>
    /// <param name="inputs">The encoded features; null where the spec says how many inputs there are, and all are numbers.</param>
    /// <param name="outputs">Width of the encoded target; null where the spec says it.</param>
    /// <param name="link">
    /// <see cref="OutputLink.Identity"/>: the network ends in the activation asked for. Otherwise it ends in the logits, and that activation is left
    /// to whoever reads them: cross-entropies do so exactly, and a model applies the link to its predictions.
    /// </param>
    public static Network<T> Build(NetworkSpec spec, InputLayout? inputs = null, int? outputs = null, OutputLink link = OutputLink.Identity)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var shape = NetworkShape.Of(spec, inputs ?? (spec.Inputs is { } width ? InputLayout.Numbers(width) : null), outputs);
        if (shape.Problems() is [var problem, ..])
            throw new ArgumentException(problem.Detail, nameof(spec));
        if (shape.ParameterCount is null)
            throw new ArgumentException("The network's inputs or outputs are not settled.", nameof(spec));

        var layers = new Layer<T>[spec.Layers.Count];
        for (var i = 0; i < layers.Length; i++)
        {
            var layer = shape.Spec(i);
            if (link != OutputLink.Identity && ReferenceEquals(layer, spec.OutputLayer))
                layer = WithoutActivation((DenseSpec)layer, isLast: i == layers.Length - 1);
            layers[i] = layer.Build<T>(shape.Layers[i].Inputs!.Value, shape.Layers[i].Outputs!.Value);
        }

        return new Network<T>(layers, spec.LeastBatchSize);
    }

    /// <summary>Writes the starting values of all parameters and of the untrained state.</summary>
    /// <param name="seed">The run's seed; each layer draws from a stream of its own.</param>
    /// <param name="parameters">[ParameterCount]</param>
    /// <param name="state">[StateCount]</param>
    public void Initialize(ulong seed, Span<T> parameters, Span<T> state)
    {
        for (var i = 0; i < _layers.Length; i++)
            _layers[i].Initialize(
                new RandomStream(seed, RandomPurpose.InitialWeights, (uint)i), ParametersOf(i, parameters), StateOf(i, state));
    }

    /// <summary>Sets what of the untrained state follows from the training rows, once, behind <see cref="Initialize"/>.</summary>
    /// <param name="column">The values of an input in all training rows.</param>
    /// <param name="state">[StateCount]</param>
    public void Fit(Func<int, T[]> column, Span<T> state)
    {
        for (var i = 0; i < _layers.Length; i++)
            _layers[i].Fit(column, StateOf(i, state));
    }

    /// <summary>The forward pass; returns the last layer's output, [rows, outputs], which lives in the workspace until its next pass.</summary>
    public ReadOnlySpan<T> Forward(Workspace<T> workspace, scoped in NetworkPass<T> pass)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        var input = pass.Input;
        for (var i = 0; i < _layers.Length; i++)
        {
            var output = workspace.Output(i, pass.Rows);
            _layers[i].Forward(LayerPassOf(i, workspace, pass), input, output);
            input = output;
        }

        return input;
    }

    /// <summary>The backward pass: ∂L/∂parameters from ∂L/∂output, after a forward pass in the same workspace.</summary>
    /// <param name="workspace">Where <see cref="Forward"/> left the activations.</param>
    /// <param name="pass">The same as in the forward pass.</param>
    /// <param name="outputGradient">∂L/∂output, [rows, outputs]; overwritten.</param>
    /// <param name="parameterGradient">∂L/∂parameters, [ParameterCount], overwritten.</param>
    /// <param name="inputGradient">∂L/∂input, [rows, inputs], overwritten; empty where nobody asks for it.</param>
    public void Backward(
        Workspace<T> workspace, scoped in NetworkPass<T> pass, Span<T> outputGradient, Span<T> parameterGradient, Span<T> inputGradient = default)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        var gradient = outputGradient;
        for (var i = _layers.Length - 1; i >= 0; i--)
        {
            var input = i == 0 ? pass.Input : workspace.Output(i - 1, pass.Rows);
            var down = i == 0 ? inputGradient : workspace.Gradient(i - 1, pass.Rows);
            _layers[i].Backward(
                LayerPassOf(i, workspace, pass), input, workspace.Output(i, pass.Rows), gradient, ParametersOf(i, parameterGradient), down);
            gradient = down;
        }
    }

    private static int Append(List<ParameterSlice> all, int layer, IReadOnlyList<ParameterSlice> own, int offset)
    {
        all.AddRange(own.Select(slice => slice with { Name = $"layers[{layer}].{slice.Name}", Offset = offset + slice.Offset }));
        return offset + own.Sum(slice => slice.Count);
    }

    // A link can take the activation's place only where nothing comes between the two.
    private static DenseSpec WithoutActivation(DenseSpec layer, bool isLast) => isLast || layer.Activation is LinearSpec
        ? layer with { Activation = new LinearSpec() }
        : throw new ArgumentException(
            $"The loss reads logits, but a layer stands behind the last dense layer's {layer.Activation.Type}; put it before, or leave it out.");

    private LayerPass<T> LayerPassOf(int layer, Workspace<T> workspace, in NetworkPass<T> pass) => new()
    {
        Rows = pass.Rows,
        Parameters = ParametersOf(layer, pass.Parameters),
        State = StateOf(layer, pass.State),
        Cache = workspace.Cache(layer, pass.Rows),
        Training = pass.Training,
        Random = new RandomStream(pass.Seed, RandomPurpose.Dropout, (uint)layer),
        Step = pass.Step,
        Team = pass.Team,
    };

    /// <summary>A layer's part of the parameter vector or of its gradient.</summary>
    internal ReadOnlySpan<T> ParametersOf(int layer, ReadOnlySpan<T> all) => all[_parameterOffsets[layer].._parameterOffsets[layer + 1]];

    private Span<T> ParametersOf(int layer, Span<T> all) => all[_parameterOffsets[layer].._parameterOffsets[layer + 1]];

    private Span<T> StateOf(int layer, Span<T> all) => all[_stateOffsets[layer].._stateOffsets[layer + 1]];
}

/// <summary>One minibatch on its way through a network.</summary>
public readonly ref struct NetworkPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>[rows, inputs]</summary>
    public required ReadOnlySpan<T> Input { get; init; }

    /// <summary>Rows of the minibatch.</summary>
    public required int Rows { get; init; }

    /// <summary>The flat parameter vector.</summary>
    public required ReadOnlySpan<T> Parameters { get; init; }

    /// <summary>The flat vector of untrained state; a training pass may change it.</summary>
    public required Span<T> State { get; init; }

    /// <summary>Whether this is a training pass.</summary>
    public bool Training { get; init; }

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>Steps taken before this one, over the whole run.</summary>
    public long Step { get; init; }

    /// <summary>Threads to share the work with; null for the caller's alone.</summary>
    public Team? Team { get; init; }
}
