using System.Text.Json;
using NnService.Engine.Tests.Reference;
using NnService.Engine.Training;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Tests.Training;

// Those of scikit-learn and NumPy are the quantiles of the metrics over 4,000 draws of the same rows with another generator; the others are of
// tests/Reference/honesty.py, by 40,000 draws.
public sealed class BootstrapTests
{
    private const double Chance = 0.015; // of 1,000 draws against 4,000 others, at the tails of these metrics
    private const int Rows = 200;

    private static readonly string[] Labels = ["no", "yes"];
    private static readonly JsonElement s_reference = Figures.Read("honesty.json");

    [Fact]
    public void Intervals_of_a_classification_are_those_of_scikit_learn_and_NumPy()
    {
        var (probabilities, actual) = Classified();

        var intervals = ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed: 1);

        var calibration = s_reference.GetProperty("calibration");
        var logLoss = Figures.Numbers(s_reference.GetProperty("logLoss"));
        (string Name, double Low, double High)[] expected =
        [
            ("accuracy", 0.75, 0.86), ("balancedAccuracy", 0.7025, 0.811), ("logLoss", logLoss[0], logLoss[1]), ("rocAuc", 0.7584, 0.883),
            ("averagePrecision", 0.7607, 0.8881), ("macroF1", 0.7024, 0.83), ("matthewsCorrelation", 0.5356, 0.7081),
            ("calibrationError", calibration.GetProperty("low").GetDouble(), calibration.GetProperty("high").GetDouble()),
        ];
        Assert.Equal(expected.Select(metric => metric.Name), intervals.Keys);
        foreach (var (name, low, high) in expected)
        {
            var chance = name == "averagePrecision" ? 2 * Chance : Chance; // Wilson's interval, a little wider
            Assert.Equal(low, intervals[name][0], chance);
            Assert.Equal(high, intervals[name][1], chance);
        }
    }

    [Fact]
    public void The_calibration_error_is_what_is_left_without_chance()
    {
        var (probabilities, actual) = Classified();

        Assert.Equal(
            s_reference.GetProperty("calibration").GetProperty("estimate").GetDouble(),
            ClassificationMetrics.Of(probabilities, actual, Labels).CalibrationError,
            1e-9);
    }

    [Fact]
    public void With_weights_calibration_error_and_log_loss_are_those_of_NumPy()
    {
        var (probabilities, actual) = Classified();
        double[] weights = [.. Enumerable.Range(0, Rows).Select(i => 1.0 + (i * 11 % 4))];
        var calibration = s_reference.GetProperty("weighted").GetProperty("calibration");
        var logLoss = Figures.Numbers(s_reference.GetProperty("weighted").GetProperty("logLoss"));

        var intervals = ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed: 1, weights);

        Assert.Equal(
            calibration.GetProperty("estimate").GetDouble(),
            ClassificationMetrics.Of(probabilities, actual, Labels, weights: weights).CalibrationError,
            1e-9);
        Assert.Equal(calibration.GetProperty("low").GetDouble(), intervals["calibrationError"][0], Chance);
        Assert.Equal(calibration.GetProperty("high").GetDouble(), intervals["calibrationError"][1], Chance);
        Assert.Equal(logLoss[0], intervals["logLoss"][0], Chance);
        Assert.Equal(logLoss[1], intervals["logLoss"][1], Chance);
    }

    [Fact]
    public void Intervals_of_a_regression_are_those_of_the_bootstrap_t_in_NumPy()
    {
        var actual = Enumerable.Range(0, Rows).Select(i => (i * 29 % 83 / 10.0) + 1).ToArray();
        var predicted = actual.Select((target, i) => target + (((i * 41 % 61) - 30) / 20.0)).ToArray();

        var intervals = RegressionMetrics.IntervalsOf(predicted, actual, ["y"], seed: 1);

        Assert.Equal(["rootMeanSquaredError", "meanAbsoluteError", "r2", "medianAbsoluteError", "meanAbsolutePercentageError"], intervals.Keys);
        foreach (var metric in s_reference.GetProperty("regression").EnumerateObject())
        {
            var expected = Figures.Numbers(metric.Value);
            Assert.Equal(expected[0], intervals[metric.Name][0], Chance);
            Assert.Equal(expected[1], intervals[metric.Name][1], Chance);
        }

        Assert.Equal(0.65, intervals["medianAbsoluteError"][0], Chance); // the plain quantiles
        Assert.Equal(0.85, intervals["medianAbsoluteError"][1], Chance);
    }

    [Fact]
    public void Several_targets_have_the_interval_of_one_where_they_are_equal_and_a_narrower_one_where_they_are_not()
    {
        var actual = Enumerable.Range(0, Rows).Select(i => (i * 29 % 83 / 10.0) + 1).ToArray();
        var predicted = actual.Select((target, i) => target + (((i * 41 % 61) - 30) / 20.0)).ToArray();
        var others = actual.Select((target, i) => target + (((i * 17 % 59) - 29) / 20.0)).ToArray();

        var one = RegressionMetrics.IntervalsOf(predicted, actual, ["y"], seed: 1);
        var same = RegressionMetrics.IntervalsOf(Pairs(predicted, predicted), Pairs(actual, actual), ["a", "b"], seed: 1);
        var different = RegressionMetrics.IntervalsOf(Pairs(predicted, others), Pairs(actual, actual), ["a", "b"], seed: 1);

        foreach (var name in (string[])["rootMeanSquaredError", "meanAbsoluteError", "r2"])
        {
            Assert.Equal(one[name][0], same[name][0], 0.005); // the tail is drawn anew
            Assert.Equal(one[name][1], same[name][1], 0.005);
            Assert.InRange((different[name][1] - different[name][0]) / (one[name][1] - one[name][0]), 0.6, 0.85); // √½ where they are independent
        }
    }

    private static double[] Pairs(double[] first, double[] second) => [.. first.Zip(second).SelectMany(pair => new[] { pair.First, pair.Second })];

    [Fact]
    public void With_each_row_once_the_quick_figures_are_the_metrics_themselves()
    {
        double[] probabilities = [.7, .2, .1, .3, .4, .3, .1, .1, .8, .25, .5, .25, .6, .3, .1, .2, .2, .6, .4, .35, .25, .05, .9, .05];
        int[] actual = [0, 1, 2, 0, 0, 1, 2, 1];
        var figures = new double[8];
        new ResampledClassification(probabilities, actual, 3, 0, [.. Enumerable.Range(0, 8)]).Compute(Enumerable.Repeat((ushort)1, 8).ToArray(), figures);

        // The figures of MetricsTests, which are scikit-learn's; the last one is the plain calibration error.
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
            written.RocAuc!.Value, written.AveragePrecision!.Value, written.MacroF1, written.MatthewsCorrelation,
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
    public void A_calibrated_model_has_no_calibration_error_and_an_interval_from_0()
    {
        // As many right as the probability says.
        var actual = Enumerable.Range(0, 100).Select(i => i % 10 < 6 ? 1 : 0).ToArray();
        double[] probabilities = [.. Enumerable.Repeat(new[] { 0.4, 0.6 }, 100).SelectMany(row => row)];

        var interval = ClassificationMetrics.IntervalsOf(probabilities, actual, Labels, 1, seed: 1)["calibrationError"];

        Assert.Equal(0, ClassificationMetrics.Of(probabilities, actual, Labels).CalibrationError, 1e-12);
        Assert.Equal(0, interval[0]);
        Assert.InRange(interval[1], 0.09, 0.15); // 1.96 √(.6 · .4 / 100) is .096
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
