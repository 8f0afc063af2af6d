using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Tests.Data;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Training;

public sealed class SampleEncoderTests
{
    private static readonly Table s_table = Tables.Csv("a,kind\n1,x\n2,y\n3,y\n4,y\n");
    private static readonly FeatureEncoding s_features = FeatureEncoding.Identity(["a"]);
    private static readonly TargetEncoding s_kind = new(TaskKind.BinaryClassification, ["kind"], ["x", "y"], "y");

    [Fact]
    public void Rows_come_in_the_order_asked_for_with_smoothed_targets_and_the_weights_of_their_classes()
    {
        var encoder = new SampleEncoder(s_features, s_kind, 2, LabelSmoothing: 0.2, ClassWeights: [3, 0.5]);

        Minibatch<double> rows = encoder.Encode<double>(s_table, (int[])[0, 2, 3]).Range(0, 3, new double[3]);

        Assert.Equal([1, 3, 4], rows.Inputs);
        Assert.Equal([0.9, 0.1, 0.1, 0.9, 0.1, 0.9], rows.Targets.ToArray().Select(target => Math.Round(target, 12)));
        Assert.Equal([3, 0.5, 0.5], rows.Weights);
        Assert.False(new SampleEncoder(s_features, s_kind, 1).Encode<float>(s_table, (int[])[1]).HasWeights);
    }

    [Fact]
    public void A_row_weighs_what_its_column_says_times_its_class_and_scores_do_not_see_the_class()
    {
        Table table = Tables.Csv("a,kind,w\n1,x,2\n2,y,0.5\n3,y,0\n");
        var encoder = new SampleEncoder(s_features, s_kind, 1, ClassWeights: [3, 0.5], RowWeights: "w");

        var samples = encoder.Encode<double>(table, (int[])[0, 1, 2]);

        Assert.Equal([6, 0.25, 0], samples.Weights(0, 3));
        Assert.Equal([2, 0.5, 0], samples.RowWeights(0, 3));
        Assert.Equal([2, 0.5, 0], (encoder with { ClassWeights = null }).Encode<double>(table, (int[])[0, 1, 2]).Weights(0, 3));
        Assert.Equal([2.5 / (2 * 2), 2.5 / (2 * 0.5)], SampleEncoder.BalancedWeights(s_kind.WeighLabels(table, [0, 1, 2], [2, 0.5, 0])));
    }

    [Fact]
    public void Balanced_classes_weigh_in_inverse_proportion_to_their_rows()
    {
        Assert.Equal([4 / 6.0, 2], SampleEncoder.BalancedWeights([3, 1]));
        Assert.Equal(1, SampleEncoder.BalancedWeights([3, 1, 0])[2]);
    }

    // Parts that begin and end anywhere, one of them without rows, in a table of several slices.
    [Fact]
    public void Parts_that_are_encoded_together_are_those_encoded_alone_and_every_slice_is_read_once()
    {
        const int Rows = 20_000;
        Table table = Tables.Csv("a,kind,w\n" + string.Concat(Enumerable.Range(0, Rows).Select(row => $"{row % 997},{"xyy"[row % 3]},{row % 5}\n")));
        var encoder = new SampleEncoder(s_features, s_kind, 1, LabelSmoothing: 0.1, ClassWeights: [3, 0.5], RowWeights: "w");
        Assert.InRange(table.RowsPerSlice, 1, Rows / 2);
        ReadOnlyMemory<int>[] parts =
        [
            Enumerable.Range(0, Rows).Where(row => row % 3 == 0 && row > 100).ToArray(),
            Enumerable.Range(0, Rows).Where(row => row % 3 == 1 && row > 17_000).ToArray(),
            Array.Empty<int>(),
            Enumerable.Range(0, Rows).Where(row => row % 3 == 2 && row < 50).ToArray(),
        ];

        IReadOnlyList<MemorySamples<float>> together = encoder.EncodeTogether<float>(table, parts);

        for (int part = 0; part < parts.Length; part++)
        {
            int count = parts[part].Length;
            Assert.Equal(count, together[part].Rows);
            if (count == 0)
                continue;
            Samples<float> alone = encoder.Encode<float>(table, parts[part]);
            Assert.Equal(alone.Range(0, count, new float[count]).Inputs, together[part].Range(0, count, new float[count]).Inputs);
            Assert.Equal(parts[part].ToArray().Select(row => row % 997f), together[part].Range(0, count, new float[count]).Inputs.ToArray());
            Assert.Equal(alone.Targets(0, count), together[part].Targets(0, count));
            Assert.Equal(alone.Weights(0, count), together[part].Weights(0, count));
            Assert.Equal(alone.RowWeights(0, count), together[part].RowWeights(0, count));
        }

        Assert.Equal(Math.Ceiling((double)Rows / table.RowsPerSlice), table.PiecesOf(parts).Count());
    }

    // More columns than are encoded at a time, of every kind, also such as take several numbers of a compact row.
    [Fact]
    public void The_columns_of_a_wide_table_stand_where_they_belong()
    {
        const int Rows = 60, Groups = 40;
        string header = string.Join(',', Enumerable.Range(0, Groups).Select(group => $"n{group},c{group},g{group},b{group}"));
        Table table = Tables.Csv(header + ",kind\n" + string.Concat(Enumerable.Range(0, Rows).Select(row => string.Join(',', Enumerable.Range(0, Groups).Select(
            group => $"{(row * 7) + group},{"pqr"[(row + group) % 3]},{((row + group) % 6 == 0 ? "" : row * 0.5)},{((row + group) % 2 == 0 ? "true" : "false")}")) + $",{"xy"[row % 2]}\n")));
        string[] names = [.. table.ColumnNames.Where(name => name != "kind")];
        int[] rows = [.. Enumerable.Range(0, Rows)];
        FeatureEncoding features = FeatureEncoding.Fit(table, names, rows, new PreprocessingSpec());

        MemorySamples<double> samples = new SampleEncoder(features, s_kind, 1).EncodeTogether<double>(table, [rows])[0];

        double[] expected = new double[Rows * features.Width];
        features.Encode(table, rows, expected);
        Assert.True(features.Columns.Count > 2 * 64);
        var inputs = new double[features.Width];
        for (int row = 0; row < Rows; row++)
        {
            Assert.Equal(expected.AsSpan(row * features.Width, features.Width), samples.Range(row, 1, inputs).Inputs);
        }
    }

    [Fact]
    public void What_cannot_be_encoded_is_said()
    {
        Table gappy = Tables.Csv("a,kind\n1,x\n,y\n");
        var encoder = new SampleEncoder(s_features, s_kind, 1);
        var otherLabels = new SampleEncoder(s_features, new TargetEncoding(TaskKind.BinaryClassification, ["kind"], ["x", "z"], "z"), 1);

        Assert.Null(encoder.WhyNot<float>(gappy, (int[])[0]));
        Assert.StartsWith("Row 1 (counted from 0), column \"a\": the cell is missing", encoder.WhyNot<float>(gappy, (int[])[0, 1]), StringComparison.Ordinal);
        Assert.Contains("the label \"y\" is none of the model's 2 labels", otherLabels.WhyNot<float>(s_table, (int[])[0, 1]), StringComparison.Ordinal);
    }
}
