using System.Numerics;
using NnService.Engine.Optimizers;

namespace NnService.Engine.Training;

/// <summary>
/// A network and its parameters, as a training loop moves them: <see cref="TrainableNetwork{T}"/> for any network, <see cref="TinyNetwork{T}"/> for one of a
/// few numbers, to the same bits. Every step is <see cref="Forward"/>, <see cref="Backward"/>, <see cref="Update"/>, on the same rows.
/// </summary>
internal interface ITrainableNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Numbers that the optimizer moves: the parameters in the form in which they are kept here.</summary>
    int OptimizedCount { get; }

    /// <summary>The flat parameter vector, as the last update left it.</summary>
    T[] Parameters { get; }

    /// <summary>∂L/∂parameters of the last step, flat.</summary>
    ReadOnlySpan<T> Gradient { get; }

    /// <summary>Takes over what has been written into <see cref="Parameters"/>.</summary>
    void Load();

    /// <summary>The forward pass; returns the output, [rows, outputs], which stays until the next one.</summary>
    /// <param name="inputs">[rows, inputs]</param>
    /// <param name="rows">Rows of the minibatch.</param>
    /// <param name="step">Steps taken before this one, over the whole run.</param>
    ReadOnlySpan<T> Forward(ReadOnlySpan<T> inputs, int rows, long step);

    /// <summary>The backward pass: ∂L/∂parameters, clipped where that was asked for. False where its norm, which clips it, is not finite.</summary>
    /// <param name="inputs">The same as in the forward pass.</param>
    /// <param name="rows">The same.</param>
    /// <param name="step">The same.</param>
    /// <param name="outputGradient">∂L/∂output, [rows, outputs]; may be overwritten.</param>
    bool Backward(ReadOnlySpan<T> inputs, int rows, long step, Span<T> outputGradient);

    /// <summary>Moves the parameters by one step of an optimizer of <see cref="OptimizedCount"/> numbers.</summary>
    void Update(Optimizer<T> optimizer, double learningRate);

    /// <summary>Whether all parameters are finite.</summary>
    bool AllFinite();

    /// <summary>The outputs of all layers in the last forward pass, for whoever looks for what went wrong in it.</summary>
    /// <param name="inputs">The same as in that pass.</param>
    /// <param name="rows">The same.</param>
    Workspace<T> LayerOutputs(ReadOnlySpan<T> inputs, int rows);
}
