using System.Numerics;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers;

/// <summary>
/// A layer that computes. It holds its shape and nothing else: parameters, untrained state and activations are handed in,
/// so one layer serves any number of passes at once.
/// </summary>
public abstract class Layer<T>(int inputs, int outputs)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Numbers a row brings in.</summary>
    public int Inputs { get; } = inputs;

    /// <summary>Numbers a row leaves with.</summary>
    public int Outputs { get; } = outputs;

    /// <summary>The layer's trained arrays in the order in which they stand in the flat vector; offsets count from the layer's own start.</summary>
    public abstract IReadOnlyList<ParameterSlice> Parameters { get; }

    /// <summary>The layer's untrained state, such as running statistics, in the same form as <see cref="Parameters"/>.</summary>
    public virtual IReadOnlyList<ParameterSlice> StateSlices => [];

    /// <summary>Numbers a row leaves in the cache between the forward and the backward pass.</summary>
    public virtual int CachePerRow => 0;

    /// <summary>Numbers in the cache that do not depend on the rows.</summary>
    public virtual int CacheFixed => 0;

    /// <summary>Numbers of scratch memory behind the cache that the backward pass needs, whatever the rows.</summary>
    public virtual int BackwardScratch => 0;

    /// <summary>
    /// Of a layer that makes several numbers of each feature, as embeddings do: how many of its outputs each feature has, in their order. Null: an output is a
    /// feature. A member of an ensemble draws one number for all outputs of a feature.
    /// </summary>
    public virtual IReadOnlyList<int>? FeatureWidths => null;

    /// <summary>Writes the starting parameters and state.</summary>
    public abstract void Initialize(RandomStream random, Span<T> parameters, Span<T> state);

    /// <summary>Sets what of the state follows from the training rows, before the first of them is trained; most layers have no such state.</summary>
    /// <param name="column">The values of one of the network's inputs in all training rows; the layer's to change.</param>
    /// <param name="state">The layer's slice of the untrained state.</param>
    /// <param name="rulesVersion">One of <see cref="TrainingRules"/>.</param>
    public virtual void Fit(Func<int, T[]> column, Span<T> state, int rulesVersion)
    {
    }

    /// <summary>Computes the layer's output.</summary>
    /// <param name="pass">Rows, parameters, state and cache of this layer.</param>
    /// <param name="input">[rows, inputs]</param>
    /// <param name="output">[rows, outputs], overwritten.</param>
    public abstract void Forward(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output);

    /// <summary>Applies the chain rule to the layer.</summary>
    /// <param name="pass">The same as in the forward pass, with what it left in the cache.</param>
    /// <param name="input">[rows, inputs]</param>
    /// <param name="output">[rows, outputs]</param>
    /// <param name="outputGradient">∂L/∂output, [rows, outputs]; may be overwritten.</param>
    /// <param name="parameterGradient">∂L/∂parameters, overwritten; of a pass that accumulates, added to.</param>
    /// <param name="inputGradient">∂L/∂input, [rows, inputs], overwritten; empty where nobody asks for it.</param>
    public abstract void Backward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient);
}

/// <summary>One named array in a flat vector.</summary>
/// <param name="Name">For example <c>weights</c>.</param>
/// <param name="Offset">First element.</param>
/// <param name="Rows">Rows; 1 for a vector.</param>
/// <param name="Columns">Columns.</param>
public sealed record ParameterSlice(string Name, int Offset, int Rows, int Columns)
{
    /// <summary>Number of elements.</summary>
    public int Count => (Members ?? 1) * Rows * Columns;

    /// <summary>Whether it is a matrix, even one of a single row; otherwise it is a vector.</summary>
    public bool IsMatrix { get; init; }

    /// <summary>How many such matrices or vectors stand one behind the other, one for each member of an ensemble; null: it is one for all.</summary>
    public int? Members { get; init; }

    /// <summary>What the learning rate is multiplied with for these numbers.</summary>
    public double RateMultiplier { get; init; } = 1;

    /// <summary>The lengths of the dimensions, for example [members, rows, columns].</summary>
    public IReadOnlyList<int> Shape => [.. Members is { } members ? [members] : (int[])[], .. IsMatrix ? [Rows] : (int[])[], Columns];
}

/// <summary>What a layer is given for one pass over a minibatch.</summary>
public readonly ref struct LayerPass<T>()
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Rows of the minibatch; behind the first dense layer of an ensemble as many for each of the pass's members, one member's behind the other's.
    /// </summary>
    public required int Rows { get; init; }

    /// <summary>The members of an ensemble that the layer is passed for; one where it is no ensemble, and before the members part.</summary>
    public MemberRange Members { get; init; } = MemberRange.One;

    /// <summary>
    /// Whether the gradient of what the members of an ensemble share is added to what is there: of parameters, and of the input where they part. Not asked of
    /// layers that look at several rows at once.
    /// </summary>
    public bool Accumulates { get; init; }

    /// <summary>The layer's slice of the parameters.</summary>
    public required ReadOnlySpan<T> Parameters { get; init; }

    /// <summary>The layer's slice of the untrained state.</summary>
    public required Span<T> State { get; init; }

    /// <summary>The layer's memory from the forward to the backward pass.</summary>
    public required Span<T> Cache { get; init; }

    /// <summary>Whether this is a training pass: batch statistics, dropped units. Otherwise the pass is inference and changes no state.</summary>
    public required bool Training { get; init; }

    /// <summary>Source of chance of this layer, the same in every step.</summary>
    public required RandomStream Random { get; init; }

    /// <summary>Steps taken before this one, over the whole run.</summary>
    public required long Step { get; init; }

    /// <summary>Threads to share the work with; null for the caller's alone.</summary>
    public required Team? Team { get; init; }

    /// <summary>Backwards: the inputs whose gradient somebody reads, so that a layer may leave out the others; empty: all.</summary>
    internal ReadOnlySpan<InputRange> WantedInputs { get; init; }
}

/// <summary>Some neighbouring members of an ensemble.</summary>
/// <param name="First">The first of them, from 0.</param>
/// <param name="Count">How many.</param>
public readonly record struct MemberRange(int First, int Count)
{
    /// <summary>The only one of a network that is no ensemble.</summary>
    public static MemberRange One => new(0, 1);
}
