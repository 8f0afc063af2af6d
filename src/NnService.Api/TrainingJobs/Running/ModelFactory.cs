using System.Numerics;
using System.Runtime.InteropServices;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Kernels;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Makes the model of a plan, and what it is compared with.</summary>
internal static class ModelFactory
{
    /// <summary>The baselines of a plan, fitted on its training rows.</summary>
    public static ModelBaselines Baselines<T>(TrainingPlan plan, Table table, Samples<T> train, Team? team, Func<bool>? isCancelled = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (inputs, outputs) = (plan.Features.Width, plan.Outputs);
        var isQuick = (inputs + 1L) * outputs <= LinearFit.MostParameters;
        var linear = isQuick ? LinearFit.Parameters(train, ModelBaselines.LossOf(plan.Target.Task, outputs), team, isCancelled) : null;
        return new ModelBaselines
        {
            Trivial = plan.Target.TrivialAnswer(table, plan.Split.Train.Span, plan.WeightsOf(table, plan.Split.Train.Span)),
            Linear = linear is null ? null : MemoryMarshal.AsBytes<T>(linear).ToArray(),
        };
    }

    /// <summary>The model of a trainer's parameters.</summary>
    public static TrainedModel Create<T>(TrainingPlan plan, Trainer<T> trainer, ModelBaselines baselines)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        TrainedModel.Create<T>(Describe(plan) with { Baselines = baselines }, trainer.Parameters, trainer.State);

    /// <summary>What a plan's model is but for its numbers, with no baselines yet.</summary>
    public static ModelDescription Describe(TrainingPlan plan) => new()
    {
        Network = plan.Network.Settled(plan.Features.InputLayout(), plan.Outputs),
        Features = plan.Features,
        Target = plan.Target,
        Precision = plan.Configuration.Precision!.Value,
        Loss = plan.Configuration.Loss,
        Link = plan.Link,
        UnusedColumns = plan.UnusedColumns,
    };
}
