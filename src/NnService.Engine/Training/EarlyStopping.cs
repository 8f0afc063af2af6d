using System.Numerics;

namespace NnService.Engine.Training;

/// <summary>Remembers the best epoch and its parameters, and counts the epochs since.</summary>
internal sealed class EarlyStopping<T>(EarlyStoppingSpec spec, int parameterCount, int stateCount)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _parameters = new T[spec.RestoreBest ? parameterCount : 0];
    private readonly T[] _state = new T[spec.RestoreBest ? stateCount : 0];

    /// <summary>The smallest loss so far.</summary>
    public double BestLoss { get; private set; } = double.PositiveInfinity;

    /// <summary>Its epoch; −1 before the first.</summary>
    public int BestEpoch { get; private set; } = -1;

    /// <summary>The report of that epoch; null before the first, and where its parameters are not kept.</summary>
    public EpochResult? Best { get; private set; }

    /// <summary>Takes an epoch's losses in; true where the run should end.</summary>
    public bool Observe(EpochResult result, ReadOnlySpan<T> parameters, ReadOnlySpan<T> state)
    {
        var loss = spec.Monitor == MonitoredLoss.ValidationLoss ? result.ValidationLoss : result.TrainLoss;
        if (loss is { } value && value < BestLoss - spec.MinDelta)
        {
            (BestLoss, BestEpoch) = (value, result.Epoch);
            if (spec.RestoreBest)
            {
                parameters.CopyTo(_parameters);
                state.CopyTo(_state);
                Best = result;
            }
        }

        return result.Epoch - Math.Max(BestEpoch, 0) >= spec.Patience;
    }

    /// <summary>Puts the best epoch's parameters back, where that was asked for; the epoch the parameters are now those of.</summary>
    public int Restore(int lastEpoch, Span<T> parameters, Span<T> state)
    {
        if (!spec.RestoreBest || BestEpoch < 0)
            return lastEpoch;
        _parameters.CopyTo(parameters);
        _state.CopyTo(state);
        return BestEpoch;
    }
}
