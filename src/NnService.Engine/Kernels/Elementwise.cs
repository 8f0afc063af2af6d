using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>
/// Applies a formula to spans of equal length, 64 bytes at a time. A destination may be one of the sources (in place), but must not overlap one partly.
/// </summary>
public static class Elementwise
{
    // x [n]   →   y [n]
    /// <summary>y[i] = f(x[i]).</summary>
    public static void Map<T, TFormula>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, IUnaryFormula<T> => Map<T, WithoutParameters<T, TFormula>>(x, y, default);

    // x [n]   y [n]   →   z [n]
    /// <summary>z[i] = f(x[i], y[i]).</summary>
    public static void Map<T, TFormula>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, IBinaryFormula<T> => Map<T, BinaryWithoutParameters<T, TFormula>>(x, y, z, default);

    // x [n]   y [n]   z [n]   →   w [n]
    /// <summary>w[i] = f(x[i], y[i], z[i]).</summary>
    public static void Map<T, TFormula>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<T> z, Span<T> w)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, ITernaryFormula<T> => Map<T, TernaryWithoutParameters<T, TFormula>>(x, y, z, w, default);

    // x [n]   →   y [n]
    /// <summary>y[i] = f(x[i]; θ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<T, TFormula>(ReadOnlySpan<T> x, Span<T> y, TFormula formula)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, IParametricUnaryFormula<T>
    {
        CheckLength(y.Length, x.Length);
        ref var from = ref MemoryMarshal.GetReference(x);
        ref var to = ref MemoryMarshal.GetReference(y);
        var i = 0;
        for (; i <= y.Length - Vector512<T>.Count; i += Vector512<T>.Count)
            Block<T>.Store(formula.Apply(Block<T>.Load(in from, i)), ref to, i);
        var rest = y.Length - i;
        if (rest > 0)
            Block<T>.StorePartial(formula.Apply(Block<T>.LoadPartial(in from, i, rest)), ref to, i, rest);
    }

    // x [n]   y [n]   →   z [n]
    /// <summary>z[i] = f(x[i], y[i]; θ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<T, TFormula>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z, TFormula formula)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, IParametricBinaryFormula<T>
    {
        CheckLength(z.Length, x.Length);
        CheckLength(z.Length, y.Length);
        ref var first = ref MemoryMarshal.GetReference(x);
        ref var second = ref MemoryMarshal.GetReference(y);
        ref var to = ref MemoryMarshal.GetReference(z);
        var i = 0;
        for (; i <= z.Length - Vector512<T>.Count; i += Vector512<T>.Count)
            Block<T>.Store(formula.Apply(Block<T>.Load(in first, i), Block<T>.Load(in second, i)), ref to, i);
        var rest = z.Length - i;
        if (rest > 0)
        {
            var block = formula.Apply(Block<T>.LoadPartial(in first, i, rest), Block<T>.LoadPartial(in second, i, rest));
            Block<T>.StorePartial(block, ref to, i, rest);
        }
    }

    // x [n]   y [n]   z [n]   →   w [n]
    /// <summary>w[i] = f(x[i], y[i], z[i]; θ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<T, TFormula>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<T> z, Span<T> w, TFormula formula)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, IParametricTernaryFormula<T>
    {
        CheckLength(w.Length, x.Length);
        CheckLength(w.Length, y.Length);
        CheckLength(w.Length, z.Length);
        ref var first = ref MemoryMarshal.GetReference(x);
        ref var second = ref MemoryMarshal.GetReference(y);
        ref var third = ref MemoryMarshal.GetReference(z);
        ref var to = ref MemoryMarshal.GetReference(w);
        var i = 0;
        for (; i <= w.Length - Vector512<T>.Count; i += Vector512<T>.Count)
            Block<T>.Store(formula.Apply(Block<T>.Load(in first, i), Block<T>.Load(in second, i), Block<T>.Load(in third, i)), ref to, i);
        var rest = w.Length - i;
        if (rest > 0)
        {
            var block = formula.Apply(
                Block<T>.LoadPartial(in first, i, rest), Block<T>.LoadPartial(in second, i, rest), Block<T>.LoadPartial(in third, i, rest));
            Block<T>.StorePartial(block, ref to, i, rest);
        }
    }

    // row [columns]   matrix [rows, columns]   →   matrix
    /// <summary>matrix[r, :] += row for each row r: a bias.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddRow<T>(ReadOnlySpan<T> row, Span<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var columns = row.Length;
        var rows = columns == 0 ? 0 : matrix.Length / columns;
        Reductions.CheckRows(matrix.Length, columns, rows);
        ref var from = ref MemoryMarshal.GetReference(row);
        ref var to = ref MemoryMarshal.GetReference(matrix);
        if (columns <= Vector512<T>.Count)
        {
            // One register of the row, kept.
            var only = Block<T>.LoadPartial(in from, 0, columns);
            for (nint r = 0; r < rows; r++)
            {
                ref var at = ref Unsafe.Add(ref to, r * columns);
                Block<T>.StorePartial(Block<T>.LoadPartial(in at, 0, columns) + only, ref at, 0, columns);
            }

            return;
        }

        for (nint r = 0; r < rows; r++)
        {
            ref var at = ref Unsafe.Add(ref to, r * columns);
            var j = 0;
            for (; j <= columns - Vector512<T>.Count; j += Vector512<T>.Count)
                Block<T>.Store(Block<T>.Load(in at, j) + Block<T>.Load(in from, j), ref at, j);
            var rest = columns - j;
            if (rest > 0)
                Block<T>.StorePartial(Block<T>.LoadPartial(in at, j, rest) + Block<T>.LoadPartial(in from, j, rest), ref at, j, rest);
        }
    }

    // x [rows, columns]   row [columns]   →   y [rows, columns]
    /// <summary>y[r, :] = x[r, :] ⊙ row for each row r.</summary>
    public static void MultiplyRow<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> row, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Rows<T, Product<T>>(x, row, y, row.Length);

    // x [rows, columns]   row [columns]   →   y [rows, columns]
    /// <summary>y[r, :] += x[r, :] ⊙ row for each row r, by fused multiply-adds.</summary>
    public static void AddProductWithRow<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> row, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Rows<T, AddedProduct<T>>(x, row, y, row.Length);

    // x [rows, columns]   factors [rows]   →   y [rows, columns]
    /// <summary>y[r, :] = x[r, :] · factors[r].</summary>
    public static void ScaleRows<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> factors, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => RowsByFactors<T, Product<T>>(x, factors, y);

    // x [rows, columns]   factors [rows]   →   y [rows, columns]
    /// <summary>y[r, :] += x[r, :] · factors[r], by fused multiply-adds.</summary>
    public static void AddScaledRows<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> factors, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => RowsByFactors<T, AddedProduct<T>>(x, factors, y);

    // y[r, :] = f(x[r, :], row, y[r, :])
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<T, TFormula>(ReadOnlySpan<T> x, ReadOnlySpan<T> row, Span<T> y, int columns)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, ITernaryFormula<T>
    {
        CheckLength(y.Length, x.Length);
        Reductions.CheckRows(y.Length, columns, columns == 0 ? 0 : y.Length / columns);
        ref var first = ref MemoryMarshal.GetReference(x);
        ref var second = ref MemoryMarshal.GetReference(row);
        ref var to = ref MemoryMarshal.GetReference(y);
        for (nint at = 0; at < y.Length; at += columns)
        {
            ref var from = ref Unsafe.Add(ref first, at);
            ref var into = ref Unsafe.Add(ref to, at);
            var j = 0;
            for (; j <= columns - Vector512<T>.Count; j += Vector512<T>.Count)
                Block<T>.Store(TFormula.Apply(Block<T>.Load(in from, j), Block<T>.Load(in second, j), Block<T>.Load(in into, j)), ref into, j);
            var rest = columns - j;
            if (rest > 0)
            {
                var block = TFormula.Apply(
                    Block<T>.LoadPartial(in from, j, rest), Block<T>.LoadPartial(in second, j, rest), Block<T>.LoadPartial(in into, j, rest));
                Block<T>.StorePartial(block, ref into, j, rest);
            }
        }
    }

    // y[r, :] = f(x[r, :], factors[r], y[r, :])
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RowsByFactors<T, TFormula>(ReadOnlySpan<T> x, ReadOnlySpan<T> factors, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, ITernaryFormula<T>
    {
        CheckLength(y.Length, x.Length);
        var columns = factors.Length == 0 ? 0 : y.Length / factors.Length;
        Reductions.CheckRows(y.Length, columns, factors.Length);
        ref var first = ref MemoryMarshal.GetReference(x);
        ref var to = ref MemoryMarshal.GetReference(y);
        for (var row = 0; row < factors.Length; row++)
        {
            var factor = Vector512.Create(factors[row]);
            ref var from = ref Unsafe.Add(ref first, (nint)row * columns);
            ref var into = ref Unsafe.Add(ref to, (nint)row * columns);
            var j = 0;
            for (; j <= columns - Vector512<T>.Count; j += Vector512<T>.Count)
                Block<T>.Store(TFormula.Apply(Block<T>.Load(in from, j), factor, Block<T>.Load(in into, j)), ref into, j);
            var rest = columns - j;
            if (rest > 0)
                Block<T>.StorePartial(TFormula.Apply(Block<T>.LoadPartial(in from, j, rest), factor, Block<T>.LoadPartial(in into, j, rest)), ref into, j, rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CheckLength(int destination, int source)
    {
        if (destination != source)
            ThrowLength(destination, source);
    }

    private static void ThrowLength(int destination, int source) => throw new ArgumentException(
        $"A source has {source} elements, the destination {destination}.");

    private readonly struct Product<T> : ITernaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> factor, Vector512<T> before) => x * factor;
    }

    private readonly struct AddedProduct<T> : ITernaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> factor, Vector512<T> before) => FloatingPoint<T>.MulAdd(x, factor, before);
    }

    private readonly struct WithoutParameters<T, TFormula> : IParametricUnaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, IUnaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> x) => TFormula.Apply(x);
    }

    private readonly struct BinaryWithoutParameters<T, TFormula> : IParametricBinaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, IBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> x, Vector512<T> y) => TFormula.Apply(x, y);
    }

    private readonly struct TernaryWithoutParameters<T, TFormula> : IParametricTernaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TFormula : struct, ITernaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> x, Vector512<T> y, Vector512<T> z) => TFormula.Apply(x, y, z);
    }
}
