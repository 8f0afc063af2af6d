using System.Numerics;
using NnService.Engine.Losses;

namespace NnService.Engine.Tests.Losses;

public sealed class LossTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    public void Cross_entropies_of_certain_and_wrong_probabilities_are_finite(double p)
    {
        foreach (var spec in LossSpec.Known.Members)
            foreach (var target in (double[])[0, 1])
                AllFinite(spec, [p, 1 - p], [target, 1 - target]);
    }

    [Fact]
    public void A_probability_of_0_for_what_happened_costs_53_bits()
    {
        var loss = new BinaryCrossEntropySpec().BuildOnAnswers<double>();
        Assert.Equal(36.7368005696771, loss.Value([0], [1], [], 1), 12);
        Assert.Equal(36.7368005696771, loss.Value([1], [0], [], 1), 12);
        Assert.Equal(36.7368005696771, new SoftmaxCrossEntropySpec().BuildOnAnswers<double>().Value([0, 1], [1, 0], [], 2), 12);
        Assert.Equal(16.635532333438686, new BinaryCrossEntropySpec().BuildOnAnswers<float>().Value([0], [1], [], 1), 12);
    }

    [Fact]
    public void A_smaller_delta_holds_the_gradient_of_huber_smaller()
    {
        var loss = new HuberSpec { Delta = 0.5 }.Build<double>();
        var gradient = new double[2];
        loss.Gradient([0.25, 3], [0, 0], [], 1, 1, gradient);
        Assert.Equal([0.25, 0.5], gradient);
        Assert.Equal(0.03125 + (0.5 * 2.75), loss.Sum([0.25, 3], [0, 0], [], 1));
    }

    [Fact]
    public void Not_a_number_stays_visible_in_every_gradient()
    {
        foreach (var spec in LossSpec.Known.Members)
        {
            var gradient = new double[2];
            spec.Build<double>().Gradient([double.NaN, 1], [0, 1], [], 2, 1, gradient);
            Assert.True(double.IsNaN(gradient[0]), spec.Type);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sum_and_gradient_in_one_are_those_of_each(bool weighted)
    {
        foreach (var spec in LossSpec.Known.Members)
        {
            InOne<float>(spec, weighted);
            InOne<double>(spec, weighted);
        }
    }

    private static void InOne<T>(LossSpec spec, bool weighted)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Outputs = 3;
        var loss = spec.Build<T>();
        T[] prediction = [.. ((double[])[0.3, -1.7, 2.1, 0.9, 0.05, -0.4]).Select(T.CreateChecked)];
        T[] target = [.. ((double[])[0, 1, 0, 0, 0, 1]).Select(T.CreateChecked)];
        T[] weights = weighted ? [T.CreateChecked(0.7), T.CreateChecked(1.9)] : [];
        var (scale, inOne, alone) = (T.CreateChecked(0.3), new T[prediction.Length], new T[prediction.Length]);
        var sum = loss.SumAndGradient(prediction, target, weights, Outputs, scale, inOne);
        loss.Gradient(prediction, target, weights, Outputs, scale, alone);
        Assert.Equal(alone, inOne);
        Assert.Equal(loss.Sum(prediction, target, weights, Outputs), sum);
    }

    private static void AllFinite(LossSpec spec, double[] prediction, double[] target)
    {
        var loss = spec.BuildOnAnswers<double>();
        var gradient = new double[2];
        loss.Gradient(prediction, target, [], 2, 1, gradient);
        Assert.True(double.IsFinite(loss.Value(prediction, target, [], 2)), spec.Type);
        Assert.All(gradient, slope => Assert.True(double.IsFinite(slope), spec.Type));
    }
}
