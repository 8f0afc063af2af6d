using System.ComponentModel;
using NnService.Engine.Random;

namespace NnService.Engine.Initializers;

/// <summary>N(0, σ²) with σ = √(2 / (inputs + units)). Source: Glorot and Bengio 2010.</summary>
[Description("Normal with standard deviation √(2 / (inputs + units)), for sigmoid, tanh and softmax.")]
public sealed record GlorotNormalSpec : InitializerSpec
{
    /// <inheritdoc />
    public override string Type => "glorotNormal";

    /// <inheritdoc />
    public override double Draw(RandomStream random, ulong index, int inputs, int units) =>
        Math.Sqrt(2.0 / (inputs + units)) * random.Normal(index);
}
