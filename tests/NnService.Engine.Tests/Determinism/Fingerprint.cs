using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using NnService.Engine.Activations;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Initializers;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Random;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Determinism;

/// <summary>Trains some networks and prints a SHA-256 of each: over the weights, the untrained state, the optimizer's state and every loss on the
/// way.</summary>
internal static class Fingerprint
{
    /// <summary>The test assembly's own entry point, for child processes: <c>fingerprint THREADS</c>.</summary>
    public static int Main(string[] args)
    {
        if (args is not ["fingerprint", var threads])
            return 2;
        Console.Error.WriteLine($"{Avx512F.IsSupported} {Avx2.IsSupported} {X86Base.IsSupported || ArmBase.IsSupported}"); // what is switched off, told apart
        using var team = new Team(int.Parse(threads, CultureInfo.InvariantCulture));
        Console.WriteLine($"digits {Digits(team)}");
        Console.WriteLine($"wide {Wide(team)}");
        Console.WriteLine($"heights {Heights(team)}");
        Console.WriteLine($"points {Points(team)}");
        Console.WriteLine($"members {Members(team)}");
        foreach (var embedding in (LayerSpec[])[new PiecewiseLinearSpec(), new PeriodicSpec { Scale = 0.3 }, new CosineEmbeddingSpec()])
            Console.WriteLine($"{embedding.Type} {Embedded(embedding, team)}");
        return 0;
    }

    private static string Digits(Team team)
    {
        using var csv = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "SampleData", "digits.csv"));
        var table = CsvTable.Read(csv);
        int[] rows = [.. Enumerable.Range(0, table.Rows)];
        var features = FeatureEncoding.Fit(table, [.. table.Columns.Take(64).Select(column => column.Name)], rows, new PreprocessingSpec());
        var target = TargetEncoding.Fit(table, ["digit"], TaskKind.MulticlassClassification, null, TargetScaling.None, rows);
        var inputs = new float[rows.Length * features.Width];
        features.Bind(table).Encode<float>(rows, inputs);
        var targets = new float[rows.Length * 10];
        target.Encode<float>(table, rows, 10, targets);
        var spec = new NetworkSpec
        {
            Layers =
            [
                new DenseSpec { Units = 64, Activation = new ReluSpec() },
                new DropoutSpec { Rate = 0.2 },
                new DenseSpec { Units = 10, Activation = new SoftmaxSpec() },
            ],
        };
        return Train(spec, new MemorySamples<float>(inputs, features.Width, targets, 10), new SoftmaxCrossEntropySpec(), new AdamSpec(), 32, 2, team);
    }

    // Every activation with a formula of its own takes part; the rows are random numbers.
    private static string Wide(Team team)
    {
        const int Rows = 256;
        var random = new RandomStream(1, RandomPurpose.Sampling, 0);
        var inputs = new float[Rows * 784];
        for (var i = 0; i < inputs.Length; i++)
            inputs[i] = (float)random.Normal((ulong)i);
        var targets = new float[Rows * 10];
        for (var row = 0; row < Rows; row++)
            targets[(row * 10) + random.Below((ulong)(inputs.Length + row), 10)] = 1;
        var spec = new NetworkSpec
        {
            Layers =
            [
                new DenseSpec { Units = 128, Activation = new GeluSpec() },
                new BatchNormalizationSpec(),
                new DenseSpec { Units = 17, Activation = new TanhSpec() },
                new LayerNormalizationSpec(),
                new DenseSpec { Units = 10, Activation = new SoftmaxSpec() },
            ],
        };
        return Train(spec, new MemorySamples<float>(inputs, 784, targets, 10), new SoftmaxCrossEntropySpec(), new SgdSpec { Momentum = 0.9 }, 64, 2, team);
    }

    private static string Heights(Team team)
    {
        double[] inputs = [-2, -1, 25, 6, 17, 4, -15, -6];
        double[] targets = [1, 0, 0, 1];
        var spec = new NetworkSpec
        {
            Layers =
            [
                new DenseSpec { Units = 2, Activation = new SigmoidSpec(), Initializer = new NormalSpec() },
                new DenseSpec { Units = 1, Activation = new SigmoidSpec(), Initializer = new NormalSpec() },
            ],
        };
        return Train(spec, new MemorySamples<double>(inputs, 2, targets, 1), new MeanSquaredErrorSpec(), new SgdSpec { LearningRate = 0.1 }, 1, 200, team);
    }

    // Tiny, in float32, with one, two and four rows in a register.
    private static string Points(Team team)
    {
        float[] inputs = [0, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1];
        float[] targets = [0, 1, 1, 0, 1, 0, 0, 1];
        var spec = new NetworkSpec
        {
            Layers =
            [
                new DenseSpec { Units = 9, Activation = new GeluSpec() },
                new DenseSpec { Units = 5, Activation = new TanhSpec() },
                new DenseSpec { Units = 2, Activation = new SigmoidSpec() },
            ],
        };
        return Train(spec, new MemorySamples<float>(inputs, 3, targets, 2), new BinaryCrossEntropySpec(), new AdamSpec(), 3, 100, team);
    }

    // Parts of two members and of three, in waves of one and of two; dropout; layers before the members part.
    private static string Members(Team team)
    {
        const int Rows = 300;
        var random = new RandomStream(2, RandomPurpose.Sampling, 0);
        float[] inputs = [.. Enumerable.Range(0, Rows * 20).Select(i => (float)random.Normal((ulong)i))];
        var targets = new float[Rows * 5];
        for (var row = 0; row < Rows; row++)
            targets[(row * 5) + random.Below((ulong)(inputs.Length + row), 5)] = 1;
        var spec = new NetworkSpec
        {
            Members = 9,
            Layers =
            [
                new LayerNormalizationSpec(),
                new DenseSpec { Units = 70, Activation = new GeluSpec() },
                new DropoutSpec { Rate = 0.1 },
                new DenseSpec { Units = 33, Activation = new ReluSpec() },
                new DenseSpec { Units = 5, Activation = new SoftmaxSpec() },
            ],
        };
        return Train(spec, new MemorySamples<float>(inputs, 20, targets, 5), new SoftmaxCrossEntropySpec(), new AdamSpec(), 100, 3, team);
    }

    // Four numbers, and a category of 61 kinds.
    private static string Embedded(LayerSpec embedding, Team team)
    {
        const int Rows = 200, Kinds = 61, Width = 4 + Kinds;
        var random = new RandomStream(2, RandomPurpose.Sampling, 0);
        var (inputs, targets) = (new float[Rows * Width], new float[Rows]);
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < 4; i++)
                inputs[(row * Width) + i] = (float)random.Normal((ulong)((row * 4) + i));
            inputs[(row * Width) + 4 + random.Below((ulong)(10_000 + row), Kinds)] = 1;
            targets[row] = MathF.Abs(inputs[row * Width]) + (inputs[(row * Width) + 1] * inputs[(row * Width) + 2]);
        }

        var spec = new NetworkSpec
        {
            Layers = [new CategoryEmbeddingSpec(), embedding, new DenseSpec { Units = 48, Activation = new ReluSpec() }, new DenseSpec { Units = 1 }],
        };
        var layout = InputLayout.Of([(InputKind.Number, 4), (InputKind.Category, Kinds)]);
        return Train(spec, new MemorySamples<float>(inputs, Width, targets, 1), new MeanSquaredErrorSpec(), new AdamWSpec(), 64, 3, team, layout);
    }

    private static string Train<T>(NetworkSpec spec, Samples<T> samples, LossSpec loss, OptimizerSpec optimizer, int batchSize, int epochs, Team team,
        InputLayout? inputs = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var network = Network<T>.Build(spec, inputs ?? samples.InputWidth, samples.TargetWidth, loss.Link);
        var losses = new List<double>();
        var options = new TrainerOptions { Loss = loss, Optimizer = optimizer, BatchSize = batchSize, Epochs = epochs, Seed = 7, Score = ScoreKind.Accuracy };
        var trainer = new Trainer<T>(network, samples, null, RowOrder.Shuffled(samples.Rows, 7), options, team) { MinibatchTrained = losses.Add };
        trainer.Run(result => losses.Add(result.TrainLoss));

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<T>(trainer.Parameters));
        hash.AppendData(MemoryMarshal.AsBytes<T>(trainer.State));
        foreach (var vector in trainer.Optimizer.Vectors)
            hash.AppendData(MemoryMarshal.AsBytes<T>(vector));
        hash.AppendData(MemoryMarshal.AsBytes<double>(losses.ToArray()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
