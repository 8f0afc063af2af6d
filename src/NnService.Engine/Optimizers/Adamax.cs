using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using static NnService.Engine.Optimizers.UpdateRule;

namespace NnService.Engine.Optimizers;

/// <summary>Adam with the greatest recent gradient as divisor. Source: Kingma and Ba 2015, algorithm 2; ε beside |g| as PyTorch has it.</summary>
[Description("Adamax: Adam with the greatest recent gradient as divisor.")]
public sealed record AdamaxSpec : OptimizerSpec
{
    /// <inheritdoc />
    public override string Type => "adamax";

    /// <summary>β₁</summary>
    [Description("Memory of the gradient's running mean.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂</summary>
    [Description("Memory of the gradient's greatest size.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε</summary>
    [Description("Keeps the divisor away from 0.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <inheritdoc />
    public override Optimizer<T> Build<T>(int length) => new Adamax<T>(this, length);
}

/// <summary>
/// g += λ p;  m = β₁ m + (1 − β₁) g;  u = max(β₂ u, |g| + ε);  p −= η / (1 − β₁ᵗ) · m / u.
/// </summary>
internal sealed class Adamax<T>(AdamaxSpec spec, int length) : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedVector<T> _mean = new(length);
    private readonly AlignedVector<T> _greatest = new(length);
    private readonly double[] _powers = [1]; // β₁ᵗ

    public override IReadOnlyList<AlignedVector<T>> Vectors => [_mean, _greatest];

    public override double[] Scalars => _powers;

    public override void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate)
    {
        _powers[0] *= spec.Beta1;
        Apply(new Rule(spec, learningRate / (1 - _powers[0])), parameters, gradient, _mean, _greatest, []);
    }

    private readonly struct Rule(AdamaxSpec spec, double rate) : IUpdateRule<T>
    {
        private readonly Vector512<T> _rate = Constant<T>(rate);
        private readonly Vector512<T> _decay = Constant<T>(spec.WeightDecay);
        private readonly Vector512<T> _beta1 = Constant<T>(spec.Beta1);
        private readonly Vector512<T> _rest1 = Constant<T>(1 - spec.Beta1);
        private readonly Vector512<T> _beta2 = Constant<T>(spec.Beta2);
        private readonly Vector512<T> _epsilon = Constant<T>(spec.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> m, ref Vector512<T> u, ref Vector512<T> third)
        {
            var g = gradient + (_decay * p);
            m = (_beta1 * m) + (_rest1 * g);
            u = Vector512.Max(_beta2 * u, Vector512.Abs(g) + _epsilon);
            return p - (_rate * m / u);
        }
    }
}
