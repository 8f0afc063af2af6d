using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Models;
using NnService.Api.Models.Predictions;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Kernels;
using NnService.Engine.Specs;
using NnService.Engine.Training;
using NnService.Engine.Training.Importance;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Measures the model of a job on each part of its rows.</summary>
internal static class JobMetrics
{
    /// <summary>The member of the metrics that says how much the model leans on each column.</summary>
    public const string Importance = "importance";

    /// <summary>
    /// The metrics of each part; beside them intervals, baselines and verdict of the test part, which nothing else touches. The model that comes back
    /// knows what the validation part says of its errors.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="table">Its table.</param>
    /// <param name="answered">Called with 0 at the start, and then again and again with the rows that the model has answered since; null: nobody
    /// watches.</param>
    /// <param name="networks">What is said of the job's networks; null: it has one.</param>
    /// <param name="known">What the model has answered to parts already; null: nothing.</param>
    public static (StoredMetrics Metrics, TrainedModel Model) Of(
        TrainedModel model, TrainingPlan plan, Table table, Action<int>? answered = null, JsonObject? networks = null, PartAnswers? known = null)
    {
        answered?.Invoke(0);
        var metrics = new JsonObject();
        foreach (var (member, value) in networks ?? [])
            metrics[member] = value?.DeepClone();
        var notes = new PartNotes();
        if (!plan.Split.Train.IsEmpty)
            Measure("train", plan.Split.Train, known?.TakeTrain());
        if (!plan.Split.Validation.IsEmpty)
        {
            var (validated, ofValidation) = Measure("validation", plan.Split.Validation, known?.TakeValidation());
            model = model.With(model.Description with { Conformal = validated.ConformalScores(ofValidation) });
        }

        var test = plan.Split.Test;
        if (test.IsEmpty)
        {
            metrics["verdict"] = ModelComparison.NoTestPart;
            notes.AddTo(metrics);
            return (StoredMetrics.Of(metrics), model);
        }

        var answers = known?.TakeTest() ?? Answers.Of(plan.Features, table, test, answered, Measured(model));
        var truth = TruthOf(plan, table, test.Span);
        var measured = notes.Look("test", truth, truth.Metrics(answers[0]), answers[0]);
        metrics["test"] = measured;
        if (Reductions.AllFinite<double>(answers[0]))
        {
            var comparison = ModelComparison.Of(model, truth, measured, answers[0], answers.ElementAtOrDefault(1), plan.Configuration.Seed!.Value);
            (metrics["intervals"], metrics["baselines"], metrics["verdict"]) = (comparison.Intervals, comparison.Baselines, comparison.Verdict);
            if (model.Description.Conformal is { } scores && scores.Thresholds(IntervalLevel.OfMetrics) is { } thresholds)
            {
                var coverage = truth.Coverage(answers[0], thresholds);
                measured[IntervalLevel.Coverage] = coverage;
                notes.Add("test", IntervalLevel.WhyTooLow(coverage, IntervalLevel.OfMetrics, truth.EffectiveRowCount, scores));
            }

            if (plan.Configuration.Importance == true && ImportanceOf(model, plan, table, answered) is { } importance)
                metrics[Importance] = JsonSerializer.SerializeToNode(importance, SpecJson.Options);
        }

        notes.AddTo(metrics);
        return (StoredMetrics.Of(metrics), model);

        (Truth Truth, double[] Answers) Measure(string part, ReadOnlyMemory<int> rows, double[]? there)
        {
            var (truthOfPart, answersOfPart) = (TruthOf(plan, table, rows.Span), there ?? Answers.Of(plan.Features, table, rows, answered, model)[0]);
            metrics[part] = notes.Look(part, truthOfPart, truthOfPart.Metrics(answersOfPart), answersOfPart);
            return (truthOfPart, answersOfPart);
        }
    }

    /// <summary>What is asked about the test part: a model, and the linear model beside it where there is one.</summary>
    public static TrainedModel[] Measured(TrainedModel model) => [.. new[] { model, ModelBaselines.LinearOf(model) }.OfType<TrainedModel>()];

    private static PermutationImportance? ImportanceOf(TrainedModel model, TrainingPlan plan, Table table, Action<int>? answered)
    {
        const int repeats = PermutationImportance.UsualRepeats;
        var (test, seed) = (plan.Split.Test.ToArray(), plan.Configuration.Seed!.Value);
        var weighing = plan.WeightsOf(table, test) is { } weights ? [.. test.Where((_, i) => weights[i] > 0)] : test; // a choice of others would tell nothing
        var count = PermutationImportance.RowsFor(model.Description.MultiplyAddsPerRow, plan.Features, model.Outputs, weighing.Length, repeats);
        if (count == 0)
            return null;
        var rows = PermutationImportance.Choose(weighing, count, seed);
        return PermutationImportance.Of(model, table, rows, TruthOf(plan, table, rows), repeats, seed, answered);
    }

    private static Truth TruthOf(TrainingPlan plan, Table table, ReadOnlySpan<int> rows) => new(plan.Target, table, rows, plan.WeightsOf(table, rows));
}
