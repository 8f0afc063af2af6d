namespace NnService.Engine.Tests.Reference;

public sealed class LossFigureTests
{
    [Fact]
    public void Every_loss_has_the_value_and_gradient_of_the_figures()
    {
        var cases = Figures.Read("losses.json").GetProperty("cases").EnumerateArray().ToList();
        Assert.Equal(11, cases.Count);
        for (var number = 0; number < cases.Count; number++)
        {
            var figure = cases[number];
            var name = figure.GetProperty("loss").GetString()!;
            var prediction = Figures.Numbers(figure.GetProperty("prediction"));
            var outputs = figure.GetProperty("prediction")[0].GetArrayLength();
            var isClasses = name == "softmax_ce";
            var target = Figures.Targets(figure.GetProperty("target"), isClasses, outputs, Figures.Optional(figure, "label_smoothing") ?? 0);
            double[] weights = figure.TryGetProperty("class_weights", out var perClass)
                ? [.. Figures.Numbers(figure.GetProperty("target")).Select(label => perClass[(int)label].GetDouble())]
                : [];

            var spec = Figures.Loss(name, Figures.Optional(figure, "delta"));
            var loss = name == "bce" ? spec.BuildOnAnswers<double>() : spec.Build<double>();
            var scale = loss.IsSum ? 1 : 1 / Engine.Losses.Loss<double>.TotalWeight(weights, prediction.Length / outputs);
            var gradient = new double[prediction.Length];
            loss.Gradient(prediction, target, weights, outputs, scale, gradient);
            Figures.Equal(figure.GetProperty("value").GetDouble(), loss.Value(prediction, target, weights, outputs), $"case {number}, {name}");
            Figures.Equal(figure.GetProperty("gradient_wrt_prediction"), gradient, $"case {number}, gradient of {name}");
        }
    }
}
