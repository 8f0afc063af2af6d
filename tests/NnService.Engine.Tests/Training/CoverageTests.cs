using NnService.Benchmarks.Honesty;

namespace NnService.Engine.Tests.Training;

/// <summary>
/// The 95 % intervals of all metrics hold the truth as often as they say, on small test parts, with rare labels and with heavy tails. The same scenarios with
/// more test parts make docs/benchmarks/honesty.md.
/// </summary>
public sealed class CoverageTests
{
    private const int Samples = 150;

    [Fact]
    public void Intervals_of_every_metric_hold_the_truth_in_92_to_98_of_100_test_parts()
    {
        var all = Scenario.All.SelectMany(scenario => Coverage.Of(scenario, Samples).Select(coverage => (Scenario: scenario, Coverage: coverage))).ToList();

        foreach (var metric in all.GroupBy(one => one.Coverage.Metric))
        {
            var share = (double)metric.Sum(one => one.Coverage.Held) / metric.Sum(one => one.Coverage.Samples - one.Coverage.Missing);
            Assert.True(share is > 0.92 and < 0.98, $"{metric.Key}: {share}");
            Assert.Equal(0, metric.Sum(one => one.Coverage.Missing));
        }

        // Six test parts of 150 are 4 %, two standard errors of such a share and a little more.
        Assert.All(all, one => Assert.True(one.Coverage.Share > 0.88, $"{one.Scenario.Name}, {one.Scenario.Rows} rows, {one.Coverage}"));
    }
}
