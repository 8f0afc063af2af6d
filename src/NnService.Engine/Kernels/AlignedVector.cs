using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Kernels;

/// <summary>
/// A vector of numbers, first all 0, that begins with a cache line: a register of 64 bytes is read from one line instead of two, and threads that share a
/// vector by whole lines write no line of each other's.
/// </summary>
/// <remarks>
/// An array's numbers begin where the heap has it. On a Zen 5 a step of a network of two million parameters takes a tenth less on one thread where its
/// vectors are aligned, and a fifth less on two (decision 87).
/// </remarks>
[SuppressMessage("Naming", "CA1710", Justification = "It is a vector.")]
public sealed class AlignedVector<T> : IReadOnlyList<T>
    where T : unmanaged
{
    private const int CacheLine = 64;

    private readonly T[] _memory;
    private readonly int _start;

    /// <summary>A vector of this many zeros.</summary>
    public AlignedVector(int length)
    {
        Count = length;
        // On the pinned heap, where the address stays good. Arrays begin at a multiple of eight bytes, which is one of the size of every T there is.
        _memory = length == 0 ? [] : GC.AllocateArray<T>(checked(length + NumbersOfALine), pinned: true);
        if (length > 0)
            _start = FirstOfALine(_memory);
    }

    /// <summary>How many numbers a cache line holds.</summary>
    internal static unsafe int NumbersOfALine => CacheLine / sizeof(T);

    /// <summary>How many numbers.</summary>
    public int Count { get; }

    /// <summary>The numbers, to be read and written.</summary>
    public Span<T> Span
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _memory.AsSpan(_start, Count);
    }

    /// <summary>The same, for who may not hold a span.</summary>
    public Memory<T> Memory => _memory.AsMemory(_start, Count);

    /// <summary>The same, as a part of an array.</summary>
    internal ArraySegment<T> Segment => new(_memory, _start, Count);

    /// <summary>The first number of an array that begins a cache line; the array has at least as many as one holds.</summary>
    internal static unsafe int FirstOfALine(T[] memory) => (int)(-(nint)Unsafe.AsPointer(ref memory[0]) & (CacheLine - 1)) / sizeof(T);

    /// <inheritdoc cref="IReadOnlyList{T}.this" />
    public ref T this[int index] => ref Span[index];

    T IReadOnlyList<T>.this[int index] => Span[index];

    /// <summary>The numbers.</summary>
    public static implicit operator Span<T>(AlignedVector<T> vector) => vector is null ? default : vector.Span;

    /// <summary>The numbers, to be read.</summary>
    public static implicit operator ReadOnlySpan<T>(AlignedVector<T> vector) => vector is null ? default : vector.Span;

    /// <inheritdoc />
    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return Span[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
