using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using static NnService.Engine.Optimizers.UpdateRule;

namespace NnService.Engine.Optimizers;

/// <summary>Steps that shrink with all squared gradients so far. Source: Duchi, Hazan, Singer 2011; ε inside the quotient as PyTorch has it.</summary>
[Description("Adagrad: each parameter's steps shrink with its squared gradients so far.")]
public sealed record AdagradSpec : OptimizerSpec
{
    /// <inheritdoc />
    public override string Type => "adagrad";

    /// <summary>ε</summary>
    [Description("Keeps the divisor away from 0.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Epsilon { get; init; } = 1e-10;

    /// <inheritdoc />
    public override Optimizer<T> Build<T>(int length) => new Adagrad<T>(this, length);
}

/// <summary>g += λ p;  s += g²;  p −= η g / (√s + ε).</summary>
internal sealed class Adagrad<T>(AdagradSpec spec, int length) : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AlignedVector<T> _sum = new(length);

    public override IReadOnlyList<AlignedVector<T>> Vectors => [_sum];

    public override void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate) =>
        Apply(
            new Rule(Constant<T>(learningRate), Constant<T>(spec.WeightDecay), Constant<T>(spec.Epsilon)), parameters, gradient, _sum, [], []);

    private readonly struct Rule(Vector512<T> rate, Vector512<T> decay, Vector512<T> epsilon) : IUpdateRule<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> p, Vector512<T> gradient, ref Vector512<T> sum, ref Vector512<T> second, ref Vector512<T> third)
        {
            var g = gradient + (decay * p);
            sum += g * g;
            return p - (rate * g / (Vector512.Sqrt(sum) + epsilon));
        }
    }
}
