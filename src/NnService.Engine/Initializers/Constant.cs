using System.ComponentModel;
using NnService.Engine.Random;

namespace NnService.Engine.Initializers;

/// <summary>All the same value.</summary>
[Description("All the same value.")]
public sealed record ConstantSpec : InitializerSpec
{
    /// <inheritdoc />
    public override string Type => "constant";

    /// <summary>The value.</summary>
    [Description("The value.")]
    public double Value { get; init; }

    /// <inheritdoc />
    public override double Draw(RandomStream random, ulong index, int inputs, int units) => Value;
}
