using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using NnService.Engine.Random;

namespace NnService.Engine.Initializers;

/// <summary>N(mean, standardDeviation²).</summary>
[Description("Normal with the given mean and standard deviation.")]
public sealed record NormalSpec : InitializerSpec
{
    /// <inheritdoc />
    public override string Type => "normal";

    /// <summary>The mean.</summary>
    [Description("The mean.")]
    public double Mean { get; init; }

    /// <summary>The standard deviation.</summary>
    [Description("The standard deviation.")]
    [Range(0, double.MaxValue)]
    public double StandardDeviation { get; init; } = 1;

    /// <inheritdoc />
    public override double Draw(RandomStream random, ulong index, int inputs, int units) =>
        Mean + (StandardDeviation * random.Normal(index));
}
