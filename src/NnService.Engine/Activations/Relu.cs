using System.ComponentModel;
using System.Runtime.Intrinsics;

namespace NnService.Engine.Activations;

/// <summary>y = max(0, z), y′ = 1 where z &gt; 0, else 0 (0 at 0).</summary>
[Description("y = max(0, z).")]
public sealed record ReluSpec : ActivationSpec
{
    /// <inheritdoc />
    public override string Type => "relu";

    /// <inheritdoc />
    internal override Expression Formula => Expression.Max(0, Expression.Z);

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new ElementwiseActivation<T, Kernel<T>>(default);

    private readonly struct Kernel<T> : IActivationFormula<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        public static bool NeedsSum => false;

        // Not the maximum: that of IEEE 754, which minds NaN and the sign of zero, takes four instructions, and this passes NaN on as well.
        public Vector512<T> Value(Vector512<T> z) => Vector512.ConditionalSelect(Vector512.LessThanOrEqual(z, Vector512<T>.Zero), Vector512<T>.Zero, z);

        public Vector512<T> Derivative(Vector512<T> z, Vector512<T> y) => Vector512.GreaterThan(y, Vector512<T>.Zero) & Vector512<T>.One;
    }
}
