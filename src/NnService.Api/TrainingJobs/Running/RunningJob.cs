using NnService.Engine;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>How requests reach into a run.</summary>
internal sealed class RunningJob
{
    private volatile bool _isLookedAt;
    private volatile IReadOnlyList<ModelDescription>? _descriptions;

    public TrainingControl Control { get; } = new();

    /// <summary>Asks the run for what its row asks for; null: the row is gone. Of a row that another node has claimed, it finds out by its next write.</summary>
    public void Follow(TrainingJob? row)
    {
        if (row is null or { HasEnded: true })
            Control.Ask(TrainingRequest.Cancel);
        else if (row.Requested is { } request)
            Control.Ask(request == JobRequest.Stop ? TrainingRequest.Stop : TrainingRequest.Pause);
    }

    /// <summary>Whether somebody looks at the network, so that a checkpoint is wanted before the next is due (decision 69).</summary>
    public bool IsLookedAt
    {
        get => _isLookedAt;
        set => _isLookedAt = value;
    }

    /// <summary>What the models of its networks are but for their numbers; null: the run has no plan yet.</summary>
    public IReadOnlyList<ModelDescription>? Descriptions
    {
        get => _descriptions;
        set => _descriptions = value;
    }
}
