using System.ComponentModel;
using System.Numerics;

namespace NnService.Engine.Activations;

/// <summary>y = z, y′ = 1.</summary>
[Description("y = z: the weighted sum as it is.")]
public sealed record LinearSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "linear";

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new Linear<T>();
}

internal sealed class Linear<T> : Activation<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override bool NeedsSum => false;

    public override void Forward(ReadOnlySpan<T> z, int units, Span<T> y)
    {
        if (!z.Overlaps(y))
            z.CopyTo(y);
    }

    public override void Backward(ReadOnlySpan<T> z, ReadOnlySpan<T> y, ReadOnlySpan<T> yGradient, int units, Span<T> zGradient)
    {
        if (!yGradient.Overlaps(zGradient))
            yGradient.CopyTo(zGradient);
    }
}
