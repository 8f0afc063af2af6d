using System.Globalization;
using System.Xml.Linq;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Watching;

namespace NnService.Api.Tests;

/// <summary>What the picture of a loss curve shows.</summary>
public sealed class LossChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    // The validation loss falls from 0.62 to 0.58 and rises again: from zero on, all of it would stand in the top fifteenth.
    [Fact]
    public void The_axis_fits_the_curve_so_that_overfitting_is_seen()
    {
        var points = Enumerable.Range(0, 101).Select(epoch => Point(epoch, 0.62 - (epoch * 0.0004), 0.58 + (0.04 * Math.Abs(epoch - 40) / 60)));

        var chart = Draw([.. points], bestEpoch: 40);

        var heights = Points(chart, "validation").Select(point => point.Y).ToList();
        Assert.True(heights.Max() - heights.Min() > 150, $"The validation curve takes {heights.Max() - heights.Min()} of 308 units.");
        Assert.All(Points(chart, "training").Concat(Points(chart, "validation")), point => Assert.InRange(point.Y, 44, 352));
        Assert.DoesNotContain("0", Ticks(chart));
        Assert.Contains("0.58", Ticks(chart));
    }

    [Fact]
    public void The_best_epoch_is_marked_where_the_service_says_it_is()
    {
        HistoryPoint[] points = [Point(0, 1, 0.9), Point(10, 0.6, 0.7), Point(20, 0.5, 0.6), Point(30, 0.4, 0.8)];

        var (told, between, unknown) = (Draw(points, bestEpoch: 20), Draw(points, bestEpoch: 13), Draw(points, bestEpoch: null));

        Assert.Contains("best: epoch 20, 0.6", Texts(told));
        Assert.Equal(Points(told, "validation")[2], Mark(told));
        Assert.Contains("best: epoch 13", Texts(between)); // not among the points, where historyEvery or the width leave it out
        Assert.Contains("best: epoch 20, 0.6", Texts(unknown));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0.5)]
    [InlineData(0, 1e-300)]
    [InlineData(0, 5e-324)]
    [InlineData(1e300, 1e300)]
    [InlineData(1, 1.0000000000000002)]
    [InlineData(0, 1.7e308)]
    [InlineData(1e-8, 1e9)]
    [InlineData(5e-324, 1e308)]
    [InlineData(0.09, 5)]
    [InlineData(-3, 7)]
    public void Losses_of_any_size_have_an_axis_with_ticks(double low, double high)
    {
        var chart = Draw([Point(0, high, null), Point(1, low, null)], bestEpoch: 1);

        Assert.All(Points(chart, "training"), point => Assert.InRange(point.Y, 44, 352));
        var ticks = Ticks(chart);
        Assert.InRange(ticks.Count, 1, 12);
        Assert.Equal(ticks.Count, ticks.Distinct().Count());
    }

    [Fact]
    public void Colours_follow_a_dark_background()
    {
        var chart = Draw([Point(0, 1, 0.9), Point(1, 0.5, 0.8)], bestEpoch: 1);

        var style = chart.Element(Svg + "style")!.Value;
        Assert.Contains("prefers-color-scheme: dark", style, StringComparison.Ordinal);
        foreach (var element in chart.Descendants().Where(element => element.Attribute("stroke") is not null))
            Assert.Contains($".{element.Attribute("class")!.Value}", style, StringComparison.Ordinal);
        Assert.All(chart.Elements(Svg + "text"), text => Assert.NotNull(text.Attribute("fill"))); // for programs that know no style sheets
    }

    private static XElement Draw(HistoryPoint[] points, int? bestEpoch) => XDocument.Parse(LossChart.Draw(points, "Loss of a <model>", bestEpoch)).Root!;

    private static HistoryPoint Point(int epoch, double train, double? validation) => new(epoch, epoch, train, validation, 0.1, null, null, epoch);

    private static List<(double X, double Y)> Points(XElement chart, string name) =>
        [.. chart.Elements(Svg + "polyline").Single(line => line.Attribute("class")!.Value == name).Attribute("points")!.Value.Split(' ')
            .Select(point => point.Split(',')).Select(point => (Number(point[0]), Number(point[1])))];

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static (double X, double Y) Mark(XElement chart)
    {
        var circle = chart.Elements(Svg + "circle").First();
        return ((double)circle.Attribute("cx")!, (double)circle.Attribute("cy")!);
    }

    private static List<string> Ticks(XElement chart) =>
        [.. chart.Elements(Svg + "text").Where(text => text.Attribute("text-anchor")?.Value == "end").Select(text => text.Value)];

    private static IEnumerable<string> Texts(XElement chart) => chart.Elements(Svg + "text").Select(text => text.Value);
}
