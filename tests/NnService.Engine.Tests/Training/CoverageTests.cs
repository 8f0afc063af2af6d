using NnService.Benchmarks.Honesty;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Tests.Training;

/// <summary>
/// The 95 % intervals of all metrics hold the truth as often as they say, on small test parts, with rare labels, with weights and with heavy tails. The same
/// scenarios, and larger ones, with more test parts make docs/benchmarks/honesty.md.
/// </summary>
public sealed class CoverageTests
{
    private const int Samples = 200;
    private const int ManyRows = 40_000; // their standard errors are a tenth of the intervals' widths and less

    public static IEnumerable<object[]> Scenarios => Scenario.All
        .Where(scenario => scenario.Rows <= (scenario is ClassificationScenario ? 200 : 50))
        .Select(scenario => new object[] { scenario.Name, scenario.Rows });

    // 92 to 98 of 100, and two standard errors of a share of 200: 88.2 to 99.98. Where less or more is known, the same around that.
    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Intervals_hold_the_truth_in_92_to_98_of_100_test_parts_or_as_often_as_is_known(string name, int rows)
    {
        var scenario = Scenario.All.Single(one => one.Name == name && one.Rows == rows);

        Assert.All(Coverage.Of(scenario, Samples, ManyRows), coverage =>
        {
            var (low, high) = KnownMiss.Bounds(scenario, coverage.Metric, Samples);
            Assert.Equal(0, coverage.Missing);
            Assert.True(coverage.Share >= low && coverage.Share <= high, $"{low:0.000} to {high:0.000}: {coverage}");
        });
    }

    // The same intervals moved by a third of their width are found out.
    [Fact]
    public void Intervals_that_are_off_does_not_pass()
    {
        var scenario = Scenario.All.Single(one => one is { Name: "two labels", Rows: 200 });
        var truth = scenario.Truth(ManyRows)["accuracy"];

        var held = Enumerable.Range(0, Samples).Select(seed => scenario.Intervals((ulong)seed)["accuracy"])
            .Count(interval => truth >= interval[0] + ((interval[1] - interval[0]) / 3) && truth <= interval[1] + ((interval[1] - interval[0]) / 3));

        Assert.True((double)held / Samples < KnownMiss.Bounds(scenario, "accuracy", Samples).Low, $"{held}");
    }

    // How the verdict's differences do: of rows of which one model alone is right on so many, and so on half of the others.
    [Theory]
    [InlineData(15, 0.3, 0.1)]
    [InlineData(34, 0.5, 0.02)]
    [InlineData(57, 0.34, 0.01)]
    [InlineData(57, 0.03, 0.01)]
    [InlineData(60, 0, 0.05)]
    [InlineData(200, 0.08, 0.02)]
    public void Intervals_of_differences_of_accuracies_hold_the_truth_as_often_as_they_say(int rows, double onlyFirst, double onlySecond)
    {
        const int Draws = 2_000;
        var (random, held) = (new System.Random(1), 0);
        for (var draw = 0; draw < Draws; draw++)
        {
            var (first, second) = (new int[rows], new int[rows]);
            for (var row = 0; row < rows; row++)
            {
                var at = random.NextDouble();
                var isAlike = at >= onlyFirst + onlySecond;
                var isRight = random.Next(2) == 0;
                first[row] = isAlike ? (isRight ? 0 : 1) : at < onlyFirst ? 0 : 1;
                second[row] = isAlike ? first[row] : 1 - first[row];
            }

            var interval = PairedDifference.OfShares(new int[rows], first, second, 2, perLabel: false);
            held += onlyFirst - onlySecond >= interval.Low && onlyFirst - onlySecond <= interval.High ? 1 : 0;
        }

        Assert.InRange((double)held / Draws, 0.935, 1); // three standard errors of a share of 2,000 below 0.95
    }
}
