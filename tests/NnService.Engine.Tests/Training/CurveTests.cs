using NnService.Engine.Data.Encodings;
using NnService.Engine.Tests.Data;
using NnService.Engine.Training;
using NnService.Engine.Training.Curves;

namespace NnService.Engine.Tests.Training;

public sealed class CurveTests
{
    // Worked by hand: of four rows the probabilities of "yes" are .1, .4, .35 and .8, the labels no, no, yes, yes.
    [Fact]
    public void Curves_of_a_classifier_step_down_the_thresholds_for_each_label()
    {
        var curves = Classified([0.1, 0.4, 0.35, 0.8], ["no", "no", "yes", "yes"]);

        Assert.Equal(["no", "yes"], curves.Roc!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            [new RocPoint(null, 0, 0), new(0.8, 0, 0.5), new(0.4, 0.5, 0.5), new(0.35, 0.5, 1), new(0.1, 1, 1)],
            curves.Roc["yes"]);
        Assert.Equal([new RocPoint(null, 0, 0), new(0.9, 0, 0.5), new(0.65, 0.5, 0.5), new(0.6, 0.5, 1), new(1 - 0.8, 1, 1)], curves.Roc["no"]);
        Assert.Equal(
            [new PrecisionRecallPoint(0.8, 0.5, 1), new(0.4, 0.5, 0.5), new(0.35, 1, 2.0 / 3), new(0.1, 1, 0.5)],
            curves.PrecisionRecall!["yes"]);
        Assert.Equal(
            [new CalibrationPoint(0.1, 0, 1), new(0.35, 1, 1), new(0.4, 0, 1), new(0.8, 1, 1)],
            curves.Calibration!["yes"]);
        Assert.Null(curves.Residuals);
    }

    [Fact]
    public void Rows_of_equal_probability_are_one_step()
    {
        var curves = Classified([0.5, 0.5, 0.5, 0.2], ["no", "yes", "yes", "no"]);

        Assert.Equal([new RocPoint(null, 0, 0), new(0.5, 0.5, 1), new(0.2, 1, 1)], curves.Roc!["yes"]);
        Assert.Equal([new CalibrationPoint(0.2, 0, 1), new(0.5, 2.0 / 3, 3)], curves.Calibration!["yes"]);
    }

    [Fact]
    public void Numbers_of_float32_are_those_of_their_shortest_form()
    {
        var classes = Classified([0.9f, 0.1f], ["yes", "no"], Precision.Float32);
        var numbers = CurvesOfNumbers.Of([0.1f, 2.5e-8f], [0.5, 0], ["y"], Precision.Float32);

        Assert.Equal([null, 0.9, 0.1], classes.Roc!["yes"].Select(point => point.Threshold));
        Assert.Equal(0.9, classes.PrecisionRecall!["yes"][0].Threshold);
        Assert.Equal([new ResidualPoint(2.5e-8, -2.5e-8), new(0.1, 0.4)], numbers.Residuals!["y"]);
    }

    [Fact]
    public void A_label_without_rows_has_no_ranking_and_one_without_others_no_ROC()
    {
        var curves = CurvesOfClasses.Of([0.2, 0.8, 0.4, 0.6], [1, 1], ["no", "yes"], Precision.Float64);

        Assert.Empty(curves.Roc!["no"]);
        Assert.Empty(curves.PrecisionRecall!["no"]);
        Assert.Empty(curves.Roc["yes"]);
        Assert.Equal([new PrecisionRecallPoint(0.8, 0.5, 1), new(0.6, 1, 1)], curves.PrecisionRecall["yes"]);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.001)]
    [InlineData(0.999)]
    public void Long_curves_keep_at_most_200_points_with_both_ends_and_their_area(double share)
    {
        const int Rows = 20_000;
        double[] probabilities = [.. Enumerable.Range(0, Rows).Select(row => ((row * 7919L) % Rows) / (double)Rows)];
        string[] labels = [.. probabilities.Select((probability, row) => ((row * 104_729L) % Rows / (double)Rows) < share * 2 * probability ? "yes" : "no")];

        var curves = Classified(probabilities, labels);
        var roc = curves.Roc!["yes"];
        var recall = curves.PrecisionRecall!["yes"];

        Assert.InRange(roc.Count, 100, EvaluationCurves.MostPoints);
        Assert.InRange(recall.Count, 10, EvaluationCurves.MostPoints);
        Assert.Equal((new RocPoint(null, 0, 0), 1.0, 1.0), (roc[0], roc[^1].FalsePositiveRate, roc[^1].TruePositiveRate));
        Assert.Equal((probabilities.Min(), 1.0), (recall[^1].Threshold, recall[^1].Recall));
        double area = 0;
        for (int i = 1; i < roc.Count; i++)
            area += (roc[i].FalsePositiveRate - roc[i - 1].FalsePositiveRate) * (roc[i].TruePositiveRate + roc[i - 1].TruePositiveRate) / 2;
        double whole = ClassificationMetrics.Of(
            [.. probabilities.SelectMany(probability => (double[])[1 - probability, probability])], [.. labels.Select(label => label == "yes" ? 1 : 0)],
            ["no", "yes"]).RocAuc!.Value;
        Assert.Equal(whole, area, 0.005); // two hundred trapezoids
    }

    [Fact]
    public void Residuals_of_each_target_lie_along_its_predictions()
    {
        var curves = CurvesOfNumbers.Of([3, 10, 1, 20, 2, 30], [3.5, 8, 1, 25, double.MaxValue, 30], ["a", "b"], Precision.Float64);

        Assert.Equal([new ResidualPoint(1, 0), new(2, double.MaxValue), new(3, 0.5)], curves.Residuals!["a"]);
        Assert.Equal([new ResidualPoint(10, -2), new(20, 5), new(30, 0)], curves.Residuals["b"]);
        Assert.Null(curves.Roc);
        Assert.Equal([new ResidualPoint(-1e308, null)], CurvesOfNumbers.Of([-1e308], [1e308], ["y"], Precision.Float64).Residuals!["y"]);
    }

    [Fact]
    public void Many_residuals_are_thinned_evenly_from_the_lowest_prediction_to_the_highest()
    {
        double[] predicted = [.. Enumerable.Range(0, 1_000).Select(row => (double)((row * 7) % 1_000))];

        var points = CurvesOfNumbers.Of(predicted, predicted, ["y"], Precision.Float64).Residuals!["y"];

        Assert.Equal(EvaluationCurves.MostPoints, points.Count);
        Assert.Equal([0, 5, 10], points.Take(3).Select(point => point.Predicted));
        Assert.Equal(999, points[^1].Predicted);
    }

    private static EvaluationCurves Classified(double[] probabilities, string[] labels, Precision precision = Precision.Float64)
    {
        var table = Tables.Csv("label\n" + string.Concat(labels.Select(label => label + "\n")));
        int[] rows = Tables.AllRows(table);
        var target = TargetEncoding.Fit(table, ["label"], TaskKind.BinaryClassification, "yes", TargetScaling.None, rows);
        return new Truth(target, table, rows).Curves(probabilities, precision);
    }
}
