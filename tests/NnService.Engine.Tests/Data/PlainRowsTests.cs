using System.Buffers;
using System.Text;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Json;

namespace NnService.Engine.Tests.Data;

public class PlainRowsTests
{
    private static readonly FeatureEncoding s_three = FeatureEncoding.Identity(["a", "b", "c"]);

    [Theory]
    [InlineData("""{"rows":[[1,2,3],[4.5,-0.25,0]]}""", new[] { 1, 2, 3, 4.5, -0.25, 0 })]
    [InlineData(""" { "columns" : ["c", "a", "b"], "rows" : [ [3, 1, 2] ] } """, new double[] { 1, 2, 3 })]
    [InlineData("""{"rows":[{"c":3,"a":1,"b":2},[4,5,6]]}""", new double[] { 1, 2, 3, 4, 5, 6 })]
    public void Rows_of_numbers_are_read_in_the_models_order(string body, double[] expected) => Assert.Equal(expected, Read(PlainRows.For(s_three)!, body));

    [Theory]
    [InlineData("""{"rows":[]}""")]
    [InlineData("""{"rows":[[1,2]]}""")]
    [InlineData("""{"rows":[[1,2,null]]}""")]
    [InlineData("""{"rows":[[1,2,3]]} x""")]
    [InlineData("""{"rows":[[1,2,3]],"dataset":"d"}""")]
    [InlineData("""{"columns":["a","b","b"],"rows":[[1,2,3]]}""")]
    [InlineData("""{"rows":[[1,2,3]],"columns":["c","b","a"]}""")]
    public void What_is_unusual_or_wrong_is_left_to_another_reader(string body) => Assert.Null(Read(PlainRows.For(s_three)!, body));

    [Fact]
    public void A_header_that_is_remembered_is_read_as_before_and_another_one_anew()
    {
        var rows = PlainRows.For(s_three)!;

        for (int i = 0; i < 2; i++)
            Assert.Equal([1, 2, 3], Read(rows, """{"columns":["c","b","a"],"rows":[[3,2,1]]}""")!);
        Assert.Equal([2, 1, 3], Read(rows, """{"columns":["b","a","c"],"rows":[[1,2,3]]}""")!);
        Assert.Null(Read(rows, """{"columns":["b","a"],"rows":[[1,2,3]]}"""));
    }

    [Fact]
    public void Values_grow_with_the_rows()
    {
        string body = $$"""{"rows":[{{string.Join(',', Enumerable.Range(0, 1000).Select(i => $"[{i},0,{-i}]"))}}]}""";

        Assert.Equal(Enumerable.Range(0, 1000).SelectMany(i => (double[])[i, 0, -i]), Read(PlainRows.For(s_three)!, body));
    }

    [Fact]
    public void There_is_none_for_features_that_are_not_all_numbers()
    {
        Table table = Tables.Csv("a,b\n1,x\n2,y\n");

        Assert.Null(PlainRows.For(FeatureEncoding.Fit(table, ["a", "b"], [0, 1], new PreprocessingSpec())));
        Assert.NotNull(PlainRows.For(FeatureEncoding.Fit(table, ["a"], [0, 1], new PreprocessingSpec())));
    }

    // null: left to another reader
    private static double[]? Read(PlainRows rows, string body)
    {
        double[] values = ArrayPool<double>.Shared.Rent(3);
        bool isRead = rows.TryRead([.. Encoding.UTF8.GetBytes(body), .. new byte[JsonRowEncoder.ReadableBytes]], 3, ref values, out int count);
        double[]? read = isRead ? values[..(count * 3)] : null;
        ArrayPool<double>.Shared.Return(values);
        return read;
    }
}
