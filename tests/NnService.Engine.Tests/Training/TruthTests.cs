using System.Text.Json.Nodes;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Tests.Data;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

public class TruthTests
{
    private static readonly Table s_table = Tables.Csv("y,z,label\n1,5,f\n2,5,m\n4,5,f\n0,5,f\n");

    [Fact]
    public void A_regression_is_measured_by_target_and_says_why_a_metric_is_null()
    {
        var truth = Of(TaskKind.Regression, "y", "z");
        double[] answers = [1, 5, 2, 5, 3, 6, 0, 5];

        JsonObject metrics = truth.Metrics(answers);

        Assert.Equal((4, true, 0.0), (truth.Rows, truth.IsRegression, truth.LargestShare));
        Assert.Equal(0.25, (double)metrics["perOutput"]!["y"]!["meanAbsoluteError"]!);
        Assert.Equal(
            ["meanAbsolutePercentageError is null: a target is 0", "r2 of \"z\" is null: the target is constant"],
            truth.WhyNull(metrics, answers));
    }

    [Fact]
    public void One_output_of_a_classifier_is_the_positive_labels_probability()
    {
        var truth = Of(TaskKind.BinaryClassification, "label");

        JsonObject one = truth.Metrics([0.2, 0.9, 0.6, 0.1]);
        JsonObject two = truth.Metrics([0.8, 0.2, 1 - 0.9, 0.9, 1 - 0.6, 0.6, 0.9, 0.1]);

        Assert.Equal((0.75, 0.75), (truth.LargestShare, (double)one["accuracy"]!));
        Assert.Equal(two.ToJsonString(), one.ToJsonString());
    }

    [Fact]
    public void Answers_that_are_not_finite_have_no_metrics()
    {
        var truth = Of(TaskKind.Regression, "y");
        double[] answers = [1, double.PositiveInfinity, 4, 0];

        JsonObject metrics = truth.Metrics(answers);

        Assert.All(metrics, metric => Assert.Null(metric.Value));
        Assert.Equal("rootMeanSquaredError is null: an answer is too large for a number", truth.WhyNull(metrics, answers).First());
    }

    private static Truth Of(TaskKind task, params string[] columns)
    {
        int[] rows = Tables.AllRows(s_table);
        return new Truth(TargetEncoding.Fit(s_table, columns, task, task == TaskKind.Regression ? null : "m", TargetScaling.None, rows), s_table, rows);
    }
}
