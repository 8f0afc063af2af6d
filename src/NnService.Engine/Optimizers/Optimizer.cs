using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Optimizers;

/// <summary>A rule that moves the parameters against the gradient. Its whole state is some flat vectors and a few float64 numbers.</summary>
public abstract class Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>State vectors, each as long as the parameters, or as a group of them that has a rate of its own.</summary>
    public virtual IReadOnlyList<AlignedVector<T>> Vectors => [];

    /// <summary>State numbers.</summary>
    public virtual double[] Scalars => [];

    /// <summary>One step: updates <paramref name="parameters"/> in place.</summary>
    /// <param name="parameters">The flat parameter vector.</param>
    /// <param name="gradient">∂L/∂parameters of the minibatch, as long as the parameters.</param>
    /// <param name="learningRate">The rate of this step, after the schedule.</param>
    public abstract void Step(Span<T> parameters, ReadOnlySpan<T> gradient, double learningRate);

    /// <summary>The state numbers of all groups of parameters; one array where there is one group.</summary>
    internal virtual IReadOnlyList<double[]> AllScalars => [Scalars];

    /// <summary>Threads to share a step of many parameters with; null for the caller's alone. No effect on the result.</summary>
    private Team? Team { get; set; }

    /// <summary>Has a step of many parameters shared with threads; null: with none.</summary>
    internal virtual void ShareWith(Team? team) => Team = team;

    // parameters [n]   gradient [n]   first, second, third [n] or empty   →   parameters, first, second, third
    private protected void Apply<TRule>(in TRule rule, Span<T> parameters, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, Span<T> third)
        where TRule : unmanaged, IUpdateRule<T> => UpdateRule.Apply(rule, parameters, gradient, first, second, third, Team);
}
