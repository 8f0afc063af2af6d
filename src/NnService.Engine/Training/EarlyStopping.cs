using System.Numerics;

namespace NnService.Engine.Training;

/// <summary>Remembers the best epoch and its parameters, and counts the epochs since; with a patience of 0 it remembers alone.</summary>
internal sealed class EarlyStopping<T>(EarlyStoppingSpec spec, int parameterCount, int stateCount)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _parameters = new T[spec.RestoreBest ? parameterCount : 0];
    private readonly T[] _state = new T[spec.RestoreBest ? stateCount : 0];
    private readonly double[] _improved = new double[1]; // the epoch from which patience counts, where ties move the best one on

    /// <summary>The report of the best epoch so far; null before the first. With <see cref="Vectors"/> all that it remembers, to be saved.</summary>
    public EpochResult? Best { get; set; }

    /// <summary>The best epoch's parameters and state, where they are kept. With a patience of 0 there are none before the first report: so it is in the
    /// checkpoints of versions that kept none then.</summary>
    public IReadOnlyList<T[]> Vectors => spec.Patience > 0 || Best is not null ? [_parameters, _state] : [];

    /// <summary>Where ties go to the last epoch, the one from which patience counts.</summary>
    public IReadOnlyList<double[]> Scalars => spec is { Patience: > 0, Ties: EqualEpochs.Last } ? [_improved] : [];

    /// <summary>The report of the epoch that <see cref="Restore"/> goes back to; null where it goes nowhere.</summary>
    public EpochResult? Kept => spec.RestoreBest ? Best : null;

    /// <summary>Takes an epoch's losses in; true where the run should end.</summary>
    public bool Observe(EpochResult result, ReadOnlySpan<T> parameters, ReadOnlySpan<T> state)
    {
        var best = Best is null ? double.PositiveInfinity : LossOf(Best);
        if (LossOf(result) < best - spec.MinDelta)
        {
            _improved[0] = result.Epoch;
            Keep(result, parameters, state);
        }
        else if (spec.Ties == EqualEpochs.Last && LossOf(result) == best)
        {
            Keep(result, parameters, state);
        }

        return IsOver(result);
    }

    /// <summary>Whether a run whose latest report this is should have ended.</summary>
    public bool IsOver(EpochResult latest) => spec.Patience > 0
        && latest.Epoch - (spec.Ties == EqualEpochs.Last ? _improved[0] : Best?.Epoch ?? 0) >= spec.Patience;

    /// <summary>Puts the parameters of <see cref="Kept"/> back, which there must be; its epoch.</summary>
    public int Restore(Span<T> parameters, Span<T> state)
    {
        _parameters.CopyTo(parameters);
        _state.CopyTo(state);
        return Kept!.Epoch;
    }

    private void Keep(EpochResult result, ReadOnlySpan<T> parameters, ReadOnlySpan<T> state)
    {
        Best = result;
        if (!spec.RestoreBest)
            return;
        parameters.CopyTo(_parameters);
        state.CopyTo(_state);
    }

    // Without a validation part the training loss is all there is to go by.
    private double LossOf(EpochResult result) =>
        spec.Monitor == MonitoredLoss.ValidationLoss ? result.ValidationLoss ?? result.TrainLoss : result.TrainLoss;
}
