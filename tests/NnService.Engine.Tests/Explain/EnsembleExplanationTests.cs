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

public sealed class EnsembleExplanationTests
{
    private const int Members = 3;

    private static readonly double[] s_row = [0.7, -1.3, 0.4];
    private static readonly double[] s_embeddedRow = [0.45, 0, 1, 0, 0.83, 1];

    public static TheoryData<string> Layers => [.. LayerSpec.Known.Members.Select(layer => layer.Type)];

    [Theory]
    [MemberData(nameof(Layers))]
    public void A_trace_takes_one_member_apart(string between)
    {
        foreach (var (spec, loss) in Networks(LayerSpec.Known.Find(between)!))
        {
            var (model, target) = (Model(spec, loss.Link), loss.Link == OutputLink.Softmax ? (double[])[0.25, 0.75] : [0.3, -0.6]);
            for (var member = 0; member < Members; member++)
            {
                var trace = Tracer.Run(model, RowOf(spec), target, new TraceOptions(loss, 0.1, Member: member));
                var (outputs, gradient) = OfEngine(model, loss, target, member);

                Assert.Equal(Tracer.ParametersOf(model), trace.Parameters.Count);
                Near(outputs, [.. trace.Output], 1e-12);
                Near([.. trace.Parameters.Select(parameter => gradient(parameter.Name))], [.. trace.Parameters.Select(parameter => parameter.Gradient)], 1e-12);
                Near(
                    [.. trace.Parameters.Select(parameter => parameter.NumericGradient!.Value)], [.. trace.Parameters.Select(parameter => parameter.Gradient)],
                    1e-7);
            }
        }
    }

    [Fact]
    public void A_trace_shows_what_a_member_makes_of_its_inputs()
    {
        var model = Model(
            new NetworkSpec { Inputs = 3, Members = Members, Layers = [new DenseSpec { Units = 2, Activation = new TanhSpec() }, new DenseSpec { Units = 1 }] },
            OutputLink.Identity);

        var trace = Tracer.Run(model, s_row, [1], new TraceOptions(new MeanSquaredErrorSpec(), 0.1, Member: 1));

        Assert.Equal([(0, "memberScales"), (0, "dense"), (1, "dense")], trace.Layers.Select(layer => (layer.Index, layer.Type)));
        Assert.Equal("layers[0].memberScales[1][0] r1", $"{trace.Parameters[0].Name} {trace.Parameters[0].Parameter}");
        Assert.Equal("layers[1].weights[1][0][0] w7", $"{trace.Parameters[11].Name} {trace.Parameters[11].Parameter}");
        Assert.Equal(["s1", "s2", "s3"], trace.Layers[1].Neurons[0].InputSymbols);
        Assert.Equal("∂L/∂r1 = ∂L/∂s1 · ∂s1/∂r1", trace.Parameters[0].Equation);
    }

    [Theory]
    [InlineData(OutputLink.Identity)]
    [InlineData(OutputLink.Sigmoid)]
    [InlineData(OutputLink.Softmax)]
    public void Attributions_add_up_to_the_difference_of_the_one_answer(OutputLink link)
    {
        var outputs = link == OutputLink.Sigmoid ? 1 : 2;
        var model = Model(
            new NetworkSpec
            {
                Inputs = 3,
                Members = Members,
                Layers = [new DenseSpec { Units = 5, Activation = new TanhSpec() }, new LayerNormalizationSpec(), new DenseSpec { Units = outputs }],
            },
            link);
        double[] baseline = [0.1, 0.2, -0.3];
        var (answers, others) = (new double[outputs], new double[outputs]);
        model.Predict(s_row, 1, answers);
        model.Predict(baseline, 1, others);

        var parts = IntegratedGradients.Of(model, s_row, baseline, outputs - 1, 2000);

        Assert.Equal(answers[^1], parts.Answer, 1e-13);
        Assert.Equal(others[^1], parts.BaselineAnswer, 1e-13);
        Assert.Equal(answers[^1] - others[^1], parts.Attributions.Sum(), 1e-6); // of the midpoint rule
    }

    // Read with the eyes of somebody who computes it by hand.
    [Fact]
    public void A_formula_writes_every_member_and_the_mean()
    {
        var spec = new NetworkSpec
        {
            Inputs = 1,
            Members = 2,
            Layers = [new DenseSpec { Units = 1, Activation = new TanhSpec() }, new DenseSpec { Units = 1 }],
        };
        // W, b, r of both; the members' own weights, then biases.
        var model = TrainedModel.Create<double>(Description(spec, OutputLink.Identity, 1), [0.5, 0.25, 1, -1, 2, 3, 0.1, 0.2], []);

        Assert.Equal(
            [
                "s1 = x1", "", "h1 = tanh(0.5·s1 + 0.25)", "", "m1 = 2·h1 + 0.1", "",
                "s2 = -1·x1", "", "h2 = tanh(0.5·s2 + 0.25)", "", "m2 = 3·h2 + 0.2", "",
                "y = (m1 + m2) / 2", "y1 = y",
            ],
            Formula.Of(model).Select(line => line.Text ?? "").TakeWhile(line => !line.StartsWith("tanh(z)", StringComparison.Ordinal)).SkipLast(1));
    }

    private static IEnumerable<(NetworkSpec Spec, LossSpec Loss)> Networks(LayerSpec layer)
    {
        var wide = new UniformSpec { Min = -1, Max = 1 };
        DenseSpec Dense(int units, ActivationSpec f) => new() { Units = units, Activation = f, BiasInitializer = wide };
        NetworkSpec Of(params LayerSpec[] layers) => new() { Inputs = 3, Members = Members, Layers = layers };
        if (layer is EmbeddingSpec)
        {
            yield return (new() { Members = Members, Layers = [EmbeddedInputs.Small(layer), Dense(4, new TanhSpec()), Dense(2, new LinearSpec())] }, new HuberSpec());
            yield break;
        }

        layer = layer is DenseSpec ? Dense(4, new SiluSpec()) : layer;
        yield return (Of(Dense(4, new TanhSpec()), layer, Dense(2, new LinearSpec())), new MeanSquaredErrorSpec());
        yield return (Of(Dense(4, new TanhSpec()), layer, Dense(2, new SoftmaxSpec())), new SoftmaxCrossEntropySpec());
        yield return (Of(layer, Dense(4, new TanhSpec()), Dense(2, new LinearSpec())), new HuberSpec());
        yield return (Of(Dense(2, new TanhSpec())), new MeanSquaredErrorSpec());
    }

    private static ModelDescription Description(NetworkSpec spec, OutputLink link, int outputs) => new()
    {
        Network = spec,
        Features = IsEmbedded(spec) ? EmbeddedInputs.Features : FeatureEncoding.Identity([.. Enumerable.Range(1, spec.Inputs!.Value).Select(i => $"x{i}")]),
        Target = new TargetEncoding(
            TaskKind.Regression,
            [.. Enumerable.Range(1, outputs).Select(i => $"y{i}")],
            shift: new double[outputs],
            scale: [.. Enumerable.Repeat(1.0, outputs)]),
        Precision = Precision.Float64,
        Link = link,
    };

    private static TrainedModel Model(NetworkSpec spec, OutputLink link)
    {
        var network = Network<double>.Build(spec, IsEmbedded(spec) ? EmbeddedInputs.Layout : null, link: link);
        var (parameters, state) = (new double[network.ParameterCount], new double[network.StateCount]);
        network.Initialize(5, parameters, state);
        network.Fit(EmbeddedInputs.Column, state);
        var random = new RandomStream(7, RandomPurpose.Sampling, 0);
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] += 0.3 * random.Normal((ulong)i);
        for (var i = 0; i < state.Length && !IsEmbedded(spec); i++)
            state[i] += 0.2 + (0.1 * i);
        var settled = spec.Settled(IsEmbedded(spec) ? EmbeddedInputs.Layout : 3, network.Outputs);
        return TrainedModel.Create<double>(Description(settled, link, network.Outputs), parameters, state);
    }

    private static bool IsEmbedded(NetworkSpec spec) => spec.Layers[0] is EmbeddingSpec;

    private static double[] RowOf(NetworkSpec spec) => IsEmbedded(spec) ? s_embeddedRow : s_row;

    // The member's outputs, and the gradient by a parameter's name.
    private static (double[] Outputs, Func<string, double> Gradient) OfEngine(TrainedModel model, LossSpec loss, double[] target, int member)
    {
        var network = Network<double>.Build(
            model.Description.Network, IsEmbedded(model.Description.Network) ? EmbeddedInputs.Layout : null, link: model.Description.Link);
        var numbers = model.ReadNumbers();
        var pass = new NetworkPass<double>
        {
            Input = RowOf(model.Description.Network),
            Rows = 1,
            Members = new MemberRange(member, 1),
            Parameters = numbers.AsSpan(0, network.ParameterCount),
            State = numbers.AsSpan(network.ParameterCount),
        };
        var workspace = new Workspace<double>(network, 1, forTraining: true);
        var output = network.Forward(workspace, pass).ToArray();
        var (outputGradient, gradient) = (new double[output.Length], new double[network.ParameterCount]);
        loss.Build<double>().Gradient(output, target, [], output.Length, 1, outputGradient);
        network.Backward(workspace, pass, outputGradient, gradient);
        var answers = output.ToArray();
        model.Description.Link.ToActivation().Build<double>().Forward(output, output.Length, answers);
        return (answers, name =>
        {
            var slice = network.Slices.Single(known => name.StartsWith(known.Name + "[", StringComparison.Ordinal));
            var indexes = name[slice.Name.Length..].Trim('[', ']').Split("][").Select(int.Parse);
            return gradient[slice.Offset + indexes.Zip(slice.Shape).Aggregate(0, (at, dimension) => (at * dimension.Second) + dimension.First)];
        }
        );
    }

    private static void Near(double[] expected, double[] actual, double tolerance)
    {
        var scale = Math.Max(expected.Max(Math.Abs), 1e-3);
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance * scale));
    }
}
