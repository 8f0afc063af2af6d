using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Specs;
using static NnService.Engine.Optimizers.UpdateRule;

namespace NnService.Engine.Optimizers;

/// <summary>Stochastic gradient descent, with momentum (Polyak 1964) and its look-ahead form (Nesterov 1983) as PyTorch writes them.</summary>
[Description("Stochastic gradient descent, plain or with (Nesterov) momentum.")]
public sealed record SgdSpec : OptimizerSpec
{
    /// <inheritdoc />
    public override string Type => "sgd";

    /// <inheritdoc />
    [Description("The step's size, before the schedule.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public override double LearningRate { get; init; } = 0.01;

    /// <summary>Share of the last step that is kept.</summary>
    [Description("Share of the last step that is kept.")]
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Momentum { get; init; }

    /// <summary>Whether the gradient counts once more on top of the momentum.</summary>
    [Description("Whether to look ahead along the momentum; needs a momentum above 0.")]
    public bool Nesterov { get; init; }

    /// <inheritdoc />
    public override void Check(string at, ICollection<SpecProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (Nesterov && Momentum == 0)
            problems.Add(new SpecProblem($"{at}/nesterov", "nesterov needs a momentum above 0."));
    }

    /// <inheritdoc />
    public override Optimizer<T> Build<T>(int length) => new Sgd<T>(this, length);
}

/// <summary>
/// g += λ p;  v = μ v + g;  p −= η v,  or with Nesterov  p −= η (g + μ v).  The state v starts at 0.
/// </summary>
internal sealed class Sgd<T>(SgdSpec spec, int length) : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedVector<T> _velocity = new(spec.Momentum == 0 ? 0 : length);

    public override IReadOnlyList<AlignedVector<T>> Vectors => spec.Momentum == 0 ? [] : [_velocity];

    public override void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate)
    {
        if (spec.Momentum == 0)
            Apply(new Plain(Constant<T>(learningRate), Constant<T>(spec.WeightDecay)), parameters, gradient, [], [], []);
        else
            StepWithMomentum(parameters, gradient, learningRate);
    }

    // Apart, or a plain step would clear room for copies of this one's rule first: 50 stores in a tiny network's step of 60 ns.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StepWithMomentum(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate)
    {
        var rule = new WithMomentum(Constant<T>(learningRate), Constant<T>(spec.WeightDecay), Constant<T>(spec.Momentum), spec.Nesterov);
        Apply(rule, parameters, gradient, _velocity, [], []);
    }

    private readonly struct Plain(Vector512<T> rate, Vector512<T> decay) : IUpdateRule<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> first, ref Vector512<T> second, ref Vector512<T> third) =>
            p - (rate * (gradient + (decay * p)));
    }

    private readonly struct WithMomentum(Vector512<T> rate, Vector512<T> decay, Vector512<T> momentum, bool nesterov) : IUpdateRule<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> v, ref Vector512<T> second, ref Vector512<T> third)
        {
            var g = gradient + (decay * p);
            v = (momentum * v) + g;
            return p - (rate * (nesterov ? g + (momentum * v) : v));
        }
    }
}
