using System.ComponentModel;
using NnService.Engine.Random;

namespace NnService.Engine.Initializers;

/// <summary>U(−a, a) with a = √(6 / inputs). Source: He et al. 2015, section 2.2.</summary>
[Description("Uniform in ±√(6 / inputs), for relu and its kin.")]
public sealed record HeUniformSpec : InitializerSpec
{
    /// <inheritdoc />
    public override string Type => "heUniform";

    /// <inheritdoc />
    public override double Draw(RandomStream random, ulong index, int inputs, int units) =>
        Math.Sqrt(6.0 / inputs) * ((2 * random.Uniform(index)) - 1);
}
