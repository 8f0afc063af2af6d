using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using static NnService.Engine.Optimizers.UpdateRule;

namespace NnService.Engine.Optimizers;

/// <summary>Steps scaled by the running mean of the squared gradient. Source: Hinton 2012, lecture 6; centered: Graves 2013, section 4.2.</summary>
[Description("RMSprop: steps scaled by the running mean of the squared gradient.")]
public sealed record RmsPropSpec : OptimizerSpec
{
    /// <inheritdoc />
    public override string Type => "rmsprop";

    /// <summary>α</summary>
    [Description("Memory of the squared gradient's running mean.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Decay { get; init; } = 0.99;

    /// <summary>ε</summary>
    [Description("Keeps the divisor away from 0.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Whether the divisor is the standard deviation of the gradient instead.</summary>
    [Description("Whether the divisor is the standard deviation of the gradient instead.")]
    public bool Centered { get; init; }

    /// <summary>Share of the last step that is kept.</summary>
    [Description("Share of the last step that is kept.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Momentum { get; init; }

    /// <inheritdoc />
    public override Optimizer<T> Build<T>(int length) => new RmsProp<T>(this, length);
}

/// <summary>
/// g += λ p;  v = α v + (1 − α) g²;  p −= η g / (√v + ε);  with momentum  b = μ b + g / (√v + ε);  p −= η b.
/// Centered:  m = α m + (1 − α) g  and √(v − m²) for √v, the difference held at 0 where rounding would make it negative.
/// </summary>
internal sealed class RmsProp<T>(RmsPropSpec spec, int length) : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedVector<T> _square = new(length);
    private readonly AlignedVector<T> _mean = new(spec.Centered ? length : 0);
    private readonly AlignedVector<T> _velocity = new(spec.Momentum == 0 ? 0 : length);

    public override IReadOnlyList<AlignedVector<T>> Vectors => [_square, .. spec.Centered ? (AlignedVector<T>[])[_mean] : [], .. spec.Momentum == 0 ? (AlignedVector<T>[])[] : [_velocity]];

    public override void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate) =>
        Apply(new Rule(spec, learningRate), parameters, gradient, _square, _mean, _velocity);

    private readonly struct Rule(RmsPropSpec spec, double learningRate) : IUpdateRule<T>
    {
        private readonly Vector512<T> _rate = Constant<T>(learningRate);
        private readonly Vector512<T> _decay = Constant<T>(spec.WeightDecay);
        private readonly Vector512<T> _alpha = Constant<T>(spec.Decay);
        private readonly Vector512<T> _rest = Constant<T>(1 - spec.Decay);
        private readonly Vector512<T> _epsilon = Constant<T>(spec.Epsilon);
        private readonly Vector512<T> _momentum = Constant<T>(spec.Momentum);
        private readonly bool _centered = spec.Centered;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> v, ref Vector512<T> m, ref Vector512<T> b)
        {
            var g = gradient + (_decay * p);
            v = (_alpha * v) + (_rest * g * g);
            var variance = v;
            if (_centered)
            {
                m = (_alpha * m) + (_rest * g);
                variance = Vector512.Max(v - (m * m), Vector512<T>.Zero);
            }

            // Without momentum b is g / (√v + ε) itself and is not kept.
            b = (_momentum * b) + (g / (Vector512.Sqrt(variance) + _epsilon));
            return p - (_rate * b);
        }
    }
}
