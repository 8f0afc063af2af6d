using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using static NnService.Engine.Optimizers.UpdateRule;

namespace NnService.Engine.Optimizers;

/// <summary>Steps of one size along the sign of a mixed momentum, with weight decay apart from the gradient. Source: Chen et al. 2023, algorithm 2.</summary>
[Description("Lion: every parameter moves by the learning rate itself, along the sign of its momentum; wants a smaller rate than Adam.")]
public sealed record LionSpec : OptimizerSpec
{
    /// <inheritdoc />
    public override string Type => "lion";

    /// <summary>β₁</summary>
    [Description("Share of the momentum in the direction of a step.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂</summary>
    [Description("Memory of the momentum.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Beta2 { get; init; } = 0.99;

    /// <inheritdoc />
    [Description("Pulls every parameter towards 0 by this share of the learning rate.")]
    [Range(0, double.MaxValue)]
    public override double WeightDecay { get; init; }

    /// <inheritdoc />
    public override Optimizer<T> Build<T>(int length) => new Lion<T>(this, length);
}

/// <summary>
/// p −= η λ p;  p −= η sign(β₁ m + (1 − β₁) g);  m = β₂ m + (1 − β₂) g.
/// </summary>
internal sealed class Lion<T>(LionSpec spec, int length) : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedVector<T> _momentum = new(length);

    public override IReadOnlyList<AlignedVector<T>> Vectors => [_momentum];

    public override void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate) =>
        Apply(new Rule(spec, learningRate), parameters, gradient, _momentum, [], []);

    private readonly struct Rule(LionSpec spec, double learningRate) : IUpdateRule<T>
    {
        private readonly Vector512<T> _rate = Constant<T>(learningRate);
        private readonly Vector512<T> _keep = Constant<T>(1 - (learningRate * spec.WeightDecay));
        private readonly Vector512<T> _beta1 = Constant<T>(spec.Beta1);
        private readonly Vector512<T> _rest1 = Constant<T>(1 - spec.Beta1);
        private readonly Vector512<T> _beta2 = Constant<T>(spec.Beta2);
        private readonly Vector512<T> _rest2 = Constant<T>(1 - spec.Beta2);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> m, ref Vector512<T> second, ref Vector512<T> third)
        {
            var direction = (_beta1 * m) + (_rest1 * gradient);
            m = (_beta2 * m) + (_rest2 * gradient);
            return (_keep * p) - (_rate * Sign(direction));
        }
    }
}
