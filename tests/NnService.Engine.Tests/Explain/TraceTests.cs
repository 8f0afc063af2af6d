using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Explain;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Random;
using NnService.Engine.Tests.Layers;

namespace NnService.Engine.Tests.Explain;

public sealed class TraceTests
{
    // The sums are the engine's in another order in places: rounding alone.
    private const double Rounding = 1e-12;

    // h² = 4e-11 times a third derivative, and ε / h = 4e-11.
    private const double OfDifferences = 1e-7;

    private static readonly double[] s_row = [0.7, -1.3, 0.4];
    private static readonly double[] s_embeddedRow = [0.45, 0, 1, 0, 0.83, 1];

    /// <summary>Every registered layer and activation: what is added to the lists is tested without a line here.</summary>
    public static IEnumerable<object[]> LayersAndActivations =>
        from layer in LayerSpec.Known.Members
        from activation in ActivationSpec.Known.Members
        where activation is not SoftmaxSpec
        select new object[] { layer.Type, activation.Type };

    [Theory]
    [MemberData(nameof(LayersAndActivations))]
    public void Gradients_are_those_of_the_backward_pass_and_of_the_central_difference(string layer, string activation)
    {
        var between = LayerSpec.Known.Find(layer)!;
        var hidden = ActivationSpec.Known.Find(activation)!;
        foreach (var loss in LossSpec.Known.Members)
            foreach (var output in OutputsFor(loss))
                foreach (var behind in (bool[])[false, true])
                    if (!behind || output is LinearSpec)
                        Check(Network(between, hidden, output, behind), loss, $"{output.Type}, {loss.Type}{(behind ? ", behind the last dense layer" : "")}");
    }

    [Fact]
    public void The_chain_goes_on_as_one_path_through_a_dropout_and_splits_at_several_readers()
    {
        var dense = (int units) => new DenseSpec { Units = units, Activation = new SigmoidSpec() };
        var trace = Trace(new NetworkSpec { Inputs = 1, Layers = [dense(2), dense(2), new DropoutSpec(), dense(1)] }, new MeanSquaredErrorSpec(), [0.5], [1]);

        Assert.Equal("∂L/∂w3 = ∂L/∂y · ∂y/∂d1 · ∂d1/∂h3 · ∂h3/∂w3", trace.Parameters.Single(parameter => parameter.Parameter == "w3").Equation);
        Assert.Equal("∂L/∂w1 = ∂L/∂h1 · ∂h1/∂w1", trace.Parameters.Single(parameter => parameter.Parameter == "w1").Equation);
        Assert.Equal(["∂L/∂h3 · ∂h3/∂h1", "∂L/∂h4 · ∂h4/∂h1"], trace.Layers[0].Neurons[0].UpstreamTerms.Select(term => term.Symbol));
    }

    [Fact]
    public void A_saturated_wrong_answer_keeps_its_gradient()
    {
        var network = new NetworkSpec { Layers = [new DenseSpec { Activation = new SigmoidSpec(), Weights = [[50]], Bias = [0] }] };

        var trace = Trace(network, new BinaryCrossEntropySpec(), [1], [0]);

        Assert.Equal(1, trace.Parameters[0].Gradient); // p − t, where p (1 − p) is 0
        Assert.Equal("∂L/∂w1 = ∂L/∂z_y · ∂z_y/∂w1", trace.Parameters[0].Equation);
    }

    [Fact]
    public void Names_count_inputs_and_units_and_symbols_go_neuron_by_neuron()
    {
        var trace = Trace(Network(new BatchNormalizationSpec(), new TanhSpec(), new LinearSpec(), false), new MeanSquaredErrorSpec(), s_row, [0.2, 0.9]);

        Assert.Equal(
            ["layers[0].weights[0][0] w1", "layers[0].weights[1][0] w2", "layers[0].weights[2][0] w3", "layers[0].bias[0] b1", "layers[0].weights[0][1] w4"],
            trace.Parameters.Take(5).Select(parameter => $"{parameter.Name} {parameter.Parameter}"));
        Assert.Equal(["layers[1].scale[0] γ1", "layers[1].shift[0] β1"],
            trace.Parameters.Skip(16).Take(2).Select(parameter => $"{parameter.Name} {parameter.Parameter}"));
        Assert.Equal("layers[2].weights[0][0] w13", $"{trace.Parameters[24].Name} {trace.Parameters[24].Parameter}");
    }

    private static void Check(NetworkSpec network, LossSpec loss, string name)
    {
        var model = Model(network, loss.Link);
        var row = RowOf(network);
        double[] target = loss.Link == OutputLink.Softmax ? [0.25, 0.75] : loss.Link == OutputLink.Sigmoid ? [1, 0] : [0.3, -0.6];
        var trace = Tracer.Run(model, row, target, new TraceOptions(loss, 0.1));
        var engine = EngineGradient(model, loss, target);
        Assert.Equal(engine.Length, trace.Parameters.Count);
        double[] numeric = [.. trace.Parameters.Select(parameter => parameter.NumericGradient!.Value)];
        double[] gradient = [.. trace.Parameters.Select(parameter => parameter.Gradient)];
        double[] products = [.. trace.Parameters.Select(parameter => parameter.Factors.Aggregate(1.0, (product, factor) => product * factor.Value))];
        var backward = Ordered(trace, model, engine);
        Near(backward, gradient, Rounding, $"{name}: backward pass");
        Near(gradient, products, Rounding, $"{name}: product of the factors");
        Near(numeric, gradient, OfDifferences, $"{name}: central difference");
        foreach (var neuron in trace.Layers.SelectMany(layer => layer.Neurons))
        {
            Near([neuron.WeightedSum], [neuron.Terms.Sum() + (neuron.Bias ?? 0)], Rounding, $"{name}: terms of {neuron.Symbol}");
            if (neuron.UpstreamTerms.Count > 0)
                Near([neuron.UpstreamGradient], [neuron.UpstreamTerms.Sum(term => term.Value)], Rounding, $"{name}: upstream terms of {neuron.Symbol}");
        }

        var answer = new double[2];
        model.Predict(row, 1, answer);
        Near(answer, [.. trace.Output], Rounding, $"{name}: output");
        Assert.All(trace.Parameters, parameter => Assert.Equal(parameter.Value - (0.1 * parameter.Gradient), parameter.Updated));
    }

    private static Trace Trace(NetworkSpec network, LossSpec loss, double[] row, double[] target) =>
        Tracer.Run(Model(network, loss.Link), row, target, new TraceOptions(loss, 0.1));

    // A model as a training leaves it: parameters and running statistics of any value.
    private static TrainedModel Model(NetworkSpec network, OutputLink link)
    {
        var built = Network<double>.Build(network, network.Layers[0] is EmbeddingSpec ? EmbeddedInputs.Layout : null, link: link);
        var (parameters, state) = (new double[built.ParameterCount], new double[built.StateCount]);
        built.Initialize(5, parameters, state);
        var random = new RandomStream(7, RandomPurpose.Sampling, 0);
        if (network.Layers.OfType<DenseSpec>().All(layer => layer.Weights is null))
            for (var i = 0; i < parameters.Length; i++)
                parameters[i] += 0.3 * random.Normal((ulong)i);
        for (var i = 0; i < state.Length; i++)
            state[i] += 0.2 + (0.1 * i);
        var outputs = built.Outputs;
        return TrainedModel.Create<double>(
            new ModelDescription
            {
                Network = network.Settled(network.Layers[0] is EmbeddingSpec ? EmbeddedInputs.Layout : built.Inputs, outputs),
                Features = network.Layers[0] is EmbeddingSpec ? EmbeddedInputs.Features
                    : FeatureEncoding.Identity([.. Enumerable.Range(1, built.Inputs).Select(i => $"x{i}")]),
                Target = new TargetEncoding(
                    TaskKind.Regression, [.. Enumerable.Range(1, outputs).Select(i => $"y{i}")],
                    shift: new double[outputs], scale: [.. Enumerable.Repeat(1.0, outputs)]),
                Precision = Precision.Float64,
                Link = link,
            },
            parameters,
            state);
    }

    private static double[] EngineGradient(TrainedModel model, LossSpec loss, double[] target)
    {
        var network = Network<double>.Build(model.Description.Network, model.Description.Features.InputLayout(), link: model.Description.Link);
        var numbers = model.ReadNumbers();
        var pass = new NetworkPass<double>
        {
            Input = RowOf(model.Description.Network),
            Rows = 1,
            Parameters = numbers.AsSpan(0, network.ParameterCount),
            State = numbers.AsSpan(network.ParameterCount)
        };
        var workspace = new Workspace<double>(network, 1, forTraining: true);
        var output = network.Forward(workspace, pass).ToArray();
        var (outputGradient, gradient) = (new double[output.Length], new double[network.ParameterCount]);
        loss.Build<double>().Gradient(output, target, [], output.Length, 1, outputGradient);
        network.Backward(workspace, pass, outputGradient, gradient);
        return gradient;
    }

    // The flat gradient in the order of the trace, by the names alone.
    private static double[] Ordered(Trace trace, TrainedModel model, double[] flat) => [.. trace.Parameters.Select(parameter =>
    {
        var slice = model.ReadParameters().Single(known => parameter.Name.StartsWith(known.Slice.Name + "[", StringComparison.Ordinal)).Slice;
        var indexes = parameter.Name[slice.Name.Length..].Trim('[', ']').Split("][").Select(int.Parse).ToArray();
        return flat[slice.Offset + (indexes.Length == 1 ? indexes[0] : (indexes[0] * slice.Columns) + indexes[1])];
    })];

    private static IEnumerable<ActivationSpec> OutputsFor(LossSpec loss) => loss.Link switch
    {
        OutputLink.Sigmoid => [new SigmoidSpec(), new LinearSpec()],
        OutputLink.Softmax => [new SoftmaxSpec(), new LinearSpec()],
        _ => [new LinearSpec(), new TanhSpec(), new SoftmaxSpec()],
    };

    private static double[] RowOf(NetworkSpec network) => network.Layers[0] is EmbeddingSpec ? s_embeddedRow : s_row;

    // 3 inputs → 4 units → the layer → 2 outputs, and the layer once more behind them where that is asked for.
    private static NetworkSpec Network(LayerSpec layer, ActivationSpec activation, ActivationSpec output, bool isBehind)
    {
        DenseSpec Dense(int units, ActivationSpec f) => new() { Units = units, Activation = f, BiasInitializer = new UniformSpec { Min = -1, Max = 1 } };
        if (layer is EmbeddingSpec)
            return new NetworkSpec { Layers = [EmbeddedInputs.Small(layer), Dense(4, activation), Dense(2, output)] };
        List<LayerSpec> layers = [Dense(4, activation), layer is DenseSpec ? Dense(4, activation) : layer, Dense(2, output)];
        return new NetworkSpec { Inputs = 3, Layers = isBehind && layer is not DenseSpec ? [.. layers, layer] : layers };
    }

    private static void Near(double[] expected, double[] actual, double tolerance, string what)
    {
        var scale = Math.Max(expected.Max(Math.Abs), 1e-3);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"{what} [{i}]: expected {expected[i]:R}, got {actual[i]:R}");
    }
}
