using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers;

/// <summary>Layer normalization, as asked for.</summary>
[Description("Gives the numbers of every row mean 0 and variance 1, then scales and shifts each.")]
public sealed record LayerNormalizationSpec : LayerSpec
{
    /// <inheritdoc />
    public override string Type => "layerNormalization";

    /// <summary>ε</summary>
    [Description("Added to the variance; keeps the divisor away from 0.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-5;

    /// <inheritdoc />
    public override long CountParameters(long inputs, long outputs) => checked(2 * outputs);

    /// <inheritdoc />
    public override Layer<T> Build<T>(int inputs, int outputs) => new LayerNormalization<T>(this, inputs);
}

/// <summary>
/// y = x̂ γ + β,  x̂ = (x − μ) / √(σ² + ε), with mean μ and variance σ² (divided by n) over the n numbers of each row.
/// Backwards, with g = dy γ:  dγ = Σ over rows of dy x̂,  dβ = Σ over rows of dy,  dx = (g − mean(g) − x̂ mean(g x̂)) / √(σ² + ε).
/// Source: Ba, Kiros, Hinton 2016.
/// </summary>
// x, x̂, y [rows, width]   γ (scale), β (shift) [width]   μ, σ² [rows]
internal sealed class LayerNormalization<T>(LayerNormalizationSpec spec, int width) : Layer<T>(width, width)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _ones = [.. Enumerable.Repeat(T.One, width)];

    public override IReadOnlyList<ParameterSlice> Parameters { get; } = [new("scale", 0, 1, width), new("shift", width, 1, width)];

    public override int CachePerRow => Outputs + 1; // x̂ of all rows, then 1 / √(σ² + ε) of each

    public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state)
    {
        parameters[..Outputs].Fill(T.One);
        parameters[Outputs..].Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        var normalized = pass.Cache[..(pass.Rows * Outputs)];
        var inverse = pass.Cache[(pass.Rows * Outputs)..];
        for (var row = 0; row < pass.Rows; row++)
        {
            var x = input.Slice(row * Outputs, Outputs);
            var centered = normalized.Slice(row * Outputs, Outputs);
            var mean = T.CreateTruncating(Reductions.Dot<T>(x, _ones) / Outputs);
            Elementwise.Map(x, centered, new CenteredAndScaled(mean, T.One));
            var variance = Reductions.SumOfSquares<T>(centered) / Outputs;
            inverse[row] = T.CreateTruncating(1 / Math.Sqrt(variance + spec.Epsilon));
            Elementwise.Map(centered, centered, new CenteredAndScaled(T.Zero, inverse[row]));
        }

        ColumnChains.ScaleAndShift<T>(normalized, pass.Parameters[..Outputs], pass.Parameters[Outputs..], output);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Backward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient)
    {
        var normalized = pass.Cache[..(pass.Rows * Outputs)];
        var inverse = pass.Cache[(pass.Rows * Outputs)..];
        ColumnChains.SumProducts(outputGradient, normalized, parameterGradient[..Outputs], pass.Accumulates);
        Reductions.ColumnSums<T>(outputGradient, parameterGradient[Outputs..], pass.Accumulates);
        if (inputGradient.IsEmpty)
            return;

        var scale = pass.Parameters[..Outputs];
        for (var row = 0; row < pass.Rows; row++)
        {
            var dy = outputGradient.Slice(row * Outputs, Outputs);
            var x = normalized.Slice(row * Outputs, Outputs);
            var g = inputGradient.Slice(row * Outputs, Outputs);
            Elementwise.Map(dy, scale, g, default(Product));
            var mean = T.CreateTruncating(Reductions.Dot<T>(g, _ones) / Outputs);
            var meanOfProduct = T.CreateTruncating(Reductions.Dot<T>(g, x) / Outputs);
            Elementwise.Map(g, x, g, new InputGradient(mean, meanOfProduct, inverse[row]));
        }
    }

    private readonly struct CenteredAndScaled(T center, T factor) : IParametricUnaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> x) => (x - Vector512.Create(center)) * factor;
    }

    private readonly struct Product : IParametricBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> x, Vector512<T> y) => x * y;
    }

    private readonly struct InputGradient(T mean, T meanOfProduct, T inverse) : IParametricBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> g, Vector512<T> x) => (g - Vector512.Create(mean) - (x * meanOfProduct)) * inverse;
    }
}
