using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace NnService.Engine.Training;

/// <summary>When to end a run that no longer improves.</summary>
public sealed record EarlyStoppingSpec
{
    /// <summary>The loss that is watched.</summary>
    [Description("The loss that is watched: validationLoss or trainLoss.")]
    public MonitoredLoss Monitor { get; init; } = MonitoredLoss.ValidationLoss;

    /// <summary>Epochs without improvement after which the run ends; 0: never.</summary>
    [Description("Epochs without improvement after which the run ends; 0 turns early stopping off.")]
    [Range(0, int.MaxValue)]
    public int Patience { get; init; } = 20;

    /// <summary>An improvement smaller than this does not count.</summary>
    [Description("An improvement smaller than this does not count.")]
    [Range(0, double.MaxValue)]
    public double MinDelta { get; init; }

    /// <summary>Which of several epochs with the same loss is the best one.</summary>
    [Description("Which of several epochs with the same loss is the best: first or last. Patience counts from the first in either case.")]
    public EqualEpochs Ties { get; init; }

    /// <summary>Whether the parameters of the best epoch are the result, rather than the last ones; with a patience of 0 only where others end the run.</summary>
    [Description("Whether the model is that of the best epoch rather than the last; with a patience of 0 only where the job is stopped or its time is up.")]
    public bool RestoreBest { get; init; } = true;
}

/// <summary>A loss that is reported after each epoch.</summary>
public enum MonitoredLoss
{
    /// <summary>The loss over the validation part.</summary>
    ValidationLoss,

    /// <summary>The loss over the training part.</summary>
    TrainLoss,
}

/// <summary>Which of several epochs with the same loss counts.</summary>
public enum EqualEpochs
{
    /// <summary>The first of them.</summary>
    First,

    /// <summary>The last of them.</summary>
    Last,
}
