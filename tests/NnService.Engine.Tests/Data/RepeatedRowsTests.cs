using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
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

    [Fact]
    public void Repeated_rows_of_a_long_table_are_those_that_a_set_finds()
    {
        const int rows = 20_000;
        var random = new System.Random(4);
        double[] numbers = [.. Enumerable.Range(0, rows).Select(_ => random.Next(8) == 0 ? random.Next(5_000) : random.NextDouble())];
        int[] order = [.. Enumerable.Range(0, rows)];
        random.Shuffle(order);
        int[] some = order[..6_000];
        int[] others = order[6_000..18_000];
        var known = others.Select(row => numbers[row]).ToHashSet();
        var repeated = new RepeatedRows(rows);
        repeated.Add(Column.OfNumbers("a", numbers));

        int expected = some.Count(row => known.Contains(numbers[row]));
        Assert.InRange(expected, 100, 2_000);
        Assert.Equal(expected, repeated.Count(some, others));
        Assert.Equal(0, repeated.Count([], others));
        Assert.Equal(0, repeated.Count(some, []));
    }
}
