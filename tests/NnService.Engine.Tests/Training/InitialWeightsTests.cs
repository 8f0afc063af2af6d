using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

public sealed class InitialWeightsTests
{
    private static readonly NetworkSpec s_network = new() { Layers = [new DenseSpec { Units = 3, Activation = new ReluSpec() }, new DenseSpec { Units = 1 }] };

    [Fact]
    public void Weights_are_copied_in_the_precision_of_the_run()
    {
        double[] parameters = [.. Enumerable.Range(0, 13).Select(i => i / 10.0)];
        var copied = new float[13];

        InitialWeights.Copy<float>(Model(parameters), copied, []);

        Assert.Equal(parameters.Select(parameter => (float)parameter), copied);
    }

    [Fact]
    public void Other_shapes_and_kinds_of_layers_do_not_fit()
    {
        TrainedModel model = Model(new double[13]);

        Assert.Null(InitialWeights.WhyUnfit(model, s_network, 2, 1));
        Assert.Equal(
            "The model's layers are 2→3, 3→1, the network's are 4→3, 3→1; a warm start needs the same shapes.",
            InitialWeights.WhyUnfit(model, s_network, 4, 1));
        Assert.NotNull(InitialWeights.WhyUnfit(model, new NetworkSpec { Layers = [.. s_network.Layers, new DropoutSpec { Rate = 0.5 }] }, 2, 1));
        Assert.NotNull(InitialWeights.WhyUnfit(model, new NetworkSpec { Layers = [new DenseSpec { Units = 3, UseBias = false }, s_network.Layers[1]] }, 2, 1));
    }

    [Fact]
    public void Layers_that_exchange_their_biases_do_not_fit()
    {
        static NetworkSpec Biased(bool first, bool second) => new()
        {
            Layers = [new DenseSpec { Units = 3, UseBias = first }, new DenseSpec { Units = 3, UseBias = second }, new DenseSpec { Units = 1 }],
        };
        TrainedModel model = Model(new double[22], Biased(true, false));

        Assert.Null(InitialWeights.WhyUnfit(model, Biased(true, false), 2, 1));
        Assert.Equal(
            "The model's layer 0 is dense (weights 2×3, bias 3), the network's is dense (weights 2×3); a warm start needs the same layers.",
            InitialWeights.WhyUnfit(model, Biased(false, true), 2, 1));
    }

    [Fact]
    public void Other_layers_of_the_same_shape_do_not_fit()
    {
        static NetworkSpec Normalized(LayerSpec normalization) => new() { Layers = [normalization, new DenseSpec { Units = 1 }] };
        TrainedModel model = Model(new double[7], Normalized(new LayerNormalizationSpec()));

        Assert.Equal(
            "The model's layer 0 is layerNormalization (scale 2, shift 2), the network's is batchNormalization (scale 2, shift 2, runningMean 2, "
                + "runningVariance 2); a warm start needs the same layers.",
            InitialWeights.WhyUnfit(model, Normalized(new BatchNormalizationSpec()), 2, 1));
        Assert.Equal(
            "The model's layer 0 is layerNormalization (scale 2, shift 2), the network's is dropout; a warm start needs the same layers.",
            InitialWeights.WhyUnfit(model, Normalized(new DropoutSpec { Rate = 0.5 }), 2, 1));
    }

    private static TrainedModel Model(double[] parameters, NetworkSpec? network = null) => TrainedModel.Create<double>(
        new ModelDescription
        {
            Network = (network ?? s_network).Settled(2, 1),
            Features = FeatureEncoding.Identity(["a", "b"]),
            Target = new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1]),
            Precision = Precision.Float64,
            Loss = new MeanSquaredErrorSpec(),
        },
        parameters,
        []);
}
