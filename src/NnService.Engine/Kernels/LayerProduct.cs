using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Kernels;

/// <summary>
/// The products of a dense layer with its inputs x: run by run of inputs, by <see cref="SparseProduct"/> where they are mostly 0, otherwise by
/// <see cref="MatrixProduct"/>. The runs follow one another in every chain, so the bits are those of the whole products.
/// </summary>
internal static class LayerProduct
{
    // x [rows, inputs]   w [inputs, units]   →   z [rows, units]
    /// <summary>z = x · w</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="w">[inputs, units]</param>
    /// <param name="z">[rows, units], overwritten.</param>
    /// <param name="inputs">Numbers of a row of <paramref name="x"/>.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    [SkipLocalsInit]
    public static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> w, Span<T> z, int inputs, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (rows, units) = (x.Length / inputs, w.Length / inputs);
        var runs = new InputRuns<T>(x, inputs, units, stackalloc int[InputRuns<T>.MostBlocks]);
        while (runs.MoveNext())
        {
            var some = new ReadOnlyView<T>(x[runs.Start..], rows, runs.Length, inputs);
            var weights = w.Slice(runs.Start * units, runs.Length * units);
            if (runs.Numbers is { } numbers)
                SparseProduct.Multiply(some, weights, z, runs.Start > 0, numbers, team);
            else
                MatrixProduct.Multiply(some, new ReadOnlyView<T>(weights, runs.Length, units), new View<T>(z, rows, units), runs.Start > 0, team);
        }
    }

    // x [rows, inputs]   dz [rows, units]   →   dw [inputs, units]
    /// <summary>dw = xᵀ · dz</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="dz">[rows, units]</param>
    /// <param name="dw">[inputs, units], overwritten, or added to.</param>
    /// <param name="inputs">Numbers of a row of <paramref name="x"/>.</param>
    /// <param name="accumulate">Whether the chains go on from <paramref name="dw"/>.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    [SkipLocalsInit]
    public static void WeightGradient<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dz, Span<T> dw, int inputs, bool accumulate, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (rows, units) = (x.Length / inputs, dw.Length / inputs);
        var runs = new InputRuns<T>(x, inputs, units, stackalloc int[InputRuns<T>.MostBlocks]);
        while (runs.MoveNext())
        {
            var some = new ReadOnlyView<T>(x[runs.Start..], rows, runs.Length, inputs);
            var gradient = dw.Slice(runs.Start * units, runs.Length * units);
            if (runs.Numbers is { } numbers)
                SparseProduct.MultiplyTransposed(some, dz, gradient, accumulate, numbers, team);
            else
                MatrixProduct.Multiply(some.Transposed, new ReadOnlyView<T>(dz, rows, units), new View<T>(gradient, runs.Length, units), accumulate, team);
        }
    }

    // dz [rows, units]   w [inputs, units]   →   dx [rows, inputs]
    /// <summary>dx = dz · wᵀ</summary>
    /// <param name="dz">[rows, units]</param>
    /// <param name="w">[inputs, units]</param>
    /// <param name="dx">[rows, inputs], overwritten where it is wanted.</param>
    /// <param name="units">Numbers of a row of <paramref name="dz"/>.</param>
    /// <param name="wanted">The inputs whose gradient is wanted; empty: all.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    public static void InputGradient<T>(ReadOnlySpan<T> dz, ReadOnlySpan<T> w, Span<T> dx, int units, ReadOnlySpan<InputRange> wanted, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (rows, inputs) = (dz.Length / units, w.Length / units);
        var all = new InputRange(0, inputs);
        foreach (var (first, count) in wanted.IsEmpty ? new ReadOnlySpan<InputRange>(in all) : wanted)
            MatrixProduct.Multiply(
                new ReadOnlyView<T>(dz, rows, units),
                new ReadOnlyView<T>(w.Slice(first * units, count * units), count, units).Transposed,
                new View<T>(dx[first..], rows, count, inputs),
                team: team);
    }
}

/// <summary>Some neighbouring inputs of a layer.</summary>
/// <param name="First">The first of them, from 0.</param>
/// <param name="Count">How many.</param>
internal readonly record struct InputRange(int First, int Count);
