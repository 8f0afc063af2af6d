using System.ComponentModel;
using NnService.Engine.Random;

namespace NnService.Engine.Initializers;

/// <summary>All zeros, the usual start of biases.</summary>
[Description("All zeros, the usual start of biases.")]
public sealed record ZerosSpec : InitializerSpec
{
    /// <inheritdoc />
    public override string Type => "zeros";

    /// <inheritdoc />
    public override double Draw(RandomStream random, ulong index, int inputs, int units) => 0;
}
