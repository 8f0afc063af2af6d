namespace NnService.Benchmarks.Honesty;

/// <summary>Where an interval is known not to hold the truth in 92 to 98 of 100 test parts.</summary>
/// <param name="Scenario">The scenario's name; with * at the end, its beginning.</param>
/// <param name="FewestRows">In test parts of so many rows</param>
/// <param name="MostRows">to so many.</param>
/// <param name="Metrics">The metrics; none: all.</param>
/// <param name="Low">It holds the truth at least so often.</param>
/// <param name="High">And at most so often.</param>
/// <param name="Reason">Why.</param>
internal sealed record KnownMiss(string Scenario, int FewestRows, int MostRows, string[] Metrics, double Low, double High, string Reason)
{
    /// <summary>The mark: how often a 95 % interval should hold the truth.</summary>
    public const double Least = 0.92;

    /// <summary>As <see cref="Least"/>.</summary>
    public const double Most = 0.98;

    private const string FewRareRows =
        "Two or three rows of the rare label carry most of the loss, and do not show how large it can be; the intervals end too low.";

    private const string FewLargeErrors =
        "The large errors that decide are mostly not among fifty rows; the intervals end too low. An error beyond the largest that was found is allowed for as "
        + "far as the tail found suggests one, for the squared errors; without that, the root mean squared error would have 70 to 82 %.";

    /// <summary>All that are known; the first that fits counts.</summary>
    public static IReadOnlyList<KnownMiss> All { get; } =
    [
        new("a label of 5 %", 50, 50, ["logLoss"], 0.84, Most, FewRareRows),
        new("a label of 3 %", 100, 100, ["logLoss"], 0.88, Most, FewRareRows),
        new("a label of 5 %, mostly missed, not stratified", 200, 200, ["averagePrecision"], 0.89, Most,
            "Of ten rows the average precision is too high on average; all the intervals that miss it lie above."),
        new("a label of*", 50, 200, [], Least, 1,
            "A share of two, three or ten rows is one of a few numbers, so that no interval holds the truth just as often as it says, and these err on the wide "
            + "side. And in a stratified test part the label has always the same number of rows: where they are mostly missed, accuracy and log loss vary less than "
            + "from rows taken as they come, for which the intervals are meant (see the scenario that is not stratified)."),
        new("two labels, nearly all right", 200, 200, ["accuracy", "rocAuc", "averagePrecision"], Least, 1,
            "Four rows are wrong; near 1 the variance by Hanley and McNeil, and that of a share, are larger than those of the area and of the average precision."),
        new("two labels", 20, 20, ["averagePrecision", "calibrationError"], Least, 1,
            "A bin of the calibration error has two or three rows, often all right or all wrong, which do not show how far it may be off."),
        new("lognormal errors", 50, 50, ["rootMeanSquaredError", "meanAbsoluteError", "r2"], 0.86, Most, FewLargeErrors),
        new("Student's t(2.5) errors", 50, 200, ["rootMeanSquaredError", "r2"], 0.90, Most, FewLargeErrors),
        new("lognormal errors", 200, 1000, ["rootMeanSquaredError", "r2"], Least, 1,
            "What is drawn beyond the largest error comes from a Pareto distribution, whose tail is heavier than theirs: the upper end is too far out."),
    ];

    /// <summary>The one that speaks of a metric of a scenario; null: the mark holds.</summary>
    public static KnownMiss? Find(Scenario scenario, string metric) => All.FirstOrDefault(
        miss => (miss.Scenario.EndsWith('*') ? scenario.Name.StartsWith(miss.Scenario[..^1], StringComparison.Ordinal) : scenario.Name == miss.Scenario)
            && scenario.Rows >= miss.FewestRows && scenario.Rows <= miss.MostRows
            && (miss.Metrics.Length == 0 || miss.Metrics.Contains(metric)));

    /// <summary>How often so many test parts may show, two standard errors around the mark, or around what is known.</summary>
    public static (double Low, double High) Bounds(Scenario scenario, string metric, int samples)
    {
        var (low, high) = Find(scenario, metric) is { } miss ? (miss.Low, miss.High) : (Least, Most);
        return (low - (2 * Math.Sqrt(low * (1 - low) / samples)), high + (2 * Math.Sqrt(high * (1 - high) / samples)));
    }
}
