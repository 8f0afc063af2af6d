using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

public sealed class DivergenceTests
{
    [Fact]
    public void A_rate_too_high_ends_the_run_in_the_step_whose_loss_overflows()
    {
        var outcome = Run([1, 2, 3, 4, 5], [2, 4, 6, 8, 10], learningRate: 1e200);
        Assert.Equal(TrainingEnd.Diverged, outcome.End);
        AssertSame(new Divergence(DivergedValue.Loss, null, 2, 1, [2, 3]), outcome.Divergence!);
        Assert.Equal("In step 2, epoch 1, with rows 2, 3 (counted from 0), the loss is not a finite number.", outcome.Divergence!.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1.0)]
    public void A_gradient_that_is_not_finite_is_blamed_on_its_own_step_whether_it_is_clipped_or_not(double? clipNorm)
    {
        // Rows 2 and 3: the loss is about 1e300, x · ∂L/∂z about 1e350.
        var outcome = Run([0, 0, 1e200, 1e200, 0], [0, 0, 1e150, 1e150, 0], clipNorm: clipNorm);
        AssertSame(new Divergence(DivergedValue.Gradient, 0, 2, 1, [2, 3]), outcome.Divergence!);
        Assert.Equal(
            "In step 2, epoch 1, with rows 2, 3 (counted from 0), the gradient of layers[0] is not a finite number.", outcome.Divergence!.ToString());
    }

    [Fact]
    public void A_gradient_that_is_not_finite_in_the_last_step_of_an_epoch_is_noticed_without_an_evaluation()
    {
        var outcome = Run([0, 0, 0, 0, 1e200], [0, 0, 0, 0, 1e150], exactTrainLoss: false, epochs: 1);
        AssertSame(new Divergence(DivergedValue.Gradient, 0, 3, 1, [4]), outcome.Divergence!);
        Assert.Equal(
            "In step 3, epoch 1, with row 4 (counted from 0), the gradient of layers[0] is not a finite number.", outcome.Divergence!.ToString());
    }

    [Fact]
    public void A_run_that_is_stopped_after_a_bad_step_has_diverged_too()
    {
        var control = new TrainingControl();
        var outcome = Run([1e200, 1e200, 0, 0, 0], [1e150, 1e150, 0, 0, 0], control: control, progressed: _ => control.Ask(TrainingRequest.Stop));
        AssertSame(new Divergence(DivergedValue.Gradient, 0, 1, 1, [0, 1]), outcome.Divergence!);
    }

    [Fact]
    public void An_update_that_overflows_is_told_from_a_gradient_that_does()
    {
        var outcome = Run([1e150, 1e150, 0, 0, 0], [1e100, 1e100, 0, 0, 0], learningRate: 1e100);
        AssertSame(new Divergence(DivergedValue.Parameters, 0, 1, 1, [0, 1]), outcome.Divergence!);
    }

    [Fact]
    public void A_norm_that_overflows_although_the_gradient_is_finite_ends_a_clipped_run()
    {
        var outcome = Run([1e150, 1e150, 0, 0, 0], [1e100, 1e100, 0, 0, 0], clipNorm: 1);
        AssertSame(new Divergence(DivergedValue.Gradient, null, 1, 1, [0, 1]), outcome.Divergence!);
    }

    [Fact]
    public void The_first_layer_that_overflows_is_named()
    {
        var network = new NetworkSpec
        {
            Inputs = 1,
            Layers = [new DenseSpec { Units = 1 }, new DenseSpec { Weights = [[1e300]] }, new DenseSpec { Units = 1 }],
        };
        var before = Run([1e20, 1e20, 1e20, 1e20, 1e20], new double[5], network: network);
        AssertSame(new Divergence(DivergedValue.Output, 1, 0, 0, []), before.Divergence!);
        Assert.Equal("Before the first step, the output of layers[1] is not a finite number.", before.Divergence!.ToString());
        var within = Run([0, 0, 1e20, 0, 0], new double[5], network: network, exactTrainLoss: false);
        AssertSame(new Divergence(DivergedValue.Output, 1, 2, 1, [2, 3]), within.Divergence!);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void Weights_that_are_not_finite_at_the_start_are_told_from_an_update(int batchSize, bool exactTrainLoss)
    {
        var network = Network<float>.Build(new NetworkSpec { Layers = [new DenseSpec { Weights = [[0]] }, new DenseSpec { Weights = [[1e39]] }] });
        var options = new TrainerOptions
        {
            Loss = new MeanSquaredErrorSpec(),
            Optimizer = new SgdSpec(),
            Epochs = 1,
            BatchSize = batchSize,
            ExactTrainLoss = exactTrainLoss,
        };
        var trainer = new Trainer<float>(network, new MemorySamples<float>([1, 2], 1, [1, 2], 1), null, RowOrder.Sequential(2), options);

        var divergence = trainer.Run().Divergence!;

        AssertSame(new Divergence(DivergedValue.Parameters, 1, 0, 0, []), divergence);
        Assert.Equal("Before the first step, a parameter of layers[1] is not a finite number.", divergence.ToString());
    }

    [Fact]
    public void An_input_that_is_not_a_number_is_told_from_a_layer_that_overflows()
    {
        var outcome = Run([0, double.NaN, 0, 0, 0], new double[5], exactTrainLoss: false);
        AssertSame(new Divergence(DivergedValue.Input, null, 1, 1, [0, 1]), outcome.Divergence!);
    }

    [Fact]
    public void A_loss_that_overflows_over_the_validation_part_ends_the_run_after_its_epoch()
    {
        var outcome = Run([1, 1, 1, 1, 1], [1, 1, 1, 1, 1], validation: new MemorySamples<double>([1], 1, [1e200], 1), exactTrainLoss: false);
        AssertSame(new Divergence(DivergedValue.Loss, null, 3, 1, []), outcome.Divergence!);
        Assert.Equal("After step 3 in epoch 1, the loss is not a finite number.", outcome.Divergence!.ToString());
    }

    [Fact]
    public void Long_minibatches_are_named_by_their_first_rows() => Assert.Equal(
        "In step 1, epoch 1, with rows 0, 1, 2, 3, 4, 5, 6, 7 … (32 rows) (counted from 0), the loss is not a finite number.",
        new Divergence(DivergedValue.Loss, null, 1, 1, [.. Enumerable.Range(0, 32)]).ToString());

    [Fact]
    public void A_minibatch_whose_rows_weigh_nothing_changes_nothing()
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Units = 1 }] });
        var trainer = new Trainer<double>(
            network,
            new MemorySamples<double>([1, 2], 1, [1, 2], 1, [0, 1]),
            null,
            RowOrder.Sequential(2),
            new TrainerOptions { Loss = new MeanSquaredErrorSpec(), Optimizer = new SgdSpec(), Epochs = 1, BatchSize = 1 });
        Assert.Equal(TrainingEnd.Completed, trainer.Run().End);
        Assert.All(trainer.Parameters, p => Assert.True(double.IsFinite(p)));
    }

    [Fact]
    public void An_epoch_whose_rows_weigh_nothing_has_the_loss_of_the_whole_part()
    {
        var network = Network<double>.Build(new NetworkSpec { Layers = [new DenseSpec { Weights = [[0]], UseBias = false }] });
        var options = new TrainerOptions { Loss = new MeanSquaredErrorSpec(), Optimizer = new SgdSpec(), Epochs = 40, BatchSize = 1, ExactTrainLoss = false };
        var trainer = new Trainer<double>(
            network, new MemorySamples<double>([0, 1], 1, [3, 2], 1, [1, 0]), null, RowOrder.WithReplacement(2, visitsPerEpoch: 1, seed: 1), options);
        var losses = new List<double>();

        Assert.Equal(TrainingEnd.Completed, trainer.Run(result => losses.Add(result.TrainLoss)).End);

        Assert.Equal(Enumerable.Repeat(9.0, 40), losses); // of the first row, whether it was drawn or not
    }

    // 1e-39 is a number of float32, and 1 / 1e-39 is not.
    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(1e-39f, 0)]
    public void A_minibatch_whose_rows_weigh_next_to_nothing_changes_nothing(float first, float weight)
    {
        var network = Network<float>.Build(new NetworkSpec { Layers = [new DenseSpec { Weights = [[0]], UseBias = false }] });
        var trainer = new Trainer<float>(
            network,
            new MemorySamples<float>([1, 1], 1, [1, 2], 1, [first, 1e-39f]),
            null,
            RowOrder.Sequential(2),
            new TrainerOptions { Loss = new MeanSquaredErrorSpec(), Optimizer = new SgdSpec { LearningRate = 0.125 }, Epochs = 1, BatchSize = 1 });

        Assert.Equal(TrainingEnd.Completed, trainer.Run().End);

        Assert.Equal([weight], trainer.Parameters);
    }

    private static TrainingOutcome Run(
        double[] inputs,
        double[] targets,
        NetworkSpec? network = null,
        double learningRate = 0.01,
        double? clipNorm = null,
        bool exactTrainLoss = true,
        int epochs = 10,
        Samples<double>? validation = null,
        TrainingControl? control = null,
        Action<int>? progressed = null)
    {
        var trainer = new Trainer<double>(
            Network<double>.Build(network ?? new NetworkSpec { Layers = [new DenseSpec { Weights = [[0]] }] }),
            new MemorySamples<double>(inputs, 1, targets, 1),
            validation,
            RowOrder.Sequential(inputs.Length),
            new TrainerOptions
            {
                Loss = new MeanSquaredErrorSpec(),
                Optimizer = new SgdSpec { LearningRate = learningRate },
                Epochs = epochs,
                BatchSize = 2,
                GradientClipNorm = clipNorm,
                ExactTrainLoss = exactTrainLoss,
            })
        {
            Progressed = progressed,
        };
        return trainer.Run(control: control);
    }

    private static void AssertSame(Divergence expected, Divergence actual)
    {
        Assert.Equal(expected.Rows, actual.Rows);
        Assert.Equal(expected, actual with { Rows = expected.Rows });
    }
}
