using System.Globalization;
using System.Net;
using System.Text;

namespace NnService.Api.TrainingJobs.Watching;

/// <summary>
/// The loss curve as a picture: axes that fit it, legend, training and validation, the best epoch marked, a logarithmic scale where the range asks for it;
/// in dark colours where whoever looks prefers them.
/// </summary>
internal static class LossChart
{
    public const string MediaType = "image/svg+xml";

    /// <summary>More points than this no screen shows.</summary>
    public const int MaxPoints = 1000;

    private const int Width = 800, Height = 400, Left = 80, Right = 20, Top = 44, Bottom = 48;

    private const string Training = "#1f77b4", Validation = "#d9620d", Ink = "#222222", Faint = "#444444", Grid = "#e5e5e5";

    // Attributes have the light colours, for programs that know no style sheets; this wins where it applies, and nowhere outside the picture.
    private const string Dark = """
        <style>
        @media (prefers-color-scheme: dark) {
        .loss-chart .page { fill: #16181d } .loss-chart text { fill: #e8e8e8 }
        .loss-chart .grid { stroke: #33363d } .loss-chart .axis, .loss-chart .best { stroke: #b8b8b8 }
        .loss-chart .training { stroke: #6cb4ee } .loss-chart .validation { stroke: #ff9a4d }
        }
        </style>
        """;

    /// <summary>The picture.</summary>
    /// <param name="points">Points of the history, in their order.</param>
    /// <param name="title">What stands above it.</param>
    /// <param name="bestEpoch">The best epoch, which need not be among the points; null: not known.</param>
    public static string Draw(IReadOnlyList<HistoryPoint> points, string title, int? bestEpoch)
    {
        var svg = new StringBuilder();
        svg.Append($"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}"
                 font-family="sans-serif" font-size="12" class="loss-chart">
            <title>{WebUtility.HtmlEncode(title)}</title>
            {Dark}
            <rect width="{Width}" height="{Height}" fill="#ffffff" class="page"/>
            <text x="{Left}" y="26" font-size="15" fill="{Ink}">{WebUtility.HtmlEncode(title)}</text>

            """);
        if (points.Count == 0)
            svg.Append($"<text x=\"{Width / 2}\" y=\"{Height / 2}\" text-anchor=\"middle\" fill=\"{Faint}\">No epoch is done yet.</text>\n");
        else
            DrawCurves(svg, points, bestEpoch);
        return svg.Append("</svg>\n").ToString();
    }

    private static void DrawCurves(StringBuilder svg, IReadOnlyList<HistoryPoint> points, int? bestEpoch)
    {
        double[] losses = [.. points.Select(point => point.TrainLoss), .. points.Select(point => point.ValidationLoss).OfType<double>()];
        var loss = ChartAxis.Around(losses.Min(), losses.Max());
        var epoch = ChartAxis.Linear(points[0].Epoch, Math.Max(points[^1].Epoch, points[0].Epoch + 1));
        string X(double value) => Number(Left + (epoch.Share(value) * (Width - Left - Right)));
        string Y(double value) => Number(Height - Bottom - (loss.Share(value) * (Height - Top - Bottom)));

        foreach (var tick in loss.Ticks)
        {
            svg.Append($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick)}\" y2=\"{Y(tick)}\" stroke=\"{Grid}\" class=\"grid\"/>");
            svg.Append($"<text x=\"{Left - 8}\" y=\"{Y(tick)}\" dy=\"4\" text-anchor=\"end\" fill=\"{Faint}\">{loss.Label(tick)}</text>\n");
        }

        foreach (var tick in epoch.Ticks.Where(tick => tick == Math.Floor(tick)))
            svg.Append($"<text x=\"{X(tick)}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\" fill=\"{Faint}\">{epoch.Label(tick)}</text>\n");
        svg.Append($"<path d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\" fill=\"none\" stroke=\"{Faint}\" class=\"axis\"/>\n");
        svg.Append($"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\" fill=\"{Ink}\">epoch</text>\n");
        svg.Append($"<text transform=\"translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\" fill=\"{Ink}\">");
        svg.Append($"loss{(loss.IsLogarithmic ? " (logarithmic)" : "")}</text>\n");

        var validated = points.Where(point => point.ValidationLoss is not null).ToList();
        var least = (validated.Count > 0 ? validated : points).MinBy(point => point.ValidationLoss ?? point.TrainLoss)!;
        bestEpoch = bestEpoch <= points[^1].Epoch ? bestEpoch : null; // a run that has begun again since has none so late
        var best = points.FirstOrDefault(point => point.Epoch == bestEpoch) ?? (bestEpoch is null ? least : null);
        var marked = bestEpoch ?? least.Epoch;
        svg.Append($"<path d=\"M{X(marked)} {Top}V{Height - Bottom}\" fill=\"none\" stroke=\"{Ink}\" class=\"best\" stroke-dasharray=\"2 4\"/>\n");
        Curve(svg, points.Select(point => (X(point.Epoch), Y(point.TrainLoss))), "training", Training);
        if (validated.Count > 0)
            Curve(svg, validated.Select(point => (X(point.Epoch), Y(point.ValidationLoss!.Value))), "validation", Validation);
        double? bestLoss = best is null ? null : best.ValidationLoss ?? best.TrainLoss;
        if (bestLoss is { } height)
            svg.Append($"<circle cx=\"{X(marked)}\" cy=\"{Y(height)}\" r=\"4\" fill=\"none\" stroke=\"{Ink}\" class=\"best\" stroke-width=\"1.5\"/>\n");
        Legend(svg, validated.Count > 0, $"best: epoch {marked}{(bestLoss is { } written ? $", {ChartAxis.Figure(written)}" : "")}");
    }

    private static void Curve(StringBuilder svg, IEnumerable<(string X, string Y)> points, string name, string colour) =>
        svg.Append($"<polyline fill=\"none\" stroke=\"{colour}\" class=\"{name}\" stroke-width=\"1.8\" points=\"")
            .AppendJoin(' ', points.Select(point => $"{point.X},{point.Y}")).Append("\"/>\n");

    private static void Legend(StringBuilder svg, bool hasValidation, string best)
    {
        var x = Width - Right - 420;
        Entry(x, "training", Training);
        if (hasValidation)
            Entry(x + 90, "validation", Validation);
        svg.Append($"<circle cx=\"{x + 200}\" cy=\"22\" r=\"4\" fill=\"none\" stroke=\"{Ink}\" class=\"best\" stroke-width=\"1.5\"/>");
        svg.Append($"<text x=\"{x + 210}\" y=\"26\" fill=\"{Ink}\">{best}</text>\n");

        void Entry(int at, string name, string colour)
        {
            svg.Append($"<line x1=\"{at}\" x2=\"{at + 20}\" y1=\"22\" y2=\"22\" stroke=\"{colour}\" class=\"{name}\" stroke-width=\"2\"/>");
            svg.Append($"<text x=\"{at + 26}\" y=\"26\" fill=\"{Ink}\">{name}</text>\n");
        }
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
