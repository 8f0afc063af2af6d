using System.Numerics;

namespace NnService.Engine.Kernels;

/// <summary>The products of a dense layer with its inputs x: by <see cref="SparseProduct"/> where most of these are 0, otherwise by <see cref="MatrixProduct"/>.</summary>
internal static class LayerProduct
{
    // x [rows, inputs]   w [inputs, units]   →   z [rows, units]
    /// <summary>z = x · w</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="w">[inputs, units]</param>
    /// <param name="z">[rows, units], overwritten.</param>
    /// <param name="inputs">Numbers of a row of <paramref name="x"/>.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    public static void Forward<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> w, Span<T> z, int inputs, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (SparseProduct.TryMultiply(x, w, z, inputs, team))
            return;
        var (rows, units) = (x.Length / inputs, w.Length / inputs);
        MatrixProduct.Multiply(new ReadOnlyView<T>(x, rows, inputs), new ReadOnlyView<T>(w, inputs, units), new View<T>(z, rows, units), team: team);
    }

    // x [rows, inputs]   dz [rows, units]   →   dw [inputs, units]
    /// <summary>dw = xᵀ · dz</summary>
    /// <param name="x">[rows, inputs]</param>
    /// <param name="dz">[rows, units]</param>
    /// <param name="dw">[inputs, units], overwritten, or added to.</param>
    /// <param name="inputs">Numbers of a row of <paramref name="x"/>.</param>
    /// <param name="accumulate">Whether the chains go on from <paramref name="dw"/>.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    public static void WeightGradient<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> dz, Span<T> dw, int inputs, bool accumulate, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (SparseProduct.TryMultiplyTransposed(x, dz, dw, inputs, accumulate, team))
            return;
        var (rows, units) = (x.Length / inputs, dw.Length / inputs);
        MatrixProduct.Multiply(
            new ReadOnlyView<T>(x, rows, inputs).Transposed, new ReadOnlyView<T>(dz, rows, units), new View<T>(dw, inputs, units), accumulate, team);
    }
}
