using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>
/// Sums and maxima in one fixed order, whatever the width of the processor's vectors.
/// </summary>
/// <remarks>
/// Along a row, and over a whole span: 16 virtual lanes, lane l taking the elements l, l + 16, l + 32, … in turn from 0, then the tree
/// l + (l + 8), l + (l + 4), l + (l + 2), l + (l + 1). Down a column: one chain over the rows. Matrices are contiguous, row by row.
/// </remarks>
public static class Reductions
{
    // x [rows, columns]   y [rows, columns]   →   dots [rows]
    /// <summary>dots[r] = Σⱼ x[r, j] · y[r, j], by fused multiply-adds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowDots<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, int columns, Span<T> dots)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckRows(x.Length, columns, dots.Length);
        CheckRows(y.Length, columns, dots.Length);
        ref var firstX = ref MemoryMarshal.GetReference(x);
        ref var firstY = ref MemoryMarshal.GetReference(y);
        for (var row = 0; row < dots.Length; row++)
            dots[row] = Fold.Dot(ref Unsafe.Add(ref firstX, (nint)row * columns), ref Unsafe.Add(ref firstY, (nint)row * columns), columns);
    }

    // x [rows, columns]   →   sums [columns]
    /// <summary>sums[j] = Σᵣ x[r, j], or sums[j] += … going on from what stands there. A bias gradient is this.</summary>
    public static void ColumnSums<T>(ReadOnlySpan<T> x, Span<T> sums, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var rows = Rows(x.Length, sums.Length);
        Columns(ref MemoryMarshal.GetReference(x), rows, sums, accumulate);
    }

    // x [n]   y [n]
    /// <summary>Σᵢ x[i] · y[i] in float64, whatever the type of the elements.</summary>
    public static double Dot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"A dot product of {x.Length} and {y.Length} elements.");
        return typeof(T) == typeof(float)
            ? Fold.DotInDouble(ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(x)), ref Unsafe.As<T, float>(ref MemoryMarshal.GetReference(y)), x.Length)
            : Fold.Dot(ref Unsafe.As<T, double>(ref MemoryMarshal.GetReference(x)), ref Unsafe.As<T, double>(ref MemoryMarshal.GetReference(y)), x.Length);
    }

    // x [n]
    /// <summary>Σᵢ x[i]² in float64: the square of a gradient's norm.</summary>
    public static double SumOfSquares<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Dot(x, x);

    // x [n]
    /// <summary>Whether every element is finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool AllFinite<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // x · 0 is 0 where x is finite, else NaN, which a sum keeps, in whatever order. Four sums, so that none waits for its own last addition.
        ref var first = ref MemoryMarshal.GetReference(x);
        var (zero, width) = (Vector512<T>.Zero, Vector512<T>.Count);
        Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
        var i = 0;
        for (; i <= x.Length - (4 * width); i += 4 * width)
        {
            s0 += Block<T>.Load(in first, i) * zero;
            s1 += Block<T>.Load(in first, i + width) * zero;
            s2 += Block<T>.Load(in first, i + (2 * width)) * zero;
            s3 += Block<T>.Load(in first, i + (3 * width)) * zero;
        }

        for (; i < x.Length; i += width)
            s0 += Block<T>.LoadPartial(in first, i, Math.Min(width, x.Length - i)) * zero;
        return s0 + s1 + s2 + s3 == zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Columns<T>(ref T x, int rows, Span<T> sums, bool accumulate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref var to = ref MemoryMarshal.GetReference(sums);
        var width = Vector512<T>.Count;
        var stride = (nint)sums.Length;
        var j = 0;
        // Four registers abreast hide the latency of an addition, which a single chain would wait for.
        for (; j <= sums.Length - (4 * width); j += 4 * width)
        {
            Vector512<T> s0 = default, s1 = default, s2 = default, s3 = default;
            if (accumulate)
            {
                s0 = Block<T>.Load(in to, j);
                s1 = Block<T>.Load(in to, j + width);
                s2 = Block<T>.Load(in to, j + (2 * width));
                s3 = Block<T>.Load(in to, j + (3 * width));
            }

            for (nint row = 0; row < rows; row++)
            {
                ref var a = ref Unsafe.Add(ref x, (row * stride) + j);
                s0 += Block<T>.Load(in a, 0);
                s1 += Block<T>.Load(in a, width);
                s2 += Block<T>.Load(in a, 2 * width);
                s3 += Block<T>.Load(in a, 3 * width);
            }

            Block<T>.Store(s0, ref to, j);
            Block<T>.Store(s1, ref to, j + width);
            Block<T>.Store(s2, ref to, j + (2 * width));
            Block<T>.Store(s3, ref to, j + (3 * width));
        }

        for (; j <= sums.Length - width; j += width)
        {
            var s = accumulate ? Block<T>.Load(in to, j) : default;
            for (nint row = 0; row < rows; row++)
                s += Block<T>.Load(in Unsafe.Add(ref x, row * stride), j);
            Block<T>.Store(s, ref to, j);
        }

        var rest = sums.Length - j;
        if (rest > 0)
        {
            var s = accumulate ? Block<T>.LoadPartial(in to, j, rest) : default;
            for (nint row = 0; row < rows; row++)
                s += Block<T>.LoadPartial(in Unsafe.Add(ref x, row * stride), j, rest);
            Block<T>.StorePartial(s, ref to, j, rest);
        }
    }

    private static int Rows(int elements, int columns)
    {
        var rows = columns == 0 ? 0 : elements / columns;
        CheckRows(elements, columns, rows);
        return rows;
    }

    internal static void CheckRows(int elements, int columns, int rows)
    {
        if ((long)rows * columns != elements)
            throw new ArgumentException($"{elements} elements are not {rows} rows of {columns}.");
    }
}
