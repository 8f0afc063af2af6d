namespace NnService.Engine.Training;

/// <summary>A metric that is one number.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="IsOfRegressions">Whether regressions have it, or classifications.</param>
/// <param name="IsLargeGood">Whether a large one is a good one.</param>
/// <param name="Least">The least that it can be.</param>
/// <param name="Largest">The largest that it can be.</param>
public sealed record MetricFigure(string Name, bool IsOfRegressions, bool IsLargeGood, double Least, double Largest)
{
    /// <summary>Those of classifications and then those of regressions.</summary>
    public static IReadOnlyList<MetricFigure> All { get; } =
    [
        new("accuracy", false, true, 0, 1),
        new("balancedAccuracy", false, true, 0, 1),
        new("logLoss", false, false, 0, double.MaxValue),
        new("rocAuc", false, true, 0, 1),
        new("averagePrecision", false, true, 0, 1),
        new("macroF1", false, true, 0, 1),
        new("matthewsCorrelation", false, true, -1, 1),
        new("calibrationError", false, false, 0, 1),
        new("rootMeanSquaredError", true, false, 0, double.MaxValue),
        new("meanAbsoluteError", true, false, 0, double.MaxValue),
        new("r2", true, true, double.MinValue, 1),
        new("medianAbsoluteError", true, false, 0, double.MaxValue),
        new("meanAbsolutePercentageError", true, false, 0, double.MaxValue),
    ];

    /// <summary>Names of those of a task.</summary>
    internal static string[] NamesOf(bool regressions) => [.. All.Where(figure => figure.IsOfRegressions == regressions).Select(figure => figure.Name)];
}
