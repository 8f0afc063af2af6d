using System.ComponentModel;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Activations;

/// <summary>y = z σ(z), y′ = σ(z) (1 + z (1 − σ(z))). Source: Elfwing, Uchibe, Doya 2018.</summary>
[Description("y = z · sigmoid(z), also known as swish.")]
public sealed record SiluSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "silu";

    /// <inheritdoc />
    internal override Expression Formula => Expression.Z * Expression.Sigmoid(Expression.Z);

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new ElementwiseActivation<T, Kernel<T>>(default);

    private readonly struct Kernel<T> : IActivationFormula<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        public static bool NeedsSum => true;

        public Vector512<T> Value(Vector512<T> z) => z * Transcendentals.Sigmoid(z);

        public Vector512<T> Derivative(Vector512<T> z, Vector512<T> y)
        {
            var s = Transcendentals.Sigmoid(z);
            return s * (Vector512<T>.One + (z * (Vector512<T>.One - s)));
        }
    }
}
