using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine.Data;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.Models;

/// <summary>What rows really are, and how good answers to them are.</summary>
internal sealed class Truth
{
    private readonly TargetEncoding _target;
    private readonly double[] _values; // [rows, targets] of a regression
    private readonly int[] _labels; // [rows] of a classification

    /// <summary>Reads the target of rows of a table. Errors: <see cref="PreparationException"/>.</summary>
    public Truth(TargetEncoding target, Table table, ReadOnlySpan<int> rows)
    {
        (_target, Rows) = (target, rows.Length);
        (_values, _labels) = IsRegression ? (new double[rows.Length * target.Columns.Count], Array.Empty<int>()) : ([], new int[rows.Length]);
        if (IsRegression)
            target.Values(table, rows, _values);
        else
            target.EncodeLabels(table, rows, _labels);
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Whether numbers are predicted.</summary>
    public bool IsRegression => _target.Task == TaskKind.Regression;

    /// <summary>Share of the most frequent label; 0 for a regression.</summary>
    public double LargestShare => IsRegression ? 0 : (double)_labels.CountBy(label => label).Max(label => label.Value) / Rows;

    /// <summary>Metrics of the task as JSON; null where an answer is not finite.</summary>
    /// <param name="answers">[rows, outputs] of a model.</param>
    public JsonObject? Metrics(double[] answers)
    {
        if (!answers.All(double.IsFinite))
            return null;
        object metrics = IsRegression
            ? RegressionMetrics.Of(answers, _values, _target.Columns)
            : ClassificationMetrics.Of(ProbabilitiesOf(answers), _labels, _target.Labels, Positive);
        return JsonSerializer.SerializeToNode(metrics, SpecJson.Options)!.AsObject();
    }

    /// <summary>95 % intervals of the metrics as JSON: [low, high].</summary>
    /// <param name="answers">[rows, outputs], all finite.</param>
    /// <param name="seed">Seed of the draws.</param>
    public JsonObject Intervals(double[] answers, ulong seed) => JsonSerializer.SerializeToNode(
        IsRegression
            ? RegressionMetrics.IntervalsOf(answers, _values, _target.Columns, seed)
            : ClassificationMetrics.IntervalsOf(ProbabilitiesOf(answers), _labels, _target.Labels, Positive, seed),
        SpecJson.Options)!.AsObject();

    private int Positive => Math.Max(_target.PositiveIndex, 0);

    /// <summary>[rows, labels] from the outputs of a classifier: one output is the positive label's probability.</summary>
    private double[] ProbabilitiesOf(double[] answers)
    {
        if (answers.Length != Rows)
            return answers;
        var probabilities = new double[answers.Length * 2];
        for (var row = 0; row < answers.Length; row++)
        {
            probabilities[(row * 2) + Positive] = answers[row];
            probabilities[(row * 2) + 1 - Positive] = 1 - answers[row];
        }

        return probabilities;
    }
}
