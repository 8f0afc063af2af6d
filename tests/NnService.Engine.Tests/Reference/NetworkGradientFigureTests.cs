using System.Text.Json;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;

namespace NnService.Engine.Tests.Reference;

public sealed class NetworkGradientFigureTests
{
    private static readonly JsonElement[] Cases = [.. Figures.Read("network_gradients.json").GetProperty("cases").EnumerateArray()];

    public static IEnumerable<object[]> Names => Cases.Select((figure, i) => new object[]
    {
        i, $"{figure.GetProperty("hidden_activation")}, {figure.GetProperty("output_activation")}, {figure.GetProperty("loss")}",
    });

    [Fact]
    public void There_are_75_networks() => Assert.Equal(75, Cases.Length);

    // The third check: the answer itself under the textbook loss on probabilities must give the same gradients as the fused loss on logits.
    [Theory]
    [MemberData(nameof(Names))]
    public void Outputs_loss_and_gradients_are_those_of_the_figures(int number, string name)
    {
        var figure = Cases[number];
        var lossName = figure.GetProperty("loss").GetString()!;
        var spec = Figures.Loss(lossName, Figures.Optional(figure, "delta"));
        Check(figure, name, spec.Build<double>(), spec.Link);
        if (lossName == "bce")
            Check(figure, name + " on probabilities", spec.BuildOnAnswers<double>(), OutputLink.Identity);
    }

    private static void Check(JsonElement figure, string name, Loss<double> loss, OutputLink link)
    {
        var network = Network<double>.Build(
            Figures.Network(
                figure.GetProperty("parameters"),
                Figures.Activation(figure.GetProperty("hidden_activation").GetString()!, Figures.Optional(figure, "alpha")),
                Figures.Activation(figure.GetProperty("output_activation").GetString()!)),
            link: link);
        var parameters = Figures.Parameters(network);
        var x = Figures.Numbers(figure.GetProperty("x"));
        var rows = x.Length / network.Inputs;
        var target = Figures.Targets(figure.GetProperty("target"), figure.GetProperty("target")[0].ValueKind == JsonValueKind.Number, network.Outputs);

        var workspace = new Workspace<double>(network, rows, forTraining: true);
        var pass = new NetworkPass<double> { Input = x, Rows = rows, Parameters = parameters, State = [], Training = true };
        var output = network.Forward(workspace, pass).ToArray();
        double[] answer = link == OutputLink.Sigmoid && figure.GetProperty("output_activation").GetString() == "sigmoid"
            ? [.. output.Select(logit => Transcendentals.Sigmoid(logit))]
            : output;
        Figures.Equal(figure.GetProperty("output"), answer, $"{name}: output");
        Figures.Equal(figure.GetProperty("loss_value").GetDouble(), loss.Value(output, target, [], network.Outputs), $"{name}: loss");

        var (outputGradient, inputGradient) = (new double[output.Length], new double[x.Length]);
        var gradient = new double[network.ParameterCount];
        loss.Gradient(output, target, [], network.Outputs, loss.IsSum ? 1 : 1.0 / rows, outputGradient);
        network.Backward(workspace, pass, outputGradient, gradient, inputGradient);
        Figures.Equal(figure.GetProperty("parameter_gradient"), gradient, $"{name}: parameter gradient");
        Figures.Equal(figure.GetProperty("input_gradient"), inputGradient, $"{name}: input gradient");
    }
}
