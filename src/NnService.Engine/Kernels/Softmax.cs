using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Kernels;

/// <summary>
/// p[r, j] = e^(z[r, j] − m[r]) / s[r] with m[r] = maxⱼ z[r, j] and s[r] = Σⱼ e^(z[r, j] − m[r]); log Σⱼ e^z[r, j] = m[r] + log s[r].
/// The largest exponent is 0, so nothing overflows. Sums in the order of <see cref="Reductions"/>.
/// </summary>
public static class Softmax
{
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LogSumExp<T>(ReadOnlySpan<T> z, int columns, Span<T> logSumExp)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        CheckShapes(z.Length, columns, logSumExp.Length);
        ref var from = ref MemoryMarshal.GetReference(z);
        for (var row = 0; row < logSumExp.Length; row++)
        {
            ref var rowFrom = ref Unsafe.Add(ref from, (nint)row * columns);
            var maximum = Fold.Maximum(ref rowFrom, columns);
            var sum = Exponentials(ref rowFrom, ref Unsafe.NullRef<T>(), columns, Vector512.Create(maximum));
            logSumExp[row] = maximum + Transcendentals.Log(sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows<T>(ReadOnlySpan<T> z, int columns, Span<T> p, Span<T> logSumExp)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (p.Length != z.Length)
            throw new ArgumentException($"The logits have {z.Length} elements, the probabilities {p.Length}.");
        ref var from = ref MemoryMarshal.GetReference(z);
        ref var to = ref MemoryMarshal.GetReference(p);
        var rows = z.Length / columns;
        for (var row = 0; row < rows; row++)
        {
            ref var rowFrom = ref Unsafe.Add(ref from, (nint)row * columns);
            ref var rowTo = ref Unsafe.Add(ref to, (nint)row * columns);
            T maximum, sum;
            if (columns <= Vector512<T>.Count)
            {
                // A few classes are one register, and nothing is written before it is final.
                var logits = Block<T>.LoadPartial(in rowFrom, 0, columns, FloatingPoint<T>.Constant(double.NegativeInfinity));
                maximum = Fold.Maximum(logits);
                var exponentials = Transcendentals.Exp(logits - Vector512.Create(maximum));
                sum = Fold.Sum(exponentials, default);
                Block<T>.StorePartial(exponentials / Vector512.Create(sum), ref rowTo, 0, columns);
            }
            else
            {
                maximum = Fold.Maximum(ref rowFrom, columns);
                sum = Exponentials(ref rowFrom, ref rowTo, columns, Vector512.Create(maximum));
                Divide(ref rowTo, columns, Vector512.Create(sum));
            }

            if (!logSumExp.IsEmpty)
                logSumExp[row] = maximum + Transcendentals.Log(sum);
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
