using System.Globalization;
using System.Numerics;
using Microsoft.Win32.SafeHandles;
using NnService.Engine.Activations;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Tests.Data;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

/// <summary>Rows in a file train the same model as rows in memory, to the bit, however small the part of them is that is in memory at a time.</summary>
public sealed class StoredSamplesTests : IDisposable
{
    private const int Rows = 203, BatchSize = 10, Epochs = 3;

    private static readonly Table s_table = Tables.Csv(
        "a,b,color,w,kind,y\n" + string.Concat(Enumerable.Range(0, Rows).Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{Math.Sin(row):F4},{row % 17},{"rgb"[row % 3]},{row % 4 + 0.5},{"xyz"[row * 7 % 3]},{Math.Cos(row):F4}\n"))));

    private static readonly ReadOnlyMemory<int> s_train = Enumerable.Range(0, Rows).Where(row => row % 5 != 4).ToArray();
    private static readonly ReadOnlyMemory<int> s_validation = Enumerable.Range(0, Rows).Where(row => row % 5 == 4).ToArray();

    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-rows-").FullName;
    private readonly List<long> _created = [];

    public static TheoryData<string, long, int, int> Cases()
    {
        var cases = new TheoryData<string, long, int, int>();
        foreach (var order in (string[])["shuffled", "sequential", "withReplacement"])
            foreach (var window in (long[])[1, 200, 1500, 1 << 20]) // a row at a time; less than a minibatch; several of them; all rows
                cases.Add(order, window, window == 200 ? 2 : 1, window == 1500 ? 5 : 1);
        return cases;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_bits_are_those_of_rows_in_memory(string order, long window, int threads, int members)
    {
        SameBits<float>(order, window, threads, members);
        SameBits<double>(order, window, threads, members);
    }

    private void SameBits<T>(string order, long window, int threads, int members)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var team = new Team(threads);
        foreach (var isClassification in (bool[])[true, false])
        {
            var encoder = EncoderOf(isClassification);
            using var stored = new Parts<T>(encoder, new RowStorage(Create, window));
            using var inMemory = new Parts<T>(encoder, null);
            var (expected, whole) = (TrainerOf(inMemory, order, isClassification, members, team), TrainerOf(stored, order, isClassification, members, team));
            var (expectedReports, reports) = (new List<EpochResult>(), new List<EpochResult>());

            Assert.Equal(expected.Run(expectedReports.Add), whole.Run(reports.Add));
            Assert.Equal(expectedReports, reports);
            Assert.Equal(expected.Parameters, whole.Parameters);
            Assert.Equal(expected.State, whole.State);
            var loss = isClassification ? (LossSpec)new SoftmaxCrossEntropySpec() : new MeanSquaredErrorSpec();
            Assert.Equal(LinearFit.Parameters(inMemory.Train, loss, team), LinearFit.Parameters(stored.Train, loss, team));

            var steps = expected.VisitsPerEpoch / BatchSize;
            foreach (var step in (int[])[1, steps, steps + 1, steps + (steps / 2), (2 * steps) + 3])
            {
                var resumed = TrainerOf(stored, order, isClassification, members, team);
                resumed.Resume(CapturedAt(step, stored, order, isClassification, members, team));
                resumed.Run();
                Assert.Equal(expected.Parameters, resumed.Parameters);
            }
        }

        Assert.Equal(order == "sequential" ? 4 : 6, _created.Count);
        Assert.Empty(Directory.GetFiles(_folder));
        _created.Clear();
    }

    [Fact]
    public void Rows_and_columns_are_read_as_they_were_written()
    {
        var encoder = EncoderOf(isClassification: true);
        using var stored = encoder.Encode<float>(s_table, s_train, new RowStorage(Create, 900));
        using var inMemory = encoder.Encode<float>(s_table, s_train);
        var (room, other) = (new float[stored.RoomFor(stored.Rows)], new float[stored.RoomFor(stored.Rows)]);

        Assert.Equal(s_train.Length, stored.Rows);
        Assert.True(stored.HasWeights);
        foreach (var (start, rows) in new[] { (0, 7), (3, 2), (100, 63), (0, 163), (5, 1) })
        {
            var one = stored.Range(start, rows, room);
            var two = inMemory.Range(start, rows, other);
            Assert.Equal(two.Inputs, one.Inputs);
            Assert.Equal(two.Targets, one.Targets);
            Assert.Equal(two.Weights, one.Weights);
            Assert.Equal(inMemory.RowWeights(start, rows), stored.RowWeights(start, rows));
        }

        foreach (var input in new[] { 0, 1, 0 })
            Assert.Equal(inMemory.Column(input), stored.Column(input));
        Assert.Equal([encoder.BytesOf<float>(s_train.Length)], _created);
        Assert.Equal(s_train.Length * (3 + 3 + 2) * sizeof(float), _created[0]); // two numbers and a category, three labels, two weights
    }

    [Fact]
    public void An_end_that_is_asked_for_does_not_wait_until_the_rows_are_in_order()
    {
        using var parts = new Parts<double>(EncoderOf(isClassification: false), new RowStorage(Create, 500));
        using var team = new Team(1);
        var control = new TrainingControl();
        var trainer = TrainerOf(parts, "shuffled", isClassification: false, 1, team);
        control.Ask(TrainingRequest.Pause);

        Assert.Equal(TrainingEnd.Paused, trainer.Run(null, control).End);
        trainer.Run();

        var whole = TrainerOf(parts, "shuffled", isClassification: false, 1, team);
        whole.Run();
        Assert.Equal(whole.Parameters, trainer.Parameters);
    }

    [Fact]
    public void A_file_that_is_left_or_whose_rows_cannot_be_encoded_is_gone()
    {
        var (encoder, control) = (EncoderOf(isClassification: true), new TrainingControl());
        var otherLabels = encoder with { Target = new TargetEncoding(TaskKind.MulticlassClassification, ["kind"], ["x", "y", "other"]) };
        control.Ask(TrainingRequest.Stop);
        encoder.Encode<float>(s_table, s_train, new RowStorage(Create, 900), control).Dispose(); // its model is to be kept, so its rows are needed
        Assert.Throws<OperationCanceledException>(() => encoder.Encode<float>(s_table, s_train, new RowStorage(Paused, 900), control));
        Assert.Throws<OperationCanceledException>(() => encoder.Encode<float>(s_table, s_train, new RowStorage(Create, 900), control)); // makes none
        Assert.Throws<PreparationException>(() => otherLabels.Encode<float>(s_table, s_train, new RowStorage(Create, 900)));

        Assert.Equal(3, _created.Count);
        Assert.Empty(Directory.GetFiles(_folder));

        SafeFileHandle Paused(long bytes)
        {
            control.Ask(TrainingRequest.Pause);
            return Create(bytes);
        }
    }

    [Fact]
    public void A_window_has_no_fewer_rows_than_there_are_windows()
    {
        Assert.Equal(64 << 20, RowStorage.WindowFor(long.MaxValue, 400, 10_000_000));
        Assert.Equal(30_000_000, RowStorage.WindowFor(480_000_000, 400, 10_000_000));
        Assert.Equal(256 << 10, RowStorage.WindowFor(1, 400, 100));
        Assert.Equal(100_000 * 10_000, RowStorage.WindowFor(480_000_000, 100_000, 100_000_000));
    }

    private static SampleEncoder EncoderOf(bool isClassification)
    {
        var features = FeatureEncoding.Fit(s_table, ["a", "b", "color"], s_train.ToArray(), new PreprocessingSpec());
        var target = TargetEncoding.Fit(
            s_table, [isClassification ? "kind" : "y"], isClassification ? TaskKind.MulticlassClassification : TaskKind.Regression, null, default,
            s_train.ToArray());
        return isClassification ? new SampleEncoder(features, target, 3, 0.1, [1, 2, 0.5], "w") : new SampleEncoder(features, target, 1);
    }

    private static Trainer<T> TrainerOf<T>(
        Parts<T> parts, string order, bool isClassification, int members, Team team, Action<int>? progressed = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var encoder = EncoderOf(isClassification);
        var spec = new NetworkSpec
        {
            Inputs = encoder.Features.Width,
            Members = members,
            Layers =
            [
                new PiecewiseLinearSpec { Bins = 4, Units = 2 },
                new DenseSpec { Units = 7, Activation = new TanhSpec() },
                new DropoutSpec { Rate = 0.2 },
                new DenseSpec { Units = encoder.Outputs },
            ],
        };
        var loss = isClassification ? (LossSpec)new SoftmaxCrossEntropySpec() : new MeanSquaredErrorSpec();
        var rows = order switch
        {
            "sequential" => RowOrder.Sequential(parts.Train.Rows),
            "shuffled" => RowOrder.Shuffled(parts.Train.Rows, 5),
            _ => RowOrder.WithReplacement(parts.Train.Rows, 30 * BatchSize, 5), // more visits than rows
        };
        return new Trainer<T>(
            Network<T>.Build(spec, encoder.Features.InputLayout(), encoder.Outputs, loss.Link),
            parts.Train,
            parts.Validation,
            rows,
            new TrainerOptions
            {
                Loss = loss,
                Optimizer = new AdamSpec(),
                Epochs = Epochs,
                BatchSize = BatchSize,
                Score = isClassification ? ScoreKind.Accuracy : ScoreKind.R2,
                Seed = 11,
            },
            team)
        { Progressed = progressed };
    }

    private static Checkpoint<T> CapturedAt<T>(int step, Parts<T> parts, string order, bool isClassification, int members, Team team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (checkpoint, control, steps) = (new Checkpoint<T>(), new TrainingControl(), 0);
        Trainer<T>? trainer = null;
        trainer = TrainerOf(parts, order, isClassification, members, team, _ =>
        {
            if (++steps == step)
                trainer!.Capture(checkpoint);
            if (steps >= step)
                control.Ask(TrainingRequest.Interrupt);
        });
        trainer.Run(null, control);
        return checkpoint;
    }

    private SafeFileHandle Create(long bytes)
    {
        _created.Add(bytes);
        return File.OpenHandle(
            Path.Combine(_folder, $"{_created.Count}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose, bytes);
    }

    private sealed class Parts<T>(SampleEncoder encoder, RowStorage? storage) : IDisposable
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public Samples<T> Train { get; } = encoder.Encode<T>(s_table, s_train, storage);

        public Samples<T> Validation { get; } = encoder.Encode<T>(s_table, s_validation, storage);

        public void Dispose()
        {
            Train.Dispose();
            Validation.Dispose();
        }
    }
}
