using System.Globalization;
using NnService.Engine;
using NnService.Engine.Activations;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Benchmarks.Workloads;

/// <summary>T3 to T6: relu networks in float32, trained in minibatches from rows in memory.</summary>
internal static class MinibatchTraining
{
    private const int DigitRows = 1797;
    private const int DigitEpochs = 20;
    private const int WideSteps = 20;
    private const int WideBatch = 256;

    // Two operations for each multiply-add of forward pass, weight gradient and input gradient; by convention for the first layer too, which has no input
    // gradient.
    private const double WideOperations = WideSteps * 6.0 * ((784 * 1024) + (1024 * 1024) + (1024 * 10)) * WideBatch;

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("T3", "digits 64-64-10, batch 32 shuffled, Adam, 20 epochs, float32", Figure.PerSecond("samples/s", DigitRows * DigitEpochs), Digits),
        new("T4-SGD", "784-128-10, batch 64, SGD, one epoch of 60,000 random rows, float32",
            Figure.Seconds, team => Images(new SgdSpec { LearningRate = 0.01 }, team)),
        new("T4-Adam", "784-128-10, batch 64, Adam, one epoch of 60,000 random rows, float32", Figure.Seconds, team => Images(new AdamSpec(), team)),
        new("T5", "784-1024-1024-10, batch 256, Adam, 20 steps, float32", Figure.PerSecond("GFLOP/s", WideOperations / 1e9), Wide),
        new("T6", "50-256-128-1, MSE, batch 128, Adam, one epoch of 100,000 random rows, float32", Figure.Seconds, Regression),
    ];

    private static Func<Action> Digits(Team? team)
    {
        var lines = File.ReadAllLines(DigitsFile).Skip(1)
            .Select(line => Array.ConvertAll(line.Split(','), cell => float.Parse(cell, CultureInfo.InvariantCulture))).ToArray();
        float[] inputs = [.. lines.SelectMany(cells => cells.Take(64)).Select(pixel => pixel / 16)];
        var samples = new MemorySamples<float>(inputs, 64, OneHot([.. lines.Select(cells => (int)cells[64])]), 10);
        return Training(samples, [64, 10], new SoftmaxCrossEntropySpec(), new AdamSpec(), 32, DigitEpochs, RowOrder.Shuffled(samples.Rows, 1), team);
    }

    private static Func<Action> Images(OptimizerSpec optimizer, Team? team) => Classes(60_000, [128, 10], optimizer, 64, team);

    private static Func<Action> Wide(Team? team) => Classes(WideSteps * WideBatch, [1024, 1024, 10], new AdamSpec(), WideBatch, team);

    private static Func<Action> Classes(int rows, int[] units, OptimizerSpec optimizer, int batchSize, Team? team)
    {
        var random = new Random(1);
        var labels = new int[rows];
        for (var i = 0; i < rows; i++)
            labels[i] = random.Next(10);
        var samples = new MemorySamples<float>(Uniform(random, rows * 784), 784, OneHot(labels), 10);
        return Training(samples, units, new SoftmaxCrossEntropySpec(), optimizer, batchSize, 1, RowOrder.Sequential(rows), team);
    }

    private static Func<Action> Regression(Team? team)
    {
        const int Rows = 100_000;
        var random = new Random(1);
        var samples = new MemorySamples<float>(Uniform(random, Rows * 50), 50, Uniform(random, Rows), 1);
        return Training(samples, [256, 128, 1], new MeanSquaredErrorSpec(), new AdamSpec(), 128, 1, RowOrder.Sequential(Rows), team);
    }

    private static Func<Action> Training(
        Samples<float> samples, int[] units, LossSpec loss, OptimizerSpec optimizer, int batchSize, int epochs, RowOrder order, Team? team)
    {
        var network = Network<float>.Build(ReluNetwork(units), samples.InputWidth, samples.TargetWidth, loss.Link);
        var options = new TrainerOptions
        {
            Loss = loss,
            Optimizer = optimizer,
            Epochs = epochs,
            BatchSize = batchSize,
            ExactTrainLoss = false, // nothing but training is timed
            ReportEvery = epochs,
        };
        return () =>
        {
            var trainer = new Trainer<float>(network, samples, null, order, options, team);
            return () => trainer.Run();
        };
    }

    /// <summary>Relu in every layer but the last, which is linear.</summary>
    internal static NetworkSpec ReluNetwork(params ReadOnlySpan<int> units)
    {
        var layers = new LayerSpec[units.Length];
        for (var i = 0; i < units.Length; i++)
            layers[i] = new DenseSpec { Units = units[i], Activation = i + 1 < units.Length ? new ReluSpec() : new LinearSpec() };
        return new NetworkSpec { Layers = layers };
    }

    internal static float[] Uniform(Random random, int count)
    {
        var numbers = new float[count];
        for (var i = 0; i < count; i++)
            numbers[i] = random.NextSingle();
        return numbers;
    }

    /// <summary>Where the build put the digits; the peers read the same file.</summary>
    internal static string DigitsFile => Path.Combine(AppContext.BaseDirectory, "SampleData", "digits.csv");

    private static float[] OneHot(int[] labels)
    {
        var targets = new float[labels.Length * 10];
        for (var row = 0; row < labels.Length; row++)
            targets[(row * 10) + labels[row]] = 1;
        return targets;
    }
}
