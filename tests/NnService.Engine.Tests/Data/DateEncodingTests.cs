using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public sealed class DateEncodingTests
{
    [Fact]
    public void A_column_of_dates_becomes_numbers_standardised_on_the_training_rows()
    {
        // A Friday, a Saturday a year and a day later, and a missing one.
        Table table = Tables.Csv("when,y\n2024-05-31,1\n2025-06-01,2\n,3\n");
        var encoding = FeatureEncoding.Fit(table, ["when"], [0, 1, 2], new PreprocessingSpec());

        Assert.Equal(["when.days", "when.year", "when.month", "when.day", "when.weekday", "when is missing"], encoding.InputNames);
        var parts = encoding.Columns[0].Dates!;
        Assert.Equal([20057, 2024.5, 5.5, 16, 6], parts.Select(part => part.Shift)); // 2024-05-31 is day 19,874 of 1970, a Friday is 5, a Sunday 7
        Assert.Equal([183, 0.5, 0.5, 15, 1], parts.Select(part => part.Scale));
        var inputs = new double[18];
        encoding.Encode(table, [0, 1, 2], inputs);
        Assert.Equal([-1, -1, -1, 1, -1, 0, 1, 1, 1, -1, 1, 0, 0, 0, 0, 0, 0, 1], inputs);
    }

    [Fact]
    public void Times_add_seconds_and_zones_are_brought_to_universal_time()
    {
        Table table = Tables.Csv("when\n2024-01-01T00:30+01:00\n2024-01-01 12:00:00Z\n2024-01-02T06:00:00.5\n");
        var encoding = FeatureEncoding.Fit(table, ["when"], [0, 1, 2], new PreprocessingSpec());

        Assert.Equal("when.seconds", encoding.InputNames[^1]);
        var parts = encoding.Columns[0].Dates!;
        Assert.Equal((84_600 + 43_200 + 21_600.5) / 3, parts[^1].Shift, 1e-9); // 23:30 of the day before, noon, six and half a second
        Assert.Equal((2023 + 2024 + 2024) / 3.0, parts[1].Shift, 1e-9);
    }

    // Local midnights of one summer: the hour in universal time does not vary, nor do year and day. What was never seen to vary must not weigh its size.
    [Fact]
    public void A_part_that_does_not_vary_in_the_training_rows_is_no_input()
    {
        Table table = Tables.Csv("when\n2024-06-01T00:00:00+02:00\n2024-07-01T00:00:00+02:00\n2024-08-01T00:00:00+02:00\n2024-11-15T00:00:00+01:00\n2026-01-02\n");
        var encoding = FeatureEncoding.Fit(table, ["when"], [0, 1, 2], new PreprocessingSpec());

        Assert.Equal(["when.days", "when.month", "when.day", "when.weekday"], encoding.InputNames); // 31 May, 30 June and 31 July, 22:00
        var inputs = new double[2 * encoding.Width];
        encoding.Encode(table, [3, 4], inputs);
        Assert.All(inputs, input => Assert.InRange(Math.Abs(input), 0, 62)); // one of 62 is the 2nd of January, where 31 and 30 were seen
    }

    [Fact]
    public void Where_the_training_rows_hold_one_date_another_counts_next_to_nothing()
    {
        Table table = Tables.Csv("when,x\n2024-06-01,1\n2024-06-01,2\n2094-06-01,3\n1994-06-02T12:00,4\n");
        var encoding = FeatureEncoding.Fit(table, ["when"], [0, 1], new PreprocessingSpec());

        Assert.Equal(["when.days"], encoding.InputNames);
        var (inputs, row) = (new double[4], new double[1]);
        encoding.Encode(table, [0, 1, 2, 3], inputs);
        Assert.Equal([0, 0], inputs[..2]);
        Assert.All(inputs, input => Assert.InRange(Math.Abs(input), 0, 1e-25));
        Assert.True(encoding.Encode([Cell.OfCsv("2094-06-01")], row, new string?[1]));
        Assert.Equal(inputs[2], row[0]);
    }

    [Theory]
    [InlineData("2024-02-30")]
    [InlineData("31.05.2024")]
    [InlineData("2024-5-31")]
    [InlineData("20240531")]
    [InlineData("soon")]
    public void A_column_with_anything_else_stays_a_category(string other)
    {
        Table table = Tables.Csv($"when\n2024-05-31\n2024-05-31\n{other}\n{other}\n", Tables.Types(("when", ColumnType.Category)));

        Assert.Null(FeatureEncoding.Fit(table, ["when"], [0, 1, 2, 3], new PreprocessingSpec()).Columns[0].Dates);
    }

    [Fact]
    public void Dates_can_be_left_categories()
    {
        Table table = Tables.Csv("when\n2024-05-31\n2024-05-31\n2024-06-01\n2024-06-01\n", Tables.Types(("when", ColumnType.Category)));

        var column = FeatureEncoding.Fit(table, ["when"], [0, 1, 2, 3], new PreprocessingSpec { Dates = DateCells.None }).Columns[0];

        Assert.Equal(["2024-05-31", "2024-06-01"], column.Categories);
    }

    [Fact]
    public void What_is_no_date_is_named_in_rows_and_in_tables()
    {
        Table table = Tables.Csv("when\n2024-05-31\n2025-06-02\n");
        var encoding = FeatureEncoding.Fit(table, ["when"], [0, 1], new PreprocessingSpec());
        var problems = new string?[1];

        Assert.False(encoding.Encode([Cell.Of("tomorrow")], new double[encoding.Width], problems));
        Assert.Equal("Expected a date such as 2024-05-31, not the text \"tomorrow\".", problems[0]);
        Assert.False(encoding.Encode([Cell.Of(2024)], new double[encoding.Width], problems));
        Assert.True(encoding.Encode([Cell.OfCsv("2026-01-01")], new double[encoding.Width], problems));
        Table other = Tables.Csv("when\n2024-05-31\nlater\n");
        var thrown = Assert.Throws<PreparationException>(() => encoding.Encode(other, [0, 1], new double[2 * encoding.Width]));
        Assert.Equal("Row 1 (counted from 0), column \"when\": \"later\" is not a date such as 2024-05-31.", thrown.Message);
    }
}
