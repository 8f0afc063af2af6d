using NnService.Engine.Kernels;
using NnService.Engine.Losses;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

public sealed class LinearFitTests
{
    [Fact]
    public void Ridge_regression_solves_its_normal_equations()
    {
        // x = 0, 1, 2, 3; y = 1, 3, 5, 9. Centred: Σxy = 13, Σx² = 5, so w = 13 / (5 + 1) and b = 4.5 − 1.5 w.
        var found = LinearFit.Parameters(new Samples<double>([0, 1, 2, 3], 1, [1, 3, 5, 9], 1), new MeanSquaredErrorSpec(), null);

        Assert.Equal(13.0 / 6, found[0], 1e-4);
        Assert.Equal(4.5 - (1.5 * 13 / 6), found[1], 1e-4);
    }

    [Fact]
    public void Row_weights_count_like_repeated_rows()
    {
        var weighted = LinearFit.Parameters(new Samples<double>([-1, 0, 2], 1, [0, 1, 1], 1, [2, 1, 3]), new BinaryCrossEntropySpec(), null);
        var repeated = LinearFit.Parameters(new Samples<double>([-1, -1, 0, 2, 2, 2], 1, [0, 0, 1, 1, 1, 1], 1), new BinaryCrossEntropySpec(), null);

        Assert.Equal(repeated[0], weighted[0], 1e-4);
        Assert.Equal(repeated[1], weighted[1], 1e-4);
    }

    [Fact]
    public void Several_threads_find_the_same_bits()
    {
        const int Rows = 3000, Inputs = 40, Outputs = 5;
        var inputs = Enumerable.Range(0, Rows * Inputs).Select(i => (float)((i * 7919L % 1009 / 504.0) - 1)).ToArray();
        var targets = new float[Rows * Outputs];
        for (var row = 0; row < Rows; row++)
            targets[(row * Outputs) + (row * 31 % Outputs)] = 1;
        var samples = new Samples<float>(inputs, Inputs, targets, Outputs);

        using var team = new Team(2);
        var alone = LinearFit.Parameters(samples, new SoftmaxCrossEntropySpec(), null);
        var together = LinearFit.Parameters(samples, new SoftmaxCrossEntropySpec(), team);

        Assert.Equal(alone, together);
        Assert.Contains(alone, parameter => parameter != 0);
    }
}
