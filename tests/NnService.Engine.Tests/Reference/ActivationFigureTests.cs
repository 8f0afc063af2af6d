using NnService.Engine.Activations;

namespace NnService.Engine.Tests.Reference;

public sealed class ActivationFigureTests
{
    [Fact]
    public void Every_activation_has_the_value_and_derivative_of_the_figures()
    {
        var file = Figures.Read("activations.json");
        var x = Figures.Numbers(file.GetProperty("x"));
        var cases = file.GetProperty("cases").EnumerateArray().ToList();
        Assert.Equal(
            ActivationSpec.Known.Members.Where(activation => activation.Formula is not null).Select(activation => activation.Type).Order(),
            cases.Select(figure => Figures.Activation(figure.GetProperty("activation").GetString()!, Figures.Optional(figure, "alpha")).Type).Distinct()
                .Order()); // a new one brings its figures
        foreach (var figure in cases)
        {
            var name = figure.GetProperty("activation").GetString()!;
            var activation = Figures.Activation(name, Figures.Optional(figure, "alpha")).Build<double>();
            var (y, ones, derivative) = (new double[x.Length], new double[x.Length], new double[x.Length]);
            Array.Fill(ones, 1);
            activation.Forward(x, 1, y);
            activation.Backward(activation.NeedsSum ? x : [], y, ones, 1, derivative);
            Figures.Equal(figure.GetProperty("value"), y, $"{name} value");
            Figures.Equal(figure.GetProperty("derivative"), derivative, $"{name} derivative");
        }
    }

    [Fact]
    public void Softmax_has_the_value_and_jacobian_of_the_figures()
    {
        var softmax = new SoftmaxSpec().Build<double>();
        foreach (var figure in Figures.Read("activations.json").GetProperty("softmax").EnumerateArray())
        {
            var logits = Figures.Numbers(figure.GetProperty("logits"));
            var units = logits.Length;
            var y = new double[units];
            softmax.Forward(logits, units, y);
            Figures.Equal(figure.GetProperty("value"), y, $"softmax of {figure.GetProperty("logits")}");

            // Row i of the Jacobian is what comes back for an upstream gradient of 1 at output i.
            var jacobian = new double[units * units];
            for (var i = 0; i < units; i++)
            {
                var upstream = new double[units];
                upstream[i] = 1;
                softmax.Backward([], y, upstream, units, jacobian.AsSpan(i * units, units));
            }

            Figures.Equal(figure.GetProperty("jacobian"), jacobian, $"Jacobian of softmax at {figure.GetProperty("logits")}");
        }
    }
}
