using System.Numerics;
using System.Text.Json.Serialization;
using NnService.Engine.Specs;

namespace NnService.Engine.Losses;

/// <summary>A loss as asked for; <see cref="Build{T}"/> makes the function that computes.</summary>
[JsonConverter(typeof(SpecConverter<LossSpec>))]
public abstract record LossSpec : Spec, ISpecFamily<LossSpec>
{
    /// <inheritdoc />
    public static SpecList<LossSpec> Known { get; } = new(
        "loss",
        new MeanSquaredErrorSpec(),
        new HalfSumSquaredErrorSpec(),
        new MeanAbsoluteErrorSpec(),
        new HuberSpec(),
        new BinaryCrossEntropySpec(),
        new SoftmaxCrossEntropySpec());

    /// <summary>
    /// What turns the network's last weighted sums into its answer where the loss is a cross-entropy: the loss then reads the sums themselves (logits),
    /// which is exact where the answer has long rounded to 0 or 1.
    /// </summary>
    [JsonIgnore]
    public virtual OutputLink Link => OutputLink.Identity;

    /// <summary>The function that computes, reading logits where <see cref="Link"/> is not the identity.</summary>
    public abstract Loss<T> Build<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>
    /// The same loss read from the network's answers, as textbooks write it: for a cross-entropy from probabilities, for any other loss <see cref="Build{T}"/>.
    /// To explain, not to train: the digits of probabilities near 0 and 1 are lost.
    /// </summary>
    public virtual Loss<T> BuildOnAnswers<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Build<T>();
}

/// <summary>The function between the trained network's output and the answer a caller sees.</summary>
public enum OutputLink
{
    /// <summary>The output is the answer.</summary>
    Identity,

    /// <summary>Outputs are logits; each answer is 1 / (1 + e⁻ᶻ).</summary>
    Sigmoid,

    /// <summary>Outputs are logits; a row's answers are their softmax.</summary>
    Softmax,
}
