using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Kernels;

namespace NnService.Engine.Activations;

/// <summary>yᵢ = e^zᵢ / Σⱼ e^zⱼ over the units of a row; ∂yᵢ/∂zⱼ = yᵢ (δᵢⱼ − yⱼ).</summary>
[Description("Shares that add up to 1 over the units of a row: e^z / Σ e^z.")]
public sealed record SoftmaxSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "softmax";

    /// <inheritdoc />
    internal override Expression? Formula => null;

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new Softmax<T>();
}

internal sealed class Softmax<T> : Activation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override bool NeedsSum => false;

    public override void Forward(ReadOnlySpan<T> z, int units, Span<T> y) => Kernels.Softmax.Rows(z, units, y);

    // dzⱼ = Σᵢ dyᵢ yᵢ (δᵢⱼ − yⱼ) = yⱼ (dyⱼ − Σᵢ dyᵢ yᵢ)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Backward(ReadOnlySpan<T> z, ReadOnlySpan<T> y, ReadOnlySpan<T> yGradient, int units, Span<T> zGradient)
    {
        for (var row = 0; row < y.Length; row += units)
        {
            var share = y.Slice(row, units);
            var gradient = yGradient.Slice(row, units);
            var mean = T.CreateTruncating(Reductions.Dot(share, gradient));
            for (var i = 0; i < units; i++)
                zGradient[row + i] = share[i] * (gradient[i] - mean);
        }
    }
}
