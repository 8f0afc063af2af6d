using System.Numerics;
using NnService.Engine.Activations;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Random;

namespace NnService.Engine;

/// <summary>A built network: an immutable chain of layers over one flat parameter vector and one flat vector of untrained state.</summary>
public sealed class Network<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Layer<T>[] _layers;
    private readonly int[] _parameterOffsets;
    private readonly int[] _stateOffsets;
    private readonly InputRange[] _embedded; // of the inputs of the second layer those that the first one has made; empty: all

    private Network(NetworkSpec spec, Layer<T>[] layers)
    {
        LeastBatchSize = spec.LeastBatchSize;
        (Members, FirstMemberLayer) = (spec.MemberCount, spec.MemberCount == 1 ? 0 : spec.FirstDenseLayer);
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
        _embedded = layers[0] is Embedding<T> embedding ? embedding.Embedded() : [];
    }

    /// <summary>Numbers a row brings in.</summary>
    public int Inputs => _layers[0].Inputs;

    /// <summary>Numbers a row leaves with.</summary>
    public int Outputs => _layers[^1].Outputs;

    /// <summary>Networks in this one that share their weights, each with an output of its own for every row; 1: it is one network.</summary>
    public int Members { get; }

    /// <summary>The layers from input to output.</summary>
    public IReadOnlyList<Layer<T>> Layers => _layers;

    /// <summary>Rows to pass at once where there are many: some hundreds, over the members together.</summary>
    internal int RowsAtOnce => Members == 1 ? 256 : Math.Max(8, 1024 / Members);

    /// <summary>The layer that each member passes by itself, as it does all behind it.</summary>
    internal int FirstMemberLayer { get; }

    /// <summary>Length of the flat parameter vector.</summary>
    public int ParameterCount => _parameterOffsets[^1];

    /// <summary>Length of the flat vector of untrained state.</summary>
    public int StateCount => _stateOffsets[^1];

    /// <summary>The named arrays in the parameter vector, for example <c>layers[0].weights</c>.</summary>
    public IReadOnlyList<ParameterSlice> Slices { get; }

    /// <summary>The named arrays in the vector of untrained state, for example <c>layers[1].runningMean</c>.</summary>
    public IReadOnlyList<ParameterSlice> StateSlices { get; }

    /// <summary>What the learning rate is multiplied with, for neighbouring numbers of the parameter vector in their order.</summary>
    public IReadOnlyList<RateGroup> RateGroups
    {
        get
        {
            var groups = new List<RateGroup>();
            foreach (var slice in Slices)
                if (groups is [.., var last] && last.Multiplier == slice.RateMultiplier)
                    groups[^1] = last with { Length = last.Length + slice.Count };
                else
                    groups.Add(new RateGroup(slice.Count, slice.RateMultiplier));
            return groups;
        }
    }

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
        var shape = NetworkShape.Of(spec, inputs ?? (spec.Inputs is { } numbers ? InputLayout.Numbers(numbers) : null), outputs);
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
            var (width, units) = (shape.Layers[i].Inputs!.Value, shape.Layers[i].Outputs!.Value);
            layers[i] = layer is DenseSpec dense && RoleOf(spec, i, layers) is { } role
                ? new MemberDense<T>(dense, width, units, role) : layer.Build<T>(width, units);
        }

        return new Network<T>(spec, layers);
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
    /// <param name="rulesVersion">One of <see cref="TrainingRules"/>.</param>
    public void Fit(Func<int, T[]> column, Span<T> state, int rulesVersion = TrainingRules.Latest)
    {
        for (var i = 0; i < _layers.Length; i++)
            _layers[i].Fit(column, StateOf(i, state), rulesVersion);
    }

    /// <summary>
    /// The forward pass; returns the last layer's output, [rows, outputs], which lives in the workspace until its next pass: of an ensemble
    /// [members, rows, outputs], which <see cref="MemberMean{T}"/> makes one answer of.
    /// </summary>
    public ReadOnlySpan<T> Forward(Workspace<T> workspace, scoped in NetworkPass<T> pass) => Forward(workspace, pass, 0, _layers.Length);

    /// <summary>A part of the forward pass: the layers from one up to, not including, another; the pass's input is what comes into the first of them.</summary>
    internal ReadOnlySpan<T> Forward(Workspace<T> workspace, scoped in NetworkPass<T> pass, int from, int to)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        var input = pass.Input;
        for (var i = from; i < to; i++)
        {
            var output = workspace.Output(i, RowsBehind(i, pass));
            _layers[i].Forward(LayerPassOf(i, workspace, pass), input, output);
            input = output;
        }

        return input;
    }

    /// <summary>The backward pass: ∂L/∂parameters from ∂L/∂output, after a forward pass in the same workspace.</summary>
    /// <param name="workspace">Where <see cref="Forward(Workspace{T}, in NetworkPass{T})"/> left the activations.</param>
    /// <param name="pass">The same as in the forward pass.</param>
    /// <param name="outputGradient">∂L/∂output, as long as the output; overwritten.</param>
    /// <param name="parameterGradient">∂L/∂parameters, [ParameterCount], overwritten.</param>
    /// <param name="inputGradient">∂L/∂input, [rows, inputs], overwritten; empty where nobody asks for it.</param>
    public void Backward(
        Workspace<T> workspace, scoped in NetworkPass<T> pass, Span<T> outputGradient, Span<T> parameterGradient, Span<T> inputGradient = default) =>
        Backward(workspace, pass, 0, _layers.Length, outputGradient, parameterGradient, inputGradient);

    /// <summary>A part of the backward pass, as of the forward pass.</summary>
    internal void Backward(
        Workspace<T> workspace,
        scoped in NetworkPass<T> pass,
        int from,
        int to,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient)
    {
        ArgumentNullException.ThrowIfNull(workspace);
        var gradient = outputGradient;
        for (var i = to - 1; i >= from; i--)
        {
            var input = i == from ? pass.Input : workspace.Output(i - 1, RowsBehind(i - 1, pass));
            var down = i == from ? inputGradient : workspace.Gradient(i - 1, RowsBehind(i - 1, pass));
            // What an embedding has passed on needs no gradient where a training has no use for that of the network's inputs.
            var wanted = i == 1 && pass.Training && (from == 1 || inputGradient.IsEmpty) ? _embedded : [];
            _layers[i].Backward(
                LayerPassOf(i, workspace, pass, wanted), input, workspace.Output(i, RowsBehind(i, pass)), gradient, ParametersOf(i, parameterGradient), down);
            gradient = down;
        }
    }

    /// <summary>Rows that a layer hands on for so many rows of a minibatch, where all members are in the pass.</summary>
    internal int RowsBehind(int layer, int rows) => layer < FirstMemberLayer ? rows : rows * Members;

    private int RowsBehind(int layer, in NetworkPass<T> pass) => layer < FirstMemberLayer ? pass.Rows : pass.Rows * MembersIn(pass).Count;

    private MemberRange MembersIn(in NetworkPass<T> pass) => pass.Members ?? new MemberRange(0, Members);

    // Null for a layer that is the same for all members.
    private static MemberRole? RoleOf(NetworkSpec spec, int layer, Layer<T>[] layers)
    {
        var (isFirst, isLast) = (layer == spec.FirstDenseLayer, layer == spec.LastDenseLayer);
        if (spec.MemberCount == 1 || !(isFirst || isLast))
            return null;
        var features = isFirst ? layers[..layer].LastOrDefault(before => before.FeatureWidths is not null)?.FeatureWidths : null;
        return new MemberRole(spec.MemberCount, isFirst, isLast, features);
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

    private LayerPass<T> LayerPassOf(int layer, Workspace<T> workspace, in NetworkPass<T> pass, ReadOnlySpan<InputRange> wanted = default) => new()
    {
        Rows = RowsBehind(layer, pass),
        Members = layer < FirstMemberLayer ? MemberRange.One : MembersIn(pass),
        Accumulates = pass.Accumulates,
        Parameters = ParametersOf(layer, pass.Parameters),
        State = StateOf(layer, pass.State),
        Cache = workspace.Cache(layer, RowsBehind(layer, pass)),
        Training = pass.Training,
        Random = new RandomStream(pass.Seed, RandomPurpose.Dropout, (uint)layer),
        Step = pass.Step,
        Team = pass.Team,
        WantedInputs = wanted,
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

    /// <summary>The members of an ensemble that it is for; null: all of them.</summary>
    public MemberRange? Members { get; init; }

    /// <summary>Whether the backward pass adds to the gradient of what the members share.</summary>
    internal bool Accumulates { get; init; }

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
