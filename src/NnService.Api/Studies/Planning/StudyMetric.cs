using NnService.Api.Models.Predictions;
using NnService.Api.TrainingJobs.Lists;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.Studies.Planning;

/// <summary>What tells a good trial: a metric of a part.</summary>
/// <param name="Part"><c>train</c>, <c>validation</c> or <c>test</c>.</param>
/// <param name="Name">The metric.</param>
internal sealed record StudyMetric(string Part, string Name)
{
    public const string Validation = "validation";
    public const string Test = "test";

    /// <summary>Whether a large figure is a good one.</summary>
    public SearchDirection Direction => Figure.IsLargeGood ? SearchDirection.Maximize : SearchDirection.Minimize;

    /// <summary>The metric's own of a task.</summary>
    public static StudyMetric Default(string part, bool isRegression) => new(part, isRegression ? "rootMeanSquaredError" : "logLoss");

    /// <summary>Whether a task has it.</summary>
    public bool Suits(TaskKind task) => Figure.IsOfRegressions == (task == TaskKind.Regression);

    /// <summary>Null where the text names none.</summary>
    public static StudyMetric? Of(string text) =>
        text.Split('/') is [var part, var name] && Split.PartNames.Contains(part) && Truth.Figures.Contains(name) ? new StudyMetric(part, name) : null;

    /// <summary>What to say about a text that names none.</summary>
    public static string WhyNot(string text) => $"\"{Echo.Cut(text)}\" is no metric"
        + (text.EndsWith($"/{IntervalLevel.Coverage}", StringComparison.Ordinal)
            ? " to choose by: it is to be near the level of the intervals, so neither high nor low is best" : "")
        + $". Known: {Known}.";

    private static string Known => $"{string.Join(", ", Split.PartNames.Select(part => $"{part}/"))} before one of {string.Join(", ", Truth.Figures)}";

    /// <summary>Of a job's stored metrics; null where there is none.</summary>
    public double? In(string? metrics) => JobFigure.In(metrics).GetValueOrDefault($"{Part}.{Name}");

    private MetricFigure Figure => MetricFigure.All.First(figure => figure.Name == Name);

    public override string ToString() => $"{Part}/{Name}";
}
