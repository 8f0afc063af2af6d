using System.ComponentModel;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Activations;

/// <summary>y = tanh z, y′ = 1 − y².</summary>
[Description("y = tanh z: between -1 and 1.")]
public sealed record TanhSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "tanh";

    /// <inheritdoc />
    internal override Expression Formula => Expression.Tanh(Expression.Z);

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new ElementwiseActivation<T, Kernel<T>>(default);

    private readonly struct Kernel<T> : IActivationFormula<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        public static bool NeedsSum => false;

        public Vector512<T> Value(Vector512<T> z) => Transcendentals.Tanh(z);

        public Vector512<T> Derivative(Vector512<T> z, Vector512<T> y) => Vector512<T>.One - (y * y);
    }
}
