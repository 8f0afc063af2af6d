using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Tests.Reference;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

public sealed class TrainerTests
{
    // 3 · 7 rows and 8 a batch: the last minibatch is smaller.
    private const int Rows = 21;

    [Fact]
    public void A_schedule_that_reacts_sees_every_epoch_however_seldom_is_reported()
    {
        var schedule = new ReduceOnPlateauScheduleSpec { Patience = 0, Factor = 0.5 };
        var (often, seldom) = (Trained(schedule, reportEvery: 1), Trained(schedule, reportEvery: 7));
        Assert.Equal(often.Parameters, seldom.Parameters);
        Assert.Equal(often.Reports[^1], seldom.Reports[^1]);
        Assert.True(often.Reports[^1].LearningRate < 0.5, "the rate has not fallen");
    }

    [Fact]
    public void A_run_with_chance_and_statistics_is_the_same_each_time_and_another_with_another_seed()
    {
        Assert.Equal(Trained(new ConstantScheduleSpec()).Parameters, Trained(new ConstantScheduleSpec()).Parameters);
        Assert.NotEqual(Trained(new ConstantScheduleSpec()).Parameters, Trained(new ConstantScheduleSpec(), seed: 2).Parameters);
    }

    // Rows that follow one another are read where they lie, others are copied: the same numbers either way, weights included.
    [Fact]
    public void Rows_in_file_order_train_like_the_same_rows_gathered_from_elsewhere()
    {
        const int width = 5;
        int[] backwards = [.. Enumerable.Range(0, Rows).Reverse()];
        var random = new System.Random(1);
        double[] inputs = [.. Enumerable.Range(0, Rows * width).Select(_ => random.NextDouble())];
        double[] targets = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble())];
        double[] weights = [.. Enumerable.Range(0, Rows).Select(_ => random.NextDouble())];
        var inPlace = Train(new Samples<double>(inputs, width, targets, 1, weights), RowOrder.Sequential(Rows));
        var gathered = Train(
            new Samples<double>(
                [.. backwards.SelectMany(row => inputs[(row * width)..((row + 1) * width)])],
                width,
                [.. backwards.Select(row => targets[row])],
                1,
                [.. backwards.Select(row => weights[row])]),
            new PlayedBackOrder([backwards, backwards]));
        Assert.Equal(gathered, inPlace);

        static double[] Train(Samples<double> samples, RowOrder order)
        {
            var network = Network<double>.Build(
                new NetworkSpec { Layers = [new DenseSpec { Units = 4, Activation = new ReluSpec() }, new DenseSpec { Units = 1 }] }, width);
            var options = new TrainerOptions { Loss = new MeanSquaredErrorSpec(), Optimizer = new AdamSpec(), Epochs = 2, BatchSize = 8 };
            var trainer = new Trainer<double>(network, samples, null, order, options);
            trainer.Run();
            return trainer.Parameters;
        }
    }

    // x = (3, 4), p = 0, t = −½: the gradient of (p·x − t)² is 2 · ½ · x = (3, 4), of norm 5.
    [Theory]
    [InlineData(1.0, -0.6 / 1.0000002, -0.8 / 1.0000002)]
    [InlineData(10.0, -3, -4)]
    public void A_gradient_longer_than_the_norm_is_shortened_to_it(double norm, double first, double second)
    {
        var network = Network<double>.Build(new NetworkSpec { Layers = [new DenseSpec { Weights = [[0], [0]], UseBias = false }] });
        var trainer = new Trainer<double>(
            network,
            new Samples<double>([3, 4], 2, [-0.5], 1),
            null,
            RowOrder.Sequential(1),
            new TrainerOptions
            {
                Loss = new MeanSquaredErrorSpec(),
                Optimizer = new SgdSpec { LearningRate = 1 },
                Epochs = 1,
                BatchSize = 1,
                GradientClipNorm = norm,
            });
        trainer.Run();
        Assert.Equal(first, trainer.Parameters[0], 1e-15);
        Assert.Equal(second, trainer.Parameters[1], 1e-15);
    }

    private static (double[] Parameters, List<EpochResult> Reports) Trained(ScheduleSpec schedule, int reportEvery = 1, ulong seed = 1)
    {
        var network = Network<double>.Build(new NetworkSpec
        {
            Inputs = 2,
            Layers =
            [
                new DenseSpec { Units = 5, Activation = new TanhSpec() },
                new BatchNormalizationSpec(),
                new DropoutSpec { Rate = 0.3 },
                new LayerNormalizationSpec(),
                new DenseSpec { Units = 1 },
            ],
        });
        double[] inputs = [.. Enumerable.Range(0, Rows * 2).Select(i => (i * 7 % 11) - 5.0)];
        double[] targets = [.. Enumerable.Range(0, Rows).Select(i => inputs[2 * i] * inputs[(2 * i) + 1] / 10)];
        var reports = new List<EpochResult>();
        var trainer = new Trainer<double>(
            network,
            new Samples<double>(inputs, 2, targets, 1),
            null,
            RowOrder.Shuffled(Rows, seed),
            new TrainerOptions
            {
                Loss = new HuberSpec(),
                Optimizer = new SgdSpec { LearningRate = 0.5 },
                Schedule = schedule,
                Epochs = 20,
                BatchSize = 8,
                ReportEvery = reportEvery,
                Seed = seed,
            });
        trainer.Run(reports.Add);
        return ([.. trainer.Parameters, .. trainer.State], reports);
    }
}
