using System.Numerics;
using System.Runtime.InteropServices;
using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

/// <summary>The short way of tiny networks against the general one, to the bit.</summary>
public sealed class TinyNetworkTests
{
    private const int Shapes = 40;
    private const int Epochs = 3;

    public static IEnumerable<object[]> Optimizers => OptimizerSpec.Known.Members.Select(spec => new object[] { spec.Type });

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Tiny_networks_are_trained_to_the_same_bits_as_by_the_general_path(string optimizer)
    {
        var random = new System.Random(optimizer.Length);
        for (var i = 0; i < Shapes; i++)
        {
            Compare<float>(random, OptimizerSpec.Known.Find(optimizer)!, mostUnits: 16);
            Compare<double>(random, OptimizerSpec.Known.Find(optimizer)!, mostUnits: 8);
        }
    }

    [Fact]
    public void Only_small_dense_networks_are_tiny()
    {
        var sigmoid = new DenseSpec { Units = 8, Activation = new SigmoidSpec() };
        Assert.NotNull(Tiny<double>(rows: 4, sigmoid, new DenseSpec { Units = 1 }));
        Assert.NotNull(Tiny<float>(rows: 4, new DenseSpec { Units = 16 }));
        Assert.Null(Tiny<double>(rows: 4, new DenseSpec { Units = 9 }));
        Assert.Null(Tiny<double>(rows: 4, sigmoid with { Activation = new SoftmaxSpec() }));
        Assert.Null(Tiny<double>(rows: 4, sigmoid, new DropoutSpec(), new DenseSpec { Units = 1 }));
        Assert.Null(Tiny<double>(rows: 64, sigmoid));
    }

    [Fact]
    public void Parameters_are_up_to_date_whenever_somebody_looks()
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Weights = [[2.0]], UseBias = false }] });
        var options = new TrainerOptions { Loss = new HalfSumSquaredErrorSpec(), Optimizer = new SgdSpec { LearningRate = 0.5 }, Epochs = 1, BatchSize = 1 };
        var seen = new List<double>();
        Trainer<double>? trainer = null;
        trainer = new(network, new MemorySamples<double>([1, 1], 1, [0, 0], 1), null, RowOrder.Sequential(2), options)
        {
            Progressed = _ => seen.AddRange([trainer!.Gradient[0], trainer.Parameters[0]]),
        };
        trainer.Run();
        Assert.Equal([2, 1, 1, 0.5], seen);

        trainer.Parameters[0] = 3;
        Assert.Equal(3, trainer.Parameters[0]);
    }

    [Fact]
    public void A_step_of_a_tiny_network_allocates_nothing() =>
        Assert.Contains(0, Enumerable.Range(0, 10).Select(_ => BytesOfSteps())); // a collection may come between, but not each time

    private static long BytesOfSteps()
    {
        const int steps = 400;
        var network = Network<float>.Build(
            new NetworkSpec { Inputs = 3, Layers = [new DenseSpec { Units = 4, Activation = new GeluSpec() }, new DenseSpec { Units = 3 }] });
        var samples = new MemorySamples<float>([1, 2, 3, 4, 5, 6], 3, [0, 1, 0, 1, 0, 1], 3);
        var options = new TrainerOptions { Loss = new MeanSquaredErrorSpec(), Optimizer = new AdamSpec(), Epochs = 1, BatchSize = 2 };
        var step = 0;
        long before = 0, after = 0;
        var trainer = new Trainer<float>(network, samples, null, RowOrder.WithReplacement(2, 2 * steps, seed: 1), options)
        {
            MinibatchTrained = _ =>
            {
                if (++step == steps / 4)
                    before = GC.GetAllocatedBytesForCurrentThread();
                else if (step == steps)
                    after = GC.GetAllocatedBytesForCurrentThread();
            },
        };
        Assert.Equal(TrainingEnd.Completed, trainer.Run().End);
        return after - before;
    }

    private static TinyNetwork<T>? Tiny<T>(int rows, params LayerSpec[] layers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TinyNetwork<T>.Of(Network<T>.Build(new NetworkSpec { Inputs = 3, Layers = layers }), rows);

    /// <summary>A random network and random rows, trained by the trainer and by the general path's own steps.</summary>
    private static void Compare<T>(System.Random random, OptimizerSpec optimizer, int mostUnits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var losses = LossSpec.Known.Members;
        var loss = losses[random.Next(losses.Count)];
        var outputs = loss.Link == OutputLink.Softmax ? random.Next(2, 5) : random.Next(1, 4);
        var spec = RandomSpec(random, loss.Link, outputs, mostUnits);
        var batch = random.Next(1, 9);
        var network = Network<T>.Build(spec, link: loss.Link);
        if (TinyNetwork<T>.Of(network, batch) is null)
            return; // too many multiply-adds after all

        var rows = (2 * batch) + random.Next(1, batch + 1);
        var targets = new T[rows * outputs];
        for (var i = 0; i < targets.Length; i++)
            targets[i] = T.CreateChecked(random.Next(2));
        T[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => T.CreateChecked((random.NextDouble() * 2) - 1))];
        var samples = new MemorySamples<T>(
            Numbers(rows * network.Inputs), network.Inputs, targets, outputs, random.Next(2) == 0 ? null : [.. Numbers(rows).Select(T.Abs)]);
        var options = new TrainerOptions { Loss = loss, Optimizer = optimizer, Epochs = Epochs, BatchSize = batch, Seed = 5, ExactTrainLoss = false };

        var seen = new List<double>();
        var trainer = new Trainer<T>(network, samples, null, RowOrder.Sequential(rows), options) { MinibatchTrained = seen.Add };
        Assert.Equal(TrainingEnd.Completed, trainer.Run().End);
        var (parameters, gradient, expected) = Train(network, samples, options);

        var name = $"{string.Join(", ", spec.Layers)}; {loss.Type}, batches of {batch}";
        Assert.True(Bits<double>(expected.ToArray()).SequenceEqual(Bits<double>(seen.ToArray())), name);
        Assert.True(Bits(gradient).SequenceEqual(Bits(trainer.Gradient)), name);
        Assert.True(Bits<T>(parameters).SequenceEqual(Bits<T>(trainer.Parameters)), name);
    }

    private static NetworkSpec RandomSpec(System.Random random, OutputLink link, int outputs, int mostUnits)
    {
        ActivationSpec[] activations = [.. ActivationSpec.Known.Members.Where(activation => activation is not SoftmaxSpec)];
        var layers = new LayerSpec[random.Next(1, 4)];
        for (var i = 0; i < layers.Length; i++)
        {
            var isLast = i == layers.Length - 1;
            layers[i] = new DenseSpec
            {
                Units = isLast ? outputs : random.Next(1, mostUnits + 1),
                UseBias = random.Next(2) == 0,
                Initializer = new NormalSpec(),
                BiasInitializer = new NormalSpec(),
                Activation = !isLast || link == OutputLink.Identity ? activations[random.Next(activations.Length)]
                    : link == OutputLink.Sigmoid ? new SigmoidSpec() : new SoftmaxSpec(),
            };
        }

        return new NetworkSpec { Inputs = random.Next(1, 7), Layers = layers };
    }

    /// <summary>The slow twin: what the trainer does with a network that is not tiny.</summary>
    private static (T[] Parameters, T[] Gradient, List<double> Losses) Train<T>(Network<T> network, Samples<T> samples, TrainerOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (parameters, gradient) = (new T[network.ParameterCount], new T[network.ParameterCount]);
        network.Initialize(options.Seed, parameters, []);
        var workspace = new Workspace<T>(network, options.BatchSize, forTraining: true);
        var (loss, optimizer) = (options.Loss.Build<T>(), options.Optimizer.Build<T>(network.ParameterCount));
        var (losses, meanWeight) = (new List<double>(), Loss<T>.TotalWeight(samples.Weights(0, samples.Rows), samples.Rows) / samples.Rows);
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            for (var start = 0; start < samples.Rows; start += options.BatchSize)
            {
                var batch = samples.Range(start, Math.Min(options.BatchSize, samples.Rows - start), []);
                var rows = batch.Inputs.Length / network.Inputs;
                var pass = new NetworkPass<T> { Input = batch.Inputs, Rows = rows, Parameters = parameters, State = [], Training = true };
                var output = network.Forward(workspace, pass);
                var inverse = 1 / (rows * meanWeight);
                var outputGradient = new T[output.Length];
                var sum = loss.SumAndGradient(
                    output, batch.Targets, batch.Weights, network.Outputs, T.CreateChecked(loss.IsSum ? 1.0 : inverse), outputGradient);
                network.Backward(workspace, pass, outputGradient, gradient);
                optimizer.Step(parameters, gradient, options.Optimizer.LearningRate);
                losses.Add(loss.IsSum ? sum : sum * inverse);
            }
        }

        return (parameters, gradient, losses);
    }

    private static ReadOnlySpan<byte> Bits<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged => MemoryMarshal.AsBytes(numbers);
}
