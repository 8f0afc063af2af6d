using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.Models;

/// <summary>The metrics of a model on rows whose truth is known.</summary>
internal static class ModelMetrics
{
    /// <summary>Metrics of the task as JSON; null where an answer is not finite. Errors: <see cref="PreparationException"/>.</summary>
    public static JsonNode? Of(TrainedModel model, TargetEncoding target, Table table, ReadOnlySpan<int> rows, ReadOnlySpan<double> encoded)
    {
        var answers = new double[rows.Length * model.Outputs];
        model.Predict(encoded, rows.Length, answers);
        if (!answers.All(double.IsFinite))
            return null;
        if (target.Task == TaskKind.Regression)
        {
            var values = new double[rows.Length * target.Columns.Count];
            target.Values(table, rows, values);
            return JsonSerializer.SerializeToNode(RegressionMetrics.Of(answers, values, target.Columns), SpecJson.Options);
        }

        var actual = new int[rows.Length];
        target.EncodeLabels(table, rows, actual);
        return JsonSerializer.SerializeToNode(
            ClassificationMetrics.Of(ProbabilitiesOf(target, answers, model.Outputs), actual, target.Labels, Math.Max(target.PositiveIndex, 0)), SpecJson.Options);
    }

    /// <summary>[rows, labels] from the outputs of a classifier: one output is the positive label's probability.</summary>
    private static double[] ProbabilitiesOf(TargetEncoding target, double[] answers, int outputs)
    {
        if (outputs != 1)
            return answers;
        var probabilities = new double[answers.Length * 2];
        for (var row = 0; row < answers.Length; row++)
        {
            probabilities[(row * 2) + target.PositiveIndex] = answers[row];
            probabilities[(row * 2) + 1 - target.PositiveIndex] = 1 - answers[row];
        }

        return probabilities;
    }
}
