using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>
/// p[r, j] = e^(z[r, j] − m[r]) / s[r] with m[r] = maxⱼ z[r, j] and s[r] = Σⱼ e^(z[r, j] − m[r]); log Σⱼ e^z[r, j] = m[r] + log s[r].
/// The largest exponent is 0, so nothing overflows. NaN anywhere in a row makes all of it NaN. Sums in the order of <see cref="Reductions"/>.
/// </summary>
public static class Softmax
{
    /// <summary>Rows between two calls of the logarithm, which takes a register of sums in the time of one.</summary>
    private const int RowsAtOnce = 32;

    // z [rows, columns]   →   p [rows, columns]
    /// <summary>The softmax of each row; p may be z.</summary>
    public static void Rows<T>(ReadOnlySpan<T> z, int columns, Span<T> p)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckShapes(z.Length, columns, z.Length / Math.Max(columns, 1));
        Rows(z, columns, p, default);
    }

    // z [rows, columns]   →   p [rows, columns]   logSumExp [rows]
    /// <summary>The softmax of each row and the logarithm of its denominator, from which a cross-entropy is z's target less logSumExp.</summary>
    public static void RowsAndLogSumExp<T>(ReadOnlySpan<T> z, int columns, Span<T> p, Span<T> logSumExp)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckShapes(z.Length, columns, logSumExp.Length);
        Rows(z, columns, p, logSumExp);
    }

    // z [rows, columns]   →   logSumExp [rows]
    /// <summary>log Σⱼ e^z[r, j] of each row.</summary>
    public static void LogSumExp<T>(ReadOnlySpan<T> z, int columns, Span<T> logSumExp)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckShapes(z.Length, columns, logSumExp.Length);
        ref var from = ref MemoryMarshal.GetReference(z);
        Span<T> maxima = stackalloc T[RowsAtOnce];
        for (var first = 0; first < logSumExp.Length; first += RowsAtOnce)
        {
            var sums = logSumExp[first..Math.Min(first + RowsAtOnce, logSumExp.Length)];
            for (var row = 0; row < sums.Length; row++)
                sums[row] = Row(ref Unsafe.Add(ref from, (nint)(first + row) * columns), ref Unsafe.NullRef<T>(), columns, out maxima[row]);
            LogOfSums(maxima, sums);
        }
    }

    private static void Rows<T>(ReadOnlySpan<T> z, int columns, Span<T> p, Span<T> logSumExp)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (p.Length != z.Length)
            throw new ArgumentException($"The logits have {z.Length} elements, the probabilities {p.Length}.");
        ref var from = ref MemoryMarshal.GetReference(z);
        ref var to = ref MemoryMarshal.GetReference(p);
        Span<T> maxima = stackalloc T[RowsAtOnce];
        Span<T> sums = stackalloc T[RowsAtOnce];
        var rows = z.Length / columns;
        for (var first = 0; first < rows; first += RowsAtOnce)
        {
            var count = Math.Min(RowsAtOnce, rows - first);
            for (var row = 0; row < count; row++)
            {
                var start = (nint)(first + row) * columns;
                sums[row] = Row(ref Unsafe.Add(ref from, start), ref Unsafe.Add(ref to, start), columns, out maxima[row]);
            }

            if (!logSumExp.IsEmpty)
            {
                LogOfSums(maxima, sums[..count]);
                sums[..count].CopyTo(logSumExp[first..]);
            }
        }
    }

    /// <summary>One row: its softmax to <paramref name="to"/>, unless that is a null reference; returns the sum and the maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Row<T>(ref T from, ref T to, int columns, out T maximum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T sum;
        if (columns <= Vector512<T>.Count)
        {
            // A few classes are one register, and nothing is written before it is final.
            var logits = Block<T>.LoadPartial(in from, 0, columns, FloatingPoint<T>.Constant(double.NegativeInfinity));
            maximum = Fold.Maximum(logits);
            var exponentials = Transcendentals.Exp(logits - Vector512.Create(maximum));
            sum = Fold.Sum(exponentials, default);
            if (!Unsafe.IsNullRef(ref to))
                Block<T>.StorePartial(exponentials / Vector512.Create(sum), ref to, 0, columns);
            return sum;
        }

        maximum = Fold.Maximum(ref from, columns);
        sum = Exponentials(ref from, ref to, columns, Vector512.Create(maximum));
        if (!Unsafe.IsNullRef(ref to))
            Divide(ref to, columns, Vector512.Create(sum));
        return sum;
    }

    /// <summary>sums[r] ← maxima[r] + log sums[r], a register of rows at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LogOfSums<T>(Span<T> maxima, Span<T> sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref var maximum = ref MemoryMarshal.GetReference(maxima);
        ref var sum = ref MemoryMarshal.GetReference(sums);
        for (var row = 0; row < sums.Length; row += Vector512<T>.Count)
        {
            var count = Math.Min(Vector512<T>.Count, sums.Length - row);
            var logs = Transcendentals.Log(Block<T>.LoadPartial(in sum, row, count));
            Block<T>.StorePartial(Block<T>.LoadPartial(in maximum, row, count) + logs, ref sum, row, count);
        }
    }

    /// <summary>Σ e^(z − maximum) over one row; the terms go to <paramref name="to"/> unless that is a null reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Exponentials<T>(ref T from, ref T to, int columns, Vector512<T> maximum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Registers alternate between the lower and the upper eight lanes of doubles; floats have all 16 lanes in one.
        Vector512<T> current = default, other = default;
        var i = 0;
        for (; i <= columns - Vector512<T>.Count; i += Vector512<T>.Count)
        {
            var term = Transcendentals.Exp(Block<T>.Load(in from, i) - maximum);
            if (!Unsafe.IsNullRef(ref to))
                Block<T>.Store(term, ref to, i);
            current += term;
            if (typeof(T) == typeof(double))
                (current, other) = (other, current);
        }

        var rest = columns - i;
        if (rest > 0)
        {
            var logits = Block<T>.LoadPartial(in from, i, rest, FloatingPoint<T>.Constant(double.NegativeInfinity));
            var term = Transcendentals.Exp(logits - maximum);
            if (!Unsafe.IsNullRef(ref to))
                Block<T>.StorePartial(term, ref to, i, rest);
            current += term;
        }

        // The tree begins with lower + upper, an addition that does not mind which of the two is which.
        return Fold.Sum(current, other);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Divide<T>(ref T row, int columns, Vector512<T> divisor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var i = 0;
        for (; i <= columns - Vector512<T>.Count; i += Vector512<T>.Count)
            Block<T>.Store(Block<T>.Load(in row, i) / divisor, ref row, i);
        if (i < columns)
            Block<T>.StorePartial(Block<T>.LoadPartial(in row, i, columns - i) / divisor, ref row, i, columns - i);
    }

    private static void CheckShapes(int elements, int columns, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Reductions.CheckRows(elements, columns, rows);
    }
}
