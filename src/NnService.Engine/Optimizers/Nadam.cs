using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using static NnService.Engine.Optimizers.UpdateRule;

namespace NnService.Engine.Optimizers;

/// <summary>Adam with Nesterov momentum. Source: Dozat 2016, algorithm 2, with the momentum's schedule as PyTorch has it.</summary>
[Description("Nadam: Adam that looks ahead along its momentum.")]
public sealed record NadamSpec : OptimizerSpec
{
    /// <inheritdoc />
    public override string Type => "nadam";

    /// <summary>β₁</summary>
    [Description("Memory of the gradient's running mean.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂</summary>
    [Description("Memory of the squared gradient's running mean.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε</summary>
    [Description("Keeps the divisor away from 0.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>ψ</summary>
    [Description("How fast the momentum rises to beta1.")]
    [Range(0, double.MaxValue)]
    public double MomentumDecay { get; init; } = 0.004;

    /// <inheritdoc />
    public override Optimizer<T> Build<T>(int length) => new Nadam<T>(this, length);
}

/// <summary>
/// μₜ = β₁ (1 − ½ · 0.96^(t ψ));  g += λ p;  m = β₁ m + (1 − β₁) g;  v = β₂ v + (1 − β₂) g²;
/// p −= η ((1 − μₜ) / (1 − μ₁…μₜ) · g + μₜ₊₁ / (1 − μ₁…μₜ₊₁) · m) / (√(v / (1 − β₂ᵗ)) + ε).
/// </summary>
internal sealed class Nadam<T>(NadamSpec spec, int length) : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double _fade = Transcendentals.Exp(spec.MomentumDecay * Transcendentals.Log(0.96)); // 0.96^ψ
    private readonly AlignedVector<T> _mean = new(length);
    private readonly AlignedVector<T> _square = new(length);
    private readonly double[] _powers = [1, 1, 1]; // β₂ᵗ, 0.96^(t ψ), μ₁…μₜ

    public override IReadOnlyList<AlignedVector<T>> Vectors => [_mean, _square];

    public override double[] Scalars => _powers;

    public override void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate)
    {
        _powers[0] *= spec.Beta2;
        _powers[1] *= _fade;
        var momentum = spec.Beta1 * (1 - (0.5 * _powers[1]));
        var next = spec.Beta1 * (1 - (0.5 * _powers[1] * _fade));
        _powers[2] *= momentum;
        var ofGradient = learningRate * (1 - momentum) / (1 - _powers[2]);
        var ofMean = learningRate * next / (1 - (_powers[2] * next));
        Apply(new Rule(spec, ofGradient, ofMean, 1 / Math.Sqrt(1 - _powers[0])), parameters, gradient, _mean, _square, []);
    }

    private readonly struct Rule(NadamSpec spec, double ofGradient, double ofMean, double correction) : IUpdateRule<T>
    {
        private readonly Vector512<T> _ofGradient = Constant<T>(ofGradient);
        private readonly Vector512<T> _ofMean = Constant<T>(ofMean);
        private readonly Vector512<T> _correction = Constant<T>(correction);
        private readonly Vector512<T> _decay = Constant<T>(spec.WeightDecay);
        private readonly Vector512<T> _beta1 = Constant<T>(spec.Beta1);
        private readonly Vector512<T> _rest1 = Constant<T>(1 - spec.Beta1);
        private readonly Vector512<T> _beta2 = Constant<T>(spec.Beta2);
        private readonly Vector512<T> _rest2 = Constant<T>(1 - spec.Beta2);
        private readonly Vector512<T> _epsilon = Constant<T>(spec.Epsilon);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> m, ref Vector512<T> v, ref Vector512<T> third)
        {
            var g = gradient + (_decay * p);
            m = (_beta1 * m) + (_rest1 * g);
            v = (_beta2 * v) + (_rest2 * g * g);
            return p - (((_ofGradient * g) + (_ofMean * m)) / ((Vector512.Sqrt(v) * _correction) + _epsilon));
        }
    }
}
