using System.Numerics;
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
    /// <param name="table">Its dataset.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    /// <param name="progressed">Called after every step with its rows; null: nobody watches.</param>
    public static Trainer<T> TrainerOf<T>(TrainingPlan plan, Table table, Team? team, Action<int>? progressed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var configuration = plan.Configuration;
        var train = TrainingSamples.Encode<T>(plan, table, plan.Split.Train.Span);
        var validation = plan.Split.Validation.IsEmpty ? null : TrainingSamples.Encode<T>(plan, table, plan.Split.Validation.Span);
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

    /// <summary>The model of a trainer's parameters.</summary>
    public static TrainedModel ModelOf<T>(TrainingPlan plan, Trainer<T> trainer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TrainedModel.Create<T>(
            new ModelDescription
            {
                Network = plan.Network.Settled(plan.Features.Width, plan.Outputs),
                Features = plan.Features,
                Target = plan.Target,
                Precision = plan.Configuration.Precision!.Value,
                Loss = plan.Configuration.Loss,
                Link = plan.Link,
                UnusedColumns = plan.UnusedColumns,
            },
            trainer.Parameters,
            trainer.State);

    /// <summary>The metrics of each part as JSON.</summary>
    public static string MetricsOf(TrainedModel model, TrainingPlan plan, Table table)
    {
        var metrics = new JsonObject();
        foreach (var (part, rows) in new[] { ("train", plan.Split.Train), ("validation", plan.Split.Validation), ("test", plan.Split.Test) })
        {
            if (rows.IsEmpty)
                continue;
            var encoded = new double[rows.Length * plan.Features.Width];
            plan.Features.Encode(table, rows.Span, encoded);
            metrics[part] = ModelMetrics.Of(model, plan.Target, table, rows.Span, encoded);
        }

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
            Seed = configuration.Seed!.Value,
        };
    }
}
