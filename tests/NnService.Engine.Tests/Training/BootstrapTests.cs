using NnService.Engine.Training;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Tests.Training;

// The intervals to compare with are NumPy's: the quantiles of scikit-learn's metrics over 4,000 draws of the same rows with another generator.
public sealed class BootstrapTests
{
    private const double Chance = 0.015; // of 1,000 draws against 4,000 others, at the tails of these metrics
    private const int Rows = 200;

    private static readonly string[] Labels = ["no", "yes"];

    [Fact]
    public void Intervals_of_a_classification_are_those_of_scikit_learn_and_NumPy()
    {
        var (probabilities, actual) = Classified();

        var intervals = ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed: 1);

        (string Name, double Low, double High)[] expected =
        [
            ("accuracy", 0.75, 0.86), ("balancedAccuracy", 0.7025, 0.811), ("logLoss", 0.4475, 0.6099), ("rocAuc", 0.7584, 0.883),
            ("averagePrecision", 0.7607, 0.8881), ("macroF1", 0.7024, 0.83), ("matthewsCorrelation", 0.5356, 0.7081), ("calibrationError", 0.0604, 0.1593),
        ];
        Assert.Equal(expected.Select(metric => metric.Name), intervals.Keys);
        foreach (var (name, low, high) in expected)
        {
            Assert.Equal(low, intervals[name][0], Chance);
            Assert.Equal(high, intervals[name][1], Chance);
        }
    }

    [Fact]
    public void Intervals_of_a_regression_are_those_of_scikit_learn_and_NumPy()
    {
        var actual = Enumerable.Range(0, Rows).Select(i => (i * 29 % 83 / 10.0) + 1).ToArray();
        var predicted = actual.Select((target, i) => target + (((i * 41 % 61) - 30) / 20.0)).ToArray();

        var intervals = RegressionMetrics.IntervalsOf(predicted, actual, ["y"], seed: 1);

        (string Name, double Low, double High)[] expected =
        [
            ("rootMeanSquaredError", 0.8292, 0.9375), ("meanAbsoluteError", 0.7065, 0.8275), ("r2", 0.8374, 0.8847),
            ("medianAbsoluteError", 0.65, 0.85), ("meanAbsolutePercentageError", 0.1879, 0.2511),
        ];
        Assert.Equal(expected.Select(metric => metric.Name), intervals.Keys);
        foreach (var (name, low, high) in expected)
        {
            Assert.Equal(low, intervals[name][0], Chance);
            Assert.Equal(high, intervals[name][1], Chance);
        }
    }

    [Fact]
    public void With_each_row_once_the_quick_figures_are_the_metrics_themselves()
    {
        double[] probabilities = [.7, .2, .1, .3, .4, .3, .1, .1, .8, .25, .5, .25, .6, .3, .1, .2, .2, .6, .4, .35, .25, .05, .9, .05];
        int[] actual = [0, 1, 2, 0, 0, 1, 2, 1];
        var figures = new double[8];
        new ResampledClassification(probabilities, actual, 3, 0, [.. Enumerable.Range(0, 8)]).Compute(Enumerable.Repeat((ushort)1, 8).ToArray(), figures);

        // The figures of MetricsTests, which are scikit-learn's.
        double[] expected = [0.625, 0.611111111111111, 0.8117902501530994,
            0.7861111111111111, 0.755026455026455, 0.611111111111111, 0.42857142857142855, 0.1875];
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], figures[i], 1e-12);
    }

    [Fact]
    public void A_row_taken_twice_counts_like_two_equal_rows()
    {
        var twice = new double[8];
        new ResampledClassification([.9, .1, .4, .6, .3, .7, .8, .2], [0, 0, 1, 1], 2, 1, [0, 1, 2, 3]).Compute([1, 2, 0, 1], twice);
        var written = ClassificationMetrics.Of([.9, .1, .4, .6, .4, .6, .8, .2], [0, 0, 0, 1], Labels);

        double[] expected =
        [
            written.Accuracy, written.BalancedAccuracy, written.LogLoss,
            written.RocAuc!.Value, written.AveragePrecision!.Value, written.MacroF1, written.MatthewsCorrelation, written.CalibrationError,
        ];
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], twice[i], 1e-12);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_seed_others()
    {
        var (probabilities, actual) = Classified();

        var first = ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed: 7);
        var again = ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed: 7);
        var other = ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed: 8);

        Assert.Equal(first["logLoss"], again["logLoss"]);
        Assert.NotEqual(first["logLoss"], other["logLoss"]);
    }

    [Fact]
    public void Many_rows_are_drawn_in_part_and_the_interval_is_as_narrow_as_all_of_them_make_it()
    {
        const int Many = 200_000;
        var actual = new int[Many];
        var probabilities = new double[2 * Many];
        for (var i = 0; i < Many; i++)
            (actual[i], probabilities[2 * i], probabilities[(2 * i) + 1]) = (i % 10 < 2 ? 1 : 0, 0.7, 0.3); // right for 80 % of them

        var interval = ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed: 1)["accuracy"];

        // 1.96 √(0.8 · 0.2 / 200,000) = 0.00175 on either side
        Assert.Equal(0.8 - 0.00175, interval[0], 0.0002);
        Assert.Equal(0.8 + 0.00175, interval[1], 0.0002);
    }

    [Fact]
    public void An_interval_holds_the_figure_of_a_metric_that_drawing_anew_makes_larger()
    {
        // As many right as the probability says: every draw is calibrated as well or worse.
        var actual = Enumerable.Range(0, 100).Select(i => i % 10 < 6 ? 1 : 0).ToArray();
        double[] probabilities = [.. Enumerable.Repeat(new[] { 0.4, 0.6 }, 100).SelectMany(row => row)];

        var interval = ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed: 1)["calibrationError"];

        Assert.InRange(ClassificationMetrics.Of(probabilities, actual, Labels).CalibrationError, interval[0], interval[1]);
    }

    [Fact]
    public void A_metric_that_is_undefined_has_no_interval()
    {
        var oneLabel = ClassificationMetrics.IntervalsOf([.6, .4, .7, .3], [0, 0], Labels, 1, seed: 1);
        var constant = RegressionMetrics.IntervalsOf([1, 2, 3], [0, 0, 0], ["y"], seed: 1);

        Assert.DoesNotContain("rocAuc", oneLabel.Keys);
        Assert.DoesNotContain("averagePrecision", oneLabel.Keys);
        Assert.Equal(["rootMeanSquaredError", "meanAbsoluteError", "medianAbsoluteError"], constant.Keys);
    }

    // [rows, 2] probabilities with ties, and labels, by formula: the same in Python.
    private static (double[] Probabilities, int[] Actual) Classified()
    {
        var actual = Enumerable.Range(0, Rows).Select(i => i * 7 % 10 < 4 ? 1 : 0).ToArray();
        var positive = actual.Select((label, i) => Math.Clamp((i * 37 % 101 / 202.0) + (0.5 * label * (i * 13 % 17) / 17), 0.01, 0.99));
        return ([.. positive.SelectMany(share => new[] { 1 - share, share })], actual);
    }
}
