using System.Globalization;
using System.Net;
using System.Text;

namespace NnService.Api.TrainingJobs;

/// <summary>The loss curve as a picture: axes, legend, training and validation, the best epoch marked, a logarithmic scale where the range asks for it.</summary>
internal static class LossChart
{
    /// <summary>More points than this no screen shows.</summary>
    public const int MaxPoints = 1000;

    private const int Width = 800, Height = 400, Left = 80, Right = 20, Top = 44, Bottom = 48;

    public static string Draw(IReadOnlyList<HistoryPoint> points, string title)
    {
        var svg = new StringBuilder();
        svg.Append($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="sans-serif" font-size="12">
            <title>{WebUtility.HtmlEncode(title)}</title>
            <rect width="{Width}" height="{Height}" fill="#ffffff"/>
            <text x="{Left}" y="26" font-size="15" fill="#222222">{WebUtility.HtmlEncode(title)}</text>

            """);
        if (points.Count == 0)
            svg.Append($"<text x=\"{Width / 2}\" y=\"{Height / 2}\" text-anchor=\"middle\" fill=\"#666666\">No epoch is done yet.</text>\n");
        else
            DrawCurves(svg, points);
        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawCurves(StringBuilder svg, IReadOnlyList<HistoryPoint> points)
    {
        double[] losses = [.. points.Select(point => point.TrainLoss), .. points.Select(point => point.ValidationLoss).OfType<double>()];
        var (low, high) = (losses.Min(), losses.Max());
        var isLogarithmic = low > 0 && high / low > 50;
        var loss = isLogarithmic ? Axis.Logarithmic(low, high) : Axis.Linear(Math.Min(low, 0), high);
        var epoch = Axis.Linear(points[0].Epoch, Math.Max(points[^1].Epoch, points[0].Epoch + 1));
        string X(double value) => Number(Left + (epoch.Share(value) * (Width - Left - Right)));
        string Y(double value) => Number(Height - Bottom - (loss.Share(value) * (Height - Top - Bottom)));

        foreach (var tick in loss.Ticks)
            svg.Append($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick)}\" y2=\"{Y(tick)}\" stroke=\"#e5e5e5\"/><text x=\"{Left - 8}\" y=\"{Y(tick)}\" dy=\"4\" text-anchor=\"end\" fill=\"#444444\">{Label(tick)}</text>\n");
        foreach (var tick in epoch.Ticks.Where(tick => tick == Math.Floor(tick)))
            svg.Append($"<text x=\"{X(tick)}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\" fill=\"#444444\">{Label(tick)}</text>\n");
        svg.Append($"<path d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\" fill=\"none\" stroke=\"#444444\"/>\n");
        svg.Append($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\" fill=\"#222222\">epoch</text>\n");
        svg.Append($"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\" fill=\"#222222\">loss{(isLogarithmic ? " (logarithmic)" : "")}</text>\n");

        Curve(svg, points.Select(point => (X(point.Epoch), Y(point.TrainLoss))), "#1f77b4");
        var validated = points.Where(point => point.ValidationLoss is not null).ToList();
        if (validated.Count > 0)
            Curve(svg, validated.Select(point => (X(point.Epoch), Y(point.ValidationLoss!.Value))), "#d9620d");

        var best = (validated.Count > 0 ? validated : points).MinBy(point => point.ValidationLoss ?? point.TrainLoss)!;
        var bestLoss = best.ValidationLoss ?? best.TrainLoss;
        svg.Append($"<circle cx=\"{X(best.Epoch)}\" cy=\"{Y(bestLoss)}\" r=\"4\" fill=\"none\" stroke=\"#222222\" stroke-width=\"1.5\"/>\n");
        Legend(svg, validated.Count > 0, $"best: epoch {best.Epoch}, {Label(bestLoss)}");
    }

    private static void Curve(StringBuilder svg, IEnumerable<(string X, string Y)> points, string colour) =>
        svg.Append($"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.8\" points=\"{string.Join(' ', points.Select(point => $"{point.X},{point.Y}"))}\"/>\n");

    private static void Legend(StringBuilder svg, bool hasValidation, string best)
    {
        var x = Width - Right - 420;
        svg.Append($"<line x1=\"{x}\" x2=\"{x + 20}\" y1=\"22\" y2=\"22\" stroke=\"#1f77b4\" stroke-width=\"2\"/><text x=\"{x + 26}\" y=\"26\">training</text>\n");
        if (hasValidation)
            svg.Append($"<line x1=\"{x + 90}\" x2=\"{x + 110}\" y1=\"22\" y2=\"22\" stroke=\"#d9620d\" stroke-width=\"2\"/><text x=\"{x + 116}\" y=\"26\">validation</text>\n");
        svg.Append($"<circle cx=\"{x + 200}\" cy=\"22\" r=\"4\" fill=\"none\" stroke=\"#222222\" stroke-width=\"1.5\"/><text x=\"{x + 210}\" y=\"26\">{best}</text>\n");
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Label(double value) => value == 0 ? "0" : value.ToString(Math.Abs(value) is >= 0.001 and < 1e6 ? "0.####" : "0.##e0", CultureInfo.InvariantCulture);

    /// <summary>Where values stand along an axis, and which are written beside it.</summary>
    private sealed record Axis(Func<double, double> Share, IReadOnlyList<double> Ticks)
    {
        public static Axis Linear(double low, double high)
        {
            if (high <= low)
                high = low + 1;
            var rough = (high - low) / 5;
            var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
            var step = new[] { 1, 2, 5, 10 }.Select(factor => factor * power).First(candidate => candidate >= rough);
            var ticks = new List<double>();
            for (var i = Math.Ceiling(low / step); i * step <= high + (step * 1e-9); i++)
                ticks.Add(i * step);
            return new Axis(value => (value - low) / (high - low), ticks);
        }

        public static Axis Logarithmic(double low, double high)
        {
            var (from, to) = (Math.Floor(Math.Log10(low)), Math.Ceiling(Math.Log10(high)));
            var every = Math.Max(1, Math.Ceiling((to - from) / 8));
            var ticks = new List<double>();
            for (var power = from; power <= to; power += every)
                ticks.Add(Math.Pow(10, power));
            return new Axis(value => (Math.Log10(value) - from) / (to - from), ticks);
        }
    }
}
