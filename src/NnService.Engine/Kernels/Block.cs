using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>A block of 64 bytes, one <see cref="Vector512{T}"/>: the unit every span is processed in. The last one of a span may be partial.</summary>
/// <remarks>
/// A partial block is read and written in pieces of 32, 16, 8 and 4 bytes, not under a mask. To a processor looking for pending stores a masked access is as
/// wide as the whole register: a row of ten elements, written under a mask, holds up the reading of the next one (measured on Zen 4: adding a bias to rows
/// of ten floats took 8 ns a row instead of 4).
/// </remarks>
internal static class Block<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(ref readonly T source, int index) => Vector512.LoadUnsafe(in source, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> block, ref T destination, int index) => block.StoreUnsafe(ref destination, (nuint)index);

    /// <summary>
    /// The <paramref name="count"/> ≤ <c>Vector512&lt;T&gt;.Count</c> elements from <paramref name="index"/> on, zeros behind them; reads nothing else.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadPartial(ref readonly T source, int index, int count) => LoadPartial(in source, index, count, Vector512<T>.Zero);

    /// <summary>The same with <paramref name="padding"/> behind the elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadPartial(ref readonly T source, int index, int count, Vector512<T> padding)
    {
        ref var first = ref Unsafe.Add(ref Unsafe.AsRef(in source), index);
        if (count >= Vector512<T>.Count)
            return Vector512.LoadUnsafe(ref first);
        if (count < Vector256<T>.Count)
            return padding.WithLower(LoadHalf(ref first, count, padding.GetLower()));
        var upper = LoadHalf(ref Unsafe.Add(ref first, Vector256<T>.Count), count - Vector256<T>.Count, padding.GetUpper());
        return Vector512.Create(Vector256.LoadUnsafe(ref first), upper);
    }

    /// <summary>Writes the first <paramref name="count"/> ≤ <c>Vector512&lt;T&gt;.Count</c> elements of the block and touches nothing behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StorePartial(Vector512<T> block, ref T destination, int index, int count)
    {
        ref var first = ref Unsafe.Add(ref destination, index);
        if (count >= Vector512<T>.Count)
        {
            block.StoreUnsafe(ref first);
        }
        else if (count < Vector256<T>.Count)
        {
            StoreHalf(block.GetLower(), ref first, count);
        }
        else
        {
            block.GetLower().StoreUnsafe(ref first);
            StoreHalf(block.GetUpper(), ref Unsafe.Add(ref first, Vector256<T>.Count), count - Vector256<T>.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> LoadHalf(ref T first, int count, Vector256<T> padding)
    {
        if (count < Vector128<T>.Count)
            return padding.WithLower(LoadQuarter(ref first, count, padding.GetLower()));
        var upper = LoadQuarter(ref Unsafe.Add(ref first, Vector128<T>.Count), count - Vector128<T>.Count, padding.GetUpper());
        return Vector256.Create(Vector128.LoadUnsafe(ref first), upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> LoadQuarter(ref T first, int count, Vector128<T> padding)
    {
        var quarter = padding;
        if (typeof(T) == typeof(double))
            return count == 1 ? quarter.WithElement(0, first) : quarter;
        if (count >= 2)
            quarter = quarter.AsDouble().WithElement(0, Unsafe.As<T, double>(ref first)).As<double, T>();
        if (count == 3)
            return quarter.WithElement(2, Unsafe.Add(ref first, 2));
        return count == 1 ? quarter.WithElement(0, first) : quarter;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreHalf(Vector256<T> half, ref T first, int count)
    {
        if (count < Vector128<T>.Count)
        {
            StoreQuarter(half.GetLower(), ref first, count);
        }
        else
        {
            half.GetLower().StoreUnsafe(ref first);
            StoreQuarter(half.GetUpper(), ref Unsafe.Add(ref first, Vector128<T>.Count), count - Vector128<T>.Count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreQuarter(Vector128<T> quarter, ref T first, int count)
    {
        if (typeof(T) == typeof(float) && count >= 2)
        {
            Unsafe.As<T, double>(ref first) = quarter.AsDouble().ToScalar();
            if (count == 3)
                Unsafe.Add(ref first, 2) = quarter.GetElement(2);
        }
        else if (count == 1)
        {
            first = quarter.ToScalar();
        }
    }
}
