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
        new("X1", "x", Figure.Milliseconds, _ => X1),
        new("X2", "x", Figure.Milliseconds, _ => X2),
        new("X3", "x", Figure.Milliseconds, _ => X3),
    ];

    private static (TinyNetwork<double>, Loss<double>, Optimizer<double>) Made()
    {
        var spec = new NetworkSpec
        {
            Layers = [.. new[] { 2, 1 }.Select(count => new DenseSpec { Units = count, Activation = new SigmoidSpec(), Initializer = new NormalSpec() })],
        };
        var network = Network<double>.Build(spec, 2, 1, new MeanSquaredErrorSpec().Link);
        var tiny = TinyNetwork<double>.Of(network, 1)!;
        network.Initialize(1, tiny.Parameters, []);
        tiny.Load();
        return (tiny, new MeanSquaredErrorSpec().Build<double>(), new SgdSpec { LearningRate = 0.1 }.Build<double>(tiny.OptimizedCount));
    }

    private static readonly double[] s_in = [-2, -1, 25, 6, 17, 4, -15, -6];
    private static readonly double[] s_out = [1, 0, 0, 1];

    private static Action X1()
    {
        var (tiny, loss, opt) = Made();
        return () =>
        {
            for (var i = 0; i < 1000; i++)
                Epoch(tiny, loss, opt);
        };
    }

    private static double Epoch(TinyNetwork<double> tiny, Loss<double> loss, Optimizer<double> opt)
    {
        var total = 0.0;
        for (var r = 0; r < 4; r++)
        {
            var batch = new Minibatch<double>(s_in.AsSpan(2 * r, 2), s_out.AsSpan(r, 1), []);
            total += tiny.Learn(batch, 1, 0, loss, 1, out _);
            tiny.Update(opt, 0.1);
        }

        return total;
    }

    private static Action X2()
    {
        var (tiny, loss, opt) = Made();
        return () =>
        {
            for (var i = 0; i < 1000; i++)
                tiny.Raw(s_in, s_out, 0.1, opt);
        };
    }

    private static Action X3()
    {
        var (tiny, loss, opt) = Made();
        return () =>
        {
            for (var i = 0; i < 1000; i++)
                tiny.Raw(s_in, s_out, 0.1, null);
        };
    }

    private static Func<Action> Heights(Team? team)
    {
        double[] inputs = [-2, -1, 25, 6, 17, 4, -15, -6];
        double[] targets = [1, 0, 0, 1];
        return Training(new Samples<double>(inputs, 2, targets, 1), [2, 1], useBias: true, new MeanSquaredErrorSpec(), epochs: 1000, batchSize: 1, team);
    }

    private static Func<Action> Points(Team? team)
    {
        double[] inputs = [0, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1];
        double[] targets = [0, 1, 1, 0];
        return Training(
            new Samples<double>(inputs, 3, targets, 1), [4, 5, 1], useBias: false, new HalfSumSquaredErrorSpec(), epochs: 5000, batchSize: 4, team);
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
