using NnService.Engine.Activations;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Random;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Ensembles;

public sealed class EnsembleTests
{
    private const int Inputs = 4;

    private static readonly NetworkSpec s_spec = new()
    {
        Inputs = Inputs,
        Members = 7,
        Layers =
        [
            new LayerNormalizationSpec(),
            new DenseSpec { Units = 6, Activation = new GeluSpec() },
            new LayerNormalizationSpec(),
            new DropoutSpec { Rate = 0.25 },
            new DenseSpec { Units = 5, Activation = new TanhSpec() },
            new DenseSpec { Units = 2 },
        ],
    };

    [Fact]
    public void It_has_the_shared_weights_once_the_last_layer_for_each_member_and_a_number_for_each_input_of_each()
    {
        var shape = NetworkShape.Of(s_spec, null, null);
        var network = Network<double>.Build(s_spec);

        Assert.Equal((2 * 4) + (4 * 6) + 6 + (7 * 4) + (2 * 6) + (6 * 5) + 5 + (7 * ((5 * 2) + 2)), network.ParameterCount);
        Assert.Equal(network.ParameterCount, shape.ParameterCount);
        Assert.Equal(7 * ((4 * 6) + (6 * 5) + (5 * 2)), shape.MultiplyAddsPerRow);
        Assert.Equal([7, 4], network.Slices.Single(slice => slice.Name == "layers[1].memberScales").Shape);
        Assert.Equal([4, 6], network.Slices.Single(slice => slice.Name == "layers[1].weights").Shape);
        Assert.Equal([7, 5, 2], network.Slices.Single(slice => slice.Name == "layers[5].weights").Shape);
        Assert.Equal([7, 2], network.Slices.Single(slice => slice.Name == "layers[5].bias").Shape);
    }

    [Fact]
    public void One_member_is_a_network_as_ever()
    {
        var spec = s_spec with { Members = 1 };

        Assert.Null(spec.Members);
        Assert.Equal(1, Network<double>.Build(spec).Members);
        Assert.DoesNotContain(Network<double>.Build(spec).Slices, slice => slice.Members is not null);
    }

    [Fact]
    public void Its_inputs_start_with_random_signs_and_its_last_layers_differ()
    {
        var (network, parameters) = Initialized(s_spec);
        var scales = SliceOf(network, parameters, "layers[1].memberScales");
        var last = SliceOf(network, parameters, "layers[5].weights").Chunk(10).Select(member => string.Join(' ', member)).ToList();

        Assert.All(scales, scale => Assert.Equal(1, Math.Abs(scale)));
        Assert.InRange(scales.Count(scale => scale > 0), 7, 21);
        Assert.Equal(7, last.Distinct().Count());
    }

    [Fact]
    public void Behind_an_embedding_a_member_draws_one_normal_number_for_each_feature()
    {
        var layer = new MemberDense<double>(new DenseSpec { Units = 1 }, 6, 1, new MemberRole(50, IsFirst: true, IsLast: false, FeatureWidths: [3, 1, 2]));
        var parameters = new double[layer.Parameters.Sum(slice => slice.Count)];
        layer.Initialize(new RandomStream(1, RandomPurpose.InitialWeights, 0), parameters, []);
        var scales = parameters[layer.ScalesOf(0)..].Chunk(6).ToList();

        Assert.All(scales, member => Assert.Equal([member[0], member[0], member[3], member[5]], [member[1], member[2], member[3], member[4]]));
        var drawn = scales.SelectMany(member => (double[])[member[0], member[3], member[5]]).ToList();
        Assert.Equal(150, drawn.Distinct().Count());
        Assert.InRange(drawn.Average(scale => scale * scale), 0.7, 1.3); // of 150 squares: 1, give or take 0.12
    }

    // x ⊙ r and then W, or x and then diag(r)·W.
    [Fact]
    public void Each_member_is_a_network_with_the_shared_weights_and_its_own()
    {
        var (network, parameters) = Initialized(s_spec);
        var x = Draw(5 * Inputs);
        var output = network.Forward(new Workspace<double>(network, 5, forTraining: false), Pass(x, 5, parameters)).ToArray();
        for (var member = 0; member < 7; member++)
        {
            var single = Network<double>.Build(s_spec with { Members = null });
            var own = single.Slices.SelectMany(slice => OfMember(network, parameters, slice.Name, member)).ToArray();

            var expected = single.Forward(new Workspace<double>(single, 5, forTraining: false), Pass(x, 5, own)).ToArray();

            Assert.All(expected.Zip(output[(member * 10)..]), pair => Assert.Equal(pair.First, pair.Second, 1e-13));
        }
    }

    // The parts, and the waves within them, against one pass of all members together.
    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(100)]
    [InlineData(400)]
    public void A_step_by_parts_and_waves_is_one_of_all_members_together(int rows)
    {
        var (network, parameters) = Initialized(s_spec);
        var (x, target) = (Draw(rows * Inputs), Draw(rows * 2));
        var (loss, scale) = (new MeanSquaredErrorSpec().Build<double>(), 1.0 / rows);
        var workspace = new Workspace<double>(network, rows, forTraining: true);
        var pass = new NetworkPass<double> { Input = x, Rows = rows, Parameters = parameters, State = [], Training = true, Seed = 3, Step = 11 };
        var output = network.Forward(workspace, pass).ToArray();
        var (outputGradient, gradient) = (new double[output.Length], new double[parameters.Length]);
        var sum = 0.0;
        for (var member = 0; member < 7; member++)
        {
            var at = member * rows * 2;
            sum += loss.SumAndGradient(output.AsSpan(at, rows * 2), target, [], 2, scale / 7, outputGradient.AsSpan(at, rows * 2));
        }

        network.Backward(workspace, pass, outputGradient, gradient);

        var trainable = new TrainableEnsemble<double>(network, [], rows, Options(rows) with { Seed = 3 }, null);
        parameters.CopyTo(trainable.Parameters);
        trainable.Learn(new Minibatch<double>(x, Draw((rows * 2) + 1).AsSpan(1), []), rows, 10, loss, scale, out _); // leaves nothing behind
        var learnt = trainable.Learn(new Minibatch<double>(x, target, []), rows, 11, loss, scale, out _);

        Assert.Equal(sum / 7, learnt, 1e-12 * sum);
        var most = gradient.Max(Math.Abs);
        Assert.All(gradient.Zip(trainable.Gradient.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-13 * most));
    }

    [Fact]
    public void Masks_of_dropout_differ_from_member_to_member_and_do_not_depend_on_how_members_are_divided()
    {
        LayerSpec[] layers = [new DenseSpec { Units = 99, UseBias = false }, new DropoutSpec(), new DenseSpec { Units = 1 }];
        var spec = new NetworkSpec { Inputs = 1, Members = 3, Layers = layers };
        var (network, parameters) = Initialized(spec);
        double[] Dropped(MemberRange? members)
        {
            var workspace = new Workspace<double>(network, 1, forTraining: false);
            network.Forward(
                workspace, new NetworkPass<double> { Input = [1], Rows = 1, Parameters = parameters, State = [], Training = true, Members = members });
            return [.. workspace.Output(1, members?.Count ?? 3).ToArray().Select(y => y == 0 ? 0.0 : 1)];
        }

        var all = Dropped(null);

        Assert.Equal(3, all.Chunk(99).Select(mask => string.Concat(mask)).Distinct().Count());
        Assert.Equal(all[99..], Dropped(new MemberRange(1, 2)));
        Assert.Equal(all[..99], Dropped(new MemberRange(0, 1)));
    }

    [Fact]
    public void A_row_left_over_alone_has_no_variance_though_its_members_do()
    {
        LayerSpec[] layers = [new DenseSpec { Units = 2 }, new BatchNormalizationSpec(), new DenseSpec { Units = 1 }];
        var spec = new NetworkSpec { Inputs = 1, Members = 3, Layers = layers };
        var (network, parameters) = Initialized(spec);
        var state = new double[network.StateCount];
        network.Initialize(1, parameters, state);
        var before = state.ToArray();

        network.Forward(
            new Workspace<double>(network, 1, forTraining: false),
            new NetworkPass<double> { Input = [2], Rows = 1, Parameters = parameters, State = state, Training = true });

        Assert.Equal(before, state);
    }

    // z = ±800 for one of two members: the mean of the probabilities is ½, of what the loss reads nothing is lost at the other end.
    [Theory]
    [InlineData(OutputLink.Sigmoid)]
    [InlineData(OutputLink.Softmax)]
    public void Logits_of_the_mean_keep_their_digits(OutputLink link)
    {
        var outputs = link == OutputLink.Sigmoid ? 1 : 2;
        var network = Network<float>.Build(new NetworkSpec { Inputs = 1, Members = 2, Layers = [new DenseSpec { Units = outputs }] });
        var mean = new MemberMean<float>(network, link, 1);
        float[] OfRow(float first, float second) => outputs == 1 ? [first, second] : [first, 0, second, 0];
        double Logit(float first, float second)
        {
            var read = mean.Logits(OfRow(first, second));
            return outputs == 1 ? read[0] : read[0] - read[1];
        }

        Assert.Equal(0, Logit(800, -800), 1e-6);
        Assert.Equal(-700 + Math.Log(0.5), Logit(-700, -800), 1e-4); // ½ e⁻⁷⁰⁰ is no float32
        Assert.Equal(40, Logit(40, 40), 1e-4);
        Assert.Equal(Math.Log(0.7 / 0.3), Logit((float)Math.Log(0.6 / 0.4), (float)Math.Log(0.8 / 0.2)), 1e-6);
        Assert.Equal(0.7, mean.Answers(OfRow((float)Math.Log(0.6 / 0.4), (float)Math.Log(0.8 / 0.2)))[0], 1e-6);
    }

    [Fact]
    public void A_history_reports_the_loss_of_the_one_answer_and_minibatches_the_mean_of_the_members()
    {
        var spec = new NetworkSpec { Inputs = 1, Members = 2, Layers = [new DenseSpec { UseBias = false, Units = 1 }] };
        var network = Network<double>.Build(spec);
        var seen = new List<double>();
        var trainer = new Trainer<double>(network, new MemorySamples<double>([1.0], 1, [0.0], 1), null, RowOrder.Sequential(1), Options(1))
        {
            MinibatchTrained = seen.Add,
        };
        new double[] { 3, 1, 1, 1 }.CopyTo(trainer.Parameters); // two weights, two scales: the members answer 3 and 1
        var reports = new List<EpochResult>();

        trainer.Run(reports.Add);

        Assert.Equal(4, reports[0].TrainLoss); // 2²
        Assert.Equal([5], seen); // (3² + 1²) / 2
    }

    [Fact]
    public void It_is_no_tiny_network_and_a_step_of_it_allocates_nothing()
    {
        var network = Network<float>.Build(s_spec);
        Assert.Null(TinyNetwork<float>.Of(Network<float>.Build(new NetworkSpec { Inputs = 1, Members = 2, Layers = [new DenseSpec { Units = 1 }] }), 1));
        var samples = new MemorySamples<float>([.. Draw(50 * Inputs).Select(x => (float)x)], Inputs, [.. Draw(100).Select(x => (float)x)], 2);
        using var team = new Team(2);
        var (step, before, after) = (0, 0L, 0L);
        var trainer = new Trainer<float>(network, samples, null, RowOrder.WithReplacement(50, 400 * 8, seed: 1), Options(8), team)
        {
            MinibatchTrained = _ =>
            {
                if (++step == 100)
                    before = GC.GetAllocatedBytesForCurrentThread();
                else if (step == 400)
                    after = GC.GetAllocatedBytesForCurrentThread();
            },
        };
        Assert.Equal(TrainingEnd.Completed, trainer.Run().End);
        Assert.Equal(before, after);
    }

    private static TrainerOptions Options(int batchSize) =>
        new() { Loss = new MeanSquaredErrorSpec(), Optimizer = new AdamSpec(), Epochs = 1, BatchSize = batchSize };

    private static (Network<double> Network, double[] Parameters) Initialized(NetworkSpec spec)
    {
        var network = Network<double>.Build(spec);
        var parameters = new double[network.ParameterCount];
        network.Initialize(5, parameters, new double[network.StateCount]);
        return (network, parameters);
    }

    private static double[] Draw(int count)
    {
        var random = new RandomStream(9, RandomPurpose.Sampling, (uint)count);
        return [.. Enumerable.Range(0, count).Select(i => random.Normal((ulong)i))];
    }

    private static NetworkPass<double> Pass(double[] x, int rows, double[] parameters) => new() { Input = x, Rows = rows, Parameters = parameters, State = [] };

    private static double[] SliceOf(Network<double> network, double[] parameters, string name)
    {
        var slice = network.Slices.Single(slice => slice.Name == name);
        return parameters[slice.Offset..(slice.Offset + slice.Count)];
    }

    private static double[] OfMember(Network<double> network, double[] parameters, string name, int member)
    {
        var slice = network.Slices.Single(slice => slice.Name == name);
        var numbers = SliceOf(network, parameters, name);
        if (slice.Members is { } members)
            return [.. numbers.Chunk(numbers.Length / members).ElementAt(member)];
        if (name != "layers[1].weights")
            return numbers;
        var scales = SliceOf(network, parameters, "layers[1].memberScales");
        return [.. numbers.Select((weight, i) => weight * scales[(member * Inputs) + (i / slice.Columns)])];
    }
}
