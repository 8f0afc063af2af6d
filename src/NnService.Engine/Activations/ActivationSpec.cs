using System.Numerics;
using System.Text.Json.Serialization;
using NnService.Engine.Specs;

namespace NnService.Engine.Activations;

/// <summary>An activation as asked for; <see cref="Build{T}"/> makes the function that computes.</summary>
[JsonConverter(typeof(SpecConverter<ActivationSpec>))]
public abstract record ActivationSpec : Spec, ISpecFamily<ActivationSpec>
{
    /// <inheritdoc />
    public static SpecList<ActivationSpec> Known { get; } = new(
        "activation",
        new LinearSpec(),
        new SigmoidSpec(),
        new TanhSpec(),
        new ReluSpec(),
        new LeakyReluSpec(),
        new EluSpec(),
        new GeluSpec(),
        new SiluSpec(),
        new SoftplusSpec(),
        new SoftmaxSpec());

    /// <summary>y = f(z) written down, from which text, LaTeX, C and ONNX are made; null where y looks at more than one number of the row.</summary>
    internal abstract Expression? Formula { get; }

    /// <summary>The function that computes.</summary>
    public abstract Activation<T> Build<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
