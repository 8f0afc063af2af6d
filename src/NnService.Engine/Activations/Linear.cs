using System.ComponentModel;
using System.Numerics;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Activations;

/// <summary>y = z, y′ = 1.</summary>
[Description("y = z: the weighted sum as it is.")]
public sealed record LinearSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "linear";

    /// <inheritdoc />
    internal override Expression Formula => Expression.Z;

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

    internal override TResult Build<TResult>(IFormulaBuilder<T, TResult> builder) => builder.Build(default(Formula));

    private readonly struct Formula : IActivationFormula<T>
    {
        public static bool NeedsSum => false;

        public Vector512<T> Value(Vector512<T> z) => z;

        public Vector512<T> Derivative(Vector512<T> z, Vector512<T> y) => Vector512<T>.One;
    }
}
