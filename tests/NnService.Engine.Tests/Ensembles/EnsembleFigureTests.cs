using System.Text.Json;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Tests.Reference;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Ensembles;

/// <summary>The figures of tests/Reference/ensembles.json: every member computed by itself, in NumPy.</summary>
public sealed class EnsembleFigureTests
{
    private static readonly JsonElement[] s_cases = [.. Figures.Read("ensembles.json").EnumerateArray()];

    public static TheoryData<int, string> Cases
    {
        get
        {
            var cases = new TheoryData<int, string>();
            for (var i = 0; i < s_cases.Length; i++)
                cases.Add(i, s_cases[i].GetProperty("name").GetString()!);
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_loss_gradients_and_answers_are_those_of_the_figures(int number, string name)
    {
        var figure = s_cases[number];
        var (network, loss) = (Build(figure), Figures.Loss(figure.GetProperty("loss").GetString()!));
        var (parameters, x) = (Flat(network, figure.GetProperty("parameters")), Figures.Numbers(figure.GetProperty("x")));
        var (target, weights) = (Figures.Numbers(figure.GetProperty("target")), Figures.Numbers(figure.GetProperty("rowWeights")));
        var rows = weights.Length;

        var workspace = new Workspace<double>(network, rows, forTraining: true);
        var pass = new NetworkPass<double> { Input = x, Rows = rows, Parameters = parameters, State = [], Training = true };
        var output = network.Forward(workspace, pass).ToArray();
        Figures.Equal(figure.GetProperty("memberOutputs"), output, $"{name}: outputs");
        var mean = new MemberMean<double>(network, loss.Link, rows);
        Figures.Equal(figure.GetProperty("answers"), mean.Answers(output), $"{name}: answers");

        var trainable = new TrainableEnsemble<double>(network, [], rows, Options(loss, rows), null);
        parameters.CopyTo(trainable.Parameters);
        var sum = trainable.Learn(new Minibatch<double>(x, target, weights), rows, 0, loss.Build<double>(), 1 / weights.Sum(), out var isFinite);
        Assert.True(isFinite);
        Figures.Equal(figure.GetProperty("lossValue").GetDouble(), sum / weights.Sum(), $"{name}: loss");
        Figures.Equal(Ordered(network, figure.GetProperty("gradient")), trainable.Gradient, $"{name}: gradient");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Thirty_steps_end_where_those_of_the_figures_do(int number, string name)
    {
        var figure = s_cases[number];
        var (network, loss) = (Build(figure), Figures.Loss(figure.GetProperty("loss").GetString()!));
        var weights = Figures.Numbers(figure.GetProperty("rowWeights"));
        var (x, losses) = (Figures.Numbers(figure.GetProperty("x")), Figures.Numbers(figure.GetProperty("losses")));
        var samples = new MemorySamples<double>(x, network.Inputs, Figures.Numbers(figure.GetProperty("target")), network.Outputs, weights);
        var seen = new List<double>();
        var trainer = new Trainer<double>(network, samples, null, RowOrder.Sequential(weights.Length), Options(loss, weights.Length, losses.Length))
        {
            MinibatchTrained = seen.Add,
        };
        Flat(network, figure.GetProperty("parameters")).CopyTo(trainer.Parameters);

        trainer.Run();

        for (var step = 0; step < losses.Length; step++)
            Figures.Equal(losses[step], seen[step], $"{name}: loss {step}");
        Figures.Equal(Ordered(network, figure.GetProperty("trained")), trainer.Parameters, $"{name}: parameters");
        var pass = new NetworkPass<double> { Input = x, Rows = weights.Length, Parameters = trainer.Parameters, State = [] };
        var output = network.Forward(new Workspace<double>(network, weights.Length, forTraining: false), pass);
        Figures.Equal(figure.GetProperty("trainedAnswers"), new MemberMean<double>(network, loss.Link, weights.Length).Answers(output), $"{name}: answers");
    }

    private static TrainerOptions Options(LossSpec loss, int batchSize, int epochs = 1) => new()
    {
        Loss = loss,
        Optimizer = new AdamWSpec { LearningRate = 0.01, WeightDecay = 0.05 },
        Epochs = epochs,
        BatchSize = batchSize,
        ExactTrainLoss = false,
        ReportEvery = epochs,
    };

    private static Network<double> Build(JsonElement figure)
    {
        var (widths, activations) = (Figures.Numbers(figure.GetProperty("widths")), figure.GetProperty("activations").EnumerateArray().ToList());
        return Network<double>.Build(new NetworkSpec
        {
            Inputs = (int)widths[0],
            Members = figure.GetProperty("members").GetInt32(),
            Layers = [.. activations.Select((name, i) => new DenseSpec { Units = (int)widths[i + 1], Activation = Figures.Activation(name.GetString()!) })],
        });
    }

    private static double[] Flat(Network<double> network, JsonElement arrays) => Figures.Numbers(Ordered(network, arrays));

    // The arrays in the order of the flat vector, by their names.
    private static JsonElement Ordered(Network<double> network, JsonElement arrays) =>
        JsonSerializer.SerializeToElement(network.Slices.Select(slice => arrays.GetProperty(slice.Name)));
}
