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
    /// <summary>Networks of a model at the most.</summary>
    public const int MostNetworks = 8;

    private const int FewestRowsToChooseBy = 200; // by fewer, one network was chosen that happened to suit them (decision 78)
    private const int OperationsOfAVisit = 6; // for each parameter: two in the forward pass, four in the backward pass
    private const double FewestOperations = 2e9; // of the linear fit, a tenth of a second

    /// <summary>The baselines of a plan, fitted on its training rows. The linear one takes at most half of the operations that the training took, and so a
    /// third of the job; counted and not timed, so that it has the same bits on every machine. What it did not get is said.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="table">Its table.</param>
    /// <param name="train">Its training rows, encoded.</param>
    /// <param name="visits">Row visits that the training took.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    /// <param name="isCancelled">Asked again and again; true ends the fit where it is.</param>
    public static (ModelBaselines Baselines, string? Warning) Baselines<T>(
        TrainingPlan plan, Table table, Samples<T> train, long visits, Team? team, Func<bool>? isCancelled = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (inputs, outputs) = (plan.Features.Width, plan.Outputs);
        var isQuick = (inputs + 1L) * outputs <= LinearFit.MostParameters;
        var operations = Math.Max(FewestOperations, 0.5 * OperationsOfAVisit * visits * plan.ParameterCount);
        var loss = ModelBaselines.LossOf(plan.Target.Task, outputs);
        var (linear, cutShortAfter) = isQuick
            ? LinearFit.Of(train, loss, team, isCancelled, operations, plan.Configuration.LabelSmoothing!.Value)
            : (null, null);
        var baselines = new ModelBaselines
        {
            Trivial = plan.Target.TrivialAnswer(table, plan.Split.Train.Span, plan.WeightsOf(table, plan.Split.Train.Span)),
            Linear = linear is null ? null : MemoryMarshal.AsBytes<T>(linear).ToArray(),
        };
        return (baselines, linear is null
            ? $"There is no linear model to compare with: it would have {(inputs + 1L) * outputs:N0} parameters, "
                + $"and more than {LinearFit.MostParameters:N0} take too long."
            : cutShortAfter is { } passes
                ? $"The linear model to compare with was fitted in {passes} passes over the training rows, as its work is limited to a share of the "
                    + "training's; it may be worse than a linear model can be."
                : null);
    }

    /// <summary>Whether the validation part of a plan is large enough to say which of its networks are of use.</summary>
    public static bool CanChoose(TrainingPlan plan) => plan.Split.Validation.Length >= FewestRowsToChooseBy;

    /// <summary>
    /// The model of a plan's networks: of those that answer the validation part best together, as often as each helps (<see cref="GreedySelection"/>); of all
    /// of them where that part is too small to say.
    /// </summary>
    /// <param name="plan">The plan.</param>
    /// <param name="table">Its table.</param>
    /// <param name="networks">What its networks have come to, in their order; one at least can answer.</param>
    /// <param name="baselines">What the model is compared with.</param>
    /// <param name="answered">Called with the rows that the networks have answered; null: nobody watches.</param>
    public static ChosenNetworks Create<T>(
        TrainingPlan plan, Table table, IReadOnlyList<FinishedNetwork<T>> networks, ModelBaselines baselines, Action<int>? answered)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var models = plan.Networks.Zip(networks).Select(pair => !pair.Second.IsUsable ? null : TrainedModel.Create<T>(
            Describe(pair.First) with { Baselines = baselines }, pair.Second.Parameters, pair.Second.State)).ToList();
        var counts = new Queue<int>(Choose(plan, table, [.. models.OfType<TrainedModel>()], answered, out var truth));
        var weights = models.Select(model => model is null ? 0 : counts.Dequeue()).ToList();
        IReadOnlyList<(TrainedModel, int)> chosen = [.. models.Zip(weights).Where(pair => pair.Second > 0).Select(pair => (pair.First!, pair.Second))];
        (chosen, var temperature) = truth is null ? (chosen, 1) : Temperature.Fit(plan, table, chosen, truth, answered);
        return new ChosenNetworks(Combine(chosen), weights, temperature);
    }

    /// <summary>Models with the same inputs and the same target as one, whose answer is the mean of theirs; of one alone, that one.</summary>
    /// <param name="chosen">The models, each with its whole weight, at least 1.</param>
    public static TrainedModel Combine(IReadOnlyList<(TrainedModel Model, int Weight)> chosen)
    {
        var first = chosen[0].Model;
        if (chosen.Count == 1)
            return first;
        // Of a model that is of several networks already, each counts for its share.
        var totals = chosen.Select(part => part.Model.Description.TotalWeight).ToList();
        var common = totals.Aggregate((product, total) => checked(product / (long)BigInteger.GreatestCommonDivisor(product, total) * total));
        var parts = chosen.Zip(totals).SelectMany(pair => pair.First.Model.Parts.Select((model, i) => (
            Model: model,
            Weight: checked((int)(pair.First.Weight * (pair.First.Model.Description.Ensemble?[i].Weight ?? 1) * (common / pair.Second)))))).ToList();
        var ensemble = first.Description with
        {
            Network = parts[0].Model.Description.Network,
            Link = parts[0].Model.Description.Link,
            Ensemble = [.. parts.Select(part => new EnsemblePart(part.Model.Description.Network, part.Model.Description.Link, part.Weight))],
            Conformal = null,
        };
        return TrainedModel.Create(ensemble, [.. parts.SelectMany(part => part.Model.ParameterBytes)]);
    }

    // How often each is chosen; the truth of the rows that they are chosen by is null where there is nothing to choose by.
    private static int[] Choose(TrainingPlan plan, Table table, TrainedModel[] models, Action<int>? answered, out Truth? truth)
    {
        var rows = plan.Split.Validation;
        truth = plan.Others.Count == 0 || !CanChoose(plan) ? null : new Truth(plan.Target, table, rows.Span, plan.WeightsOf(table, rows.Span));
        if (truth is null || models.Length == 1)
            return [.. models.Select(_ => 1)];
        answered?.Invoke(0);
        var counts = GreedySelection.Choose(Answers.Of(plan.Features, table, rows, answered, models), truth, MostNetworks);
        return counts.Any(count => count > 0) ? counts : [.. counts.Select(_ => 1)]; // of none the error is finite: their mean says so too
    }

    /// <summary>What the models of a plan's networks are but for their numbers, in their order.</summary>
    public static IReadOnlyList<ModelDescription> DescribeAll(TrainingPlan plan) => [.. plan.Networks.Select(Describe)];

    /// <summary>What a plan's model is but for its numbers, with no baselines yet.</summary>
    private static ModelDescription Describe(TrainingPlan plan) => new()
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

/// <summary>The model of networks that answer best together.</summary>
/// <param name="Model">The model.</param>
/// <param name="Weights">How much each network counts in it, in the order of the plan; 0: it is left out.</param>
/// <param name="Temperature">What their logits are divided by; 1: nothing.</param>
internal sealed record ChosenNetworks(TrainedModel Model, IReadOnlyList<int> Weights, double Temperature);
