using NnService.Engine.Data;

namespace NnService.Engine.Tests.Data;

/// <summary>What is said of rows that are none of what the others are.</summary>
public class OddRowTests
{
    [Fact]
    public void Empty_rows_are_counted_and_the_first_is_named()
    {
        Assert.Contains("2 rows are empty in every column, the first on line 3, and count as rows all the same; take them out of the table.",
            Of("a,b,c\n1,2,x\n,,\n4,5,y\nNA, ,\n"));
        Assert.Contains("1 row is empty in every column, in rows[1], and counts as a row all the same; take it out of the table.",
            Of(Tables.Json("""{"rows":[{"a":1,"b":2},{},{"a":3,"b":4}]}""")));
        string[] long1 = [.. Enumerable.Range(0, 20_000).Select(i => i % 6_000 == 5_999 ? "," : i % 2 == 0 ? $"{i}," : $",x{i % 7}")];
        Assert.Contains("3 rows are empty in every column, the first on line 6001, and count as rows all the same; take them out of the table.",
            Of("a,b\n" + string.Join('\n', long1) + "\n"));
    }

    [Theory]
    [InlineData("a,b\n1,\n,2\n")] // each row has something
    [InlineData("a,b\n1,2\n3,\n")]
    [InlineData("a,b\n,\n,\n")] // the columns say it themselves
    [InlineData("a\n1\n\n2\n")] // as its missing cells do
    public void Rows_with_some_value_are_not_empty(string csv) => Assert.DoesNotContain(Of(csv), text => text.Contains("empty in", StringComparison.Ordinal));

    [Theory]
    [InlineData("age,height,sex\n1,2,m\n3,4,f\nage,height,sex\n4,5,f\n", "1 row repeats the header, on line 4, as where files were put together, "
        + "by which columns of numbers become words; take it out of the table.")]
    [InlineData("age,sex\n1,m\nage,sex\n4,f\nage, sex\n5,m\n", "2 rows repeat the header, the first on line 3, as where files were put together, "
        + "by which columns of numbers become words; take them out of the table.")]
    [InlineData("country,2019\nFR,10\nDE,20\ncountry,2019\nIT,30\n", "1 row repeats the header, on line 4, as where files were put together, "
        + "by which columns of numbers become words; take it out of the table.")]
    public void A_header_that_is_repeated_is_named(string csv, string warning) => Assert.Contains(warning, Of(csv));

    [Theory]
    [InlineData("word,kind\nword,noun\nkind,noun\nrun,kind\n")] // names of columns as cells, in no row all of them
    [InlineData("word\nword\nkind\n")] // one column: a word like others
    [InlineData("country,2019\nFR,2019\ncountry,20\n")]
    public void Cells_that_are_called_as_their_column_are_cells(string csv) =>
        Assert.DoesNotContain(Of(csv), text => text.Contains("the header", StringComparison.Ordinal));

    [Theory]
    [InlineData("region,sales\nnorth,10\nsouth,20\neast,30\nTotal,60\n", "Total")]
    [InlineData("region;n;sales\nnorth;1;10.4\nsouth;;20.3\neast;3;30.3\nSumme: ;;61\n", "Summe: ")] // 61.0, of which the fractions are rounded
    public void A_last_row_of_totals_is_named(string csv, string name) =>
        Assert.Contains($"The last row (line 5) looks like a total: its \"region\" is \"{name}\", and its \"sales\" is the sum of the others. "
            + "Take it out of the table, or it counts as a row like them.", Of(csv));

    [Theory]
    [InlineData("region,sales\nnorth,10\nsouth,20\nTotal,25\n")] // a petrol station may be called so
    [InlineData("region,sales\nnorth,10\nTotal,30\nsouth,20\n")]
    [InlineData("region,sales\nnorth,10\nsouth,20\neast,30\n")]
    [InlineData("region,sales\nnorth,10\nsouth,20\nTotal,\n")]
    [InlineData("region,sales\nnorth,1\nsouth,-1\nTotal,0\n")]
    public void Other_last_rows_are_rows(string csv) => Assert.DoesNotContain(Of(csv), text => text.Contains("last row", StringComparison.Ordinal));

    private static IReadOnlyList<string> Of(string csv) => Of(Tables.Csv(csv));

    private static IReadOnlyList<string> Of(Table table) => TableProfile.Of(table).Warnings;
}
