using System.Numerics;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Tests.Data;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

/// <summary>Of one label of many its index alone is kept, and a training has the bits that it has with all the zeros.</summary>
public sealed class OneHotTargetTests : IDisposable
{
    private const int Rows = 240;

    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-labels-").FullName;
    private int _files;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(OneHotTarget<float>.FewestLabels - 1, 0.1)]
    [InlineData(OneHotTarget<float>.FewestLabels, 0.0)]
    [InlineData(40, 0.1)]
    public void The_bits_are_those_of_targets_with_all_their_zeros(int labels, double smoothing)
    {
        SameBits<float>(labels, smoothing);
        SameBits<double>(labels, smoothing);
    }

    private void SameBits<T>(int labels, double smoothing)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var table = Tables.Csv("a,b,kind\n" + string.Concat(Enumerable.Range(0, Rows).Select(row => $"{row % 13},{row % 29},k{row * 7 % labels}\n")));
        int[] rows = [.. Enumerable.Range(0, Rows)];
        var target = TargetEncoding.Fit(table, ["kind"], TaskKind.MulticlassClassification, null, default, rows);
        double[] classWeights = [.. Enumerable.Range(1, labels).Select(label => label / 8.0)];
        var encoder = new SampleEncoder(FeatureEncoding.Identity(["a", "b"]), target, labels, smoothing, classWeights);
        var kept = encoder.Encode<T>(table, rows);
        var dense = WithAllZeros(kept, encoder, table, rows);
        using var stored = encoder.Encode<T>(table, rows, new RowStorage(Create, 5_000));

        Assert.Equal(labels >= OneHotTarget<T>.FewestLabels ? 1 : labels, encoder.KeptTargetWidth);
        foreach (var samples in new[] { kept, stored })
        {
            Assert.Equal(labels, samples.TargetWidth);
            foreach (var (start, count) in new[] { (0, Rows), (7, 3), (100, 1), (3, 99) })
            {
                Assert.Equal(dense.Targets(start, count), samples.Targets(start, count));
                Assert.Equal(dense.Range(start, count, []).Targets, samples.Range(start, count, []).Targets);
            }

            var (expected, trained) = (Trained(dense, labels), Trained(samples, labels));
            Assert.Equal(expected.Parameters, trained.Parameters);
            Assert.Equal(expected.Epochs, trained.Epochs);
            Assert.Equal(
                LinearFit.Parameters(dense, new SoftmaxCrossEntropySpec(), null), LinearFit.Parameters(samples, new SoftmaxCrossEntropySpec(), null));
        }
    }

    // (1 − s) t + s / K, number by number.
    private static MemorySamples<T> WithAllZeros<T>(Samples<T> kept, SampleEncoder encoder, Table table, int[] rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var targets = new T[rows.Length * encoder.Outputs];
        encoder.Target.Encode<T>(table, rows, encoder.Outputs, targets);
        if (encoder.LabelSmoothing > 0)
            targets = Array.ConvertAll(
                targets, one => (T.CreateChecked(1 - encoder.LabelSmoothing) * one) + T.CreateChecked(encoder.LabelSmoothing / encoder.Outputs));
        return new MemorySamples<T>(
            kept.Range(0, rows.Length, []).Inputs.ToArray(), kept.InputWidth, targets, encoder.Outputs, kept.Weights(0, rows.Length).ToArray());
    }

    private static (T[] Parameters, List<EpochResult> Epochs) Trained<T>(Samples<T> samples, int labels)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var spec = new NetworkSpec { Inputs = samples.InputWidth, Layers = [new DenseSpec { Units = 5 }, new DenseSpec { Units = labels }] };
        var options = new TrainerOptions
        {
            Loss = new SoftmaxCrossEntropySpec(),
            Optimizer = new AdamSpec(),
            Epochs = 3,
            BatchSize = 16,
            Score = ScoreKind.Accuracy,
            Seed = 3,
        };
        var trainer = new Trainer<T>(
            Network<T>.Build(spec, samples.InputWidth, labels, OutputLink.Softmax), samples, samples, RowOrder.Shuffled(samples.Rows, 5), options);
        var epochs = new List<EpochResult>();
        trainer.Run(epochs.Add);
        return (trainer.Parameters.ToArray(), epochs);
    }

    private Microsoft.Win32.SafeHandles.SafeFileHandle Create(long bytes) => File.OpenHandle(
        Path.Combine(_folder, $"{_files++}"), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose, bytes);
}
