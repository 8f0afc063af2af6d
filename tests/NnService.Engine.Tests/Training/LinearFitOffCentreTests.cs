using NnService.Engine.Losses;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

/// <summary>The linear baseline finds the line wherever the inputs lie.</summary>
public sealed class LinearFitOffCentreTests
{
    private const int Rows = 200;

    [Theory]
    [InlineData(2000, 10)]
    [InlineData(1e4, 10)]
    [InlineData(1e6, 10)]
    [InlineData(-1e6, 1000)]
    [InlineData(0, 1e5)]
    public void A_line_over_inputs_far_from_zero_is_found(double offset, double size)
    {
        double[] x = [.. Enumerable.Range(0, Rows).Select(row => Math.Sin(row))];
        double[] inputs = [.. x.Select(value => offset + (size * value))];
        double[] targets = [.. x.Select(value => 3 * value)];

        var parameters = LinearFit.Parameters(new MemorySamples<double>(inputs, 1, targets, 1), new MeanSquaredErrorSpec(), null);

        // Ridge regression with alpha 1: w = Σ(x − μ)y / (Σ(x − μ)² + 1)
        var (mean, meanTarget) = (inputs.Average(), targets.Average());
        var weight = inputs.Zip(targets, (a, b) => (a - mean) * (b - meanTarget)).Sum() / (inputs.Sum(a => (a - mean) * (a - mean)) + 1);
        Assert.Equal(1, parameters[0] / weight, 6);
        Assert.All(inputs.Zip(targets), row => Assert.Equal(row.Second, (parameters[0] * row.First) + parameters[1], 0.001)); // the penalty's share
    }
}
