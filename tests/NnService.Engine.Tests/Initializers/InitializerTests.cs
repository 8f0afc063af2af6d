using NnService.Engine.Initializers;
using NnService.Engine.Random;

namespace NnService.Engine.Tests.Initializers;

public sealed class InitializerTests
{
    private const int Inputs = 30;
    private const int Units = 20;
    private const int Draws = 100_000;

    /// <summary>Mean, standard deviation and greatest distance from 0 over a layer of 30 inputs and 20 units.</summary>
    public static IEnumerable<object[]> Distributions =>
    [
        [new GlorotUniformSpec(), 0, 0.2, 0.34641016151377546], // √(2 / 50), √(6 / 50)
        [new GlorotNormalSpec(), 0, 0.2, double.PositiveInfinity],
        [new HeUniformSpec(), 0, 0.2581988897471611, 0.4472135954999579], // √(2 / 30), √(6 / 30)
        [new HeNormalSpec(), 0, 0.2581988897471611, double.PositiveInfinity],
        [new NormalSpec { Mean = 3, StandardDeviation = 0.5 }, 3, 0.5, double.PositiveInfinity],
        [new UniformSpec { Min = -1, Max = 3 }, 1, 1.1547005383792515, 3], // 4 / √12
        [new ZerosSpec(), 0, 0, 0],
        [new ConstantSpec { Value = 0.25 }, 0.25, 0, 0.25],
    ];

    [Theory]
    [MemberData(nameof(Distributions))]
    public void Draws_have_the_mean_and_spread_of_their_distribution(InitializerSpec spec, double mean, double deviation, double most)
    {
        var random = new RandomStream(5, RandomPurpose.InitialWeights, 0);
        var draws = Enumerable.Range(0, Draws).Select(i => spec.Draw(random, (ulong)i, Inputs, Units)).ToArray();
        // Five standard errors of the mean, and a little more than that of the deviation.
        Assert.Equal(mean, draws.Average(), 1e-15 + (5 * deviation / Math.Sqrt(Draws)));
        Assert.Equal(deviation, Math.Sqrt(draws.Average(draw => (draw - mean) * (draw - mean))), 1e-15 + (0.02 * deviation));
        Assert.All(draws, draw => Assert.InRange(Math.Abs(draw), 0, most));
    }

    [Fact]
    public void Every_known_initializer_is_measured() => Assert.Equal(
        InitializerSpec.Known.Members.Select(spec => spec.Type).Order(),
        Distributions.Select(row => ((InitializerSpec)row[0]).Type).Order());
}
