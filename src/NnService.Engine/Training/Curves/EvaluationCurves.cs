using System.Text.Json.Serialization;

namespace NnService.Engine.Training.Curves;

/// <summary>What the metrics of an evaluation sum up, as curves to draw: of a classification by label, of a regression by target.</summary>
public sealed record EvaluationCurves
{
    /// <summary>Points of a curve at the most.</summary>
    public const int MostPoints = 200;

    /// <summary>Of each label against the rest: how many of its rows are found at which price in false alarms; empty where all rows have the label, or
    /// none has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<RocPoint>>? Roc { get; init; }

    /// <summary>Of each label against the rest: how many of its rows are found, and how many of those that are found are of it; empty where no row has the
    /// label.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<PrecisionRecallPoint>>? PrecisionRecall { get; init; }

    /// <summary>Of each label: the probabilities that it is given beside how often it occurs, in ten bins of equal width.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<CalibrationPoint>>? Calibration { get; init; }

    /// <summary>Of each target: errors beside the predictions, of rows that are spread evenly over the order of the predictions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<ResidualPoint>>? Residuals { get; init; }
}

/// <summary>A point of a ROC curve.</summary>
/// <param name="Threshold">Rows count as positive from this probability on; null: none does.</param>
/// <param name="FalsePositiveRate">Share of the rows of other labels that count as positive.</param>
/// <param name="TruePositiveRate">Share of the label's rows that count as positive.</param>
public sealed record RocPoint(double? Threshold, double FalsePositiveRate, double TruePositiveRate);

/// <summary>A point of a precision-recall curve.</summary>
/// <param name="Threshold">Rows count as positive from this probability on.</param>
/// <param name="Recall">Share of the label's rows that count as positive.</param>
/// <param name="Precision">Share of the rows that count as positive which are of the label.</param>
public sealed record PrecisionRecallPoint(double Threshold, double Recall, double Precision);

/// <summary>A bin of probabilities; empty bins are left out.</summary>
/// <param name="Predicted">Mean probability of the label.</param>
/// <param name="Observed">Share of the bin's rows that have the label.</param>
/// <param name="Rows">Rows of the bin.</param>
public sealed record CalibrationPoint(double Predicted, double Observed, int Rows);

/// <summary>A row's error.</summary>
/// <param name="Predicted">The prediction.</param>
/// <param name="Residual">The target less the prediction; null where that is too large for a number.</param>
public sealed record ResidualPoint(double Predicted, double? Residual);
