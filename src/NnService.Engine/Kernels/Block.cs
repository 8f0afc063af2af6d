using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NnService.Engine.Kernels;

/// <summary>A block of 64 bytes, one <see cref="Vector512{T}"/>: the unit every span is processed in. The last one of a span may be partial.</summary>
internal static class Block<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(ref readonly T source, int index) => Vector512.LoadUnsafe(in source, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> block, ref T destination, int index) => block.StoreUnsafe(ref destination, (nuint)index);

    /// <summary>The <paramref name="count"/> ≤ <c>Vector512&lt;T&gt;.Count</c> elements from <paramref name="index"/> on, zeros behind them; reads nothing else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadPartial(ref readonly T source, int index, int count) => LoadPartial(in source, index, count, Vector512<T>.Zero);

    /// <summary>The same with <paramref name="padding"/> behind the elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Vector512<T> LoadPartial(ref readonly T source, int index, int count, Vector512<T> padding)
    {
        if (Avx512F.IsSupported)
        {
            fixed (T* pointer = &Unsafe.Add(ref Unsafe.AsRef(in source), index))
            {
                return typeof(T) == typeof(float)
                    ? Avx512F.MaskLoad((float*)pointer, Mask(count).AsSingle(), padding.AsSingle()).As<float, T>()
                    : Avx512F.MaskLoad((double*)pointer, Mask(count).AsDouble(), padding.AsDouble()).As<double, T>();
            }
        }

        return CopyPartial(in source, index, count, padding);
    }

    /// <summary>Writes the first <paramref name="count"/> elements of the block and touches nothing behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void StorePartial(Vector512<T> block, ref T destination, int index, int count)
    {
        if (Avx512F.IsSupported)
        {
            fixed (T* pointer = &Unsafe.Add(ref destination, index))
            {
                if (typeof(T) == typeof(float))
                    Avx512F.MaskStore((float*)pointer, Mask(count).AsSingle(), block.AsSingle());
                else
                    Avx512F.MaskStore((double*)pointer, Mask(count).AsDouble(), block.AsDouble());
            }

            return;
        }

        for (var i = 0; i < count; i++)
            Unsafe.Add(ref destination, index + i) = block.GetElement(i);
    }

    /// <summary>All bits set in the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Mask(int count) => typeof(T) == typeof(float)
        ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).As<int, T>()
        : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, T>();

    private static Vector512<T> CopyPartial(ref readonly T source, int index, int count, Vector512<T> padding)
    {
        var block = padding;
        ref var first = ref Unsafe.As<Vector512<T>, T>(ref block);
        for (var i = 0; i < count; i++)
            Unsafe.Add(ref first, i) = Unsafe.Add(ref Unsafe.AsRef(in source), index + i);
        return block;
    }
}
