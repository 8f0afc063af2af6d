using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Tests.Data;

namespace NnService.Engine.Tests;

public class AnswersTests
{
    [Fact]
    public void Each_model_answers_every_row_of_a_table_and_each_piece_is_told()
    {
        Table table = Tables.Csv("x\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i}\n")));
        int[] rows = [.. Tables.AllRows(table).Where(row => row % 2 == 0)];
        int told = 0;

        var answers = Answers.Of(FeatureEncoding.Identity(["x"]), table, rows, count => told += count, Line(2), Line(-1));

        Assert.Equal(rows.Select(row => 2.0 * row), answers[0]);
        Assert.Equal(rows.Select(row => -1.0 * row), answers[1]);
        Assert.Equal(rows.Length, told);
    }

    private static TrainedModel Line(double slope)
    {
        var network = new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Units = 1, Weights = [[slope]], Bias = [0] }] };
        return TrainedModel.FromExplicitWeights(
            new ModelDescription
            {
                Network = network.Settled(1, 1),
                Features = FeatureEncoding.Identity(["x"]),
                Precision = Precision.Float64,
                Target = new TargetEncoding(TaskKind.Regression, ["y"], [], null, [0], [1], false),
            },
            network);
    }
}
