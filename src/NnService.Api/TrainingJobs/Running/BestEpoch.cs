using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>
/// The best epoch of a run among those it has reported: the one with the smallest loss that early stopping watches; without it the validation loss,
/// or without that the training loss.
/// </summary>
/// <param name="stopping">The job's early stopping; null, or a patience of 0: none.</param>
internal sealed class BestEpoch(EarlyStoppingSpec? stopping)
{
    private readonly EarlyStoppingSpec? _watched = stopping is { Patience: > 0 } ? stopping : null;

    private double _loss = double.PositiveInfinity;

    /// <summary>The epoch; null before the first report.</summary>
    public int? Epoch { get; private set; }

    /// <summary>Whether the model is that of the best epoch rather than the last.</summary>
    public bool IsRestored => _watched is { RestoreBest: true };

    /// <summary>Takes the next point of the history in; the same one again changes nothing.</summary>
    public void Observe(HistoryPoint point)
    {
        var loss = _watched?.Monitor == MonitoredLoss.TrainLoss ? point.TrainLoss : point.ValidationLoss ?? point.TrainLoss;
        if (loss < _loss - (_watched?.MinDelta ?? 0) || (_watched?.Ties == EqualEpochs.Last && loss == _loss))
            (Epoch, _loss) = (point.Epoch, loss);
    }
}
