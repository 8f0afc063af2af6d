using System.Text.Json.Serialization;
using NnService.Engine.Random;
using NnService.Engine.Specs;

namespace NnService.Engine.Initializers;

/// <summary>How the starting values of a layer's weights or biases are drawn.</summary>
[JsonConverter(typeof(SpecConverter<InitializerSpec>))]
public abstract record InitializerSpec : Spec, ISpecFamily<InitializerSpec>
{
    /// <inheritdoc />
    public static SpecList<InitializerSpec> Known { get; } = new(
        "initializer",
        new GlorotUniformSpec(),
        new GlorotNormalSpec(),
        new HeUniformSpec(),
        new HeNormalSpec(),
        new NormalSpec(),
        new UniformSpec(),
        new ZerosSpec(),
        new ConstantSpec());

    /// <summary>
    /// The starting value of element <paramref name="index"/> of a layer with <paramref name="inputs"/> inputs and <paramref name="units"/> units.
    /// </summary>
    /// <remarks>A pure function of the stream and the index: the value does not depend on the order in which elements are drawn.</remarks>
    public abstract double Draw(RandomStream random, ulong index, int inputs, int units);
}
