namespace NnService.Engine.Training;

/// <summary>How others reach into a run: looked at before every minibatch.</summary>
public sealed class TrainingControl
{
    private volatile TrainingRequest _request;

    /// <summary>What is asked for now.</summary>
    public TrainingRequest Request => _request;

    /// <summary>Asks the run to end. A stronger request takes the place of a weaker one: a process that ends cannot wait for a run that was to stop.</summary>
    public void Ask(TrainingRequest request)
    {
        for (var before = _request; request > before; before = _request)
            if (Interlocked.CompareExchange(ref _request, request, before) == before)
                return;
    }
}

/// <summary>What can be asked of a run, the stronger the later.</summary>
public enum TrainingRequest
{
    /// <summary>Nothing: go on.</summary>
    None,

    /// <summary>The time is up: end now and keep the model.</summary>
    TimeLimit,

    /// <summary>End now and keep the model.</summary>
    Stop,

    /// <summary>End now, to go on later.</summary>
    Pause,

    /// <summary>The process ends: leave the run to the next start.</summary>
    Interrupt,

    /// <summary>End now; nothing is kept.</summary>
    Cancel,
}
