using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine;

/// <summary>The memory of one pass at a time: outputs, caches and gradients of every layer for up to a number of rows. Not for two threads at once.</summary>
public sealed class Workspace<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ArraySegment<T>[] _outputs;
    private readonly ArraySegment<T>[] _caches;
    private readonly ArraySegment<T>[] _gradients;
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
        _sizes = SizesOf(network, forTraining);
        int RowsOf(int layer) => layer < fromLayer ? 0 : layer < network.FirstMemberLayer ? maxRows : checked(maxRows * members);
        _outputs = [.. _sizes.Select((size, layer) => new AlignedVector<T>(checked(RowsOf(layer) * size.Outputs)).Segment)];
        _caches = [.. _sizes.Select((size, layer) => new T[layer < fromLayer ? 0 : checked((RowsOf(layer) * size.CachePerRow) + size.CacheFixed)])];
        _gradients = [.. _sizes.Select((size, layer) => new AlignedVector<T>(forTraining ? RowsOf(layer) * size.Outputs : 0).Segment)];
    }

    /// <summary>A workspace of forward passes that has no memory of its own: it is given some for each of them by <see cref="Use"/>.</summary>
    internal Workspace(Network<T> network)
    {
        _sizes = SizesOf(network, forTraining: false);
        (_outputs, _caches, _gradients) = (new ArraySegment<T>[_sizes.Length], new ArraySegment<T>[_sizes.Length], []);
    }

    /// <summary>Gives it memory for so many rows, <see cref="RoomFor"/> of what was rented.</summary>
    internal void Use(Network<T> network, int maxRows, ref RentedVectors<T> rented)
    {
        MaxRows = maxRows;
        for (var layer = 0; layer < _sizes.Length; layer++)
        {
            var rows = network.RowsBehind(layer, maxRows);
            _outputs[layer] = rented.Take(rows * _sizes[layer].Outputs);
            _caches[layer] = rented.Take((rows * _sizes[layer].CachePerRow) + _sizes[layer].CacheFixed);
        }
    }

    /// <summary>Takes that memory from it.</summary>
    internal void Release()
    {
        MaxRows = 0;
        _outputs.AsSpan().Clear();
        _caches.AsSpan().Clear();
    }

    /// <summary>The numbers that forward passes of so many rows need.</summary>
    internal static long RoomFor(Network<T> network, int maxRows)
    {
        var room = 0L;
        for (var i = 0; i < network.Layers.Count; i++)
        {
            var (layer, rows) = (network.Layers[i], (long)network.RowsBehind(i, maxRows));
            room += RentedVectors<T>.RoomOf(rows * layer.Outputs) + RentedVectors<T>.RoomOf((rows * layer.CachePerRow) + layer.CacheFixed);
        }

        return room;
    }

    /// <summary>Rows of the largest minibatch it can hold.</summary>
    public int MaxRows { get; private set; }

    /// <summary>Output of a layer, [rows, outputs].</summary>
    /// <param name="layer">Its place in the network.</param>
    /// <param name="rows">Rows that it hands on: where the members of an ensemble part, so many for each of them.</param>
    public Span<T> Output(int layer, int rows) => _outputs[layer].AsSpan(0, rows * _sizes[layer].Outputs);

    /// <summary>∂L/∂output of a layer, [rows, outputs].</summary>
    public Span<T> Gradient(int layer, int rows) => _gradients[layer].AsSpan(0, rows * _sizes[layer].Outputs);

    /// <summary>What a layer keeps from the forward to the backward pass.</summary>
    internal Span<T> Cache(int layer, int rows) =>
        _caches[layer].AsSpan(0, (rows * _sizes[layer].CachePerRow) + _sizes[layer].CacheFixed);

    private static (int Outputs, int CachePerRow, int CacheFixed)[] SizesOf(Network<T> network, bool forTraining) =>
        [.. network.Layers.Select(layer => (layer.Outputs, layer.CachePerRow, layer.CacheFixed + (forTraining ? layer.BackwardScratch : 0)))];
}
