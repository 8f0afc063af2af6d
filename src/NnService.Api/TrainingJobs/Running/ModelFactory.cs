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
    private const int OperationsOfAVisit = 6; // for each parameter: two in the forward pass, four in the backward pass
    private const double FewestOperations = 2e9; // of the linear fit, a tenth of a second

    /// <summary>The baselines of a plan, fitted on its training rows. The linear one takes at most half of the operations that the training took, and so a
    /// third of the job; counted and not timed, so that it has the same bits on every machine.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="table">Its table.</param>
    /// <param name="train">Its training rows, encoded.</param>
    /// <param name="visits">Row visits that the training took.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    /// <param name="isCancelled">Asked again and again; true ends the fit where it is.</param>
    public static ModelBaselines Baselines<T>(TrainingPlan plan, Table table, Samples<T> train, long visits, Team? team, Func<bool>? isCancelled = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (inputs, outputs) = (plan.Features.Width, plan.Outputs);
        var isQuick = (inputs + 1L) * outputs <= LinearFit.MostParameters;
        var operations = Math.Max(FewestOperations, 0.5 * OperationsOfAVisit * visits * plan.ParameterCount);
        var loss = ModelBaselines.LossOf(plan.Target.Task, outputs);
        var linear = isQuick ? LinearFit.Parameters(train, loss, team, isCancelled, operations) : null;
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
