using NnService.Engine.Training;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Tests.Training;

public sealed class PairedMetricsTests
{
    private static readonly string[] Labels = ["no", "yes"];

    // Newcombe 1998 (Statistics in Medicine 17, 2635), method 10, computed apart from this code; the last table is that of Bentur et al. 2009.
    [Theory]
    [InlineData(20, 12, 2, 16, 0.2, 0.05615642484174826, 0.32920699540014053)]
    [InlineData(36, 12, 2, 0, 0.2, 0.05692958400323875, 0.3404276029749406)]
    [InlineData(30, 0, 0, 10, 0, -0.0641087067333778, 0.0641087067333778)]
    [InlineData(2, 1, 3, 4, -0.2, -0.5260788199975557, 0.20165494124038513)]
    [InlineData(1, 1, 7, 12, -0.2857142857142857, -0.506920226686141, -0.02555912416485978)]
    public void Paired_shares_have_the_interval_of_Newcombe(
        double both, double first, double second, double neither, double difference, double low, double high)
    {
        var interval = new PairedShares(both, first, second, neither).Difference();

        Assert.Equal(difference, interval.Figure, 1e-12);
        Assert.Equal(low, interval.Low, 0.0001);
        Assert.Equal(high, interval.High, 0.0001);
    }

    [Fact]
    public void Differences_of_classifiers_are_those_of_their_metrics_with_an_interval_around_each()
    {
        var (first, second, actual) = Classified(rows: 200);

        var differences = PairedMetrics.OfClasses(first, second, actual, Labels, positive: 1, seed: 0);

        var (one, other) = (ClassificationMetrics.Of(first, actual, Labels), ClassificationMetrics.Of(second, actual, Labels));
        Assert.Equal(
            ["accuracy", "averagePrecision", "balancedAccuracy", "calibrationError", "logLoss", "macroF1", "matthewsCorrelation", "rocAuc"],
            differences.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(one.Accuracy - other.Accuracy, differences["accuracy"].Difference, 1e-12);
        Assert.Equal(one.LogLoss - other.LogLoss, differences["logLoss"].Difference, 1e-12);
        Assert.Equal(one.RocAuc!.Value - other.RocAuc!.Value, differences["rocAuc"].Difference, 1e-12);
        Assert.All(differences.Values, figure => Assert.InRange(figure.Difference, figure.Interval![0], figure.Interval[1]));
        Assert.True(differences["accuracy"].Interval![0] > 0, "The first is right in nine rows of ten, the second in seven.");
        Assert.True(differences["logLoss"].Interval![1] < 0);
    }

    // The rows differ a thousandfold in what they add to the error, and the second model is always 5 % further off: only in pairs is that seen.
    [Fact]
    public void Pairs_tell_two_regressions_apart_whose_own_intervals_overlap()
    {
        var actual = new double[60];
        double[] first = [.. actual.Select((_, row) => Math.Pow(1.12, row) * (row % 2 == 0 ? 1 : -1))];
        double[] second = [.. first.Select(error => 1.05 * error)];

        var difference = PairedMetrics.OfNumbers(first, second, actual, ["y"], seed: 0)["meanAbsoluteError"];
        var one = RegressionMetrics.IntervalsOf(first, actual, ["y"], 0)["meanAbsoluteError"];
        var other = RegressionMetrics.IntervalsOf(second, actual, ["y"], 0)["meanAbsoluteError"];

        Assert.True(one[1] > other[0]);
        var (mean, otherMean) = (RegressionMetrics.Of(first, actual, ["y"]).MeanAbsoluteError, RegressionMetrics.Of(second, actual, ["y"]).MeanAbsoluteError);
        Assert.Equal(mean - otherMean, difference.Difference, 1e-9);
        Assert.True(difference.Interval![1] < 0);
    }

    [Fact]
    public void The_same_answers_have_no_difference()
    {
        var (first, _, actual) = Classified(rows: 40);

        var differences = PairedMetrics.OfClasses(first, first, actual, Labels, positive: 1, seed: 0);

        Assert.All(differences.Values, figure => Assert.Equal(0, figure.Difference));
        Assert.Null(differences["logLoss"].Interval);
        var interval = differences["accuracy"].Interval!;
        Assert.True(interval[0] < 0 && interval[1] > 0, "Forty rows on which two agree do not prove that they always do.");
    }

    [Fact]
    public void What_is_undefined_for_one_is_left_out()
    {
        var differences = PairedMetrics.OfClasses([.9, .1, .6, .4, .8, .2], [.7, .3, .6, .4, .4, .6], [0, 0, 0], Labels, positive: 1, seed: 0);

        Assert.DoesNotContain("rocAuc", differences.Keys);
        Assert.Equal(1.0 / 3, differences["accuracy"].Difference, 1e-12);
    }

    // Every second row is positive; the first model is wrong in every tenth row, the second in three of ten.
    private static (double[] First, double[] Second, int[] Actual) Classified(int rows)
    {
        int[] actual = [.. Enumerable.Range(0, rows).Select(row => row % 2)];
        double[] Of(Func<int, bool> isWrong, double sure) =>
            [.. actual.SelectMany((label, row) => Row((label == 1) != isWrong(row) ? sure - (row * 1e-4) : 1 - sure + (row * 1e-4)))];
        double[] Row(double yes) => [1 - yes, yes];
        return (Of(row => row % 10 == 3, 0.9), Of(row => row % 10 is 3 or 4 or 8, 0.8), actual);
    }
}
