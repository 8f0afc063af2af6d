using NnService.Engine.Data;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Tests.Data;

public sealed class ColumnSuspicionTests
{
    [Fact]
    public void Each_kind_of_useless_column_is_told_from_the_useful_ones()
    {
        string rows = string.Concat(
            Enumerable.Range(0, 20).Select(i => $"{100 + i},{i}.5,same,key{i},,{(i == 3 ? "" : "7")},{(i == 3 ? "" : $"{i}")},{i % 2 == 0}\n"));
        Table table = Tables.Csv("id,measure,constant,key,empty,almost,holes,flag\n" + rows);

        Assert.Equal(
            [
                Suspicion.Identifier, Suspicion.None, Suspicion.Constant, Suspicion.Identifier, Suspicion.Missing,
                Suspicion.None, // that one cell is missing says something
                Suspicion.Identifier, Suspicion.None,
            ],
            table.Columns.Select(ColumnSuspicion.Of));
    }

    [Theory]
    [InlineData("iris")]
    [InlineData("penguins")]
    [InlineData("digits")]
    [InlineData("toy_heights")]
    public void It_agrees_with_the_profile(string sample)
    {
        Table table = Tables.Sample(sample);

        foreach (Column column in table.Columns)
        {
            ColumnProfile profile = ColumnProfile.Of(column);
            Suspicion expected = profile.Distinct == 0 ? Suspicion.Missing
                : profile.IsConstant && profile.Missing == 0 ? Suspicion.Constant
                : profile.IsIdentifierLike ? Suspicion.Identifier
                : Suspicion.None;
            Assert.Equal(expected, ColumnSuspicion.Of(column));
        }
    }
}
