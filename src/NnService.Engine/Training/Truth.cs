using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;
using NnService.Engine.Training.Curves;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Training;

/// <summary>What rows really are, and how good answers to them are.</summary>
public sealed class Truth
{
    private static readonly string[] s_errors = ["rootMeanSquaredError", "meanAbsoluteError", "r2", "medianAbsoluteError", "meanAbsolutePercentageError"];
    private static readonly string[] s_scores =
        ["accuracy", "balancedAccuracy", "logLoss", "rocAuc", "averagePrecision", "macroF1", "matthewsCorrelation", "calibrationError"];

    private readonly TargetEncoding _target;
    private readonly double[] _values; // [rows, targets] of a regression
    private readonly int[] _labels; // [rows] of a classification

    /// <summary>Reads the target of rows of a table. Errors: <see cref="PreparationException"/>.</summary>
    public Truth(TargetEncoding target, Table table, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(table);
        (_target, Rows) = (target, rows.Length);
        (_values, _labels) = IsRegression ? (new double[rows.Length * target.Columns.Count], Array.Empty<int>()) : ([], new int[rows.Length]);
        if (IsRegression)
            target.Values(table, rows, _values);
        else
            target.EncodeLabels(table, rows, _labels);
    }

    /// <summary>Names of the metrics that are one number, of classifications and then of regressions.</summary>
    public static IReadOnlyList<string> Figures { get; } = [.. s_scores, .. s_errors];

    /// <summary>Names of the metrics that are tables, of classifications.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["confusionMatrix", "perClass"];

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Whether numbers are predicted.</summary>
    public bool IsRegression => _target.Task == TaskKind.Regression;

    /// <summary>Share of the most frequent label; 0 for a regression.</summary>
    public double LargestShare => IsRegression ? 0 : (double)_labels.CountBy(label => label).Max(label => label.Value) / Rows;

    /// <summary>Metrics of the task as JSON, each null where an answer is not finite.</summary>
    /// <param name="answers">[rows, outputs] of a model.</param>
    public JsonObject Metrics(double[] answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        if (!answers.All(double.IsFinite))
            return [.. (IsRegression ? s_errors : [.. s_scores, .. Tables]).Select(name => KeyValuePair.Create(name, (JsonNode?)null))];
        object metrics = IsRegression
            ? RegressionMetrics.Of(answers, _values, _target.Columns)
            : ClassificationMetrics.Of(ProbabilitiesOf(answers), _labels, _target.Labels, _target.PositiveIndex);
        return JsonSerializer.SerializeToNode(metrics, SpecJson.Options)!.AsObject();
    }

    /// <summary>Why metrics are null: <c>r2 is null: the target is constant</c>, without a full stop.</summary>
    /// <param name="metrics">The metrics of <paramref name="answers"/>.</param>
    /// <param name="answers">[rows, outputs] of a model.</param>
    public IEnumerable<string> WhyNull(JsonObject metrics, double[] answers)
    {
        bool areFinite = answers.All(double.IsFinite);
        foreach (var (name, value) in metrics)
            if (value is null && name != "perOutput")
                yield return $"{name} is null: "
                    + $"{(areFinite ? Reason(name, Enumerable.Range(0, _target.Columns.Count)) : "an answer is too large for a number")}";
        foreach (var (column, own) in metrics["perOutput"]?.AsObject() ?? [])
            foreach (var (name, value) in own!.AsObject())
                if (value is null && name != "perOutput" && metrics[name] is not null)
                    yield return $"{name} of \"{column}\" is null: {Reason(name, [_target.Columns.ToList().IndexOf(column)])}";
    }

    private string Reason(string name, IEnumerable<int> targets) => name switch
    {
        "rocAuc" => "all rows have one label",
        "averagePrecision" => "no row has the positive label",
        "r2" when targets.All(target => ValuesOf(target).Distinct().Count() == 1) => Rows == 1 ? "there is one row" : "the target is constant",
        "meanAbsolutePercentageError" when targets.Any(target => ValuesOf(target).Contains(0)) => "a target is 0",
        _ => "it is too large for a number",
    };

    private IEnumerable<double> ValuesOf(int target)
    {
        for (int at = target; at < _values.Length; at += _target.Columns.Count)
            yield return _values[at];
    }

    /// <summary>What one model's figure is above another's: of the root mean squared error, or of the accuracy or balanced accuracy.</summary>
    /// <param name="answers">[rows, outputs] of the first model, all finite.</param>
    /// <param name="others">[rows, outputs] of the other, all finite; of a classifier with one output also [rows, labels].</param>
    /// <param name="perLabel">Of a classification: whether every label has the same weight.</param>
    public PairedDifference Compare(double[] answers, double[] others, bool perLabel) => IsRegression
        ? PairedDifference.OfErrors(answers, others, _values, _target.Columns.Count)
        : PairedDifference.OfShares(_labels, LabelsOf(answers), LabelsOf(others), _target.Labels.Count, perLabel);

    /// <summary>Whether the target of another is the same: its columns, its task and its labels.</summary>
    public bool AsksTheSame(Truth other) => other is not null
        && _target.Task == other._target.Task && _target.Columns.SequenceEqual(other._target.Columns) && _target.Labels.SequenceEqual(other._target.Labels);

    /// <summary>Answers in the form in which those of different networks are comparable: [rows, targets], or [rows, labels] whatever the outputs are.</summary>
    /// <param name="answers">[rows, outputs], all finite.</param>
    public double[] Comparable(double[] answers) => IsRegression ? answers : ProbabilitiesOf(answers);

    /// <summary>What each metric of one model is above another's, with its interval.</summary>
    /// <param name="answers">Of the model, as <see cref="Comparable"/> gives them.</param>
    /// <param name="others">Of the other, likewise.</param>
    /// <param name="seed">Seed of the draws.</param>
    public IReadOnlyDictionary<string, PairedFigure> Differences(double[] answers, double[] others, ulong seed) => IsRegression
        ? PairedMetrics.OfNumbers(answers, others, _values, _target.Columns, seed)
        : PairedMetrics.OfClasses(ProbabilitiesOf(answers), ProbabilitiesOf(others), _labels, _target.Labels, _target.PositiveIndex, seed);

    private int[] LabelsOf(double[] answers)
    {
        var (probabilities, labels) = (ProbabilitiesOf(answers), new int[Rows]);
        for (int row = 0; row < labels.Length; row++)
            labels[row] = LabelRule.Of<double>(
                probabilities.AsSpan(row * _target.Labels.Count, _target.Labels.Count), _target.PositiveIndex, LabelRule.EvenThreshold);
        return labels;
    }

    /// <summary>95 % intervals of the metrics as JSON: [low, high].</summary>
    /// <param name="answers">[rows, outputs], all finite.</param>
    /// <param name="seed">Seed of the draws.</param>
    public JsonObject Intervals(double[] answers, ulong seed) => JsonSerializer.SerializeToNode(
        IsRegression
            ? RegressionMetrics.IntervalsOf(answers, _values, _target.Columns, seed)
            : ClassificationMetrics.IntervalsOf(ProbabilitiesOf(answers), _labels, _target.Labels, _target.PositiveIndex, seed),
        SpecJson.Options)!.AsObject();

    /// <summary>What the metrics sum up, as curves to draw.</summary>
    /// <param name="answers">[rows, outputs], all finite.</param>
    public EvaluationCurves Curves(double[] answers) => IsRegression
        ? CurvesOfNumbers.Of(answers, _values, _target.Columns)
        : CurvesOfClasses.Of(ProbabilitiesOf(answers), _labels, _target.Labels);

    /// <summary>[rows, labels] from the outputs of a classifier: one output is the positive label's probability.</summary>
    private double[] ProbabilitiesOf(double[] answers)
    {
        if (answers.Length != Rows)
            return answers;
        double[] probabilities = new double[answers.Length * 2];
        for (int row = 0; row < answers.Length; row++)
        {
            probabilities[(row * 2) + _target.PositiveIndex] = answers[row];
            probabilities[(row * 2) + 1 - _target.PositiveIndex] = 1 - answers[row];
        }

        return probabilities;
    }
}
