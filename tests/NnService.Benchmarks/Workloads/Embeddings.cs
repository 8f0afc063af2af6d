using NnService.Engine;
using NnService.Engine.Kernels;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Benchmarks.Workloads;

/// <summary>E: a step of a network of 20 number columns behind an embedding.</summary>
internal static class Embeddings
{
    private const int Columns = 20;
    private const int Steps = 50;
    private const int BatchSize = 128;

    public static IReadOnlyList<Workload> All { get; } =
    [
        Of("E-periodic", new PeriodicSpec()),
        Of("E-piecewise", new PiecewiseLinearSpec()),
    ];

    private static Workload Of(string name, EmbeddingSpec embedding) =>
        new(name, $"20 columns, {embedding.Type}, 128-1, MSE, batch 128, AdamW, float32: a step", Figure.Microseconds, team => Training(embedding, team))
        {
            Count = Steps,
        };

    private static Func<Action> Training(EmbeddingSpec embedding, Team? team)
    {
        var (rows, random) = (Steps * BatchSize, new Random(1));
        var samples = new MemorySamples<float>(MinibatchTraining.Uniform(random, rows * Columns), Columns, MinibatchTraining.Uniform(random, rows), 1);
        var dense = MinibatchTraining.ReluNetwork(128, 1);
        var network = Network<float>.Build(
            dense with { Layers = [embedding, .. dense.Layers] }, InputLayout.Of(Enumerable.Repeat((InputKind.Number, 1), Columns)), 1);
        var options = new TrainerOptions
        {
            Loss = new MeanSquaredErrorSpec(),
            Optimizer = new AdamWSpec(),
            Epochs = 1,
            BatchSize = BatchSize,
            ExactTrainLoss = false, // nothing but training is timed
        };
        return () =>
        {
            var trainer = new Trainer<float>(network, samples, null, RowOrder.Shuffled(rows, 1), options, team);
            return () => trainer.Run();
        };
    }
}
