using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Random;
using NnService.Engine.Schedules;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

/// <summary>A run that is ended and gone on with elsewhere gives the bits, and the reports, of one that never was.</summary>
public sealed class CheckpointTests
{
    // 3 · 7 rows and 8 a batch: three steps an epoch, the last one smaller; ended after every one of the 18 steps in turn.
    private const int Rows = 21, BatchSize = 8, Epochs = 6, Steps = 18;

    public static TheoryData<OptimizerSpec, ScheduleSpec> Cases()
    {
        var cases = new TheoryData<OptimizerSpec, ScheduleSpec>();
        foreach (var optimizer in OptimizerSpec.Known.Members)
            cases.Add(optimizer, new ConstantScheduleSpec());
        foreach (var schedule in ScheduleSpec.Known.Members)
            cases.Add(new AdamSpec { Amsgrad = true }, schedule);
        cases.Add(new SgdSpec { Momentum = 0.9, Nesterov = true }, new ReduceOnPlateauScheduleSpec { Patience = 0, Factor = 0.5, WarmupEpochs = 2 });
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_run_goes_on_from_its_checkpoint_to_the_same_bits(OptimizerSpec optimizer, ScheduleSpec schedule)
    {
        foreach (var isExact in new[] { true, false })
        {
            var (reports, whole) = (new List<EpochResult>(), TrainerOf(optimizer, schedule, isExact));
            var outcome = whole.Run(reports.Add);
            for (var step = 1; step <= Steps; step++)
            {
                var resumedReports = new List<EpochResult>();
                using var saved = new MemoryStream();
                var control = new TrainingControl();
                CapturedAt(step, optimizer, schedule, isExact, resumedReports, control).Write(saved);
                Assert.Equal(TrainingRequest.Interrupt, control.Request);

                saved.Position = 0;
                var resumed = TrainerOf(optimizer, schedule, isExact);
                resumed.Resume(Checkpoint<double>.Read(saved));
                var resumedOutcome = resumed.Run(resumedReports.Add);

                Assert.Equal(saved.Length, saved.Position);
                Assert.Equal(outcome, resumedOutcome);
                Assert.Equal(reports, resumedReports);
                Assert.Equal(whole.Parameters, resumed.Parameters);
                Assert.Equal(whole.State, resumed.State);
                Assert.Equal(whole.Optimizer.Vectors.SelectMany(vector => vector), resumed.Optimizer.Vectors.SelectMany(vector => vector));
            }
        }
    }

    [Fact]
    public void An_ensemble_goes_on_from_its_checkpoint_to_the_same_bits()
    {
        var whole = TrainerOf(new AdamSpec(), new ConstantScheduleSpec(), true, members: 5);
        var outcome = whole.Run();
        for (var step = 1; step <= outcome.Epoch * Steps / Epochs; step++)
        {
            var checkpoint = CapturedAt(step, new AdamSpec(), new ConstantScheduleSpec(), true, [], new TrainingControl(), members: 5);
            var resumed = TrainerOf(new AdamSpec(), new ConstantScheduleSpec(), true, members: 5);
            resumed.Resume(checkpoint);

            Assert.Equal(outcome, resumed.Run());
            Assert.Equal(whole.Parameters, resumed.Parameters);
            Assert.Equal(whole.State, resumed.State);
        }
    }

    // Patience 1 ends the run early, a patience that never runs out does not; without restoreBest the model is that of the last epoch.
    [Theory]
    [InlineData(100, true, TrainingEnd.Completed)]
    [InlineData(100, false, TrainingEnd.Completed)]
    [InlineData(1, true, TrainingEnd.EarlyStopping)]
    [InlineData(1, false, TrainingEnd.EarlyStopping)]
    public void A_run_that_had_ended_ends_again_at_once_in_the_same_way(int patience, bool restoreBest, TrainingEnd end)
    {
        foreach (var isExact in new[] { true, false })
        {
            var stopping = new EarlyStoppingSpec { Patience = patience, RestoreBest = restoreBest };
            var whole = TrainerOf(new SgdSpec { LearningRate = 0.3 }, new ConstantScheduleSpec(), isExact, stopping: stopping);
            var outcome = whole.Run();
            var checkpoint = new Checkpoint<double>();
            whole.Capture(checkpoint);
            var steps = 0;
            var resumed = TrainerOf(new SgdSpec { LearningRate = 0.3 }, new ConstantScheduleSpec(), isExact, _ => steps++, stopping);
            resumed.Resume(checkpoint);
            var reports = new List<EpochResult>();

            var again = resumed.Run(reports.Add);

            Assert.Equal(end, outcome.End);
            Assert.Equal(outcome, again);
            Assert.Equal((0, 0), (steps, reports.Count));
            Assert.Equal(whole.Parameters, resumed.Parameters);
            Assert.Equal(whole.State, resumed.State);
        }
    }

    [Theory]
    [InlineData(TrainingRequest.Stop, TrainingEnd.Stopped, 4)]
    [InlineData(TrainingRequest.TimeLimit, TrainingEnd.TimeLimit, 4)]
    [InlineData(TrainingRequest.Stop, TrainingEnd.Stopped, 0)]
    public void A_run_that_others_had_ended_ends_in_the_same_way_where_they_ask_again(TrainingRequest request, TrainingEnd end, int patience)
    {
        var stopping = new EarlyStoppingSpec { Patience = patience };
        var control = new TrainingControl();
        var steps = 0;
        var first = TrainerOf(new AdamSpec(), new ConstantScheduleSpec(), isExact: true, _ =>
        {
            if (++steps == 7) // the first minibatch of the third epoch
                control.Ask(request);
        }, stopping);
        var outcome = first.Run(null, control);
        var checkpoint = new Checkpoint<double>();
        first.Capture(checkpoint);
        var second = TrainerOf(new AdamSpec(), new ConstantScheduleSpec(), isExact: true, _ => steps++, stopping);
        second.Resume(checkpoint);

        Assert.Equal(outcome, second.Run(null, control));
        Assert.Equal((end, 7), (outcome.End, steps));
        Assert.Equal(first.Parameters, second.Parameters);
    }

    // Versions before kept no best epoch where early stopping is off.
    [Fact]
    public void A_checkpoint_without_a_best_epoch_is_gone_on_from_where_early_stopping_is_off()
    {
        var (keepsNone, keepsBest) = (new EarlyStoppingSpec { Patience = 0, RestoreBest = false }, new EarlyStoppingSpec { Patience = 0 });
        var whole = TrainerOf(new AdamSpec(), new ConstantScheduleSpec(), isExact: true, stopping: keepsBest);
        whole.Run();
        var resumed = TrainerOf(new AdamSpec(), new ConstantScheduleSpec(), isExact: true, stopping: keepsBest);
        var control = new TrainingControl();
        var steps = 0;
        var old = TrainerOf(new AdamSpec(), new ConstantScheduleSpec(), isExact: true, _ =>
        {
            if (++steps == 7)
                control.Ask(TrainingRequest.Pause);
        }, keepsNone);
        old.Run(null, control);
        var checkpoint = new Checkpoint<double>();
        old.Capture(checkpoint);

        resumed.Resume(checkpoint);
        resumed.Run();

        Assert.Equal(whole.Parameters, resumed.Parameters);
    }

    [Fact]
    public void A_stronger_request_takes_the_place_of_a_weaker_one_and_no_other()
    {
        var control = new TrainingControl();
        foreach (var (asked, then) in new[]
        {
            (TrainingRequest.TimeLimit, TrainingRequest.TimeLimit), (TrainingRequest.Stop, TrainingRequest.Stop),
                (TrainingRequest.TimeLimit, TrainingRequest.Stop),
            (TrainingRequest.Pause, TrainingRequest.Pause), (TrainingRequest.Interrupt, TrainingRequest.Interrupt),
            (TrainingRequest.Pause, TrainingRequest.Interrupt),
            (TrainingRequest.Cancel, TrainingRequest.Cancel), (TrainingRequest.Interrupt, TrainingRequest.Cancel),
        })
        {
            control.Ask(asked);
            Assert.Equal(then, control.Request);
        }
    }

    [Fact]
    public void A_checkpoint_of_another_network_or_precision_is_refused()
    {
        var checkpoint = new Checkpoint<double>();
        TrainerOf(new AdamSpec(), new ConstantScheduleSpec(), true).Capture(checkpoint);

        Assert.Throws<ArgumentException>(() => TrainerOf(new SgdSpec(), new ConstantScheduleSpec(), true).Resume(checkpoint));
        using var saved = new MemoryStream();
        checkpoint.Write(saved);
        saved.Position = 0;
        Assert.Throws<InvalidDataException>(() => Checkpoint<float>.Read(saved));
        saved.SetLength(saved.Length - 1);
        saved.Position = 0;
        Assert.Throws<EndOfStreamException>(() => Checkpoint<double>.Read(saved));
    }

    [Fact]
    public void Finished_networks_come_back_as_they_were_and_change_nothing_where_there_are_none()
    {
        var checkpoint = new Checkpoint<double>();
        TrainerOf(new AdamSpec(), new ConstantScheduleSpec(), true).Capture(checkpoint);
        byte[] before = BytesOf(checkpoint);
        checkpoint.Finished =
        [
            new FinishedNetwork<double>([1, double.Epsilon, -0.0], [3], 7, 70, new EpochResult(5, 50, 0.25, 0.5, 0.01, null, 0.9)),
            new FinishedNetwork<double>([], [], 2, 20, null),
        ];
        byte[] bytes = BytesOf(checkpoint);

        var read = Checkpoint<double>.Read(new MemoryStream(bytes));

        Assert.Equal(bytes, BytesOf(read));
        Assert.Equal([1, double.Epsilon, -0.0], read.Finished[0].Parameters);
        Assert.Equal(checkpoint.Finished[0].Kept, read.Finished[0].Kept);
        Assert.True(read.Finished[0].IsUsable);
        Assert.False(read.Finished[1].IsUsable);
        Assert.Throws<EndOfStreamException>(() => Checkpoint<double>.Read(new MemoryStream(bytes[..^1])));
        read.Finished = [];
        Assert.Equal(before, BytesOf(read));

        static byte[] BytesOf(Checkpoint<double> checkpoint)
        {
            using var saved = new MemoryStream();
            checkpoint.Write(saved);
            return saved.ToArray();
        }
    }

    // Captured within the run, and only then told to end: the checkpoint must not change with the steps that come after it.
    private static Checkpoint<double> CapturedAt(
        int step, OptimizerSpec optimizer, ScheduleSpec schedule, bool isExact, List<EpochResult> reports, TrainingControl control, int members = 1)
    {
        var checkpoint = new Checkpoint<double>();
        var steps = 0;
        Trainer<double>? trainer = null;
        trainer = TrainerOf(optimizer, schedule, isExact, _ =>
        {
            if (++steps == step)
                trainer!.Capture(checkpoint);
            if (steps >= step)
                control.Ask(TrainingRequest.Interrupt);
        }, members: members);
        trainer.Run(reports.Add, control);
        reports.RemoveAll(report => report.Epoch > checkpoint.Epoch);
        return checkpoint;
    }

    private static Trainer<double> TrainerOf(
        OptimizerSpec optimizer, ScheduleSpec schedule, bool isExact, Action<int>? progressed = null, EarlyStoppingSpec? stopping = null, int members = 1)
    {
        var random = new RandomStream(7, RandomPurpose.Sampling, 0);
        var numbers = Enumerable.Range(0, 2 * Rows * 4).Select(i => random.Uniform((ulong)i)).ToArray();
        MemorySamples<double> SamplesAt(int start) => new(numbers[start..(start + (Rows * 3))], 3, numbers[(start + (Rows * 3))..(start + (Rows * 4))], 1);
        var network = Network<double>.Build(new NetworkSpec
        {
            Inputs = 3,
            Members = members,
            Layers =
            [
                new DenseSpec { Units = 6, Activation = new TanhSpec() },
                new BatchNormalizationSpec(),
                new DropoutSpec { Rate = 0.3 },
                new DenseSpec { Units = 1 },
            ],
        });
        return new Trainer<double>(
            network,
            SamplesAt(0),
            SamplesAt(Rows * 4),
            RowOrder.Shuffled(Rows, seed: 3),
            new TrainerOptions
            {
                Loss = new MeanSquaredErrorSpec(),
                Optimizer = optimizer,
                Schedule = schedule,
                Epochs = Epochs,
                BatchSize = BatchSize,
                ExactTrainLoss = isExact,
                EarlyStopping = stopping ?? new EarlyStoppingSpec { Patience = 4 },
                Seed = 11,
            })
        {
            Progressed = progressed,
        };
    }
}
