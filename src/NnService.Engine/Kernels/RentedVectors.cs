using System.Buffers;

namespace NnService.Engine.Kernels;

/// <summary>
/// Vectors for a moment, one behind the other in an array of a pool that all threads share; each begins with a cache line, and holds whatever was there before.
/// </summary>
internal ref struct RentedVectors<T>
    where T : unmanaged
{
    /// <summary>The most numbers that are kept for the next who rents; more are left to the collector.</summary>
    internal const int MostKept = (1 << 20) - 64;

    private const int MostAtOnce = 8;

    // The runtime's own pool empties itself when memory is short: each call would then allocate megabytes, and each of these have all of the heap collected.
    private static readonly ArrayPool<T> s_pool = ArrayPool<T>.Create(1 << 20, Math.Min(Environment.ProcessorCount, MostAtOnce));

    private readonly T[] _memory;
    private int _at;

    /// <param name="length">The sum of <see cref="RoomOf"/> over the vectors.</param>
    public RentedVectors(long length)
    {
        _memory = s_pool.Rent(checked((int)(length + AlignedVector<T>.NumbersOfALine)));
        _at = AlignedVector<T>.FirstOfALine(_memory); // the collector may move the array: then it is slower, and no less right
    }

    /// <summary>The numbers that a vector takes up.</summary>
    public static long RoomOf(long length) => (length + AlignedVector<T>.NumbersOfALine - 1) / AlignedVector<T>.NumbersOfALine * AlignedVector<T>.NumbersOfALine;

    /// <summary>The next vector.</summary>
    public ArraySegment<T> Take(int length)
    {
        var vector = new ArraySegment<T>(_memory, _at, length);
        _at += (int)RoomOf(length);
        return vector;
    }

    /// <summary>Gives all of them back.</summary>
    public readonly void Dispose() => s_pool.Return(_memory);
}
