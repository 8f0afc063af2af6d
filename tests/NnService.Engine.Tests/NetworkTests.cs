using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Losses;

namespace NnService.Engine.Tests;

public sealed class NetworkTests
{
    [Fact]
    public void A_layer_behind_a_sigmoid_keeps_a_cross_entropy_from_its_logits()
    {
        var spec = With(new SigmoidSpec(), new DropoutSpec());
        Assert.False(spec.EndsInSigmoid);
        var refusal = Assert.Throws<ArgumentException>(() => Network<double>.Build(spec, link: OutputLink.Sigmoid));
        Assert.StartsWith("The loss reads logits, but a layer stands behind the last dense layer's sigmoid", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layer_behind_a_linear_output_hands_on_logits()
    {
        var spec = With(new LinearSpec(), new LayerNormalizationSpec());
        Assert.True(spec.EndsInLinear);
        Assert.Equal(2, Network<double>.Build(spec, link: OutputLink.Softmax).Outputs);
    }

    [Fact]
    public void Parameters_and_state_are_named_by_layer()
    {
        var network = Network<double>.Build(new NetworkSpec
        {
            Inputs = 3,
            Layers = [new DenseSpec { Units = 2 }, new BatchNormalizationSpec(), new DropoutSpec(), new LayerNormalizationSpec(), new DenseSpec { Units = 1 }],
        });
        Assert.Equal(
            [
                ("layers[0].weights", 0, 6), ("layers[0].bias", 6, 2), ("layers[1].scale", 8, 2), ("layers[1].shift", 10, 2),
                ("layers[3].scale", 12, 2), ("layers[3].shift", 14, 2), ("layers[4].weights", 16, 2), ("layers[4].bias", 18, 1),
            ],
            network.Slices.Select(slice => (slice.Name, slice.Offset, slice.Count)));
        Assert.Equal(
            [("layers[1].runningMean", 0, 2), ("layers[1].runningVariance", 2, 2)],
            network.StateSlices.Select(slice => (slice.Name, slice.Offset, slice.Count)));
        Assert.Equal(19, network.ParameterCount);
        Assert.Equal(4, network.StateCount);
        Assert.Equal(2, network.LeastBatchSize);
    }

    private static NetworkSpec With(ActivationSpec output, LayerSpec behind) =>
        new() { Inputs = 2, Layers = [new DenseSpec { Units = 2, Activation = output }, behind] };
}
