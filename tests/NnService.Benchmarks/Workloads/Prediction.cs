using System.Runtime.InteropServices;
using NnService.Engine;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Export;
using NnService.Engine.Kernels;

namespace NnService.Benchmarks.Workloads;

/// <summary>P1 and P2: rows through 784-128-10 in process, by the bare network and by a model as the service holds it.</summary>
internal static class Prediction
{
    private const int Inputs = 784;
    private const int ManySingleRows = 1000;
    private const int ManyBatches = 10;

    public static IReadOnlyList<Workload> All { get; } =
    [
        new("P1", "one row through 784-128-10, float32", Figure.Microseconds, team => Forward(1, ManySingleRows, team)) { Count = ManySingleRows },
        new("P1-model", "the same by TrainedModel.Predict, from and to float64",
            Figure.Microseconds, _ => Predict(1, ManySingleRows)) { Count = ManySingleRows },
        new("P2", "1000 rows through 784-128-10, float32", Figure.Microseconds, team => Forward(1000, ManyBatches, team)) { Count = ManyBatches },
        new("P2-model", "the same by TrainedModel.Predict, from and to float64", Figure.Microseconds, _ => Predict(1000, ManyBatches)) { Count = ManyBatches },
    ];

    private static Func<Action> Forward(int rows, int times, Team? team)
    {
        var (network, parameters) = Initialized();
        var workspace = new Workspace<float>(network, rows, forTraining: false);
        var input = MinibatchTraining.Uniform(new Random(1), rows * Inputs);
        return () => () =>
        {
            for (var i = 0; i < times; i++)
                network.Forward(workspace, new NetworkPass<float> { Input = input, Rows = rows, Parameters = parameters, State = default, Team = team });
        };
    }

    private static Func<Action> Predict(int rows, int times)
    {
        var model = Model();
        var encoded = Array.ConvertAll(MinibatchTraining.Uniform(new Random(1), rows * Inputs), number => (double)number);
        var answers = new double[rows * model.Outputs];
        return () => () =>
        {
            for (var i = 0; i < times; i++)
                model.Predict(encoded, rows, answers);
        };
    }

    /// <summary>The network for a peer: an ONNX file with one input <c>x</c>, [N, 784] of float, and one output <c>y</c>, and a file of floats, a row and what
    /// we answer to it.</summary>
    public static (string Network, string Row) WriteFiles(string folder)
    {
        var model = Model();
        var graph = new OnnxGraph();
        var network = new OnnxNetwork(graph, isSingle: true);
        var x = graph.Input("x", OnnxTensor.FloatType, Inputs);
        graph.Output("y", ExportStep.Of(model).Aggregate(x, (before, step) => network.Add(step, before)), OnnxTensor.FloatType, model.Outputs);
        var (networkFile, rowFile) = (Path.Combine(folder, "network.onnx"), Path.Combine(folder, "row"));
        File.WriteAllBytes(networkFile, graph.ToModel("prediction", "1"));

        var row = MinibatchTraining.Uniform(new Random(1), Inputs);
        var answers = new double[model.Outputs];
        model.Predict(Array.ConvertAll(row, number => (double)number), 1, answers);
        float[] numbers = [.. row, .. answers.Select(answer => (float)answer)];
        File.WriteAllBytes(rowFile, MemoryMarshal.AsBytes(numbers.AsSpan()));
        return (networkFile, rowFile);
    }

    private static TrainedModel Model()
    {
        var (_, parameters) = Initialized();
        var description = new ModelDescription
        {
            Network = Spec,
            Features = new FeatureEncoding(
                [.. Enumerable.Range(1, Inputs).Select(i => new FeatureColumn { Name = $"x{i}", Type = ColumnType.Number })], MissingCells.Error),
            Target = new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1]),
            Precision = Precision.Float32,
        };
        return TrainedModel.Create<float>(description, parameters, default);
    }

    private static NetworkSpec Spec => MinibatchTraining.ReluNetwork(128, 10);

    private static (Network<float> Network, float[] Parameters) Initialized()
    {
        var network = Network<float>.Build(Spec, Inputs);
        var parameters = new float[network.ParameterCount];
        network.Initialize(1, parameters, []);
        return (network, parameters);
    }
}
