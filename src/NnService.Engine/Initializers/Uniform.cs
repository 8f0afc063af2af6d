using System.ComponentModel;
using NnService.Engine.Random;
using NnService.Engine.Specs;

namespace NnService.Engine.Initializers;

/// <summary>U(min, max).</summary>
[Description("Uniform between min and max.")]
public sealed record UniformSpec : InitializerSpec
{
    /// <inheritdoc />
    public override string Type => "uniform";

    /// <summary>The smallest value.</summary>
    [Description("The smallest value.")]
    public double Min { get; init; } = -0.05;

    /// <summary>The bound above all values.</summary>
    [Description("The bound above all values.")]
    public double Max { get; init; } = 0.05;

    /// <inheritdoc />
    public override void Check(string at, ICollection<SpecProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (Min > Max)
            problems.Add(new SpecProblem($"{at}/min", $"min is {Min} and max is {Max}; min must not be greater than max."));
    }

    /// <inheritdoc />
    public override double Draw(RandomStream random, ulong index, int inputs, int units) =>
        Min + ((Max - Min) * random.Uniform(index));
}
