using NnService.Engine.Schedules;
using NnService.Engine.Training;
using NnService.Engine.Training.Importance;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Settings of a resolved configuration that cannot both have their way. The training goes ahead, but not as it was meant.</summary>
internal static class Contradictions
{
    /// <summary>A sentence for each.</summary>
    /// <param name="plan">The plan.</param>
    public static IEnumerable<string> In(TrainingPlan plan)
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
        if (configuration.Importance == true && !plan.Split.Test.IsEmpty && EvaluationEstimate.ImportanceRows(plan) == 0)
            yield return $"importance is left out: to shuffle each of {plan.Features.Columns.Count:N0} columns {PermutationImportance.UsualRepeats} times takes too long "
                + "with this network. Name fewer features, or ask the model for it with fewer repeats.";
        if (stopping is { Patience: > 0, RestoreBest: false } && stopping.Patience >= epochs)
            yield return $"earlyStopping does nothing: its patience is {stopping.Patience}, the training has {Text(epochs)}, and restoreBest is false.";
    }

    private static string Text(int epochs) => epochs == 1 ? "1 epoch" : $"{epochs:N0} epochs";
}
