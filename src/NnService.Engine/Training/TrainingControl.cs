namespace NnService.Engine.Training;

/// <summary>How others reach into a run: looked at before every minibatch.</summary>
public sealed class TrainingControl
{
    private volatile TrainingRequest _request;

    /// <summary>What is asked for now.</summary>
    public TrainingRequest Request => _request;

    /// <summary>Asks the run to end; the first request stays.</summary>
    public void Ask(TrainingRequest request) => Interlocked.CompareExchange(ref _request, request, TrainingRequest.None);
}

/// <summary>What can be asked of a run.</summary>
public enum TrainingRequest
{
    /// <summary>Nothing: go on.</summary>
    None,

    /// <summary>End now and keep the model.</summary>
    Stop,

    /// <summary>End now; nothing is kept.</summary>
    Cancel,

    /// <summary>End now, to go on later.</summary>
    Pause,

    /// <summary>The time is up: end now and keep the model.</summary>
    TimeLimit,

    /// <summary>The process ends: leave the run to the next start.</summary>
    Interrupt,
}
