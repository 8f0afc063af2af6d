using System.Text.Json;
using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Reference;

/// <summary>The networks of well-known tutorials, trained by the trainer.</summary>
public sealed class TutorialFigureTests
{
    [Fact]
    public void Heights_one_sample_at_a_time_meets_every_figure()
    {
        var figure = Figures.Read("toy_heights_2_2_1.json");
        var network = Network<double>.Build(TwoTwoOne(figure.GetProperty("initial")));
        var losses = new List<double>();
        var trainer = new Trainer<double>(
            network,
            new MemorySamples<double>(Figures.Numbers(figure.GetProperty("x")), 2, Figures.Numbers(figure.GetProperty("y")), 1),
            null,
            RowOrder.Sequential(4),
            new TrainerOptions { Loss = new MeanSquaredErrorSpec(), Optimizer = new SgdSpec { LearningRate = 0.1 }, Epochs = 1000, BatchSize = 1 });
        Figures.Equal(figure.GetProperty("initial_predictions"), Predict(network, trainer, Figures.Numbers(figure.GetProperty("x"))), "first predictions");
        trainer.Run(report => losses.Add(report.TrainLoss));

        Figures.Equal(figure.GetProperty("initial_loss").GetDouble(), losses[0], "loss before training");
        // The tutorial counts epochs from 0 and reports after the last update of each.
        Figures.Equal(figure.GetProperty("loss_at_epochs_0_10_to_990"), losses.Skip(1).Where((_, epoch) => epoch % 10 == 0).ToArray(), "losses");
        Figures.Equal(figure.GetProperty("final_loss").GetDouble(), losses[^1], "last loss");
        Figures.Equal(figure.GetProperty("final_predictions"), Predict(network, trainer, Figures.Numbers(figure.GetProperty("x"))), "last predictions");
        foreach (var (index, name) in TwoTwoOneNames.Index())
            Figures.Equal(figure.GetProperty("final").GetProperty(name).GetDouble(), trainer.Parameters[index], name);
        foreach (var person in (string[])["emily", "frank"])
        {
            var asked = figure.GetProperty(person);
            Figures.Equal(asked.GetProperty("prediction"), Predict(network, trainer, Figures.Numbers(asked.GetProperty("x"))), person);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Four_points_in_full_batches_meet_every_figure(bool firstNetwork)
    {
        var file = Figures.Read("toy_four_points_3_4_5_1.json");
        var figure = firstNetwork ? file.GetProperty("first_network") : file;
        var network = Network<double>.Build(new NetworkSpec
        {
            Layers =
            [
                .. figure.GetProperty("initial").EnumerateObject().Select(layer =>
                    new DenseSpec { Activation = new SigmoidSpec(), UseBias = false, Weights = Figures.Rows(layer.Value) }),
            ],
        });
        var losses = new List<double>();
        var x = Figures.Numbers(file.GetProperty("x"));
        Trainer<double> trainer = null!;
        trainer = new Trainer<double>(
            network,
            new MemorySamples<double>(x, 3, Figures.Numbers(file.GetProperty("y")), 1),
            null,
            RowOrder.Sequential(4),
            new TrainerOptions { Loss = new HalfSumSquaredErrorSpec(), Optimizer = new SgdSpec { LearningRate = 0.1 }, Epochs = 5000, BatchSize = 4 })
        {
            MinibatchTrained = loss =>
            {
                losses.Add(loss);
                if (!firstNetwork && losses.Count == 1000)
                    Figures.Equal(file.GetProperty("weights_after_1000_updates"), trainer.Parameters, "weights after 1000 updates");
            },
        };
        trainer.Run();

        Figures.Equal(figure.GetProperty("predictions_after_5000_updates"), Predict(network, trainer, x), "predictions");
        var checks = Figures.Read("toy_checks.json").GetProperty("net_3_4_5_1_published_figures");
        foreach (var cost in checks.GetProperty(firstNetwork ? "first_network_costs" : "second_network_costs").EnumerateObject())
            Figures.Equal(cost.Value.GetDouble(), losses[int.Parse(cost.Name)], $"cost at epoch {cost.Name}");
        if (firstNetwork)
            return;
        Figures.Equal(file.GetProperty("loss_at_epochs_0_10_to_990"), losses.Take(1000).Where((_, epoch) => epoch % 10 == 0).ToArray(), "losses");
        Figures.Equal(
            file.GetProperty("loss_at_epoch_1000_2000_3000_4000"), losses.Skip(1000).Where((_, epoch) => epoch % 1000 == 0).ToArray(), "later losses");
        Figures.Equal(file.GetProperty("weights_after_5000_updates"), trainer.Parameters, "weights after 5000 updates");
    }

    [Theory]
    [InlineData("sum_gradient", true)]
    [InlineData("mean_gradient", false)]
    public void Sixteen_points_in_recorded_batches_meet_every_figure(string rule, bool sumGradient)
    {
        var file = Figures.Read("toy_sixteen_points_4_2.json");
        var figure = file.GetProperty(rule);
        var spec = Figures.Network(JsonSerializer.SerializeToElement(new[] { file.GetProperty("initial") }), new SoftmaxSpec());
        var network = Network<double>.Build(spec, link: OutputLink.Softmax);
        var x = Figures.Numbers(file.GetProperty("x"));
        var labels = Figures.Numbers(file.GetProperty("y"));
        var targets = Figures.Targets(file.GetProperty("y"), classes: true, outputs: 2);
        int[] visits = [.. Figures.Numbers(file.GetProperty("batches")).Select(row => (int)row)];
        var losses = new List<double>();
        Trainer<double> trainer = null!;
        trainer = new Trainer<double>(
            network,
            new MemorySamples<double>(x[..(8 * 4)], 4, targets[..(8 * 2)], 2),
            null,
            new PlayedBackOrder([visits]),
            new TrainerOptions
            {
                Loss = new SoftmaxCrossEntropySpec(),
                Optimizer = new SgdSpec { LearningRate = file.GetProperty("learning_rate").GetDouble() },
                SumGradient = sumGradient,
                Epochs = 1,
                BatchSize = file.GetProperty("batch_size").GetInt32(),
            })
        {
            MinibatchTrained = loss =>
            {
                losses.Add(loss);
                if (losses.Count == 1)
                    Figures.Equal(figure.GetProperty("weights_after_1_update"), trainer.Parameters, "weights after 1 update");
            },
        };
        trainer.Run();

        Figures.Equal(figure.GetProperty("batch_loss_at_steps_0_10_to_990"), losses.Where((_, step) => step % 10 == 0).ToArray(), "batch losses");
        Figures.Equal(figure.GetProperty("weights_after_1000_updates"), trainer.Parameters, "weights after 1000 updates");
        var answering = Network<double>.Build(spec);
        Figures.Equal(figure.GetProperty("test_probabilities"), Predict(answering, trainer, x[(12 * 4)..]), "test probabilities");
        Assert.Equal(figure.GetProperty("validation_accuracy").GetDouble(), Accuracy(8));
        Assert.Equal(figure.GetProperty("test_accuracy").GetDouble(), Accuracy(12));

        double Accuracy(int from)
        {
            var answers = Predict(answering, trainer, x[(from * 4)..((from + 4) * 4)]);
            return Enumerable.Range(0, 4).Count(row => (answers[(row * 2) + 1] > answers[row * 2] ? 1 : 0) == labels[from + row]) / 4.0;
        }
    }

    [Fact]
    public void The_printed_figures_of_the_neuron_and_the_feedforward_network_are_met()
    {
        var checks = Figures.Read("toy_checks.json");
        var neuron = checks.GetProperty("sigmoid_neuron");
        var weights = Figures.Numbers(neuron.GetProperty("weights"));
        var single = Network<double>.Build(new NetworkSpec
        {
            Layers =
            [
                new DenseSpec { Activation = new SigmoidSpec(), Weights = [[weights[0]], [weights[1]]], Bias = Figures.Numbers(neuron.GetProperty("bias")) },
            ],
        });
        Figures.Equal(neuron.GetProperty("value"), Forward(single, Figures.Parameters(single), Figures.Numbers(neuron.GetProperty("x"))), "neuron");

        var asked = checks.GetProperty("network_2_2_1_feedforward");
        var w = Figures.Numbers(asked.GetProperty("all_weights"));
        var b = asked.GetProperty("all_biases").GetDouble();
        var network = Network<double>.Build(new NetworkSpec
        {
            Layers =
            [
                new DenseSpec { Activation = new SigmoidSpec(), Weights = [[w[0], w[0]], [w[1], w[1]]], Bias = [b, b] },
                new DenseSpec { Activation = new SigmoidSpec(), Weights = [[w[0]], [w[1]]], Bias = [b] },
            ],
        });
        Figures.Equal(asked.GetProperty("value"), Forward(network, Figures.Parameters(network), Figures.Numbers(asked.GetProperty("x"))), "2-2-1");

        var mse = checks.GetProperty("mse_example");
        Figures.Equal(
            mse.GetProperty("value").GetDouble(),
            new MeanSquaredErrorSpec().Build<double>().Value(
                Figures.Numbers(mse.GetProperty("y_pred")), Figures.Numbers(mse.GetProperty("y_true")), [], 1),
            "mean squared error");
    }

    [Fact]
    public void All_nine_derivatives_for_Alice_are_met()
    {
        var figure = Figures.Read("toy_checks.json").GetProperty("alice_gradient_all_weights_1_biases_0");
        var network = Network<double>.Build(new NetworkSpec
        {
            Layers =
            [
                new DenseSpec { Activation = new SigmoidSpec(), Weights = [[1, 1], [1, 1]], Bias = [0, 0] },
                new DenseSpec { Activation = new SigmoidSpec(), Weights = [[1], [1]], Bias = [0] },
            ],
        });
        var x = Figures.Numbers(figure.GetProperty("x"));
        var target = Figures.Numbers(figure.GetProperty("y_true"));
        var loss = new MeanSquaredErrorSpec().Build<double>();
        var workspace = new Workspace<double>(network, 1, forTraining: true);
        var pass = new NetworkPass<double> { Input = x, Rows = 1, Parameters = Figures.Parameters(network), State = [], Training = true };
        var output = network.Forward(workspace, pass);
        Figures.Equal(figure.GetProperty("y_pred"), output, "prediction");
        Figures.Equal(figure.GetProperty("loss").GetDouble(), loss.Value(output, target, [], 1), "loss");
        var (outputGradient, gradient) = (new double[1], new double[9]);
        loss.Gradient(output, target, [], 1, 1, outputGradient);
        network.Backward(workspace, pass, outputGradient, gradient);
        foreach (var (index, name) in TwoTwoOneNames.Index())
            Figures.Equal(figure.GetProperty("gradient").GetProperty(name).GetDouble(), gradient[index], name);
    }

    // The tutorial's names in the order of the flat parameter vector: W1 = [[w1, w3], [w2, w4]], b1, W2 = [[w5], [w6]], b2.
    private static readonly string[] TwoTwoOneNames = ["w1", "w3", "w2", "w4", "b1", "b2", "w5", "w6", "b3"];

    private static NetworkSpec TwoTwoOne(JsonElement initial)
    {
        double Of(string name) => initial.GetProperty(name).GetDouble();
        return new NetworkSpec
        {
            Layers =
            [
                new DenseSpec { Activation = new SigmoidSpec(), Weights = [[Of("w1"), Of("w3")], [Of("w2"), Of("w4")]], Bias = [Of("b1"), Of("b2")] },
                new DenseSpec { Activation = new SigmoidSpec(), Weights = [[Of("w5")], [Of("w6")]], Bias = [Of("b3")] },
            ],
        };
    }

    private static double[] Predict(Network<double> network, Trainer<double> trainer, double[] x) => Forward(network, [.. trainer.Parameters], x);

    private static double[] Forward(Network<double> network, double[] parameters, double[] x)
    {
        var rows = x.Length / network.Inputs;
        var pass = new NetworkPass<double> { Input = x, Rows = rows, Parameters = parameters, State = [] };
        return network.Forward(new Workspace<double>(network, rows, forTraining: false), pass).ToArray();
    }
}
