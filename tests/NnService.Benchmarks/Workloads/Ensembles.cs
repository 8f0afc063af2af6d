using NnService.Engine;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Benchmarks.Workloads;

/// <summary>M1 and M16: a step of one network, and of an ensemble of 16 of its kind, in minibatches of several sizes.</summary>
internal static class Ensembles
{
    private const int Inputs = 50;
    private const int Steps = 50;
    private const int Members = 16;

    private static readonly int[] s_batchSizes = [8, 32, 128, 256];

    public static IReadOnlyList<Workload> All { get; } =
    [
        .. s_batchSizes.Select(batchSize => Of($"M1-{batchSize}", $"50-128-64-1, MSE, batch {batchSize}, AdamW, float32: a step", 1, batchSize)),
        .. s_batchSizes.Select(batchSize => Of($"M16-{batchSize}", $"the same with {Members} members", Members, batchSize)),
    ];

    private static Workload Of(string name, string what, int members, int batchSize) =>
        new(name, what, Figure.Microseconds, team => Training(members, batchSize, team)) { Count = Steps };

    private static Func<Action> Training(int members, int batchSize, Team? team)
    {
        var (rows, random) = (Steps * batchSize, new Random(1));
        var samples = new MemorySamples<float>(MinibatchTraining.Uniform(random, rows * Inputs), Inputs, MinibatchTraining.Uniform(random, rows), 1);
        var network = Network<float>.Build(MinibatchTraining.ReluNetwork(128, 64, 1) with { Members = members }, Inputs, 1);
        var options = new TrainerOptions
        {
            Loss = new MeanSquaredErrorSpec(),
            Optimizer = new AdamWSpec(),
            Epochs = 1,
            BatchSize = batchSize,
            ExactTrainLoss = false, // nothing but training is timed
        };
        return () =>
        {
            var trainer = new Trainer<float>(network, samples, null, RowOrder.Shuffled(rows, 1), options, team);
            return () => trainer.Run();
        };
    }
}
