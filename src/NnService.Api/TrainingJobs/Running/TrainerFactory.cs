using System.Numerics;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Makes the trainer of a plan.</summary>
internal static class TrainerFactory
{
    /// <summary>A trainer at its start.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="train">Its training rows, encoded.</param>
    /// <param name="validation">Its validation rows; null without such a part.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    /// <param name="progressed">Called after every step with its rows; null: nobody watches.</param>
    public static Trainer<T> Create<T>(TrainingPlan plan, Samples<T> train, Samples<T>? validation, Team? team, Action<int>? progressed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var configuration = plan.Configuration;
        var seed = configuration.Seed!.Value;
        var order = configuration.Order switch
        {
            VisitOrder.Sequential => RowOrder.Sequential(train.Rows),
            VisitOrder.WithReplacement =>
                RowOrder.WithReplacement(train.Rows, checked(configuration.StepsPerEpoch!.Value * configuration.BatchSize!.Value), seed),
            _ => RowOrder.Shuffled(train.Rows, seed),
        };
        var network = Network<T>.Build(plan.Network, plan.Features.InputLayout(), plan.Outputs, plan.Link);
        return new Trainer<T>(network, train, validation, order, OptionsOf(plan), team) { Progressed = progressed };
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
            EarlyStopping = configuration.EarlyStopping,
            ExactTrainLoss = configuration.HistoryLoss == HistoryLoss.Exact,
            MayKeepStart = configuration.InitialModel is not null && configuration.EarlyStopping!.Monitor == MonitoredLoss.ValidationLoss,
            RulesVersion = configuration.RulesVersion!.Value,
            ReportEvery = configuration.HistoryEvery!.Value,
            Score = plan.Target.Task == TaskKind.Regression ? ScoreKind.R2 : plan.Outputs == 1 ? ScoreKind.BinaryAccuracy : ScoreKind.Accuracy,
            PositiveOutput = plan.Outputs == 2 ? plan.Target.PositiveIndex : -1,
            Seed = configuration.Seed!.Value,
        };
    }
}
