using System.Globalization;
using CsCheck;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;

namespace NnService.Engine.Tests.Data;

/// <summary>Numbers and missing cells in other notations, and dates as databases write them.</summary>
public class CellNotationTests
{
    private static readonly TableReadOptions s_wholeNumbers = Tables.Types(("b", ColumnType.Number));

    [Theory]
    [InlineData(',', '.', "1.234.567,8", 1234567.8)]
    [InlineData(',', '.', "-1.234", -1234)]
    [InlineData(',', '.', "+12,5", 12.5)]
    [InlineData(',', '.', ",5", 0.5)]
    [InlineData(',', '.', "1234,5e2", 123450)]
    [InlineData('.', ',', "1,234.5", 1234.5)]
    [InlineData('.', '\'', "1'234", 1234)]
    [InlineData('.', '\'', "1\u2019234", 1234)]
    [InlineData('.', ' ', "1 234.5", 1234.5)]
    [InlineData('.', ' ', "1\u00A0234\u202F567", 1234567)]
    [InlineData(',', null, "0,25", 0.25)]
    public void A_number_is_read_in_its_notation(char decimalMark, char? thousands, string text, double value)
    {
        Assert.Equal(NumberKind.Number, new CellNotation(decimalMark, thousands).ToNumber(text, out double read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData(',', '.', "1.23")]
    [InlineData(',', '.', "1.2345")]
    [InlineData(',', '.', "1234.567")]
    [InlineData(',', '.', "0.123")]
    [InlineData(',', '.', ".123")]
    [InlineData(',', '.', "1..234")]
    [InlineData(',', '.', "1,234.567")]
    [InlineData(',', '.', "1.234.")]
    [InlineData(',', null, "1.5")]
    [InlineData('.', ',', "1,5")]
    [InlineData('.', ',', "1.5,000")]
    [InlineData('.', ' ', "1 2")]
    public void Groups_that_are_not_of_three_and_foreign_marks_make_no_number(char decimalMark, char? thousands, string text) =>
        Assert.Equal(NumberKind.NotANumber, new CellNotation(decimalMark, thousands).ToNumber(text, out _));

    [Fact]
    public void A_number_of_any_length_is_read()
    {
        string text = new string('9', 300) + "," + new string('9', 300);

        Assert.Equal(NumberKind.Number, new CellNotation(',').ToNumber(text, out double value));
        Assert.Equal(1e300, value);
    }

    [Fact]
    public void A_file_in_another_notation_has_the_numbers_of_one_in_the_usual_one()
    {
        var fraction = Gen.Select(Gen.Double[-5e5, 5e5], Gen.Int[0, 5], (value, digits) => Math.Round(value, digits).ToString(CultureInfo.InvariantCulture));
        var whole = Gen.Frequency((1, Gen.Const((int?)null)), (9, Gen.Int.NonNegative.Select(number => (int?)number)));

        Property.Holds(Gen.Select(fraction, whole).Array[1, 40], rows =>
        {
            Table expected = Tables.Csv(
                "a;b\n" + string.Concat(rows.Select(row => $"{row.Item1};{row.Item2?.ToString(CultureInfo.InvariantCulture) ?? "NA"}\n")), s_wholeNumbers);
            Table read = Tables.Csv(
                "a;b\n" + string.Concat(rows.Select(row => $"{row.Item1.Replace('.', ',')};{Grouped(row.Item2)}\n")),
                s_wholeNumbers with { Notation = new CellNotation(',', '.') });

            Assert.Equal(expected.Columns[0].Numbers, read.Columns[0].Numbers);
            Assert.Equal(expected.Columns[1].Numbers, read.Columns[1].Numbers);
        }, count: 2_000);

        static string Grouped(int? number) => number?.ToString("N0", CultureInfo.InvariantCulture).Replace(',', '.') ?? "NA";
    }

    // What DateTime.ParseExact made of them before this reader.
    [Fact]
    public void Dates_are_the_framework_s_to_the_tick()
    {
        string[] read =
        [
            "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd' 'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd' 'HH:mm:ss.FFFFFFFK",
            "yyyy-MM-dd'T'HH:mm:ssK",
        ];
        var moment = Gen.Select(
            Gen.Long[TimeSpan.TicksPerDay * 2, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay],
            Gen.Int[-840, 840],
            (ticks, minutes) => new DateTimeOffset(ticks, TimeSpan.Zero).ToOffset(TimeSpan.FromMinutes(minutes)));
        var written = Gen.OneOf(
            "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd' 'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.fff", "yyyy-MM-dd' 'HH:mm:ss.fffffff",
            "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.ff'Z'");

        Property.Holds(Gen.Select(moment, written, (when, format) => when.ToString(format, CultureInfo.InvariantCulture)), text =>
        {
            DateTime expected = DateTime.ParseExact(
                text, read, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);

            Assert.True(DateText.TryRead(text, out DateTime found), text);
            Assert.Equal(expected, found);
        }, count: 20_000);
    }

    [Theory]
    [InlineData("2020-12-31 21:25:58.745232+02", "2020-12-31T19:25:58.7452320Z")]
    [InlineData("2020-12-31T21:25:58.123456789", "2020-12-31T21:25:58.1234567Z")]
    [InlineData("2020-12-31 21:25:58 UTC", "2020-12-31T21:25:58.0000000Z")]
    [InlineData("2020-12-31 21:25:58UTC", "2020-12-31T21:25:58.0000000Z")]
    [InlineData("2020-12-31T21:25-0330", "2021-01-01T00:55:00.0000000Z")]
    [InlineData(" 2020-12-31 ", "2020-12-31T00:00:00.0000000Z")]
    public void Zones_and_fractions_of_databases_are_read(string text, string universal)
    {
        Assert.True(DateText.TryRead(text, out DateTime date));
        Assert.Equal(universal, date.ToString("o", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("2020-13-01")]
    [InlineData("2021-02-29")]
    [InlineData("0000-01-01")]
    [InlineData("2020-12-31 24:00")]
    [InlineData("2020-12-31T21:25:60")]
    [InlineData("2020-12-31T21:25:58.")]
    [InlineData("2020-12-31T21:25:58.1234567890")]
    [InlineData("2020-12-31T21:25:58+2")]
    [InlineData("2020-12-31T21:25:58+15")]
    [InlineData("2020-12-31T21:25:58+02:60")]
    [InlineData("2020-12-31T21:25:58 CET")]
    [InlineData("2020-12-31T")]
    [InlineData("0001-01-01T00:00+01")]
    [InlineData("31.12.2020")]
    public void What_is_no_date_is_left_alone(string text) => Assert.False(DateText.TryRead(text, out _));
}
