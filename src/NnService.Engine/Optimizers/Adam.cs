using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using static NnService.Engine.Optimizers.UpdateRule;

namespace NnService.Engine.Optimizers;

/// <summary>What Adam and AdamW are asked for with.</summary>
public abstract record AdamFamilySpec : OptimizerSpec
{
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

    /// <summary>Whether the greatest v so far divides.</summary>
    [Description("Whether the divisor never shrinks.")]
    public bool Amsgrad { get; init; }
}

/// <summary>Adam with weight decay in the gradient. Source: Kingma and Ba 2015, algorithm 1; amsgrad: Reddi, Kale, Kumar 2018.</summary>
[Description("Adam: steps scaled by running means of the gradient and of its square.")]
public sealed record AdamSpec : AdamFamilySpec
{
    /// <inheritdoc />
    public override string Type => "adam";

    /// <inheritdoc />
    public override Optimizer<T> Build<T>(int length) => new Adam<T>(this, decoupledDecay: false, length);
}

/// <summary>Adam with weight decay apart from the gradient. Source: Loshchilov and Hutter 2019, algorithm 2.</summary>
[Description("Adam with weight decay apart from the gradient.")]
public sealed record AdamWSpec : AdamFamilySpec
{
    /// <inheritdoc />
    public override string Type => "adamw";

    /// <inheritdoc />
    [Description("Pulls every parameter towards 0 by this share of the learning rate.")]
    [Range(0, double.MaxValue)]
    public override double WeightDecay { get; init; } = 0.01;

    /// <inheritdoc />
    public override Optimizer<T> Build<T>(int length) => new Adam<T>(this, decoupledDecay: true, length);
}

/// <summary>
/// m = β₁ m + (1 − β₁) g;  v = β₂ v + (1 − β₂) g²;  p −= η · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε).
/// Decay: g += λ p before, or decoupled p −= η λ p before the step. Amsgrad divides by the greatest v so far.
/// </summary>
internal sealed class Adam<T>(AdamFamilySpec spec, bool decoupledDecay, int length) : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedVector<T> _mean = new(length);
    private readonly AlignedVector<T> _square = new(length);
    private readonly AlignedVector<T> _greatest = new(spec.Amsgrad ? length : 0);
    private readonly double[] _powers = [1, 1]; // β₁ᵗ, β₂ᵗ

    public override IReadOnlyList<AlignedVector<T>> Vectors => spec.Amsgrad ? [_mean, _square, _greatest] : [_mean, _square];

    public override double[] Scalars => _powers;

    public override void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate)
    {
        _powers[0] *= spec.Beta1;
        _powers[1] *= spec.Beta2;
        Apply(new Rule(spec, decoupledDecay, learningRate, _powers[0], _powers[1]), parameters, gradient, _mean, _square, _greatest);
    }

    // √(v / c₂) = √v / √c₂, so both corrections are one number each for the whole vector.
    private readonly struct Rule(AdamFamilySpec spec, bool decoupledDecay, double learningRate, double power1, double power2) : IUpdateRule<T>
    {
        private readonly Vector512<T> _rate = Constant<T>(learningRate / (1 - power1));
        private readonly Vector512<T> _correction = Constant<T>(1 / Math.Sqrt(1 - power2));
        private readonly Vector512<T> _decay = Constant<T>(decoupledDecay ? 0 : spec.WeightDecay);
        private readonly Vector512<T> _keep = Constant<T>(decoupledDecay ? 1 - (learningRate * spec.WeightDecay) : 1);
        private readonly Vector512<T> _beta1 = Constant<T>(spec.Beta1);
        private readonly Vector512<T> _rest1 = Constant<T>(1 - spec.Beta1);
        private readonly Vector512<T> _beta2 = Constant<T>(spec.Beta2);
        private readonly Vector512<T> _rest2 = Constant<T>(1 - spec.Beta2);
        private readonly Vector512<T> _epsilon = Constant<T>(spec.Epsilon);
        private readonly bool _amsgrad = spec.Amsgrad;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> m, ref Vector512<T> v, ref Vector512<T> greatest)
        {
            var g = gradient + (_decay * p);
            m = (_beta1 * m) + (_rest1 * g);
            v = (_beta2 * v) + (_rest2 * g * g);
            var divisor = v;
            if (_amsgrad)
                divisor = greatest = Vector512.Max(greatest, v);
            return (_keep * p) - (_rate * m / ((Vector512.Sqrt(divisor) * _correction) + _epsilon));
        }
    }
}
