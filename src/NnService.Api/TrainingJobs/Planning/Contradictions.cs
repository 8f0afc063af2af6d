using NnService.Engine.Data;
using NnService.Engine.Schedules;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Settings of a resolved configuration that cannot both have their way. The training goes ahead, but not as it was meant.</summary>
internal static class Contradictions
{
    /// <summary>A sentence for each.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="table">Its table.</param>
    public static IEnumerable<string> In(TrainingPlan plan, Table table)
    {
        var configuration = plan.Configuration;
        var (schedule, stopping, epochs) = (configuration.Schedule!, configuration.EarlyStopping!, configuration.Epochs!.Value);
        if (schedule.Contradiction(configuration.Optimizer!.LearningRate, epochs) is { } never)
            yield return never;
        else if (schedule is ReduceOnPlateauScheduleSpec plateau && stopping is { Patience: > 0, Monitor: MonitoredLoss.ValidationLoss }
            && stopping.Patience <= plateau.Patience)
            yield return $"Early stopping ends the training after {Text(stopping.Patience)} without improvement, before reduceOnPlateau lowers the "
                + $"learning rate, after more than {plateau.Patience}. "
                + "Give the schedule less patience than earlyStopping.";
        if (stopping is { Patience: > 0, RestoreBest: false } && stopping.Patience >= epochs)
            yield return $"earlyStopping does nothing: its patience is {stopping.Patience}, the training has {Text(epochs)}, and restoreBest is false.";
        if (WeightsThatCancelOut(plan, table) is { Length: > 0 } weights)
            yield return $"{string.Join(" and ", weights)} {(weights.Length == 1 ? "changes" : "change")} no step of the training: batchSize is 1, and in the mean "
                + "over a minibatch by the weights of its rows that of a single row cancels out. Take a larger batchSize, 32 for instance, or set "
                + "lossReduction to sum.";
    }

    // The members that ask for such weights.
    private static string[] WeightsThatCancelOut(TrainingPlan plan, Table table)
    {
        var configuration = plan.Configuration;
        if (configuration.BatchSize != 1 || configuration.LossReduction == LossReduction.Sum || configuration.Loss!.Build<double>().IsSum)
            return [];
        var (ofClasses, ofRows) = (plan.EncoderOn(table).ClassWeights, plan.WeightsOf(table, plan.Split.Train.Span));
        return [.. new[] { Differ(ofClasses) ? "classWeights" : null, Differ(ofRows) ? "rowWeights" : null }.OfType<string>()];
    }

    // Rows that weigh nothing are left out of minibatches of any size.
    private static bool Differ(IEnumerable<double>? weights) => weights?.Where(weight => weight > 0).Distinct().Skip(1).Any() == true;

    private static string Text(int epochs) => epochs == 1 ? "1 epoch" : $"{epochs:N0} epochs";
}
