using System.Numerics;
using NnService.Engine.Activations;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Tests.Layers;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

// Beside tests that have the collector run, the count of a thread's bytes is not exact.
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int Rows = 50;
    private const int BatchSize = 8;
    private const int WarmUpSteps = 100;
    private const int Steps = 300;
    private const int MostCollections = 10;

    public static IEnumerable<object[]> Optimizers => OptimizerSpec.Known.Members.Select(spec => new object[] { spec.Type });

    public static IEnumerable<object[]> Losses => LossSpec.Known.Members.Select(spec => new object[] { spec.Type });

    public static IEnumerable<object[]> Activations => ActivationSpec.Known.Members.Select(spec => new object[] { spec.Type });

    public static IEnumerable<object[]> Embeddings => LayerSpec.Known.Members.OfType<EmbeddingSpec>().Select(spec => new object[] { spec.Type });

    [Theory]
    [MemberData(nameof(Optimizers))]
    public void A_training_step_allocates_nothing_whatever_the_optimizer(string type)
    {
        Assert.Equal(0, BytesOfSteps<float>(OptimizerSpec.Known.Find(type)!, new MeanSquaredErrorSpec(), new ReluSpec()));
        Assert.Equal(0, BytesOfSteps<double>(OptimizerSpec.Known.Find(type)!, new MeanSquaredErrorSpec(), new ReluSpec()));
    }

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_training_step_allocates_nothing_whatever_the_loss(string type) =>
        Assert.Equal(0, BytesOfSteps<float>(new AdamSpec(), LossSpec.Known.Find(type)!, new ReluSpec()));

    [Theory]
    [MemberData(nameof(Activations))]
    public void A_training_step_allocates_nothing_whatever_the_activation(string type) =>
        Assert.Equal(0, BytesOfSteps<float>(new AdamSpec(), new MeanSquaredErrorSpec(), ActivationSpec.Known.Find(type)!));

    [Theory]
    [MemberData(nameof(Embeddings))]
    public void A_training_step_allocates_nothing_whatever_the_embedding(string type)
    {
        var network = new NetworkSpec { Layers = [LayerSpec.Known.Find(type)!, new DenseSpec { Units = 1 }] };
        Assert.Equal(0, BytesOfSteps(new AdamSpec(), new MeanSquaredErrorSpec(), Network<float>.Build(network, EmbeddedInputs.Layout)));
        Assert.Equal(0, BytesOfSteps(new AdamSpec(), new MeanSquaredErrorSpec(), Network<double>.Build(network, EmbeddedInputs.Layout)));
    }

    [Fact]
    public void A_training_step_of_an_ensemble_behind_embeddings_allocates_nothing()
    {
        LayerSpec[] layers =
        [
            new CategoryEmbeddingSpec(), new PiecewiseLinearSpec(), new DenseSpec { Units = 6, Activation = new ReluSpec() }, new DenseSpec { Units = 1 },
        ];
        var network = Network<float>.Build(new NetworkSpec { Members = 3, Layers = layers }, EmbeddedInputs.Layout);

        Assert.Equal(0, BytesOfSteps(new AdamSpec(), new MeanSquaredErrorSpec(), network));
    }

    [Fact]
    public void An_inference_pass_allocates_nothing()
    {
        var network = Network<float>.Build(WithEveryLayer(new SoftmaxSpec()));
        var (parameters, state, input) = (new float[network.ParameterCount], new float[network.StateCount], new float[Rows * network.Inputs]);
        network.Initialize(1, parameters, state);
        var workspace = new Workspace<float>(network, Rows, forTraining: false);
        Assert.Equal(0, BytesOf(() => network.Forward(
            workspace, new NetworkPass<float> { Input = input, Rows = Rows, Parameters = parameters, State = state })));
    }

    [Fact]
    public void A_prediction_allocates_nothing()
    {
        var model = Model(WithEveryLayer(new LinearSpec()));
        var (encoded, answers) = (new double[Rows * model.Description.Features.Width], new double[Rows * model.Outputs]);
        Assert.Equal(0, BytesOf(() => model.Predict(encoded, Rows, answers)));
    }

    // A service keeps hundreds of small models ready, and counts the bytes of their parameters.
    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    public void Models_that_have_answered_keep_next_to_nothing_of_what_they_have_computed_in(int rows)
    {
        var network = new NetworkSpec
        {
            Inputs = 5,
            Layers = [new DenseSpec { Units = 64 }, new DropoutSpec(), new DenseSpec { Units = 64 }, new LayerNormalizationSpec(), new DenseSpec { Units = 1 }],
        };
        TrainedModel[] models = [.. Enumerable.Range(0, 50).Select(_ => Model(network))];
        var (encoded, answers) = (new double[rows * 5], new double[rows]);
        models[0].Predict(encoded, rows, answers); // the memory that they share

        var bytes = LeastOf(() => CountBytes(() =>
        {
            foreach (var model in models)
                model.With(model.Description).Predict(encoded, rows, answers);
        }) - CountBytes(() =>
        {
            foreach (var model in models)
                model.With(model.Description);
        }));

        Assert.InRange(bytes / models.Length, 0, 5_000); // memory for 256 rows has a megabyte
    }

    private static long CountBytes(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static TrainedModel Model(NetworkSpec network)
    {
        var built = Network<float>.Build(network);
        var (parameters, state) = (new float[built.ParameterCount], new float[built.StateCount]);
        built.Initialize(1, parameters, state);
        return TrainedModel.Create<float>(
            new ModelDescription
            {
                Network = network,
                Features = new FeatureEncoding(
                    [.. Enumerable.Range(1, built.Inputs).Select(i => new FeatureColumn { Name = $"x{i}", Type = ColumnType.Number })], MissingCells.Error),
                Target = new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1]),
                Precision = Precision.Float32,
            },
            parameters,
            state);
    }

    private static long BytesOf(Action action)
    {
        for (var i = 0; i < WarmUpSteps; i++)
            action();
        return LeastOf(() => CountBytes(() =>
        {
            for (var i = 0; i < WarmUpSteps; i++)
                action();
        }));
    }

    private static long BytesOfSteps<T>(OptimizerSpec optimizer, LossSpec loss, ActivationSpec activation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => BytesOfSteps(optimizer, loss, Network<T>.Build(WithEveryLayer(activation)));

    /// <summary>Bytes of <see cref="Steps"/> steps in one epoch, through all the network's layers, with row weights and clipping.</summary>
    private static long BytesOfSteps<T>(OptimizerSpec optimizer, LossSpec loss, Network<T> network)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => LeastOf(() => CountBytes(optimizer, loss, network));

    // A collection takes memory from every thread that it had not used yet, which counts as if it had; what allocates does so each time.
    private static long LeastOf(Func<long> count)
    {
        var bytes = count();
        for (var i = 0; bytes > 0 && i < MostCollections; i++)
            bytes = Math.Min(bytes, count());
        return bytes;
    }

    private static long CountBytes<T>(OptimizerSpec optimizer, LossSpec loss, Network<T> network)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] Numbers(int count) => [.. Enumerable.Range(1, count).Select(i => T.CreateChecked((i % 7 / 7.0) + 0.1))];
        var samples = new MemorySamples<T>(Numbers(Rows * network.Inputs), network.Inputs, Numbers(Rows * network.Outputs), network.Outputs, Numbers(Rows));
        var step = 0;
        long before = 0, after = 0;
        var trainer = new Trainer<T>(
            network,
            samples,
            null,
            RowOrder.WithReplacement(Rows, (WarmUpSteps + Steps) * BatchSize, seed: 1),
            new TrainerOptions { Loss = loss, Optimizer = optimizer with { LearningRate = 1e-4 }, Epochs = 1, BatchSize = BatchSize, GradientClipNorm = 1 })
        {
            MinibatchTrained = _ =>
            {
                step++;
                if (step == WarmUpSteps)
                    before = GC.GetAllocatedBytesForCurrentThread();
                else if (step == WarmUpSteps + Steps)
                    after = GC.GetAllocatedBytesForCurrentThread();
            },
        };
        Assert.Equal(TrainingEnd.Completed, trainer.Run().End);
        return after - before;
    }

    // But for embeddings, which exclude each other.
    private static NetworkSpec WithEveryLayer(ActivationSpec activation)
    {
        var layers = LayerSpec.Known.Members.Where(layer => layer is not EmbeddingSpec).Select(layer =>
            layer is DenseSpec dense ? dense with { Units = 6, Activation = activation } : layer);
        return new NetworkSpec { Inputs = 5, Layers = [.. layers, new DenseSpec { Units = 1 }] };
    }
}
