using System.Text.Json;
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

    [Theory]
    [InlineData(TaskKind.Regression, "y", new[] { 1.0, 2, 3, 4 }, new[] { 1.0, 2, 4 })]
    [InlineData(TaskKind.BinaryClassification, "label", new[] { 0.2, 0.9, 0.6, 0.1 }, new[] { 0.2, 0.9, 0.1 })]
    public void Curves_are_of_the_rows_that_weigh_anything(TaskKind task, string column, double[] all, double[] weighing)
    {
        var target = TargetEncoding.Fit(s_table, [column], task, task == TaskKind.Regression ? null : "m", TargetScaling.None, Tables.AllRows(s_table));

        string curves = JsonSerializer.Serialize(new Truth(target, s_table, Tables.AllRows(s_table), [1, 1, 0, 1]).Curves(all, Precision.Float64));

        Assert.Equal(JsonSerializer.Serialize(new Truth(target, s_table, [0, 1, 3]).Curves(weighing, Precision.Float64)), curves);
    }

    // A row of weight 2 is a row that stands there twice, one of weight 0 none; but it is one observation, and chance adds the more to the calibration error.
    [Theory]
    [InlineData(TaskKind.Regression, "y")]
    [InlineData(TaskKind.MulticlassClassification, "label")]
    [InlineData(TaskKind.BinaryClassification, "label")]
    public void Weights_are_as_many_rows(TaskKind task, string column)
    {
        double[] one = task == TaskKind.MulticlassClassification ? [.8, .2, .4, .6, .3, .7, .5, .5] : [.2, .7, .6, .4];
        int outputs = one.Length / 4;
        int[] repeated = [0, 1, 1, 3, 3, 3];
        double[] many = [.. repeated.SelectMany(row => one.Skip(row * outputs).Take(outputs))];
        string? positive = task == TaskKind.BinaryClassification ? "m" : null;
        var target = TargetEncoding.Fit(s_table, [column], task, positive, TargetScaling.None, Tables.AllRows(s_table));

        var weighted = new Truth(target, s_table, Tables.AllRows(s_table), [1, 2, 0, 3]);
        var rows = new Truth(target, s_table, repeated);

        JsonObject expected = rows.Metrics(many);
        foreach (var (name, value) in weighted.Metrics(one).Where(metric => metric.Value is null or JsonValue))
            if (name != "calibrationError")
                Assert.Equal((double?)expected[name] ?? double.NaN, (double?)value ?? double.NaN, 1e-12);
            else
                Assert.InRange((double)value!, 0, (double)expected[name]!);
        Assert.Equal(rows.LargestShare, weighted.LargestShare, 1e-12);
        double[] trivial = target.TrivialAnswer(s_table, Tables.AllRows(s_table), [1, 2, 0, 3]);
        Assert.Equal(target.TrivialAnswer(s_table, repeated), trivial, (one, other) => Math.Abs(one - other) <= 1e-12);
    }

    [Fact]
    public void Weights_that_are_all_the_same_change_no_figure_and_no_interval()
    {
        var table = Tables.Sample("iris");
        int[] rows = Tables.AllRows(table);
        var target = TargetEncoding.Fit(table, ["species"], TaskKind.MulticlassClassification, null, TargetScaling.None, rows);
        var random = new System.Random(3);
        double[] answers = [.. rows.SelectMany(_ => (double[])[random.NextDouble(), random.NextDouble(), random.NextDouble()])];
        for (int at = 0; at < answers.Length; at++)
            answers[at] /= answers.Skip(at / 3 * 3).Take(3).Sum() + (at % 3 > 0 ? 1e-3 : 0);
        double[] others = [.. answers.Reverse()];
        var (plain, weighted) = (new Truth(target, table, rows), new Truth(target, table, rows, [.. rows.Select(_ => 8.0)]));

        Assert.Equal(plain.Metrics(answers).ToJsonString(), weighted.Metrics(answers).ToJsonString());
        Assert.Equal(plain.Intervals(answers, 1).ToJsonString(), weighted.Intervals(answers, 1).ToJsonString());
        Assert.Equal(plain.Compare(answers, others, perLabel: false), weighted.Compare(answers, others, perLabel: false));
        Assert.False(plain.AsksTheSame(weighted));
    }

    // Of 150 rows two weigh nearly everything.
    [Fact]
    public void Few_rows_that_weigh_much_make_wide_intervals()
    {
        var table = Tables.Sample("diabetes");
        int[] rows = Tables.AllRows(table);
        var target = TargetEncoding.Fit(table, ["progression"], TaskKind.Regression, null, TargetScaling.None, rows);
        var answers = new double[rows.Length];
        Array.Fill(answers, 150);
        double Width(double[]? weights)
        {
            double[] interval = [.. new Truth(target, table, rows, weights).Intervals(answers, 1)["meanAbsoluteError"]!.AsArray().Select(end => (double)end!)];
            return interval[1] - interval[0];
        }

        Assert.True(Width([.. rows.Select(row => row % 20 == 0 ? 100.0 : 0.01)]) > 3 * Width(null));
    }

    private static Truth Of(TaskKind task, params string[] columns)
    {
        int[] rows = Tables.AllRows(s_table);
        return new Truth(TargetEncoding.Fit(s_table, columns, task, task == TaskKind.Regression ? null : "m", TargetScaling.None, rows), s_table, rows);
    }
}
