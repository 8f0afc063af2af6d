using System.Text.Json;
using NnService.Engine.Training;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Tests.Training;

// The figures are scikit-learn 1.2.1's on the same numbers, but for the calibration error, which it does not have: see tests/Reference/honesty.py.
public class MetricsTests
{
    private const double Tolerance = 1e-12; // of sums in another order

    [Fact]
    public void Metrics_of_three_classes()
    {
        double[] probabilities =
        [
            .7, .2, .1,
            .3, .4, .3,
            .1, .1, .8,
            .25, .5, .25,
            .6, .3, .1,
            .2, .2, .6,
            .4, .35, .25,
            .05, .9, .05,
        ];
        var metrics = ClassificationMetrics.Of(probabilities, [0, 1, 2, 0, 0, 1, 2, 1], ["a", "b", "c"]);

        Assert.Equal(0.625, metrics.Accuracy);
        Assert.Equal(0.611111111111111, metrics.BalancedAccuracy, Tolerance);
        Assert.Equal(0.8117902501530994, metrics.LogLoss, Tolerance);
        Assert.Equal(0.7861111111111111, metrics.RocAuc!.Value, Tolerance);
        Assert.Equal(0.755026455026455, metrics.AveragePrecision!.Value, Tolerance);
        Assert.Equal(0.611111111111111, metrics.MacroF1, Tolerance);
        Assert.Equal(0.42857142857142855, metrics.MatthewsCorrelation, Tolerance);
        Assert.Equal(0, metrics.CalibrationError); // 0.1875 are found, of 0.31 that chance adds where the model is calibrated
        Assert.Equal(["a", "b", "c"], metrics.ConfusionMatrix.Labels);
        Assert.Equal([[2, 1, 0], [0, 2, 1], [1, 0, 1]], metrics.ConfusionMatrix.Counts!);
    }

    // sample_weight in scikit-learn; the confusion matrix counts rows all the same.
    [Fact]
    public void Metrics_of_three_classes_with_weights()
    {
        double[] probabilities = [.7, .2, .1, .3, .4, .3, .1, .1, .8, .25, .5, .25, .6, .3, .1, .2, .2, .6, .4, .35, .25, .05, .9, .05];
        double[] weights = [1, 2, .5, 3, 1, .25, 2, 1.5];
        var metrics = ClassificationMetrics.Of(probabilities, [0, 1, 2, 0, 0, 1, 2, 1], ["a", "b", "c"], weights: weights);

        Assert.Equal(0.5333333333333333, metrics.Accuracy, Tolerance);
        Assert.Equal(0.5111111111111112, metrics.BalancedAccuracy, Tolerance);
        Assert.Equal(0.9158689657159872, metrics.LogLoss, Tolerance);
        Assert.Equal(0.6673439153439152, metrics.RocAuc!.Value, Tolerance);
        Assert.Equal(0.6339443835317804, metrics.AveragePrecision!.Value, Tolerance);
        Assert.Equal(0.4783545271350149, metrics.MacroF1, Tolerance);
        Assert.Equal(0.2864129165822071, metrics.MatthewsCorrelation, Tolerance);
        Assert.Equal(0, metrics.CalibrationError); // 0.24 are found, of 0.35 that chance adds
        Assert.Equal([[2, 1, 0], [0, 2, 1], [1, 0, 1]], metrics.ConfusionMatrix.Counts!);
        Assert.Equal([0.5, 0.53846154, 0.66666667], metrics.PerClass.Select(label => Math.Round(label.Precision, 8)));
        Assert.Equal([0.4, 0.93333333, 0.2], metrics.PerClass.Select(label => Math.Round(label.Recall, 8)));
        Assert.Equal([0.44444444, 0.68292683, 0.30769231], metrics.PerClass.Select(label => Math.Round(label.F1, 8)));
        Assert.Equal([3, 3, 2], metrics.PerClass.Select(label => label.Rows));
    }

    [Fact]
    public void Weights_of_another_number_of_rows_are_refused_with_the_numbers()
    {
        Assert.Equal(
            "3 weights are not those of 2 rows.",
            Assert.Throws<ArgumentException>(() => ClassificationMetrics.IntervalsOf([.9, .1, .2, .8], [0, 1], ["a", "b"], 1, seed: 1, [1, 2, 3])).Message);
        Assert.Equal(
            "1 weights are not those of 2 rows.",
            Assert.Throws<ArgumentException>(() => RegressionMetrics.IntervalsOf([1, 2, 3, 4], [1, 2, 3, 5], ["y", "z"], seed: 1, [1])).Message);
    }

    [Fact]
    public void Metrics_of_numbers_with_weights()
    {
        var metrics = RegressionMetrics.Of([2.5, 0, 2.1, 8, 4], [3, -1.5, 2, 7, 4.25], ["y"], [1, .5, 2, 3, .75]);

        Assert.Equal(0.7827339355062507, metrics.RootMeanSquaredError, Tolerance);
        Assert.Equal(0.6396551724137931, metrics.MeanAbsoluteError, Tolerance);
        Assert.Equal(0.9127107553522648, metrics.R2!.Value, Tolerance);
        Assert.Equal(0.5, metrics.MedianAbsoluteError, Tolerance);
        Assert.Equal(0.1709456196271612, metrics.MeanAbsolutePercentageError!.Value, Tolerance);
        Assert.Equal(1.5, RegressionMetrics.Of([1, 2, 9], [0, 0, 0], ["y"], [2, 1, 1]).MedianAbsoluteError); // half below, half above
    }

    // By hand from the confusion matrix [[2, 1, 0], [0, 2, 1], [1, 0, 1]], as precision_recall_fscore_support(zero_division=0) has it.
    [Fact]
    public void Every_class_has_its_precision_recall_and_F1()
    {
        double[] probabilities = [.7, .2, .1, .3, .4, .3, .1, .1, .8, .25, .5, .25, .6, .3, .1, .2, .2, .6, .4, .35, .25, .05, .9, .05];
        var perClass = ClassificationMetrics.Of(probabilities, [0, 1, 2, 0, 0, 1, 2, 1], ["a", "b", "c"]).PerClass;

        Assert.Equal(["a", "b", "c"], perClass.Select(label => label.Label));
        Assert.Equal([2.0 / 3, 2.0 / 3, 1.0 / 2], perClass.Select(label => label.Precision));
        Assert.Equal([2.0 / 3, 2.0 / 3, 1.0 / 2], perClass.Select(label => label.Recall));
        Assert.Equal([2.0 / 3, 2.0 / 3, 1.0 / 2], perClass.Select(label => label.F1));
        Assert.Equal([3, 3, 2], perClass.Select(label => label.Rows));
    }

    // Called a, a, b; really a, b, b: of two called a one is a, of two b one is called so; c neither occurs nor is called.
    [Fact]
    public void A_class_that_never_occurs_or_is_never_called_has_zeros()
    {
        var perClass = ClassificationMetrics.Of([.8, .1, .1, .6, .3, .1, .2, .7, .1], [0, 1, 1], ["a", "b", "c"]).PerClass;
        var missed = ClassificationMetrics.Of([.8, .2, .6, .4], [0, 1], ["a", "b"]).PerClass[1];

        Assert.Equal(new ClassMetrics("a", 0.5, 1, 2.0 / 3, 1), perClass[0]);
        Assert.Equal(new ClassMetrics("b", 1, 0.5, 2.0 / 3, 2), perClass[1]);
        Assert.Equal(new ClassMetrics("c", 0, 0, 0, 0), perClass[2]);
        Assert.Equal(new ClassMetrics("b", 0, 0, 0, 1), missed);
    }

    [Fact]
    public void Metrics_of_two_classes_with_ties()
    {
        double[] positive = [.9, .8, .8, .55, .4, .35, .35, .1, .05, .6];
        int[] labels = [1, 1, 0, 1, 0, 1, 0, 0, 0, 0];
        double[] probabilities = [.. positive.SelectMany(p => new[] { 1 - p, p })];
        var metrics = ClassificationMetrics.Of(probabilities, labels, ["no", "yes"]);
        var other = ClassificationMetrics.Of(probabilities, labels, ["no", "yes"], positive: 0);

        Assert.Equal(0.7, metrics.Accuracy);
        Assert.Equal(0.7083333333333333, metrics.BalancedAccuracy, Tolerance);
        Assert.Equal(0.5600154186438412, metrics.LogLoss, Tolerance);
        Assert.Equal(0.75, metrics.RocAuc);
        Assert.Equal(0.6916666666666667, metrics.AveragePrecision!.Value, Tolerance);
        Assert.Equal(0.6969696969696968, metrics.MacroF1, Tolerance);
        Assert.Equal(0.408248290463863, metrics.MatthewsCorrelation, Tolerance);
        Assert.Equal(0, metrics.CalibrationError); // 0.18 are found, of 0.21 that chance adds
        Assert.Equal([[4, 2], [1, 3]], metrics.ConfusionMatrix.Counts!);
        Assert.Equal(0.75, other.RocAuc);
        Assert.Equal(0.8218253968253968, other.AveragePrecision!.Value, Tolerance);
    }

    [Fact]
    public void Certain_and_wrong_costs_no_more_than_the_smallest_probability()
    {
        var metrics = ClassificationMetrics.Of([1, 0, 1, 0], [0, 1], ["a", "b"]);

        Assert.Equal(18.02182669444008, metrics.LogLoss, 1e-9); // -ln(2^-52) / 2
        Assert.Equal(0, metrics.MatthewsCorrelation);
        Assert.Equal(0.5, metrics.RocAuc);
    }

    [Fact]
    public void Ranking_is_undefined_where_one_class_is_absent()
    {
        var onlyNegative = ClassificationMetrics.Of([.6, .4, .7, .3], [0, 0], ["a", "b"]);
        var onlyPositive = ClassificationMetrics.Of([.6, .4, .7, .3], [1, 1], ["a", "b"]);

        Assert.Null(onlyNegative.RocAuc);
        Assert.Null(onlyNegative.AveragePrecision);
        Assert.Null(onlyPositive.RocAuc);
        Assert.Equal(1, onlyPositive.AveragePrecision);
        Assert.Equal(1, onlyNegative.BalancedAccuracy);
        Assert.Equal(1, onlyNegative.MacroF1);
    }

    [Fact]
    public void A_perfect_ranking_has_exactly_1()
    {
        for (int positives = 1; positives <= 100; positives++)
        {
            double[] probabilities = [.. Enumerable.Range(1, positives + 5).SelectMany(rank => (double[])[1.0 / (rank + 1), 1 - 1.0 / (rank + 1)])];
            int[] actual = [.. Enumerable.Range(1, positives + 5).Select(rank => rank > 5 ? 1 : 0)];

            var metrics = ClassificationMetrics.Of(probabilities, actual, ["a", "b"]);

            Assert.Equal((1.0, 1.0), (metrics.RocAuc, metrics.AveragePrecision));
        }
    }

    [Fact]
    public void Label_that_does_not_occur_is_left_out_of_the_means()
    {
        var metrics = ClassificationMetrics.Of([.8, .1, .1, .2, .7, .1, .6, .3, .1], [0, 1, 1], ["a", "b", "c"]);

        Assert.Equal(0.75, metrics.BalancedAccuracy);
        Assert.Equal(2.0 / 3, metrics.MacroF1, Tolerance);
        Assert.Equal(1, metrics.RocAuc);
    }

    [Fact]
    public void Metrics_of_one_target()
    {
        var metrics = RegressionMetrics.Of([2.5, 0, 2, 8, -1], [3, -.5, 2, 7, 1], ["y"]);

        Assert.Equal(1.0488088481701516, metrics.RootMeanSquaredError, Tolerance);
        Assert.Equal(0.8, metrics.MeanAbsoluteError, Tolerance);
        Assert.Equal(0.828125, metrics.R2!.Value, Tolerance);
        Assert.Equal(0.5, metrics.MedianAbsoluteError, Tolerance);
        Assert.Equal(0.6619047619047619, metrics.MeanAbsolutePercentageError!.Value, Tolerance);
        Assert.Null(metrics.PerOutput);
    }

    [Fact]
    public void Metrics_of_two_targets_are_the_means_of_theirs()
    {
        double[] actual = [3, 10, -.5, 20, 2, 30, 7, 40, 1, 55];
        double[] predicted = [2.5, 12, 0, 18, 2, 33, 8, 40, -1, 50];
        var metrics = RegressionMetrics.Of(predicted, actual, ["y", "z"]);

        Assert.Equal(1.9735420987040198, metrics.RootMeanSquaredError, Tolerance);
        Assert.Equal(1.6, metrics.MeanAbsoluteError, Tolerance);
        Assert.Equal(0.8968493852459016, metrics.R2!.Value, Tolerance);
        Assert.Equal(1.25, metrics.MedianAbsoluteError, Tolerance);
        Assert.Equal(0.38004329004329, metrics.MeanAbsolutePercentageError!.Value, Tolerance);
        Assert.Equal(1.0488088481701516, metrics.PerOutput!["y"].RootMeanSquaredError, Tolerance);
        Assert.Equal(0.828125, metrics.PerOutput["y"].R2!.Value, Tolerance);
        Assert.Equal(2.898275349237888, metrics.PerOutput["z"].RootMeanSquaredError, Tolerance);
        Assert.Equal(0.9655737704918033, metrics.PerOutput["z"].R2!.Value, Tolerance);
        Assert.Equal(2, metrics.PerOutput["z"].MedianAbsoluteError, Tolerance);
    }

    [Fact]
    public void R2_of_a_constant_target_is_undefined()
    {
        Assert.Null(RegressionMetrics.Of([0.1, 0.1, 0.2], [0.1, 0.1, 0.1], ["y"]).R2);
        Assert.Equal(-1, RegressionMetrics.Of([5, 1, 5, 5], [5, 1, 5, 3], ["y", "z"]).R2);
    }

    [Fact]
    public void Percentage_error_is_undefined_where_a_target_is_zero()
        => Assert.Null(RegressionMetrics.Of([1, 0.1], [1, 0], ["y"]).MeanAbsolutePercentageError);

    // 0.3 is less than half of 0.3 + 0.1 + 0.2.
    [Fact]
    public void Half_of_the_weight_lies_below_a_median_whatever_rounding_makes_of_its_sum()
    {
        Assert.Equal(1.5, RegressionMetrics.Of([1, 2, 3], [0, 0, 0], ["y"], [0.3, 0.1, 0.2]).MedianAbsoluteError);
        foreach (var weight in (double[])[0.1, 0.3, 0.7, 1.1])
            for (var rows = 2; rows <= 300; rows++)
            {
                double[] predicted = [.. Enumerable.Range(1, rows).Select(row => (double)row)];
                double[] weights = [.. Enumerable.Repeat(weight, rows)];

                Assert.Equal((rows + 1) / 2.0, RegressionMetrics.Of(predicted, new double[rows], ["y"], weights).MedianAbsoluteError);
                var (medians, once) = (new double[DrawLanes.Count], new DrawLanes(rows));
                new DrawnMedian(predicted, new double[rows], weights).AddTo(medians, once);
                Assert.Equal((rows + 1) / 2.0, medians[0]);
            }
    }

    [Fact]
    public void Median_of_an_even_number_of_errors_is_the_mean_of_the_middle_two()
        => Assert.Equal(2.5, RegressionMetrics.Of([1, 2, 3, 10], [0, 0, 0, 0], ["y"]).MedianAbsoluteError);

    [Fact]
    public void Metrics_of_no_rows_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ClassificationMetrics.Of([], [], ["a", "b"]));
        Assert.Throws<ArgumentException>(() => RegressionMetrics.Of([], [], ["y"]));
    }

    [Fact]
    public void Confusion_matrix_serialises_as_labels_and_counts()
        => Assert.Equal(
            """{"labels":["a","b"],"counts":[[1,0],[1,0]]}""",
            JsonSerializer.Serialize(ClassificationMetrics.Of([.6, .4, .7, .3], [0, 1], ["a", "b"]).ConfusionMatrix, JsonSerializerOptions.Web));

    [Fact]
    public void Metrics_of_thousands_of_labels_take_no_room_for_all_pairs_of_them()
    {
        const int labels = 3_000;
        string[] names = [.. Enumerable.Range(0, labels).Select(label => $"c{label}")];
        var probabilities = new double[4 * labels];
        foreach ((int row, int label) in ((int, int)[])[(0, 7), (1, 2_999), (2, 7), (3, 0)])
            probabilities[row * labels + label] = 1;
        long before = GC.GetAllocatedBytesForCurrentThread();
        ClassificationMetrics metrics = ClassificationMetrics.Of(probabilities, [7, 2_999, 8, 0], names);
        IReadOnlyDictionary<string, double[]> intervals = ClassificationMetrics.IntervalsOf(probabilities, [7, 2_999, 8, 0], names, -1, seed: 1);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((0.75, 0.75), (metrics.Accuracy, metrics.BalancedAccuracy));
        Assert.Equal((2.0 / 3 + 2) / 4, metrics.MacroF1, 1e-15); // of c7, c8, c0 and c2999
        Assert.Null(metrics.ConfusionMatrix.Counts);
        Assert.Equal(new ClassMetrics("c7", 0.5, 1, 2.0 / 3, 1), metrics.PerClass[7]);
        Assert.Contains("macroF1", intervals);
        Assert.InRange(allocated, 0, labels * labels * 4L); // a matrix of counts alone
    }
}
