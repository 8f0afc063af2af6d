using NnService.Engine.Data;
using NnService.Engine.Data.Splits;

namespace NnService.Engine.Tests.Data;

public sealed class RepeatedRowsTests
{
    [Fact]
    public void Rows_are_the_same_where_every_column_looked_at_is()
    {
        Table table = Tables.Csv("a,b\n1,x\n2,y\n-0,\n1,x\n1,y\n0,\n1,x\n");
        var repeated = new RepeatedRows(table.Rows);
        repeated.Add(table.Find("a")!);
        Assert.Equal(4, repeated.Count([3, 4, 5, 6], [0, 1, 2])); // by "a" alone; the two zeros are the same
        repeated.Add(table.Find("b")!);

        Assert.Equal(3, repeated.Count([3, 4, 5, 6], [0, 1, 2]));
        Assert.Equal(2, repeated.Count([3, 6], [0, 0, 0])); // each once, however often it stands among the others
        Assert.Equal(0, repeated.Count([1, 4], [0, 2]));
    }
}
