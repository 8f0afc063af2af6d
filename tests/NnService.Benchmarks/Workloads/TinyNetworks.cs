using NnService.Engine;
using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Benchmarks.Workloads;

/// <summary>T1 and T2: the networks of tutorials, float64, where each step is a few dozen multiplications and the rest is overhead.</summary>
internal static class TinyNetworks
{
    public static IReadOnlyList<Workload> All { get; } =
    [
        new("T1", "2-2-1 sigmoid, MSE, SGD, float64, 4 samples one at a time, 1000 epochs", Figure.Milliseconds, Heights),
        new("T2", "3-4-5-1 sigmoid without biases, ½ SSE, SGD, float64, full batch of 4, 5000 epochs", Figure.Milliseconds, Points),
    ];

    private static Func<Action> Heights(Team? team)
    {
        double[] inputs = [-2, -1, 25, 6, 17, 4, -15, -6];
        double[] targets = [1, 0, 0, 1];
        return Training(new MemorySamples<double>(inputs, 2, targets, 1), [2, 1], useBias: true, new MeanSquaredErrorSpec(), epochs: 1000, batchSize: 1, team);
    }

    private static Func<Action> Points(Team? team)
    {
        double[] inputs = [0, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1];
        double[] targets = [0, 1, 1, 0];
        return Training(
            new MemorySamples<double>(inputs, 3, targets, 1), [4, 5, 1], useBias: false, new HalfSumSquaredErrorSpec(), epochs: 5000, batchSize: 4, team);
    }

    private static Func<Action> Training(
        Samples<double> samples, int[] units, bool useBias, LossSpec loss, int epochs, int batchSize, Team? team)
    {
        var spec = new NetworkSpec
        {
            Layers = [.. units.Select(count => new DenseSpec
            {
                Units = count,
                Activation = new SigmoidSpec(),
                UseBias = useBias,
                Initializer = new NormalSpec(),
            })],
        };
        var network = Network<double>.Build(spec, samples.InputWidth, samples.TargetWidth, loss.Link);
        var options = new TrainerOptions
        {
            Loss = loss,
            Optimizer = new SgdSpec { LearningRate = 0.1 },
            Epochs = epochs,
            BatchSize = batchSize,
            ExactTrainLoss = false, // nothing but training is timed
            ReportEvery = epochs,
        };
        return () =>
        {
            var trainer = new Trainer<double>(network, samples, null, RowOrder.Sequential(samples.Rows), options, team);
            return () => trainer.Run();
        };
    }
}
