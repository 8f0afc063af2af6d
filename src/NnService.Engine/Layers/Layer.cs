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

    /// <summary>Writes the starting parameters and state.</summary>
    public abstract void Initialize(RandomStream random, Span<T> parameters, Span<T> state);

    /// <summary>Sets what of the state follows from the training rows, before the first of them is trained; most layers have no such state.</summary>
    /// <param name="column">The values of one of the network's inputs in all training rows; the layer's to change.</param>
    /// <param name="state">The layer's slice of the untrained state.</param>
    public virtual void Fit(Func<int, T[]> column, Span<T> state)
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
    /// <param name="parameterGradient">∂L/∂parameters, overwritten.</param>
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
    public int Count => Rows * Columns;

    /// <summary>Whether it is a matrix, even one of a single row; otherwise it is a vector.</summary>
    public bool IsMatrix { get; init; }
}

/// <summary>What a layer is given for one pass over a minibatch.</summary>
public readonly ref struct LayerPass<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of the minibatch.</summary>
    public required int Rows { get; init; }

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
}
