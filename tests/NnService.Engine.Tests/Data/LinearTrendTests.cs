using System.Globalization;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public sealed class LinearTrendTests
{
    [Theory]
    [InlineData("3 * x + 7 * noise", true)]
    [InlineData("ln x + noise", false)]
    [InlineData("noise", false)]
    [InlineData("1e300 * x", true)] // no square of it is a number
    [InlineData("constant", false)]
    public void What_a_column_tells_in_a_straight_line_is_told_from_what_its_logarithm_tells(string target, bool isLost)
    {
        (Table table, TargetEncoding encoding) = Made(target, TargetScaling.Standardize);

        var trend = new LinearTrend(table, encoding, Tables.AllRows(table));

        Assert.Equal(isLost, trend.IsLostInLogarithm(table.Find("x")!));
    }

    [Fact]
    public void A_target_that_is_learnt_as_a_logarithm_is_compared_as_one()
    {
        (Table table, TargetEncoding encoding) = Made("x", TargetScaling.Log1p);

        Assert.False(new LinearTrend(table, encoding, Tables.AllRows(table)).IsLostInLogarithm(table.Find("x")!));
    }

    [Fact]
    public void Labels_have_no_line()
    {
        Table table = Tables.Csv("x,y\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{i * i * i},{(i < 50 ? "a" : "b")}\n")));
        var encoding = TargetEncoding.Fit(table, ["y"], TaskKind.BinaryClassification, null, TargetScaling.None, Tables.AllRows(table));

        Assert.False(new LinearTrend(table, encoding, Tables.AllRows(table)).IsLostInLogarithm(table.Find("x")!));
    }

    // x is e^0 … e^6, every twentieth cell of it missing; the noise lies evenly and is a thing of its own.
    private static (Table Table, TargetEncoding Target) Made(string target, TargetScaling scaling)
    {
        var rows = Enumerable.Range(0, 300).Select(i =>
        {
            double x = Math.Exp(i * 37 % 101 / 100.0 * 6), noise = (i * 53 % 97 / 96.0) - 0.5;
            double y = target switch
            {
                "x" => x,
                "3 * x + 7 * noise" => 3 * x + 7 * noise,
                "ln x + noise" => Math.Log(x) + noise,
                "1e300 * x" => 1e300 * x,
                "noise" => noise,
                _ => 4,
            };
            return string.Create(CultureInfo.InvariantCulture, $"{(i % 20 == 7 ? "" : x.ToString("R", CultureInfo.InvariantCulture))},{y:R}\n");
        });
        Table table = Tables.Csv("x,y\n" + string.Concat(rows));
        return (table, TargetEncoding.Fit(table, ["y"], TaskKind.Regression, null, scaling, Tables.AllRows(table)));
    }
}
