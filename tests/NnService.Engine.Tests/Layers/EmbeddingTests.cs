using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine.Activations;
using NnService.Engine.Data.Csv;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Random;
using NnService.Engine.Specs;
using NnService.Engine.Tests.Reference;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Layers;

public sealed class EmbeddingTests
{
    private static readonly JsonElement[] s_figures = [.. Figures.Read("embeddings.json").GetProperty("cases").EnumerateArray()];

    public static TheoryData<string> Layers => [.. s_figures.Select(figure => figure.GetProperty("layer").GetString()!)];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Outputs_and_gradients_are_those_of_the_figures(string layer)
    {
        var figure = s_figures.Single(figure => figure.GetProperty("layer").GetString() == layer);
        var (network, parameters, state) = Built(figure);
        var x = Figures.Numbers(figure.GetProperty("x"));
        var rows = x.Length / network.Inputs;
        var workspace = new Workspace<double>(network, rows, forTraining: true);
        var pass = new NetworkPass<double> { Input = x, Rows = rows, Parameters = parameters, State = state, Training = true };

        Figures.Equal(figure.GetProperty("output"), network.Forward(workspace, pass), "output");
        var (gradient, inputGradient) = (new double[parameters.Length], new double[x.Length]);
        network.Backward(workspace, pass, Figures.Numbers(figure.GetProperty("output_gradient")), gradient, inputGradient);
        foreach (var slice in network.Slices)
            Figures.Equal(Named(figure, "parameter_gradient", slice), gradient.AsSpan(slice.Offset, slice.Count), slice.Name);
        Figures.Equal(figure.GetProperty("input_gradient"), inputGradient, "input gradient");
    }

    [Fact]
    public void Bins_lie_between_distinct_quantiles_of_the_training_rows()
    {
        var figure = s_figures.Single(figure => figure.GetProperty("layer").GetString() == "piecewiseLinear").GetProperty("edges");
        var rows = Figures.Rows(figure.GetProperty("training"));
        var expected = Figures.Rows(figure.GetProperty("edges"));
        for (var column = 0; column < expected.Length; column++)
        {
            var edges = new double[6];
            Quantiles.Edges<double>(Array.ConvertAll(rows, row => row[column]), edges);
            double[] repeated = [.. expected[column], .. Enumerable.Repeat(expected[column][^1], edges.Length - expected[column].Length)];
            Assert.All(repeated.Zip(edges), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        }

        Assert.Equal(3, expected[1].Length); // three values: the other quantiles are repetitions
    }

    [Theory]
    [InlineData(new double[] { 2, 1, 1, 1, 3, 1, 2 }, new double[] { 1, 2, 3, 3, 3, 3 })] // few values: each is an edge
    [InlineData(new double[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 11 }, new double[] { 1, 2.8, 4.6, 6.4, 8.2, 11 })] // each once: the fifths
    public void A_value_that_is_rare_has_an_edge_of_its_own_where_there_is_room(double[] values, double[] expected)
    {
        var edges = new double[6];
        Quantiles.Edges<double>(values, edges);
        Assert.All(expected.Zip(edges), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void A_value_that_fills_a_bin_leaves_the_other_bins_to_the_other_values()
    {
        double[] values = [.. Enumerable.Repeat(0.0, 90), .. Enumerable.Range(1, 10).Select(i => (double)i)];
        var edges = new double[6];

        Quantiles.Edges<double>(values, edges);

        Assert.All(new[] { 0, 1, 3.25, 5.5, 7.75, 10 }.Zip(edges), pair => Assert.Equal(pair.First, pair.Second, 1e-12)); // 0, and the quarters of 1 … 10
    }

    // 0 … 9.9 in steps of a tenth, and 40 rows at a cap of 10, or at a floor of −10. The quarters end at 9.9, next to the cap.
    [Theory]
    [InlineData(1, new[] { 0, 2.475, 4.95, 7.425, 10, 10 })]
    [InlineData(-1, new[] { -10, -7.425, -4.95, -2.475, 0, 0 })]
    public void A_cap_or_a_floor_makes_no_narrow_bin_that_goes_on_without_an_end(int sign, double[] expected)
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => sign * i / 10.0), .. Enumerable.Repeat(sign * 10.0, 40)];
        var edges = new double[6];

        Quantiles.Edges<double>(values, edges);

        Assert.All(expected.Zip(edges), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void Of_few_values_near_neighbours_at_an_end_share_an_edge()
    {
        var edges = new double[9];

        Quantiles.Edges<double>([0, 0.01, 1, 2, 3, 4, 4.01, 4.02], edges);

        Assert.Equal([0, 1, 2, 3, 4.02, 4.02, 4.02, 4.02, 4.02], edges);
    }

    [Theory]
    [InlineData(TrainingRules.First, 9.9)]
    [InlineData(TrainingRules.EqualWeights, 7.425)]
    public void The_rules_say_whether_the_bins_at_the_ends_are_wide(int rules, double expected)
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => i / 10.0), .. Enumerable.Repeat(10.0, 40)];
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new PiecewiseLinearSpec { Bins = 5, Units = 1 }] });
        var state = new double[network.StateCount];

        network.Fit(_ => [.. values], state, rules);

        Assert.Equal(expected, state.Distinct().Order().ToArray()[^2], 1e-12); // where the last bin begins
    }

    // Half of all edges lie in the lowest hundredth of the range, where the values are.
    [Fact]
    public void A_long_tail_leaves_the_narrow_bins_at_the_other_end()
    {
        var edges = new double[49];

        Quantiles.Edges<double>([.. Enumerable.Range(0, 1000).Select(i => Math.Pow(1.01, i))], edges);

        Assert.Equal(49, edges.Distinct().Count());
        Assert.InRange(edges[1], 1.2, 1.25);
    }

    // The slow twin: the code of every bin written out, and its product as one chain.
    [Fact]
    public void A_piecewise_linear_embedding_is_the_product_of_the_written_out_code_to_the_bit()
    {
        const int Bins = 7, Units = 19, Rows = 300;
        var random = new RandomStream(3, RandomPurpose.Sampling, 0);
        var network = Network<float>.Build(new NetworkSpec { Inputs = 1, Layers = [new PiecewiseLinearSpec { Bins = Bins, Units = Units }] });
        var (parameters, edges) = (new float[network.ParameterCount], new float[network.StateCount]);
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] = (float)random.Normal((ulong)i);
        network.Fit(_ => [.. Enumerable.Range(0, 50).Select(i => (float)Math.Round(random.Normal(900 + (ulong)i), 1))], edges);
        float[] x = [.. edges, .. Enumerable.Range(0, Rows - edges.Length).Select(i => (float)(3 * random.Normal(2_000 + (ulong)i)))];

        var output = network.Forward(
            new Workspace<float>(network, Rows, forTraining: false), new NetworkPass<float> { Input = x, Rows = Rows, Parameters = parameters, State = edges });

        for (var row = 0; row < Rows; row++)
        {
            for (var unit = 0; unit < Units; unit++)
            {
                var sum = 0f;
                for (var bin = 0; bin < Bins; bin++)
                {
                    var code = (x[row] - edges[bin]) / (edges[bin + 1] - edges[bin]);
                    code = bin < Bins - 1 && code > 1 ? 1 : bin > 0 && code < 0 ? 0 : code;
                    sum = MathF.FusedMultiplyAdd(code, parameters[((bin + 2) * Units) + unit], sum);
                }

                Assert.Equal((x[row] * parameters[unit]) + parameters[Units + unit] + sum, output[(row * Units) + unit]);
            }
        }
    }

    [Fact]
    public void A_number_that_is_the_same_in_every_training_row_has_no_bins()
    {
        var network = Network<double>.Build(new NetworkSpec { Inputs = 1, Layers = [new PiecewiseLinearSpec { Bins = 2, Units = 1 }] });
        var state = new double[3];
        network.Fit(_ => [4, 4, 4], state);

        var output = network.Forward(
            new Workspace<double>(network, 2, forTraining: false),
            new NetworkPass<double> { Input = [4, 6], Rows = 2, Parameters = [0.5, 1, 100, 100], State = state });

        Assert.Equal([3, 4], output.ToArray());
    }

    [Fact]
    public void The_start_is_linear_and_every_draw_within_its_bounds()
    {
        var piecewise = Start(new PiecewiseLinearSpec { Bins = 3, Units = 4 });
        Assert.All(piecewise[..16], value => Assert.InRange(Math.Abs(value), double.Epsilon, 0.5)); // w and b of two numbers: 1/√4
        Assert.All(piecewise[16..], value => Assert.Equal(0, value));

        var periodic = Start(new PeriodicSpec { Frequencies = 500, Units = 1, Scale = 0.1 });
        Assert.InRange(periodic[..1000].Max(Math.Abs), 0.25, 0.3); // three deviations
        Assert.InRange(periodic[..1000].Average(value => value * value), 0.009, 0.0105); // σ² = 0.01, less what is cut off

        var cosine = Start(new CosineEmbeddingSpec { Frequencies = 2 });
        Assert.Equal([0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], cosine[4..]); // phases, scales, shifts

        static double[] Start(LayerSpec layer)
        {
            var network = Network<double>.Build(new NetworkSpec { Layers = [layer, new DenseSpec { Units = 1 }] }, 2);
            var parameters = new double[network.ParameterCount];
            network.Initialize(1, parameters, new double[network.StateCount]);
            return parameters[..^((network.Layers[0].Outputs + 1) * 1)];
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(5, 4)]
    [InlineData(10, 6)]
    [InlineData(64, 16)]
    [InlineData(200, 31)]
    [InlineData(10_000, 278)]
    public void The_width_of_a_category_follows_from_the_number_of_categories(int categories, int width)
    {
        var layout = InputLayout.Of([(InputKind.Category, categories), (InputKind.Other, 1)]);
        var network = Network<float>.Build(new NetworkSpec { Layers = [new CategoryEmbeddingSpec(), new DenseSpec { Units = 1 }] }, layout);
        Assert.Equal(width + 1, network.Layers[0].Outputs);
        Assert.Equal((categories, width), (network.Slices[0].Rows, network.Slices[0].Columns));
    }

    [Fact]
    public void Shape_counts_parameters_and_products_by_columns()
    {
        LayerSpec[] embeddings = [new CategoryEmbeddingSpec { Units = 2 }, new PiecewiseLinearSpec { Bins = 5, Units = 4 }];
        var spec = new NetworkSpec { Layers = [.. embeddings, new DenseSpec { Units = 1 }] };

        var shape = NetworkShape.Of(spec, EmbeddedInputs.Layout, null);

        Assert.Equal([new LayerShape(6, 5), new LayerShape(5, 11), new LayerShape(11, 1)], shape.Layers);
        Assert.Equal(6 + (2 * 7 * 4) + 12, shape.ParameterCount);
        Assert.Equal(2 + (2 * 2 * 4) + 11, shape.MultiplyAddsPerRow);
        Assert.Equal(Network<float>.Build(spec, EmbeddedInputs.Layout).ParameterCount, shape.ParameterCount);
        Assert.Null(NetworkShape.Of(spec with { Inputs = 6 }, null, null).Layers[0].Outputs); // which of them are numbers, the columns say
    }

    [Theory]
    [InlineData("""[{"type":"dense","units":2},{"type":"periodic"},{"type":"dense","units":1}]""", "#/layers/1", "a dense layer comes before it")]
    [InlineData("""[{"type":"dropout"},{"type":"categoryEmbedding"},{"type":"dense","units":1}]""", "#/layers/1", "a dropout layer comes before it")]
    [InlineData("""[{"type":"cosine"},{"type":"piecewiseLinear"},{"type":"dense","units":1}]""", "#/layers/1", "numbers are embedded already")]
    [InlineData("""[{"type":"piecewiseLinear","bins":0},{"type":"dense","units":1}]""", "#/layers/0/bins", "bins is 0")]
    [InlineData("""[{"type":"piecewiseLinear","bins":1000000000},{"type":"dense","units":1}]""", "#/layers/0/bins", "at most 1024")]
    [InlineData("""[{"type":"piecewiseLinear"}]""", "#/layers", "no dense layer")]
    public void What_does_not_fit_is_named(string layers, string pointer, string detail)
    {
        var spec = JsonSerializer.Deserialize<NetworkSpec>($$"""{"layers":{{layers}}}""", SpecJson.Options)!;
        var problem = Assert.Single(spec.Problems());
        Assert.Equal(pointer, problem.Pointer);
        Assert.Contains(detail, problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_training_leaves_out_the_gradient_of_what_is_passed_on_and_has_the_others_to_the_bit(int members)
    {
        var layout = InputLayout.Of(
            [(InputKind.Number, 2), (InputKind.Category, 100), (InputKind.Number, 3), (InputKind.Other, 10), (InputKind.Number, 1)]);
        var spec = new NetworkSpec
        {
            Members = members,
            Layers = [new PiecewiseLinearSpec { Bins = 3, Units = 4 }, new DenseSpec { Units = 8, Activation = new TanhSpec() }, new DenseSpec { Units = 1 }],
        };
        var network = Network<double>.Build(spec, layout);
        var (parameters, state, random) = (new double[network.ParameterCount], new double[network.StateCount], new System.Random(members));
        network.Initialize(1, parameters, state);
        const int rows = 20;
        double[] x = [.. Enumerable.Range(0, rows * network.Inputs).Select(_ => random.NextDouble())];
        network.Fit(input => [.. Enumerable.Range(0, rows).Select(row => x[(row * network.Inputs) + input])], state);

        Assert.Equal([new InputRange(0, 8), new InputRange(108, 26)], Assert.IsAssignableFrom<Embedding<double>>(network.Layers[0]).Embedded());
        Assert.Equal(GradientOf(new double[x.Length]), GradientOf([]));

        double[] GradientOf(double[] inputGradient)
        {
            var (workspace, gradient) = (new Workspace<double>(network, rows, forTraining: true), new double[parameters.Length]);
            var pass = new NetworkPass<double> { Input = x, Rows = rows, Parameters = parameters, State = state, Training = true };
            var output = network.Forward(workspace, pass);
            double[] outputGradient = [.. output];
            network.Backward(workspace, pass, outputGradient, gradient, inputGradient);
            return gradient;
        }
    }

    [Fact]
    public void A_training_sets_edges_from_its_rows_and_keeps_them_through_a_checkpoint()
    {
        var table = CsvTable.Read(new MemoryStream("c,x,y\na,1,1\nb,2,3\na,3,2\nc,4,5\n"u8.ToArray()));
        int[] rows = [0, 1, 2, 3];
        var features = FeatureEncoding.Fit(table, ["c", "x"], rows, new PreprocessingSpec { Numeric = NumericScaling.None });
        var target = TargetEncoding.Fit(table, ["y"], TaskKind.Regression, null, TargetScaling.None, rows);
        var samples = new SampleEncoder(features, target, 1).Encode<double>(table, rows);
        var spec = new NetworkSpec { Layers = [new CategoryEmbeddingSpec(), new PiecewiseLinearSpec { Bins = 3, Units = 2 }, new DenseSpec { Units = 1 }] };
        Trainer<double> New(Action<int>? progressed = null) => new(
            Network<double>.Build(spec, features.InputLayout()), samples, null, RowOrder.Shuffled(4, 5),
            new TrainerOptions { Loss = new MeanSquaredErrorSpec(), Optimizer = new AdamSpec { LearningRate = 0.01 }, Epochs = 6, BatchSize = 3 })
        {
            Progressed = progressed,
        };
        var (whole, control, checkpoint) = (New(), new TrainingControl(), new Checkpoint<double>());
        Assert.Equal([1, 2, 3, 4], whole.State);
        whole.Run();
        var interrupted = New(_ => control.Ask(TrainingRequest.Interrupt));
        interrupted.Run(null, control);
        interrupted.Capture(checkpoint);
        var resumed = New();
        resumed.Resume(checkpoint);
        resumed.Run();

        Assert.Equal(whole.Parameters, resumed.Parameters);
        Assert.Equal([1, 2, 3, 4], resumed.State);
    }

    private static (Network<double> Network, double[] Parameters, double[] State) Built(JsonElement figure)
    {
        var json = JsonNode.Parse(figure.GetProperty("spec").GetRawText())!.AsObject();
        json["type"] = figure.GetProperty("layer").GetString();
        var layout = InputLayout.Of(figure.GetProperty("layout").EnumerateArray()
            .Select(part => (Enum.Parse<InputKind>(part[0].GetString()!, ignoreCase: true), part[1].GetInt32())));
        var network = Network<double>.Build(new NetworkSpec { Layers = [json.Deserialize<LayerSpec>(SpecJson.Options)!] }, layout);
        var parameters = new double[network.ParameterCount];
        foreach (var slice in network.Slices)
            Figures.Numbers(Named(figure, "parameters", slice)).CopyTo(parameters, slice.Offset);
        var state = new double[network.StateCount];
        if (figure.TryGetProperty("edges", out var edges))
        {
            var given = Figures.Rows(edges.GetProperty("edges"));
            for (var i = 0; i < state.Length; i++)
                state[i] = given[i / 6][Math.Min(i % 6, given[i / 6].Length - 1)];
        }

        return (network, parameters, state);
    }

    private static JsonElement Named(JsonElement figure, string part, ParameterSlice slice) =>
        figure.GetProperty(part).GetProperty(slice.Name[(slice.Name.IndexOf('.', StringComparison.Ordinal) + 1)..]);
}
