using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public sealed class SkewnessTests
{
    [Theory]
    [InlineData("1\n2\n3\n", 0)]
    [InlineData("4\n4\nNA\n", 0)]
    [InlineData("0\n0\n0\n1\n", 1.1547005383792515)] // (1 − 2p) / √(p (1 − p)) with p = ¼
    [InlineData("0\n0\n0\nNA\n1e300\n", 1.1547005383792515)]
    [InlineData("1\n1\n1\n0\n", -1.1547005383792515)]
    public void Of_numbers_it_is_the_mean_cube_of_the_standardized_ones(string cells, double expected)
    {
        Table table = Tables.Csv("a\n" + cells);
        Assert.Equal(expected, Skewness.Of(table.Find("a")!, Tables.AllRows(table)), 1e-12);
    }

    [Fact]
    public void Only_the_given_rows_count()
    {
        Table table = Tables.Csv("a\n0\n0\n0\n1\n500\n");
        Assert.Equal(1.1547005383792515, Skewness.Of(table.Find("a")!, new[] { 0, 1, 2, 3 }), 1e-12);
    }
}
