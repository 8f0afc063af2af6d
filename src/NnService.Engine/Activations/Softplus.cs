using System.ComponentModel;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Activations;

/// <summary>y = ln(1 + eᶻ), y′ = σ(z).</summary>
[Description("y = ln(1 + e^z): a smooth relu.")]
public sealed record SoftplusSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "softplus";

    /// <inheritdoc />
    internal override Expression Formula => Expression.Softplus(Expression.Z);

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new ElementwiseActivation<T, Kernel<T>>(default);

    private readonly struct Kernel<T> : IActivationFormula<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        public static bool NeedsSum => true;

        public Vector512<T> Value(Vector512<T> z) => Transcendentals.Softplus(z);

        public Vector512<T> Derivative(Vector512<T> z, Vector512<T> y) => Transcendentals.Sigmoid(z);
    }
}
