using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>From float64 to the precision of a network and back; to nearest, ties to even, as a cast does it.</summary>
internal static class Conversion
{
    // exact [n]   →   rounded [n]
    /// <summary>Rounds each number once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Round<T>(ReadOnlySpan<double> exact, Span<T> rounded)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(double))
        {
            exact.CopyTo(MemoryMarshal.Cast<T, double>(rounded));
            return;
        }

        CheckLengths(exact.Length, rounded.Length);
        ref var from = ref MemoryMarshal.GetReference(exact);
        ref var to = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(rounded));
        var i = 0;
        for (; i <= exact.Length - Vector512<float>.Count; i += Vector512<float>.Count)
            Block<float>.Store(Vector512.Narrow(Block<double>.Load(in from, i), Block<double>.Load(in from, i + Vector512<double>.Count)), ref to, i);
        for (; i < exact.Length; i++)
            Unsafe.Add(ref to, i) = (float)Unsafe.Add(ref from, i);
    }

    // rounded [n]   →   exact [n]
    /// <summary>The same numbers in float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen<T>(ReadOnlySpan<T> rounded, Span<double> exact)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(double))
        {
            MemoryMarshal.Cast<T, double>(rounded).CopyTo(exact);
            return;
        }

        CheckLengths(rounded.Length, exact.Length);
        ref var from = ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(rounded));
        ref var to = ref MemoryMarshal.GetReference(exact);
        var i = 0;
        for (; i <= exact.Length - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            var block = Block<float>.Load(in from, i);
            Block<double>.Store(Vector512.WidenLower(block), ref to, i);
            Block<double>.Store(Vector512.WidenUpper(block), ref to, i + Vector512<double>.Count);
        }

        for (; i < exact.Length; i++)
            Unsafe.Add(ref to, i) = Unsafe.Add(ref from, i);
    }

    private static void CheckLengths(int source, int destination)
    {
        if (source != destination)
            throw new ArgumentException($"The source has {source} elements, the destination {destination}.");
    }
}
