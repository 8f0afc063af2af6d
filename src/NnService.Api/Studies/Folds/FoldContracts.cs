using System.Text.Json.Nodes;
using NnService.Api.Http.Describing;

namespace NnService.Api.Studies.Folds;

/// <summary>A cross-validation's figures: each metric of the task over the test parts of the folds, and the metrics of all out-of-fold answers together.</summary>
[SomeOf]
public sealed record FoldMetricsResponse
{
    /// <summary>Over the folds; left out where the task has no such metric. So for the others.</summary>
    public FoldFigure? Accuracy { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? BalancedAccuracy { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? LogLoss { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? RocAuc { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? AveragePrecision { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? MacroF1 { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? MatthewsCorrelation { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? CalibrationError { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? RootMeanSquaredError { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? MeanAbsoluteError { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? R2 { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? MedianAbsoluteError { get; init; }

    /// <summary>Over the folds.</summary>
    public FoldFigure? MeanAbsolutePercentageError { get; init; }

    /// <summary>Metrics of the answers to all rows, each by a model that has not seen it; null where not all folds have ended, or, with a warning, where all answers
    /// together need more memory than there is.</summary>
    [WireType(typeof(Models.Metrics))]
    public JsonNode? OutOfFold { get; init; }
}

/// <summary>A metric over the folds.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="StandardDeviation">Between the folds (divided by n − 1); null with one fold.</param>
/// <param name="Interval">A 95 % interval of the mean, wider than that of independent figures, since the training parts overlap; null with one fold,
/// and where all folds have the same figure, which tell nothing of how far others would be from it.</param>
/// <param name="Folds">Of each fold by its number; null where it has none.</param>
public sealed record FoldFigure(double Mean, double? StandardDeviation, IReadOnlyList<double>? Interval, IReadOnlyList<double?> Folds);
