using System.Numerics;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;

namespace NnService.Engine.Training;

/// <summary>
/// A network and its parameters, as a training loop moves them: <see cref="TrainableNetwork{T}"/> for any network, <see cref="TinyNetwork{T}"/> for one of a
/// few numbers, to the same bits, <see cref="TrainableEnsemble{T}"/> for an ensemble. Every step is <see cref="Learn"/> and <see cref="Update"/>.
/// </summary>
internal interface ITrainableNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Numbers that the optimizer moves: the parameters in the form in which they are kept here.</summary>
    int OptimizedCount { get; }

    /// <summary>The flat parameter vector, as the last update left it.</summary>
    AlignedVector<T> Parameters { get; }

    /// <summary>∂L/∂parameters of the last step, flat.</summary>
    ReadOnlySpan<T> Gradient { get; }

    /// <summary>Takes over what has been written into <see cref="Parameters"/>.</summary>
    void Load();

    /// <summary>
    /// The forward pass, the loss, and the backward pass: ∂L/∂parameters, clipped where that was asked for. Returns the sum of the rows' losses, of an ensemble
    /// the mean over the members; where it is not finite, there is no gradient.
    /// </summary>
    /// <param name="batch">The minibatch.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="step">Steps taken before this one, over the whole run.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="scale">What the gradient of the sum is multiplied with.</param>
    /// <param name="gradientIsFinite">False where the norm that clips the gradient is not finite.</param>
    double Learn(scoped in Minibatch<T> batch, int rows, long step, Loss<T> loss, double scale, out bool gradientIsFinite);

    /// <summary>Moves the parameters by one step of an optimizer of <see cref="OptimizedCount"/> numbers.</summary>
    void Update(Optimizer<T> optimizer, double learningRate);

    /// <summary>Whether all parameters are finite.</summary>
    bool AllFinite();

    /// <summary>The outputs of all layers for the rows of the last step, for whoever looks for what went wrong in it.</summary>
    /// <param name="inputs">The same as in that step.</param>
    /// <param name="rows">The same.</param>
    Workspace<T> LayerOutputs(ReadOnlySpan<T> inputs, int rows);
}
