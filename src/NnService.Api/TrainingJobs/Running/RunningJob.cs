using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>How requests reach into a run.</summary>
internal sealed class RunningJob
{
    private volatile bool _isLookedAt;

    public TrainingControl Control { get; } = new();

    /// <summary>Whether somebody looks at the network, so that a checkpoint is wanted before the next is due (decision 69).</summary>
    public bool IsLookedAt
    {
        get => _isLookedAt;
        set => _isLookedAt = value;
    }
}
