using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Text.Json.Serialization;
using NnService.Engine.Specs;

namespace NnService.Engine.Optimizers;

/// <summary>A rule of gradient descent as asked for; <see cref="Build{T}"/> makes the one that computes.</summary>
[JsonConverter(typeof(SpecConverter<OptimizerSpec>))]
public abstract record OptimizerSpec : Spec, ISpecFamily<OptimizerSpec>
{
    /// <inheritdoc />
    public static SpecList<OptimizerSpec> Known { get; } = new(
        "optimizer",
        new SgdSpec(),
        new AdagradSpec(),
        new RmsPropSpec(),
        new AdadeltaSpec(),
        new AdamSpec(),
        new AdamWSpec(),
        new AdamaxSpec(),
        new NadamSpec(),
        new LionSpec());

    /// <summary>The rate before the schedule's factor.</summary>
    [Description("The step's size, before the schedule.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public virtual double LearningRate { get; init; } = 0.001;

    /// <summary>Weight decay.</summary>
    [Description("Pulls every parameter towards 0: this share of it is added to its gradient.")]
    [Range(0, double.MaxValue)]
    public virtual double WeightDecay { get; init; }

    /// <summary>The rule that computes, with its state at zero.</summary>
    /// <param name="length">Elements of the flat parameter vector.</param>
    public abstract Optimizer<T> Build<T>(int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
