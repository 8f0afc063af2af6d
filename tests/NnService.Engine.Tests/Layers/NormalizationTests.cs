using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Layers;

public sealed class NormalizationTests
{
    private const int Digits = 12;

    [Fact]
    public void A_minibatch_is_normalized_by_its_own_mean_and_biased_variance()
    {
        var network = Built(new BatchNormalizationSpec(), 1);
        var state = State(network);
        var output = Forward(network, [1, 3], state, training: true);
        Assert.Equal(-0.9999950000374997, output[0], Digits);
        Assert.Equal(0.9999950000374997, output[1], Digits);
    }

    [Fact]
    public void Running_statistics_take_a_tenth_of_the_mean_and_of_the_unbiased_variance()
    {
        var network = Built(new BatchNormalizationSpec(), 1);
        var state = State(network);
        Forward(network, [1, 3], state, training: true);
        Assert.Equal(0.2, state[0], Digits);
        Assert.Equal(1.1, state[1], Digits);
        Assert.Equal(["layers[0].runningMean", "layers[0].runningVariance"], network.StateSlices.Select(slice => slice.Name));
    }

    [Fact]
    public void Inference_normalizes_by_the_running_statistics_and_leaves_them()
    {
        var network = Built(new BatchNormalizationSpec(), 1);
        double[] state = [0.2, 1.1];
        var output = Forward(network, [1, 3], state, training: false);
        Assert.Equal(0.762766604283425, output[0], Digits);
        Assert.Equal(2.669683114991987, output[1], Digits);
        Assert.Equal([0.2, 1.1], state);
    }

    [Fact]
    public void A_row_left_alone_at_the_end_of_an_epoch_is_normalized_by_the_running_statistics()
    {
        var network = Built(new BatchNormalizationSpec(), 1);
        double[] state = [0.2, 1.1];
        Assert.Equal(2.669683114991987, Forward(network, [3], state, training: true)[0], Digits);
        Assert.Equal([0.2, 1.1], state);
    }

    [Fact]
    public void A_trainer_refuses_batch_normalization_of_single_rows_and_bears_one_left_over()
    {
        var network = Network<double>.Build(new NetworkSpec
        {
            Inputs = 1,
            Layers = [new DenseSpec { Units = 2 }, new BatchNormalizationSpec(), new DenseSpec { Units = 1 }],
        });
        var samples = new MemorySamples<double>([1, 2, 3, 4, 5], 1, [1, 2, 3, 4, 5], 1);
        Trainer<double> Of(int batchSize) => new(network, samples, null, RowOrder.Sequential(5), new TrainerOptions
        {
            Loss = new MeanSquaredErrorSpec(),
            Optimizer = new SgdSpec(),
            Epochs = 3,
            BatchSize = batchSize,
        });

        var refusal = Assert.Throws<ArgumentException>(() => Of(1));
        Assert.Contains("at least 2 rows", refusal.Message, StringComparison.Ordinal);
        var outcome = Of(2).Run();
        Assert.Equal(TrainingEnd.Completed, outcome.End);
        Assert.True(double.IsFinite(outcome.Last!.TrainLoss));
    }

    [Fact]
    public void A_row_is_normalized_by_its_own_mean_and_biased_variance()
    {
        var network = Built(new LayerNormalizationSpec(), 4);
        double[] parameters = [1, 1, 1, 2, 0, 0, 0, 10];
        var pass = new NetworkPass<double> { Input = new double[] { 1, 2, 3, 4 }, Rows = 1, Parameters = parameters, State = [], Training = true };
        var output = network.Forward(new Workspace<double>(network, 1, forTraining: false), pass);
        double[] expected = [-1.3416354199689269, -0.447211806656309, 0.447211806656309, 10 + (2 * 1.3416354199689269)];
        for (var i = 0; i < 4; i++)
            Assert.Equal(expected[i], output[i], Digits);
        Assert.Equal(["layers[0].scale", "layers[0].shift"], network.Slices.Select(slice => slice.Name));
    }

    [Theory]
    [InlineData("batchNormalization")]
    [InlineData("layerNormalization")]
    public void Equal_numbers_are_normalized_to_the_shift(string type)
    {
        var network = Built(LayerSpec.Known.Find(type)!, 2);
        Assert.Equal([0, 0, 0, 0], Forward(network, [7, 7, 7, 7], State(network), training: true));
    }

    private static Network<double> Built(LayerSpec layer, int width) => Network<double>.Build(new NetworkSpec { Inputs = width, Layers = [layer] });

    private static double[] State(Network<double> network)
    {
        var state = new double[network.StateCount];
        network.Initialize(0, new double[network.ParameterCount], state);
        return state;
    }

    private static double[] Forward(Network<double> network, double[] x, double[] state, bool training)
    {
        var parameters = new double[network.ParameterCount];
        network.Initialize(0, parameters, new double[network.StateCount]);
        var rows = x.Length / network.Inputs;
        var pass = new NetworkPass<double> { Input = x, Rows = rows, Parameters = parameters, State = state, Training = training };
        return network.Forward(new Workspace<double>(network, rows, forTraining: false), pass).ToArray();
    }
}
