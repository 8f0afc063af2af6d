using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using static NnService.Engine.Optimizers.UpdateRule;

namespace NnService.Engine.Optimizers;

/// <summary>Steps in the parameter's own units, from running means of squared steps and squared gradients. Source: Zeiler 2012, algorithm 1.</summary>
[Description("Adadelta: steps sized by the parameter's own recent steps; often used with a learning rate of 1.")]
public sealed record AdadeltaSpec : OptimizerSpec
{
    /// <inheritdoc />
    public override string Type => "adadelta";

    /// <summary>ρ</summary>
    [Description("Memory of both running means.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Rho { get; init; } = 0.9;

    /// <summary>ε</summary>
    [Description("Keeps the divisor away from 0.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-6;

    /// <inheritdoc />
    public override Optimizer<T> Build<T>(int length) => new Adadelta<T>(this, length);
}

/// <summary>
/// g += λ p;  v = ρ v + (1 − ρ) g²;  Δ = g · √(u + ε) / √(v + ε);  u = ρ u + (1 − ρ) Δ²;  p −= η Δ.
/// </summary>
internal sealed class Adadelta<T>(AdadeltaSpec spec, int length) : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedVector<T> _gradientSquare = new(length);
    private readonly AlignedVector<T> _stepSquare = new(length);

    public override IReadOnlyList<AlignedVector<T>> Vectors => [_gradientSquare, _stepSquare];

    public override void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate) =>
        Apply(new Rule(spec, learningRate), parameters, gradient, _gradientSquare, _stepSquare, []);

    private readonly struct Rule(AdadeltaSpec spec, double learningRate) : IUpdateRule<T>
    {
        private readonly Vector512<T> _rate = Constant<T>(learningRate);
        private readonly Vector512<T> _decay = Constant<T>(spec.WeightDecay);
        private readonly Vector512<T> _rho = Constant<T>(spec.Rho);
        private readonly Vector512<T> _rest = Constant<T>(1 - spec.Rho);
        private readonly Vector512<T> _epsilon = Constant<T>(spec.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> v, ref Vector512<T> u, ref Vector512<T> third)
        {
            var g = gradient + (_decay * p);
            v = (_rho * v) + (_rest * g * g);
            var step = Vector512.Sqrt(u + _epsilon) / Vector512.Sqrt(v + _epsilon) * g;
            u = (_rho * u) + (_rest * step * step);
            return p - (_rate * step);
        }
    }
}
