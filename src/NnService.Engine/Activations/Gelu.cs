using System.ComponentModel;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Activations;

/// <summary>
/// y = z Φ(z), y′ = Φ(z) + z φ(z), with Φ and φ the standard normal distribution and density (exact, by erf). Source: Hendrycks and Gimpel 2016.
/// </summary>
[Description("y = z · Φ(z) with the normal distribution Φ, exact by erf.")]
public sealed record GeluSpec : ActivationSpec
{
    private const double SquareRootOfHalf = 0.70710678118654752440;

    /// <inheritdoc />
    public override string Type => "gelu";

    /// <inheritdoc />
    internal override Expression Formula =>
        Expression.Z * (Expression.Over(0.5, "2", "2") * (1 + Expression.Erf(Expression.Z * Expression.Over(SquareRootOfHalf, "√2", @"\sqrt{2}"))));

    /// <inheritdoc />
    public override Activation<T> Build<T>() => new ElementwiseActivation<T, Kernel<T>>(default);

    private readonly struct Kernel<T> : IActivationFormula<T>
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        private const double DensityAtZero = 0.39894228040143267794; // 1 / √(2π)

        public static bool NeedsSum => true;

        public Vector512<T> Value(Vector512<T> z) => z * Distribution(z);

        public Vector512<T> Derivative(Vector512<T> z, Vector512<T> y)
        {
            var density = Constant(DensityAtZero) * Transcendentals.Exp(Constant(-0.5) * z * z);
            return Distribution(z) + (z * density);
        }

        private static Vector512<T> Distribution(Vector512<T> z) =>
            Constant(0.5) * (Vector512<T>.One + Transcendentals.Erf(z * Constant(SquareRootOfHalf)));

        private static Vector512<T> Constant(double value) => Vector512.Create(T.CreateTruncating(value));
    }
}
