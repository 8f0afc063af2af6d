using System.Text.Json;
using System.Text.Json.Serialization;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public class TargetEncodingTests
{
    private static readonly JsonSerializerOptions s_strict = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    [Theory]
    [InlineData("iris", "species", TaskKind.MulticlassClassification)]
    [InlineData("penguins", "sex", TaskKind.BinaryClassification)]
    [InlineData("breast_cancer", "diagnosis", TaskKind.BinaryClassification)]
    [InlineData("digits", "digit", TaskKind.MulticlassClassification)]
    [InlineData("diabetes", "progression", TaskKind.Regression)]
    [InlineData("diabetes", "bmi", TaskKind.Regression)]
    [InlineData("toy_heights_shifted", "female", TaskKind.BinaryClassification)]
    public void Task_is_found_from_the_target(string table, string target, TaskKind task)
        => Assert.Equal(task, TargetEncoding.InferTask(Tables.Sample(table).Find(target)!));

    [Fact]
    public void Answers_are_held_within_the_range_of_the_training_rows_and_of_an_earlier_training()
    {
        Table table = Tables.Csv("a,b\n1,50\n3,20\n9,10\n");
        var free = TargetEncoding.Fit(table, ["a", "b"], TaskKind.Regression, null, TargetScaling.None, [0, 1]);
        var held = free.HeldWithin(table, [0, 1]);
        double[] answers = [0, 60, 2, 30, 9, 10];
        held.Decode(answers);
        var read = JsonSerializer.Deserialize<TargetEncoding>(JsonSerializer.Serialize(held, s_strict), s_strict)!;

        Assert.Equal([1, 50, 2, 30, 3, 20], answers);
        Assert.Equal((1.0, 3.0, 20.0, 50.0), (read.Low![0], read.High![0], read.Low[1], read.High[1]));
        Assert.Equal((1.0, 9.0), (held.HeldWithin(table, [2]).Low![0], held.HeldWithin(table, [2]).High![0]));
        Assert.Equal((true, false, true), (free.IsIdentity, held.IsIdentity, held.Unbounded().IsIdentity));
        Assert.DoesNotContain("low", JsonSerializer.Serialize(free, s_strict), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new TargetEncoding(TaskKind.Regression, ["a"], shift: [0], scale: [1], low: [2], high: [1]));
        Assert.Throws<ArgumentException>(() => new TargetEncoding(TaskKind.BinaryClassification, ["a"], ["x", "y"], "y", low: [0], high: [1]));
    }

    [Fact]
    public void Integers_of_up_to_twenty_values_are_classes_and_more_where_the_network_classifies()
    {
        Column twenty = Column.OfNumbers("a", [.. Enumerable.Range(0, 20).Select(i => (double)i)]);
        Column many = Column.OfNumbers("a", [.. Enumerable.Range(0, 21).Select(i => (double)i)]);
        Column halves = Column.OfNumbers("a", [0, 0.5, double.NaN]);

        Assert.Equal(TaskKind.MulticlassClassification, TargetEncoding.InferTask(twenty));
        Assert.Equal(TaskKind.Regression, TargetEncoding.InferTask(many));
        Assert.Equal(TaskKind.MulticlassClassification, TargetEncoding.InferTask(many, classify: true));
        Assert.Equal(TaskKind.Regression, TargetEncoding.InferTask(halves));
        Assert.Equal(TaskKind.BinaryClassification, TargetEncoding.InferTask(halves, classify: true));
    }

    [Fact]
    public void Labels_are_in_order_of_numbers_booleans_or_text()
    {
        Table table = Tables.Csv("n,b,c\n10,true,b\n9,false,a\n-1,true,B\n");

        Assert.Equal(["-1", "9", "10"], Fit(table, "n", TaskKind.MulticlassClassification).Labels);
        Assert.Equal(["false", "true"], Fit(table, "b", TaskKind.BinaryClassification).Labels);
        Assert.Equal(["B", "a", "b"], Fit(table, "c", TaskKind.MulticlassClassification).Labels);
    }

    [Fact]
    public void Label_seen_only_outside_the_training_rows_is_still_a_label()
    {
        Table table = Tables.Csv("c\na\nb\nz\n");
        var encoding = TargetEncoding.Fit(table, ["c"], TaskKind.MulticlassClassification, null, TargetScaling.Standardize, [0, 1]);
        var outputs = new double[6];
        encoding.Encode(table, [2, 0], 3, outputs);

        Assert.Equal([0, 0, 1, 1, 0, 0], outputs);
    }

    [Fact]
    public void Binary_target_is_one_for_the_positive_label_or_one_hot()
    {
        Table table = Tables.Sample("toy_heights"); // F M M F
        var second = TargetEncoding.Fit(table, ["gender"], TaskKind.BinaryClassification, null, TargetScaling.None, [0]);
        var first = TargetEncoding.Fit(table, ["gender"], TaskKind.BinaryClassification, "F", TargetScaling.None, [0]);
        var single = new float[4];
        var pair = new float[8];

        Assert.Equal("M", second.PositiveLabel);
        Assert.Equal(1, second.PositiveIndex);
        Assert.Equal(0, first.PositiveIndex);
        second.Encode<float>(table, [0, 1, 2, 3], 1, single);
        Assert.Equal([0, 1, 1, 0], single);
        first.Encode<float>(table, [0, 1, 2, 3], 1, single);
        Assert.Equal([1, 0, 0, 1], single);
        first.Encode<float>(table, [0, 1, 2, 3], 2, pair);
        Assert.Equal([1, 0, 0, 1, 0, 1, 1, 0], pair);
    }

    [Fact]
    public void Regression_targets_are_standardised_by_the_training_rows_and_come_back()
    {
        Table table = Tables.Csv("a,b\n1,10\n3,10\n8,12\n");
        var encoding = TargetEncoding.Fit(table, ["a", "b"], TaskKind.Regression, null, TargetScaling.Standardize, [0, 1]);
        var outputs = new double[6];
        encoding.Encode(table, [0, 1, 2], 2, outputs);

        Assert.Equal([2, 10], encoding.Shift);
        Assert.Equal([1, 1], encoding.Scale); // b is constant in training
        Assert.Equal([-1, 0, 1, 0, 6, 2], outputs);
        encoding.Decode(outputs);
        Assert.Equal([1, 10, 3, 10, 8, 12], outputs);
        encoding.Values(table, [2], outputs.AsSpan(0, 2));
        Assert.Equal([8, 12], outputs[..2]);
    }

    [Fact]
    public void Regression_targets_can_be_left_as_they_are()
    {
        var encoding = TargetEncoding.Fit(Tables.Csv("a\n1\n3\n"), ["a"], TaskKind.Regression, null, TargetScaling.None, [0, 1]);

        Assert.Equal([0], encoding.Shift);
        Assert.Equal([1], encoding.Scale);
    }

    [Theory]
    [InlineData("x", TaskKind.Regression, null, "The table has no column \"x\".")]
    [InlineData("c", TaskKind.Regression, null, "Column \"c\" does not hold numbers; regression needs a number column.")]
    [InlineData("c", TaskKind.BinaryClassification, null, "Column \"c\" has 3 labels; binary classification has two.")]
    [InlineData("two", TaskKind.BinaryClassification, "w", "Column \"two\" has no label \"w\"; it has \"u\" and \"v\".")]
    [InlineData("two", TaskKind.MulticlassClassification, "u", "A positive label is for binary classification alone.")]
    [InlineData("one", TaskKind.BinaryClassification, null, "Column \"one\" holds one label only; there is nothing to tell apart.")]
    [InlineData("none", TaskKind.MulticlassClassification, null, "Column \"none\" holds no label; there is nothing to tell apart.")]
    [InlineData("gap", TaskKind.Regression, null, "Row 1 (counted from 0), column \"gap\": the target is missing.")]
    public void Target_that_does_not_fit_the_task_is_refused(string target, TaskKind task, string? positiveLabel, string message)
    {
        Table table = Tables.Csv("c,two,one,none,gap\nx,u,k,,1\ny,v,k,,\nz,u,k,,3\n");

        Assert.Equal(
            message,
            Assert.Throws<PreparationException>(() => TargetEncoding.Fit(table, [target], task, positiveLabel, TargetScaling.Standardize, [0, 1, 2])).Message);
    }

    [Fact]
    public void Several_targets_are_for_regression()
    {
        Table table = Tables.Csv("a,b\nx,y\nz,w\n");

        Assert.Equal(
            "Several targets are for regression alone; name one column.",
            Assert.Throws<PreparationException>(
                () => TargetEncoding.Fit(table, ["a", "b"], TaskKind.MulticlassClassification, null, TargetScaling.None, [0])).Message);
        Assert.Equal(
            "A target is named twice.",
            Assert.Throws<PreparationException>(() => TargetEncoding.Fit(table, ["a", "a"], TaskKind.Regression, null, TargetScaling.None, [0])).Message);
    }

    [Fact]
    public void Label_that_training_did_not_know_is_refused_by_row()
    {
        TargetEncoding encoding = Fit(Tables.Csv("c\na\nb\n"), "c", TaskKind.BinaryClassification);

        Assert.Equal(
            "Row 1 (counted from 0), column \"c\": the label \"z\" is none of the model's 2 labels: a, b.",
            Assert.Throws<PreparationException>(() => encoding.EncodeLabels(Tables.Csv("c\na\nz\n"), [0, 1], new int[2])).Message);
        Assert.Equal(
            "Row 0 (counted from 0), column \"c\": the target is missing.",
            Assert.Throws<PreparationException>(() => encoding.EncodeLabels(Tables.Csv("c,d\n,1\na,2\n"), [0], new int[1])).Message);
    }

    [Fact]
    public void Labels_match_by_text_whatever_the_type_of_the_column()
    {
        TargetEncoding encoding = Fit(Tables.Csv("c\n1\n2\n"), "c", TaskKind.BinaryClassification);
        var labels = new int[2];
        encoding.EncodeLabels(Tables.Csv("c\n2\n1\n", Tables.Types(("c", ColumnType.Category))), [0, 1], labels);

        Assert.Equal([1, 0], labels);
    }

    [Fact]
    public void Encodings_survive_json()
    {
        Table table = Tables.Sample("penguins");
        foreach (TargetEncoding encoding in (TargetEncoding[])
        [
            Fit(table, "species", TaskKind.MulticlassClassification),
            Fit(table, "sex", TaskKind.BinaryClassification),
            TargetEncoding.Fit(Tables.Sample("diabetes"), ["progression", "bmi"], TaskKind.Regression, null, TargetScaling.Standardize, [0, 1, 2]),
        ])
        {
            string json = JsonSerializer.Serialize(encoding, s_strict);
            TargetEncoding read = JsonSerializer.Deserialize<TargetEncoding>(json, s_strict)!;

            Assert.Equal(json, JsonSerializer.Serialize(read, s_strict));
            Assert.Equal(encoding.Labels, read.Labels);
            Assert.Equal(encoding.Scale, read.Scale);
        }

        Assert.Equal(
            """{"task":"binaryClassification","columns":["sex"],"labels":["female","male"],"positiveLabel":"male","shift":[],"scale":[]}""",
            JsonSerializer.Serialize(Fit(table, "sex", TaskKind.BinaryClassification), s_strict));
    }

    [Fact]
    public void Numbers_that_are_further_apart_than_a_number_can_be_have_a_weighted_mean()
    {
        Table table = Tables.Csv("y\n1e308\n-1e308\n");

        Assert.Equal([-5e307], Fit(table, "y", TaskKind.Regression).TrivialAnswer(table, [0, 1], [1, 3]));
    }

    private static TargetEncoding Fit(Table table, string target, TaskKind task) =>
        TargetEncoding.Fit(table, [target], task, null, TargetScaling.Standardize, [0]);
}
