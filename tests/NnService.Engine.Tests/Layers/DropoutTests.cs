using NnService.Engine.Layers;

namespace NnService.Engine.Tests.Layers;

public sealed class DropoutTests
{
    private const int Width = 1000;

    [Fact]
    public void Dropped_numbers_are_0_and_the_others_are_scaled_by_one_over_the_share_kept()
    {
        var output = Forward(rate: 0.2, rows: 20);
        Assert.All(output, y => Assert.True(y is 0 or 1.25, $"{y}"));
        // 20,000 draws: the share's standard deviation is 0.0028.
        Assert.InRange(output.Count(y => y == 0) / 20_000.0, 0.19, 0.21);
    }

    [Fact]
    public void The_mask_is_a_function_of_seed_layer_step_and_element()
    {
        var mask = Forward(step: 7);
        Assert.Equal(mask, Forward(step: 7));
        Assert.Equal(mask, Forward(step: 7, rows: 3)[..Width]);
        Assert.NotEqual(mask, Forward(step: 8));
        Assert.NotEqual(mask, Forward(step: 7 + (1L << 31)));
        Assert.NotEqual(mask, Forward(step: 7, seed: 1));
        Assert.NotEqual(mask, Forward(step: 7, behind: 1));
    }

    [Fact]
    public void Inference_leaves_the_numbers_alone() => Assert.All(Forward(training: false), y => Assert.Equal(1, y));

    [Fact]
    public void The_gradient_passes_where_the_number_passed()
    {
        var network = Build(0.5, 1);
        var workspace = new Workspace<double>(network, 1, forTraining: true);
        var pass = Pass(1, training: true, step: 0, seed: 0);
        var output = network.Forward(workspace, pass).ToArray();
        var (gradient, inputGradient) = (new double[Width], new double[Width]);
        Array.Fill(gradient, 3);
        network.Backward(workspace, pass, gradient, [], inputGradient);
        Assert.Equal(output.Select(y => 3 * y), inputGradient);
    }

    private static double[] Forward(double rate = 0.5, int rows = 1, bool training = true, long step = 0, ulong seed = 0, int behind = 0)
    {
        var network = Build(rate, behind + 1);
        return network.Forward(new Workspace<double>(network, rows, forTraining: false), Pass(rows, training, step, seed)).ToArray();
    }

    // Dropout layers of rate 0 in front leave the numbers as they are and give the last one another place.
    private static Network<double> Build(double rate, int layers) => Network<double>.Build(new NetworkSpec
    {
        Inputs = Width,
        Layers = [.. Enumerable.Range(1, layers).Select(layer => new DropoutSpec { Rate = layer == layers ? rate : 0 })],
    });

    private static NetworkPass<double> Pass(int rows, bool training, long step, ulong seed)
    {
        var ones = new double[rows * Width];
        Array.Fill(ones, 1);
        return new NetworkPass<double> { Input = ones, Rows = rows, Parameters = [], State = [], Training = training, Step = step, Seed = seed };
    }
}
