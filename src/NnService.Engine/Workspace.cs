using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine;

/// <summary>The memory of one pass at a time: outputs, caches and gradients of every layer for up to a number of rows. Not for two threads at once.</summary>
public sealed class Workspace<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedVector<T>[] _outputs;
    private readonly T[][] _caches;
    private readonly AlignedVector<T>[] _gradients;
    private readonly (int Outputs, int CachePerRow, int CacheFixed)[] _sizes;

    /// <param name="network">The network whose passes it serves.</param>
    /// <param name="maxRows">Rows of the largest minibatch.</param>
    /// <param name="forTraining">Whether backward passes are wanted too.</param>
    public Workspace(Network<T> network, int maxRows, bool forTraining)
        : this(network, maxRows, forTraining, network?.Members ?? 1, 0)
    {
    }

    /// <param name="network">The network whose passes it serves.</param>
    /// <param name="maxRows">Rows of the largest minibatch.</param>
    /// <param name="forTraining">Whether backward passes are wanted too.</param>
    /// <param name="members">Members of an ensemble in one pass, at the most.</param>
    /// <param name="fromLayer">The first layer that is passed.</param>
    internal Workspace(Network<T> network, int maxRows, bool forTraining, int members, int fromLayer)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 1);
        MaxRows = maxRows;
        _sizes = [.. network.Layers.Select(layer => (layer.Outputs, layer.CachePerRow, layer.CacheFixed + (forTraining ? layer.BackwardScratch : 0)))];
        int RowsOf(int layer) => layer < fromLayer ? 0 : layer < network.FirstMemberLayer ? maxRows : checked(maxRows * members);
        _outputs = [.. _sizes.Select((size, layer) => new AlignedVector<T>(checked(RowsOf(layer) * size.Outputs)))];
        _caches = [.. _sizes.Select((size, layer) => new T[layer < fromLayer ? 0 : checked((RowsOf(layer) * size.CachePerRow) + size.CacheFixed)])];
        _gradients = [.. _sizes.Select((size, layer) => new AlignedVector<T>(forTraining ? RowsOf(layer) * size.Outputs : 0))];
    }

    /// <summary>Rows of the largest minibatch it can hold.</summary>
    public int MaxRows { get; }

    /// <summary>Output of a layer, [rows, outputs].</summary>
    /// <param name="layer">Its place in the network.</param>
    /// <param name="rows">Rows that it hands on: where the members of an ensemble part, so many for each of them.</param>
    public Span<T> Output(int layer, int rows) => _outputs[layer].Span[..(rows * _sizes[layer].Outputs)];

    /// <summary>∂L/∂output of a layer, [rows, outputs].</summary>
    public Span<T> Gradient(int layer, int rows) => _gradients[layer].Span[..(rows * _sizes[layer].Outputs)];

    /// <summary>What a layer keeps from the forward to the backward pass.</summary>
    internal Span<T> Cache(int layer, int rows) =>
        _caches[layer].AsSpan(0, (rows * _sizes[layer].CachePerRow) + _sizes[layer].CacheFixed);
}
