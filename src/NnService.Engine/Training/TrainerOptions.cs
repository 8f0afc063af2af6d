using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;

namespace NnService.Engine.Training;

/// <summary>How a network is trained.</summary>
public sealed record TrainerOptions
{
    /// <summary>What is made small.</summary>
    public required LossSpec Loss { get; init; }

    /// <summary>How the parameters move.</summary>
    public required OptimizerSpec Optimizer { get; init; }

    /// <summary>How the learning rate changes.</summary>
    public ScheduleSpec Schedule { get; init; } = new ConstantScheduleSpec();

    /// <summary>Epochs at the most.</summary>
    public required int Epochs { get; init; }

    /// <summary>Rows of a minibatch; the last one of an epoch may be smaller.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Whether a minibatch's gradient is the sum over its rows rather than their mean.</summary>
    public bool SumGradient { get; init; }

    /// <summary>Greatest L2 norm of a step's gradient; null: not clipped.</summary>
    public double? GradientClipNorm { get; init; }

    /// <summary>When to end early, and whether to go back to the best epoch then or where others end the run; null: never.</summary>
    public EarlyStoppingSpec? EarlyStopping { get; init; }

    /// <summary>Whether the training loss is taken over the whole training part after each epoch, rather than as the running mean of the minibatches.</summary>
    public bool ExactTrainLoss { get; init; } = true;

    /// <summary>Whether early stopping may go back to the parameters at the start, also where the training loss is a running mean, which these have none of;
    /// otherwise only where it is exact.</summary>
    public bool MayKeepStart { get; init; }

    /// <summary>Epochs between two reports; the last epoch is always reported, and early stopping looks at every epoch.</summary>
    public int ReportEvery { get; init; } = 1;

    /// <summary>What the scores of the reports are.</summary>
    public ScoreKind Score { get; init; }

    /// <summary>Index of the positive one of two outputs, for <see cref="ScoreKind.Accuracy"/>; −1: there is none.</summary>
    public int PositiveOutput { get; init; } = -1;

    /// <summary>One of <see cref="TrainingRules"/>.</summary>
    public int RulesVersion { get; init; } = TrainingRules.Latest;

    /// <summary>Seed of everything drawn during training.</summary>
    public ulong Seed { get; init; }
}

/// <summary>The figure reported beside the loss.</summary>
public enum ScoreKind
{
    /// <summary>R², the mean over outputs.</summary>
    R2,

    /// <summary>Share of rows whose one output is on the right side: at ½ or above for the positive label, as a probability.</summary>
    BinaryAccuracy,

    /// <summary>Share of rows whose label is the right one by <see cref="Data.Encodings.LabelRule"/>.</summary>
    Accuracy,
}
