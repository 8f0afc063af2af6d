using System.ComponentModel;
using NnService.Engine.Random;

namespace NnService.Engine.Initializers;

/// <summary>U(−a, a) with a = √(6 / (inputs + units)). Source: Glorot and Bengio 2010, equation 16.</summary>
[Description("Uniform in ±√(6 / (inputs + units)), for sigmoid, tanh and softmax.")]
public sealed record GlorotUniformSpec : InitializerSpec
{
    /// <inheritdoc />
    public override string Type => "glorotUniform";

    /// <inheritdoc />
    public override double Draw(RandomStream random, ulong index, int inputs, int units) =>
        Math.Sqrt(6.0 / (inputs + units)) * ((2 * random.Uniform(index)) - 1);
}
