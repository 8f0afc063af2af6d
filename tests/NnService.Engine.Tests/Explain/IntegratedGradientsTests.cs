using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Explain;
using NnService.Engine.Layers;
using NnService.Engine.Losses;

namespace NnService.Engine.Tests.Explain;

public sealed class IntegratedGradientsTests
{
    [Fact]
    public void A_linear_model_gives_each_input_its_weight_times_its_way_in_the_units_of_the_target()
    {
        var network = new NetworkSpec { Layers = [new DenseSpec { Weights = [[2], [-3]], Bias = [1] }] };
        var model = Model(network, new TargetEncoding(TaskKind.Regression, ["price"], shift: [100], scale: [10]), OutputLink.Identity);

        var parts = IntegratedGradients.Of(model, [4, 5], [1, 1], 0, 3);

        Assert.Equal(60, parts.Attributions[0], 1e-12); // 2 · 3 · 10
        Assert.Equal(-120, parts.Attributions[1], 1e-12);
        Assert.Equal(40, parts.Answer, 1e-12); // (8 − 15 + 1) · 10 + 100
        Assert.Equal(100, parts.BaselineAnswer, 1e-12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_parts_add_up_the_better_the_more_steps(bool isLogarithm)
    {
        var network = new NetworkSpec
        {
            Layers = [new DenseSpec { Activation = new TanhSpec(), Weights = [[1, -2], [0.5, 1]], Bias = [0.1, 0.2] },
                new DenseSpec { Weights = [[1.5], [-1]], Bias = [0] }],
        };
        var target = isLogarithm
            ? new TargetEncoding(TaskKind.Regression, ["price"], shift: [2], scale: [0.5], log1p: true)
            : new TargetEncoding(TaskKind.BinaryClassification, ["label"], ["no", "yes"], "yes");
        var model = Model(network, target, isLogarithm ? OutputLink.Identity : OutputLink.Sigmoid);

        Assert.InRange(Error(10), 1e-7, 1e-1);
        Assert.InRange(Error(1000), 0, Error(10) / 5000); // the midpoint rule's error falls with the square

        double Error(int steps)
        {
            var parts = IntegratedGradients.Of(model, [1.2, -0.7], [0, 0], 0, steps);
            return Math.Abs(parts.Attributions.Sum() - (parts.Answer - parts.BaselineAnswer));
        }
    }

    private static TrainedModel Model(NetworkSpec network, TargetEncoding target, OutputLink link) => TrainedModel.FromExplicitWeights(
        new ModelDescription
        {
            Network = network.Settled(2, 1),
            Features = FeatureEncoding.Identity(["a", "b"]),
            Target = target,
            Precision = Precision.Float64,
            Link = link,
        },
        network);
}
