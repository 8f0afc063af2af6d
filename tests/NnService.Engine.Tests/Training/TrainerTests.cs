using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Random;
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

    // |w − far| has the slope −1: each step moves w by its rate.
    [Fact]
    public void A_stepwise_schedule_is_asked_before_every_step()
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Weights = [[0]], UseBias = false }] });
        var samples = new MemorySamples<double>([1, 1, 1, 1, 1], 1, [100, 100, 100, 100, 100], 1);
        var options = new TrainerOptions
        {
            Loss = new MeanAbsoluteErrorSpec(),
            Optimizer = new SgdSpec { LearningRate = 0.2 },
            Schedule = new CosLog4ScheduleSpec(),
            Epochs = 2,
            BatchSize = 2, // three steps an epoch, the last one smaller
        };
        var moved = new List<double>();
        Trainer<double>? trainer = null;
        trainer = new(network, samples, null, RowOrder.Sequential(5), options) { Progressed = _ => moved.Add(trainer!.Parameters[0] - moved.Sum()) };
        var reports = new List<EpochResult>();

        trainer.Run(reports.Add);

        double[] rates = [.. Enumerable.Range(0, 6).Select(step => 0.2 * 0.5 * (1 - Math.Cos(2 * Math.PI * Math.Log2(1 + (15 * step / 6.0)))))];
        Assert.Equal(rates.Select(rate => Math.Round(rate, 12)), moved.Select(move => Math.Round(move, 12)));
        Assert.Equal([0, Math.Round(rates[2], 12), Math.Round(rates[5], 12)], reports.Select(report => Math.Round(report.LearningRate, 12)));
    }

    // |w − far| has the slope −1, so that a step moves w by rate · weights of its rows / (its rows · mean weight): here the mean weight is 2.
    [Theory]
    [InlineData(1, new[] { 0.5, 0, 3, 0.5, 1 })]
    [InlineData(2, new[] { 0.25, 1.75, 1 })]
    [InlineData(5, new double[] { 1 })]
    public void A_heavy_row_weighs_as_much_whatever_rows_share_its_minibatch(int batchSize, double[] expected)
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Weights = [[0]], UseBias = false }] });
        var samples = new MemorySamples<double>([1, 1, 1, 1, 1], 1, [100, 100, 100, 100, 100], 1, [1, 0, 6, 1, 2]);
        var options = new TrainerOptions
        {
            Loss = new MeanAbsoluteErrorSpec(),
            Optimizer = new SgdSpec { LearningRate = 1 },
            Epochs = 1,
            BatchSize = batchSize,
            ExactTrainLoss = false,
        };
        var (moved, losses) = (new List<double>(), new List<double>());
        Trainer<double>? trainer = null;
        trainer = new(network, samples, null, RowOrder.Sequential(5), options)
        {
            MinibatchTrained = losses.Add,
            Progressed = _ => moved.Add(trainer!.Parameters[0] - moved.Sum()),
        };
        EpochResult? epoch = null;

        trainer.Run(result => epoch = result);

        Assert.Equal(expected, moved);
        var place = 0.0;
        var sum = 0.0; // of the rows' losses times their weights
        for (var step = 0; step < expected.Length; step++)
        {
            Assert.Equal(expected[step] * (100 - place), losses[step], 1e-9);
            sum += losses[step] * Math.Min(batchSize, 5 - (step * batchSize)) * 2;
            place += expected[step];
        }

        Assert.Equal(sum / 10, epoch!.TrainLoss, 1e-9); // the mean by the weights
    }

    // Of rows that weigh nothing there is no step.
    [Theory]
    [InlineData(1, new double[] { 1, 0, 1, 1, 1 })]
    [InlineData(2, new double[] { 1, 1, 1 })]
    public void By_the_first_rules_a_step_divides_by_the_weights_of_its_own_minibatch(int batchSize, double[] expected)
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Weights = [[0]], UseBias = false }] });
        var options = new TrainerOptions
        {
            Loss = new MeanAbsoluteErrorSpec(),
            Optimizer = new SgdSpec { LearningRate = 1 },
            Epochs = 1,
            BatchSize = batchSize,
            ExactTrainLoss = false,
            RulesVersion = TrainingRules.First,
        };
        var moved = new List<double>();
        Trainer<double>? trainer = null;
        trainer = new(
            network, new MemorySamples<double>([1, 1, 1, 1, 1], 1, [100, 100, 100, 100, 100], 1, [1, 0, 6, 1, 2]), null, RowOrder.Sequential(5), options)
        {
            Progressed = _ => moved.Add(trainer!.Parameters[0] - moved.Sum()),
        };

        trainer.Run();

        Assert.Equal(expected, moved);
    }

    // The start is the best that there is: every step goes too far.
    [Theory]
    [InlineData(true, TrainingRules.Latest, 0, 1)]
    [InlineData(false, TrainingRules.Latest, 1, 301)]
    [InlineData(true, TrainingRules.First, 1, 301)]
    public void A_start_that_is_better_than_every_epoch_may_be_kept_where_the_training_loss_is_a_running_mean(
        bool mayKeepStart, int rules, int epoch, double weight)
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Weights = [[1]], UseBias = false }] });
        var options = new TrainerOptions
        {
            Loss = new MeanAbsoluteErrorSpec(),
            Optimizer = new SgdSpec { LearningRate = 300 },
            EarlyStopping = new EarlyStoppingSpec { Patience = 3 },
            Epochs = 9,
            BatchSize = 1,
            ExactTrainLoss = false,
            MayKeepStart = mayKeepStart,
            RulesVersion = rules,
        };
        var trainer = new Trainer<double>(
            network, new MemorySamples<double>([1], 1, [1000], 1), new MemorySamples<double>([1], 1, [2], 1), RowOrder.Sequential(1), options);
        var reports = new List<EpochResult>();

        var outcome = trainer.Run(reports.Add);

        Assert.Equal((epoch, weight), (outcome.ModelEpoch, trainer.Parameters[0]));
        Assert.Equal(Enumerable.Range(1, reports.Count), reports.Select(report => report.Epoch)); // the start has no running mean, and so no report
    }

    // The weight is 1, 1.8, 2.6, 1.8, 2.6 … after each step, and 2 is right: the losses of the epochs are 1, 0.2, 0.6, 0.2 …, or 1, 0.6, 0.6 with two steps each.
    [Theory]
    [InlineData(1, 2, true, 1, 1.8, 0.2)] // back to the first epoch
    [InlineData(1, 2, false, 2, 2.6, 0.6)]
    [InlineData(2, 3, true, 1, 2.6, 0.6)] // back to a whole epoch, which others can train once more
    [InlineData(2, 1, true, 0, 1.8, 1)] // of the first epoch nothing is measured but the start, and that is not gone back to
    [InlineData(1, 4, true, 4, 2.6, 0.6)] // to the end, which is no stop
    public void Who_ends_a_run_gets_the_best_so_far_also_where_it_does_not_end_early(
        int steps, int asked, bool restoresBest, int epoch, double weight, double loss)
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Weights = [[1]], UseBias = false }] });
        var options = new TrainerOptions
        {
            Loss = new MeanAbsoluteErrorSpec(),
            Optimizer = new SgdSpec { LearningRate = 0.8 },
            EarlyStopping = new EarlyStoppingSpec { Patience = 0, RestoreBest = restoresBest },
            Epochs = 4,
            BatchSize = 1,
        };
        var control = new TrainingControl();
        var done = 0;
        var samples = new MemorySamples<double>([.. Enumerable.Repeat(1.0, steps)], 1, [.. Enumerable.Repeat(2.0, steps)], 1);
        var trainer = new Trainer<double>(network, samples, null, RowOrder.Sequential(steps), options)
        {
            Progressed = _ =>
            {
                if (++done == asked && asked < steps * options.Epochs)
                    control.Ask(TrainingRequest.Stop);
            },
        };

        var outcome = trainer.Run(control: control);

        Assert.Equal((epoch, weight, loss), (outcome.ModelEpoch, Math.Round(trainer.Parameters[0], 12), Math.Round(outcome.Kept!.TrainLoss, 12)));
    }

    // It begins with a model, which is the best that is known.
    [Theory]
    [InlineData(TrainingRules.First)]
    [InlineData(TrainingRules.Latest)]
    public void Who_ends_a_run_in_its_first_epoch_gets_the_model_that_it_began_with(int rules)
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Weights = [[1]], UseBias = false }] });
        var options = new TrainerOptions
        {
            Loss = new MeanAbsoluteErrorSpec(),
            Optimizer = new SgdSpec { LearningRate = 0.8 },
            EarlyStopping = new EarlyStoppingSpec { Patience = 0, RestoreBest = true },
            Epochs = 4,
            BatchSize = 1,
            MayKeepStart = true,
            RulesVersion = rules,
        };
        var control = new TrainingControl();
        var trainer = new Trainer<double>(network, new MemorySamples<double>([1, 1], 1, [2, 2], 1), null, RowOrder.Sequential(2), options)
        {
            Progressed = _ => control.Ask(TrainingRequest.Stop),
        };

        var outcome = trainer.Run(control: control);

        Assert.Equal((0, 1), (outcome.ModelEpoch, trainer.Parameters[0]));
    }

    // y = s₂ s₁ x, and the gradient of both is −1 at the start: s₁ moves by the rate, s₂ by six times as much.
    [Fact]
    public void A_layer_states_rates_of_its_own()
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new ScalingSpec(1), new ScalingSpec(6)] });
        var options = new TrainerOptions { Loss = new HalfSumSquaredErrorSpec(), Optimizer = new SgdSpec { LearningRate = 0.1 }, Epochs = 1, BatchSize = 1 };
        var trainer = new Trainer<double>(network, new MemorySamples<double>([1], 1, [2], 1), null, RowOrder.Sequential(1), options);

        trainer.Run();

        Assert.Equal([1.1, 1.6], trainer.Parameters.Select(parameter => Math.Round(parameter, 12)));
    }

    // The loss of the epochs: 3, 2, 2, 4, 2, 5.
    [Theory]
    [InlineData(EqualEpochs.First, 1, 4)]
    [InlineData(EqualEpochs.Last, 4, 4)]
    public void Of_epochs_with_the_same_loss_the_first_or_the_last_is_the_best_and_patience_counts_from_the_first(EqualEpochs ties, int best, int over)
    {
        double[] losses = [3, 2, 2, 4, 2, 5];
        var spec = new EarlyStoppingSpec { Patience = 3, Ties = ties };
        var stopping = new EarlyStopping<double>(spec, 1, 0);
        var ends = new List<int>();
        for (var epoch = 0; epoch < losses.Length; epoch++)
        {
            if (epoch == 2) // resumed elsewhere
            {
                var next = new EarlyStopping<double>(spec, 1, 0) { Best = stopping.Best };
                foreach (var (from, to) in stopping.Vectors.Zip(next.Vectors))
                    from.CopyTo(to, 0);
                foreach (var (from, to) in stopping.Scalars.Zip(next.Scalars))
                    from.CopyTo(to, 0);
                stopping = next;
            }

            if (stopping.Observe(new EpochResult(epoch, epoch, 0, losses[epoch], 0.1, null, null), [epoch], []))
                ends.Add(epoch);
        }

        double[] parameters = [-1];
        Assert.Equal(best, stopping.Restore(parameters, []));
        Assert.Equal(best, parameters[0]);
        Assert.Equal(over, ends[0]);
    }

    private sealed record ScalingSpec(double Multiplier) : LayerSpec
    {
        public override string Type => "scaling";

        public override long CountParameters(long inputs, long outputs) => inputs;

        public override Layer<T> Build<T>(int inputs, int outputs) => new Scaling<T>(inputs, Multiplier);
    }

    private sealed class Scaling<T>(int width, double multiplier) : Layer<T>(width, width)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        public override IReadOnlyList<ParameterSlice> Parameters { get; } = [new("scale", 0, 1, width) { RateMultiplier = multiplier }];

        public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state) => parameters.Fill(T.One);

        public override void Forward(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output) => output[0] = input[0] * pass.Parameters[0];

        public override void Backward(
            in LayerPass<T> pass, ReadOnlySpan<T> input, ReadOnlySpan<T> output, Span<T> outputGradient, Span<T> parameterGradient, Span<T> inputGradient)
        {
            parameterGradient[0] = outputGradient[0] * input[0];
            if (!inputGradient.IsEmpty)
                inputGradient[0] = outputGradient[0] * pass.Parameters[0];
        }
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
        var inPlace = Train(new MemorySamples<double>(inputs, width, targets, 1, weights), RowOrder.Sequential(Rows));
        var gathered = Train(
            new MemorySamples<double>(
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
            return [.. trainer.Parameters];
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
            new MemorySamples<double>([3, 4], 2, [-0.5], 1),
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
            new MemorySamples<double>(inputs, 2, targets, 1),
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
