namespace NnService.Engine.Training;

/// <summary>How a run ended.</summary>
/// <param name="End">Why.</param>
/// <param name="Epoch">Whole epochs trained.</param>
/// <param name="ModelEpoch">The epoch whose parameters the trainer now holds.</param>
/// <param name="Last">The last report; null where there was none.</param>
/// <param name="Divergence">What was not finite; null where all was.</param>
public sealed record TrainingOutcome(TrainingEnd End, int Epoch, int ModelEpoch, EpochResult? Last, Divergence? Divergence)
{
    /// <summary>
    /// The report of the epoch whose parameters are the model: the best one where early stopping restores it, else the last one that was measured; null where
    /// there is no model.
    /// </summary>
    public EpochResult? Kept { get; init; }
}

/// <summary>Why a run ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs are done.</summary>
    Completed,

    /// <summary>The monitored loss had stopped improving.</summary>
    EarlyStopping,

    /// <summary>Somebody asked for it, and the model is kept.</summary>
    Stopped,

    /// <summary>The time was up; the model is kept.</summary>
    TimeLimit,

    /// <summary>Somebody asked for it, and nothing is kept.</summary>
    Cancelled,

    /// <summary>Somebody asked to go on later.</summary>
    Paused,

    /// <summary>The process is ending.</summary>
    Interrupted,

    /// <summary>A loss, gradient or parameter was not finite.</summary>
    Diverged,
}
