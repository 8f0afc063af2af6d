using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Layers;

/// <summary>What normalizing layers do row by row. Sums over the rows are one chain per column, so that neither vectors nor threads change a bit.</summary>
internal static class ColumnChains
{
    // x, y [rows, width]   →   sums [width]
    /// <summary>sumsⱼ = Σᵢ xᵢⱼ yᵢⱼ, or sumsⱼ += … going on from what stands there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumProducts<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> sums, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!accumulate)
            sums.Clear();
        for (var row = 0; row < x.Length; row += sums.Length)
            Elementwise.Map<T, AddProduct<T>>(x.Slice(row, sums.Length), y.Slice(row, sums.Length), sums, sums);
    }

    // x [rows, width]   mean [width]   →   sums [width]
    /// <summary>sumsⱼ = Σᵢ (xᵢⱼ − meanⱼ)²</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SumSquaredDeviations<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> mean, Span<T> sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        sums.Clear();
        for (var row = 0; row < x.Length; row += sums.Length)
            Elementwise.Map<T, AddSquaredDeviation<T>>(x.Slice(row, sums.Length), mean, sums, sums);
    }

    // x [rows, width]   center, factor [width]   →   y [rows, width]
    /// <summary>yᵢⱼ = (xᵢⱼ − centerⱼ) · factorⱼ</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CenterAndScale<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> center, ReadOnlySpan<T> factor, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < x.Length; row += center.Length)
            Elementwise.Map<T, Centered<T>>(x.Slice(row, center.Length), center, factor, y.Slice(row, center.Length));
    }

    // x [rows, width]   scale, shift [width]   →   y [rows, width]
    /// <summary>yᵢⱼ = xᵢⱼ · scaleⱼ + shiftⱼ</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaleAndShift<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> scale, ReadOnlySpan<T> shift, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < x.Length; row += scale.Length)
            Elementwise.Map<T, Scaled<T>>(x.Slice(row, scale.Length), scale, shift, y.Slice(row, scale.Length));
    }

    // x, y [rows, width]   factor [width]   →   z [rows, width]
    /// <summary>zᵢⱼ = xᵢⱼ − yᵢⱼ · factorⱼ</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SubtractScaled<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<T> factor, Span<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var row = 0; row < x.Length; row += factor.Length)
            Elementwise.Map<T, MinusProduct<T>>(x.Slice(row, factor.Length), y.Slice(row, factor.Length), factor, z.Slice(row, factor.Length));
    }

    private readonly struct AddProduct<T> : ITernaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> y, Vector512<T> sum) => Transcendentals.MulAdd(x, y, sum);
    }

    private readonly struct AddSquaredDeviation<T> : ITernaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> mean, Vector512<T> sum) => Transcendentals.MulAdd(x - mean, x - mean, sum);
    }

    private readonly struct Centered<T> : ITernaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> center, Vector512<T> factor) => (x - center) * factor;
    }

    private readonly struct Scaled<T> : ITernaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> scale, Vector512<T> shift) => Transcendentals.MulAdd(x, scale, shift);
    }

    private readonly struct MinusProduct<T> : ITernaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> y, Vector512<T> factor) => Transcendentals.MulAdd(-y, factor, x);
    }
}
