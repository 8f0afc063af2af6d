using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Optimizers;

/// <summary>Neighbouring parameters with a learning rate of their own.</summary>
/// <param name="Length">How many.</param>
/// <param name="Multiplier">What the learning rate is multiplied with.</param>
public readonly record struct RateGroup(int Length, double Multiplier);

/// <summary>The same rule for groups of parameters whose learning rates differ by a factor; each group has its own state.</summary>
internal sealed class GroupedOptimizer<T> : Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly (Optimizer<T> Rule, RateGroup Group)[] _parts;

    private GroupedOptimizer(OptimizerSpec spec, IReadOnlyList<RateGroup> groups) => _parts = [.. groups.Select(group => (spec.Build<T>(group.Length), group))];

    public override IReadOnlyList<AlignedVector<T>> Vectors => [.. _parts.SelectMany(part => part.Rule.Vectors)];

    internal override IReadOnlyList<double[]> AllScalars => [.. _parts.Select(part => part.Rule.Scalars)];

    /// <summary>The rule for all parameters; by groups only where a rate differs.</summary>
    /// <param name="spec">The rule.</param>
    /// <param name="length">Numbers that it moves.</param>
    /// <param name="groups">The groups of the flat parameter vector in their order.</param>
    public static Optimizer<T> Of(OptimizerSpec spec, int length, IReadOnlyList<RateGroup> groups) =>
        groups.All(group => group.Multiplier == 1) ? spec.Build<T>(length) : new GroupedOptimizer<T>(spec, groups);

    public override void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate)
    {
        var start = 0;
        foreach (var (rule, group) in _parts)
        {
            rule.Step(parameters.Slice(start, group.Length), gradient.Slice(start, group.Length), learningRate * group.Multiplier);
            start += group.Length;
        }
    }

    internal override void ShareWith(Team? team)
    {
        foreach (var (rule, _) in _parts)
            rule.ShareWith(team);
    }
}
