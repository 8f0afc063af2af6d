using System.ComponentModel;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Activations;

/// <summary>y = 1 / (1 + e⁻ᶻ), y′ = y (1 − y).</summary>
[Description("y = 1 / (1 + e^-z): between 0 and 1.")]
public sealed record SigmoidSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "sigmoid";

    /// <inheritdoc />
    internal override Expression Formula => Expression.Sigmoid(Expression.Z);

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new ElementwiseActivation<T, Kernel<T>>(default);

    private readonly struct Kernel<T> : IActivationFormula<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        public static bool NeedsSum => false;

        public Vector512<T> Value(Vector512<T> z) => Transcendentals.Sigmoid(z);

        public Vector512<T> Derivative(Vector512<T> z, Vector512<T> y) => y * (Vector512<T>.One - y);
    }
}
