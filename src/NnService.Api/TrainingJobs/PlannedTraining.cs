using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NnService.Api.Models;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Kernels;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs;

/// <summary>What the engine makes of a plan: the trainer before a run, the model and its metrics after it.</summary>
internal static class PlannedTraining
{
    /// <summary>A trainer at its start.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="samples">Its rows, encoded.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    /// <param name="progressed">Called after every step with its rows; null: nobody watches.</param>
    public static Trainer<T> TrainerOf<T>(TrainingPlan plan, PlannedSamples<T> samples, Team? team, Action<int>? progressed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var configuration = plan.Configuration;
        var (train, validation) = (samples.Train, samples.Validation);
        var seed = configuration.Seed!.Value;
        var order = configuration.Order switch
        {
            VisitOrder.Sequential => RowOrder.Sequential(train.Rows),
            VisitOrder.WithReplacement => RowOrder.WithReplacement(train.Rows, checked(configuration.StepsPerEpoch!.Value * configuration.BatchSize!.Value), seed),
            _ => RowOrder.Shuffled(train.Rows, seed),
        };
        var network = Network<T>.Build(plan.Network, plan.Features.Width, plan.Outputs, plan.Link);
        return new Trainer<T>(network, train, validation, order, OptionsOf(plan), team) { Progressed = progressed };
    }

    /// <summary>The baselines of a plan, fitted on its training rows.</summary>
    public static ModelBaselines BaselinesOf<T>(TrainingPlan plan, Table table, PlannedSamples<T> samples, Team? team, Func<bool>? isCancelled = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (inputs, outputs) = (plan.Features.Width, plan.Outputs);
        var isQuick = (inputs + 1L) * outputs <= LinearFit.MostParameters;
        var linear = isQuick ? LinearFit.Parameters(samples.Train, ModelBaselines.LossOf(plan.Target.Task, outputs), team, isCancelled) : null;
        return new ModelBaselines
        {
            Trivial = plan.Target.TrivialAnswer(table, plan.Split.Train.Span),
            Linear = linear is null ? null : MemoryMarshal.AsBytes<T>(linear).ToArray(),
        };
    }

    /// <summary>The model of a trainer's parameters.</summary>
    public static TrainedModel ModelOf<T>(TrainingPlan plan, Trainer<T> trainer, ModelBaselines baselines)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TrainedModel.Create<T>(DescriptionOf(plan) with { Baselines = baselines }, trainer.Parameters, trainer.State);

    /// <summary>What a plan's model is but for its numbers, with no baselines yet.</summary>
    public static ModelDescription DescriptionOf(TrainingPlan plan) => new()
    {
        Network = plan.Network.Settled(plan.Features.Width, plan.Outputs),
        Features = plan.Features,
        Target = plan.Target,
        Precision = plan.Configuration.Precision!.Value,
        Loss = plan.Configuration.Loss,
        Link = plan.Link,
        UnusedColumns = plan.UnusedColumns,
    };

    /// <summary>The metrics of each part as JSON; beside them intervals, baselines and verdict of the test part, which is touched here and nowhere else.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="table">Its table.</param>
    /// <param name="answered">Called with 0 at the start, and then again and again with the number of rows that the model has answered since; null: nobody watches.</param>
    public static string MetricsOf(TrainedModel model, TrainingPlan plan, Table table, Action<int>? answered = null)
    {
        answered?.Invoke(0);
        var metrics = new JsonObject();
        var notes = new PartNotes();
        foreach (var (part, rows) in new[] { ("train", plan.Split.Train), ("validation", plan.Split.Validation) })
        {
            if (rows.IsEmpty)
                continue;
            var (truthOfPart, answersOfPart) = (new Truth(plan.Target, table, rows.Span), Answers.Of(plan.Features, table, rows, answered, model)[0]);
            metrics[part] = notes.Look(part, truthOfPart, truthOfPart.Metrics(answersOfPart), answersOfPart);
        }

        var test = plan.Split.Test;
        if (test.IsEmpty)
        {
            metrics["verdict"] = ModelComparison.NoTestPart;
            notes.AddTo(metrics);
            return metrics.ToJsonString(SpecJson.Options);
        }

        var linear = ModelBaselines.LinearOf(model);
        var answers = Answers.Of(plan.Features, table, test, answered, linear is null ? [model] : [model, linear]);
        var truth = new Truth(plan.Target, table, test.Span);
        var measured = notes.Look("test", truth, truth.Metrics(answers[0]), answers[0]);
        metrics["test"] = measured;
        if (answers[0].All(double.IsFinite))
        {
            var comparison = ModelComparison.Of(model, truth, measured, answers[0], answers.ElementAtOrDefault(1), plan.Configuration.Seed!.Value);
            (metrics["intervals"], metrics["baselines"], metrics["verdict"]) = (comparison.Intervals, comparison.Baselines, comparison.Verdict);
        }

        notes.AddTo(metrics);
        return metrics.ToJsonString(SpecJson.Options);
    }

    private static TrainerOptions OptionsOf(TrainingPlan plan)
    {
        var configuration = plan.Configuration;
        return new TrainerOptions
        {
            Loss = configuration.Loss!,
            Optimizer = configuration.Optimizer!,
            Schedule = configuration.Schedule!,
            Epochs = configuration.Epochs!.Value,
            BatchSize = configuration.BatchSize!.Value,
            SumGradient = configuration.LossReduction == LossReduction.Sum,
            GradientClipNorm = configuration.GradientClipNorm,
            EarlyStopping = configuration.EarlyStopping is { Patience: > 0 } asked ? asked : null,
            ExactTrainLoss = configuration.HistoryLoss == HistoryLoss.Exact,
            ReportEvery = configuration.HistoryEvery!.Value,
            Score = plan.Target.Task == TaskKind.Regression ? ScoreKind.R2 : plan.Outputs == 1 ? ScoreKind.BinaryAccuracy : ScoreKind.Accuracy,
            PositiveOutput = plan.Outputs == 2 ? plan.Target.PositiveIndex : -1,
            Seed = configuration.Seed!.Value,
        };
    }
}
