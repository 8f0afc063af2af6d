using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;
using NnService.Engine.Tests.Layers;

namespace NnService.Engine.Tests.Gradients;

public sealed class GradientTests
{
    // The formula's own error is about h² = 1e-12 times the third derivative, its rounding about 1e-16 / h = 1e-10.
    private const double Tolerance = 1e-7;

    /// <summary>Every registered layer and activation: what is added to the lists is tested without a line here.</summary>
    public static IEnumerable<object[]> LayersAndActivations =>
        from layer in LayerSpec.Known.Members
        from activation in ActivationSpec.Known.Members
        select new object[] { layer.Type, activation.Type };

    [Theory]
    [MemberData(nameof(LayersAndActivations))]
    public void Every_loss_has_the_gradient_of_central_differences(string layer, string activation) => CheckEveryLoss(layer, activation, members: 1);

    [Theory]
    [MemberData(nameof(LayersAndActivations))]
    public void An_ensemble_has_the_gradient_of_central_differences(string layer, string activation) => CheckEveryLoss(layer, activation, members: 3);

    // What stands before the first dense layer is passed once; a single dense layer is the first and the last one.
    [Theory]
    [MemberData(nameof(LayersAndActivations))]
    public void An_ensemble_whose_members_part_late_has_the_gradient_of_central_differences(string layer, string activation)
    {
        var (first, f) = (EmbeddedInputs.Small(LayerSpec.Known.Find(layer)!), ActivationSpec.Known.Find(activation)!);
        var layers = (LayerSpec[])[first is DenseSpec ? new DenseSpec { Units = 3, Activation = f } : first, new DenseSpec { Units = 2, Activation = f }];
        int? inputs = first is EmbeddingSpec ? null : 3;
        foreach (var spec in (NetworkSpec[])[new() { Inputs = inputs, Members = 4, Layers = layers }, new() { Inputs = 3, Members = 4, Layers = layers[1..] }])
            Assert.InRange(
                CentralDifferences.RelativeError(Build(spec), new MeanSquaredErrorSpec().Build<double>(), TargetKind.Numbers), 0, Tolerance);
    }

    private static void CheckEveryLoss(string layer, string activation, int members)
    {
        foreach (var loss in LossSpec.Known.Members)
        {
            if (loss.Link == OutputLink.Identity)
            {
                foreach (var output in (ActivationSpec[])[new LinearSpec(), ActivationSpec.Known.Find(activation)!])
                    Check(
                        Build(Network(LayerSpec.Known.Find(layer)!, ActivationSpec.Known.Find(activation)!, output, members)),
                        loss.Build<double>(),
                        TargetKind.Numbers,
                        $"{output.Type}, {loss.Type}");
                continue;
            }

            var (answer, targets) = loss.Link == OutputLink.Sigmoid
                ? ((ActivationSpec)new SigmoidSpec(), TargetKind.YesOrNo)
                : (new SoftmaxSpec(), TargetKind.Shares);
            var answering = Network(LayerSpec.Known.Find(layer)!, ActivationSpec.Known.Find(activation)!, answer, members);
            Check(Build(answering, loss.Link), loss.Build<double>(), targets, $"logits, {loss.Type}");
            Check(Build(answering), loss.BuildOnAnswers<double>(), targets, $"{answer.Type}, {loss.Type} on answers");
        }

        void Check(Network<double> network, Loss<double> loss, TargetKind targets, string name)
        {
            var error = CentralDifferences.RelativeError(network, loss, targets);
            Assert.True(error < Tolerance, $"{layer}, {activation}, {name}: relative error {error:E1}.");
        }
    }

    [Fact]
    public void A_row_left_alone_has_the_gradient_of_the_running_statistics()
    {
        var network = Network<double>.Build(Network(new BatchNormalizationSpec(), new TanhSpec(), new LinearSpec()));
        Assert.InRange(CentralDifferences.RelativeError(network, new MeanSquaredErrorSpec().Build<double>(), TargetKind.Numbers, rows: 1), 0, Tolerance);
    }

    [Fact]
    public void Numbers_and_categories_are_embedded_together_in_either_order()
    {
        LayerSpec[] embeddings = [new CategoryEmbeddingSpec { Units = 2 }, EmbeddedInputs.Small(new PiecewiseLinearSpec())];
        foreach (var first in (LayerSpec[][])[embeddings, [embeddings[1], embeddings[0]]])
        {
            var network = Build(new NetworkSpec { Layers = [.. first, new DenseSpec { Units = 2 }] });
            Assert.InRange(CentralDifferences.RelativeError(network, new MeanSquaredErrorSpec().Build<double>(), TargetKind.Numbers), 0, Tolerance);
        }
    }

    [Fact]
    public void A_wrong_gradient_is_noticed()
    {
        var network = Network<double>.Build(Network(new DropoutSpec(), new TanhSpec(), new LinearSpec()));
        Assert.InRange(CentralDifferences.RelativeError(network, new TooSteep(), TargetKind.Numbers), 9e-4, 1.1e-3);
    }

    private static Network<double> Build(NetworkSpec network, OutputLink link = OutputLink.Identity) =>
        Network<double>.Build(network, network.Layers[0] is EmbeddingSpec ? EmbeddedInputs.Layout : null, link: link);

    // 3 inputs → 4 units → the layer → 2 outputs; a dense layer stands there already, and an embedding comes first.
    private static NetworkSpec Network(LayerSpec layer, ActivationSpec activation, ActivationSpec output, int members = 1)
    {
        var wide = new UniformSpec { Min = -1, Max = 1 };
        DenseSpec Dense(int units, ActivationSpec f) => new() { Units = units, Activation = f, Initializer = wide, BiasInitializer = wide };
        if (layer is EmbeddingSpec)
            return new NetworkSpec { Members = members, Layers = [EmbeddedInputs.Small(layer), Dense(4, activation), Dense(2, output)] };
        LayerSpec between = layer is DenseSpec ? Dense(4, activation) : layer;
        return new NetworkSpec { Inputs = 3, Members = members, Layers = [Dense(4, activation), between, Dense(2, output)] };
    }

    private sealed class TooSteep : Loss<double>
    {
        private readonly Loss<double> _right = new MeanSquaredErrorSpec().Build<double>();

        public override double Sum(ReadOnlySpan<double> prediction, ReadOnlySpan<double> target, ReadOnlySpan<double> rowWeights, int outputs) =>
            _right.Sum(prediction, target, rowWeights, outputs);

        public override void Gradient(
            ReadOnlySpan<double> prediction, ReadOnlySpan<double> target, ReadOnlySpan<double> rowWeights, int outputs, double scale, Span<double> gradient) =>
            _right.Gradient(prediction, target, rowWeights, outputs, scale * 1.001, gradient);
    }
}
