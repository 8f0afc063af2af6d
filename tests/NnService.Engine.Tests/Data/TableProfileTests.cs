using System.Text.Json;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Tests.Data;

public class TableProfileTests
{
    private const double Tolerance = 1e-12; // of sums in another order

    [Theory]
    [InlineData("iris", "sepal_length", 35, 0, 4.3, 7.9, 5.843333333333334, 0.8253012917851409, false)]
    [InlineData("iris", "petal_width", 22, 0, 0.1, 2.5, 1.1993333333333336, 0.7596926279021594, false)]
    [InlineData("penguins", "bill_length_mm", 164, 2, 32.1, 59.6, 43.9219298245614, 5.4515960231618195, false)]
    [InlineData("penguins", "body_mass_g", 94, 2, 2700, 6300, 4201.754385964912, 800.781229238452, true)]
    [InlineData("penguins", "year", 3, 0, 2007, 2009, 2008.0290697674418, 0.8171655889620334, true)]
    [InlineData("diabetes", "s3", 63, 0, 22, 99, 49.78846153846154, 12.919562419379737, false)]
    [InlineData("diabetes", "progression", 214, 0, 25, 346, 152.13348416289594, 77.00574586944044, true)]
    [InlineData("breast_cancer", "mean_area", 539, 0, 143.5, 2501, 654.8891036906855, 351.60475406323, false)]
    [InlineData("digits", "pixel_0_1", 9, 0, 0, 8, 0.3038397328881469, 0.9069396416225868, true)]
    [InlineData("digits", "digit", 10, 0, 0, 9, 4.490818030050083, 2.864506423320853, true)]
    [InlineData("toy_heights", "weight_lb", 4, 0, 120, 160, 141.25, 15.706288549495072, true)]
    public void Number_columns_of_real_tables_are_described(
        string table, string column, int distinct, int missing, double min, double max, double mean, double standardDeviation, bool integer)
    {
        ColumnProfile profile = Profile(table, column);

        Assert.Equal(ColumnType.Number, profile.Type);
        Assert.Equal(distinct, profile.Distinct);
        Assert.Equal(missing, profile.Missing);
        Assert.Equal(min, profile.Min);
        Assert.Equal(max, profile.Max);
        Assert.Equal(mean, profile.Mean!.Value, Tolerance * mean);
        Assert.Equal(standardDeviation, profile.StandardDeviation!.Value, Tolerance * standardDeviation);
        Assert.Equal(integer, profile.Integer);
        Assert.Null(profile.Categories);
    }

    [Fact]
    public void Numbers_are_counted_in_twenty_bins_of_equal_width()
    {
        Histogram histogram = Profile("penguins", "bill_length_mm").Histogram!;

        Assert.Equal(21, histogram.Edges.Count);
        Assert.Equal([32.1, 33.475, 34.85], histogram.Edges.Take(3).Select(edge => Math.Round(edge, 12)));
        Assert.Equal(59.6, histogram.Edges[^1]);
        Assert.Equal([2, 7, 20, 20, 30, 27, 29, 19, 17, 32, 34, 21, 27, 34, 13, 3, 3, 2, 1, 1], histogram.Counts); // numpy.histogram(values, 20)
    }

    [Fact]
    public void A_few_whole_numbers_have_a_bin_each_and_a_single_value_one_without_width()
    {
        Histogram years = Profile("penguins", "year").Histogram!;

        Assert.Equal([2006.5, 2007.5, 2008.5, 2009.5], years.Edges);
        Assert.Equal([110, 114, 120], years.Counts);
        Histogram constant = TableProfile.Of(Tables.Csv("a\n7\n7\n")).Columns[0].Histogram!;
        Assert.Equal([7, 7], constant.Edges);
        Assert.Equal([2], constant.Counts);
    }

    [Theory]
    [InlineData("-1.7e308", "1.7e308")]
    [InlineData("0", "5e-324")]
    [InlineData("9007199254740991", "9007199254740992")]
    public void Bins_hold_every_number_however_large_or_small(string low, string high)
    {
        Histogram histogram = TableProfile.Of(Tables.Csv($"a\n{low}\n{high}\n{low}\n")).Columns[0].Histogram!;

        Assert.Equal(3, histogram.Counts.Sum());
        Assert.Equal(histogram.Edges.Count - 1, histogram.Counts.Count);
        Assert.All(histogram.Edges.Zip(histogram.Edges.Skip(1)), edges => Assert.True(double.IsFinite(edges.First) && edges.First < edges.Second));
    }

    [Fact]
    public void Category_columns_of_real_tables_are_counted()
    {
        ColumnProfile island = Profile("penguins", "island");
        ColumnProfile sex = Profile("penguins", "sex");

        Assert.Equal([new CategoryCount("Biscoe", 168), new("Dream", 124), new("Torgersen", 52)], island.Categories!);
        Assert.Equal([new CategoryCount("male", 168), new("female", 165)], sex.Categories!);
        Assert.Equal(11, sex.Missing);
        Assert.Equal(2, sex.Distinct);
        Assert.Null(sex.Mean);
        Assert.Equal([new CategoryCount("setosa", 50), new("versicolor", 50), new("virginica", 50)], Profile("iris", "species").Categories!);
        Assert.Equal([new CategoryCount("benign", 357), new("malignant", 212)], Profile("breast_cancer", "diagnosis").Categories!);
    }

    [Theory]
    [InlineData("iris", 150, 5)]
    [InlineData("penguins", 344, 8)]
    [InlineData("breast_cancer", 569, 31)]
    [InlineData("diabetes", 442, 11)]
    public void Ordinary_tables_give_no_warning(string name, int rows, int columns)
    {
        var profile = TableProfile.Of(Tables.Sample(name));

        Assert.Equal(rows, profile.Rows);
        Assert.Equal(columns, profile.Columns.Count);
        Assert.Empty(profile.Warnings);
    }

    [Fact]
    public void Constant_identifier_like_and_empty_columns_are_warned_of()
    {
        Assert.Equal(
            ["Column \"pixel_0_0\" is constant.", "Column \"pixel_4_0\" is constant.", "Column \"pixel_4_7\" is constant."],
            TableProfile.Of(Tables.Sample("digits")).Warnings);
        Assert.Equal(
            ["Column \"name\" looks like an identifier: every value is different."],
            TableProfile.Of(Tables.Sample("toy_heights")).Warnings);
        Assert.Equal(
            ["Column \"a\" is missing in every row.", "Column \"id\" looks like an identifier: every value is different."],
            TableProfile.Of(Tables.Csv("a,id,x\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $",{i},{i}.5\n")))).Warnings);
        Assert.Empty(TableProfile.Of(Tables.Csv("id\n" + string.Concat(Enumerable.Range(0, 19).Select(i => $"{i}\n")))).Warnings);
    }

    [Fact]
    public void Numbers_with_a_decimal_comma_are_warned_of()
    {
        Assert.Equal(
            ["Column \"price\" holds numbers with a decimal comma, such as \"2,5\" on line 3, and is read as words; upload the table with ?decimal=, "
                + "or write plain numbers with a decimal point."],
            TableProfile.Of(Tables.Csv("name;price\nA;1\nA;2,5\nB;\nB;3,5\n")).Warnings);
        Assert.Empty(TableProfile.Of(Tables.Csv("name;price\nA;1\nA;2,5\nB;x\nB;x\n")).Warnings);
    }

    [Fact]
    public void Booleans_are_counted_like_categories()
    {
        ColumnProfile profile = Assert.Single(TableProfile.Of(Tables.Csv("b\nTRUE\nfalse\ntrue\nNA\n")).Columns);

        Assert.Equal(ColumnType.Boolean, profile.Type);
        Assert.Equal([new CategoryCount("true", 2), new("false", 1)], profile.Categories!);
        Assert.Equal(2, profile.Distinct);
        Assert.Equal(1, profile.Missing);
    }

    [Fact]
    public void At_most_fifty_categories_are_listed_the_most_frequent_first_and_ties_in_ordinal_order()
    {
        string rows = string.Concat(Enumerable.Range(10, 60).Select(i => $"c{i}\nc{i}\n")) + "c69\nc42\nc42\n";
        ColumnProfile profile = Assert.Single(TableProfile.Of(Tables.Csv("c\n" + rows)).Columns);

        Assert.Equal(60, profile.Distinct);
        Assert.Equal(50, profile.Categories!.Count);
        Assert.Equal([new CategoryCount("c42", 4), new("c69", 3), new("c10", 2), new("c11", 2)], profile.Categories.Take(4));
    }

    [Fact]
    public void Mean_and_deviation_hold_where_squares_overflow_or_vanish()
    {
        ColumnProfile huge = Assert.Single(TableProfile.Of(Tables.Csv("a\n1e308\n-1e308\n1.5e308\n-1.5e308\n")).Columns);
        ColumnProfile tiny = Assert.Single(TableProfile.Of(Tables.Csv("a\n1e-300\n3e-300\n")).Columns);
        ColumnProfile shifted = Assert.Single(TableProfile.Of(Tables.Csv("a\n1000000001\n1000000002\n1000000003\n")).Columns);

        Assert.Equal(0, huge.Mean);
        Assert.Equal(1.2747548783981962e308, huge.StandardDeviation!.Value, 1e295);
        Assert.Equal(2e-300, tiny.Mean!.Value, 1e-312);
        Assert.Equal(1e-300, tiny.StandardDeviation!.Value, 1e-312);
        Assert.Equal(0.816496580927726, shifted.StandardDeviation!.Value, 1e-12);
    }

    [Fact]
    public void Profile_serialises_without_its_inner_workings()
    {
        string json = JsonSerializer.Serialize(TableProfile.Of(Tables.Csv("a,b\n1,x\n,x\n")), JsonSerializerOptions.Web);

        Assert.Equal(
            """{"rows":2,"columns":[{"name":"a","type":"number","integer":true,"missing":1,"distinct":1,"min":1,"max":1,"mean":1,"standardDeviation":0"""
                + ""","categories":null,"missingSpellings":{"":1},"histogram":{"edges":[1,1],"counts":[1]}},"""
            + """{"name":"b","type":"category","integer":false,"missing":0,"distinct":1,"min":null,"max":null,"mean":null,"standardDeviation":null"""
            + ""","categories":[{"value":"x","count":2}],"missingSpellings":{},"histogram":null}],"""
            + "\"warnings\":[\"Column \\u0022a\\u0022 is constant.\",\"Column \\u0022b\\u0022 is constant.\"]}",
            json);
    }

    private static ColumnProfile Profile(string table, string column) =>
        TableProfile.Of(Tables.Sample(table)).Columns.Single(profile => profile.Name == column);
}
