using System.ComponentModel;
using NnService.Engine.Random;

namespace NnService.Engine.Initializers;

/// <summary>N(0, σ²) with σ = √(2 / inputs). Source: He et al. 2015, equation 10.</summary>
[Description("Normal with standard deviation √(2 / inputs), for relu and its kin.")]
public sealed record HeNormalSpec : InitializerSpec
{
    /// <inheritdoc />
    public override string Type => "heNormal";

    /// <inheritdoc />
    public override double Draw(RandomStream random, ulong index, int inputs, int units) =>
        Math.Sqrt(2.0 / inputs) * random.Normal(index);
}
