using NnService.Engine.Data;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Tests.Data;

public class RowWeightsTests
{
    [Theory]
    [InlineData(new[] { 1, 0.5, 0 }, null)]
    [InlineData(new[] { 1, -0.5, 0 }, "Column \"w\", row 1 (counted from 0): the weight is -0.5; a weight must be at least 0.")]
    [InlineData(new[] { 1, 1, double.NaN }, "Column \"w\", row 2 (counted from 0): the weight is missing.")]
    [InlineData(new[] { 0.0, 0, 0 }, "Column \"w\" is 0 in every row of the training part")]
    [InlineData(new[] { 0.0, 1e-30, 0 }, "The largest weight of the training part is 1E-30; multiply all weights")]
    [InlineData(new[] { 1e300, 1, 0 }, "The largest weight of the training part is 1E+300; multiply all weights")]
    public void What_cannot_weigh_rows_is_said(double[] weights, string? says)
    {
        string? problem = RowWeights.Problem(Column.OfNumbers("w", weights), [0, 1, 2], "training");

        if (says is null)
            Assert.Null(problem);
        else
            Assert.StartsWith(says, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_come_in_the_order_of_the_rows()
    {
        Table table = Tables.Csv("a,w\n1,5\n2,6\n3,7\n");

        Assert.Equal([7, 5], RowWeights.Of(table, "w", [2, 0])!);
        Assert.Null(RowWeights.Of(table, null, [2, 0]));
        Assert.Equal(8.0 / 3, RowWeights.InEffectiveRows([2, 2, 4]).Sum(), 1e-14); // 8² / 24
    }
}
