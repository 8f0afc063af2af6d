using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>
/// The best epoch of a run among those it has reported: the one with the smallest loss that early stopping watches, also where it is off; without a validation
/// part the training loss.
/// </summary>
/// <param name="stopping">The job's early stopping.</param>
internal sealed class BestEpoch(EarlyStoppingSpec stopping)
{
    private double _loss = double.PositiveInfinity;

    /// <summary>The epoch; null before the first report.</summary>
    public int? Epoch { get; private set; }

    /// <summary>Whether the model is that of the best epoch rather than the last, however the run ends.</summary>
    public bool IsRestored => stopping is { Patience: > 0, RestoreBest: true };

    /// <summary>Takes the next point of the history in; the same one again changes nothing.</summary>
    public void Observe(HistoryPoint point)
    {
        var loss = stopping.Monitor == MonitoredLoss.TrainLoss ? point.TrainLoss : point.ValidationLoss ?? point.TrainLoss;
        if (loss < _loss - stopping.MinDelta || (stopping.Ties == EqualEpochs.Last && loss == _loss))
            (Epoch, _loss) = (point.Epoch, loss);
    }
}
