using System.Collections.Concurrent;
using NnService.Engine;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>The runs of this process: how requests reach into them. The rows are the truth; this is only the shortcut.</summary>
internal sealed class RunningJobs
{
    private readonly ConcurrentDictionary<Guid, RunningJob> _jobs = new();
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether the process is ending.</summary>
    public bool IsStopping => _stopping.Task.IsCompleted;

    /// <summary>Comes to its end when the process begins to end.</summary>
    public Task Stopping => _stopping.Task;

    /// <summary>Registers a run; it is told at once where the process is already ending.</summary>
    public RunningJob Start(Guid id)
    {
        var job = _jobs[id] = new RunningJob();
        if (IsStopping)
            job.Control.Ask(TrainingRequest.Interrupt);
        return job;
    }

    /// <summary>Their ids.</summary>
    public IReadOnlyList<Guid> Ids => [.. _jobs.Keys];

    /// <summary>Whether this process runs a job.</summary>
    public bool Has(Guid id) => _jobs.ContainsKey(id);

    /// <summary>Takes a run out again, but not one of the same job that has begun since.</summary>
    public void End(Guid id, RunningJob run) => _jobs.TryRemove(new KeyValuePair<Guid, RunningJob>(id, run));

    /// <summary>Asks a run for what its row asks for; null: the row is gone. Nothing happens where there is no run.</summary>
    public void Follow(Guid id, TrainingJob? row)
    {
        if (_jobs.TryGetValue(id, out var job))
            job.Follow(row);
    }

    /// <summary>Asks a run for a checkpoint soon, since somebody looks at it; false where there is no run.</summary>
    public bool LookAt(Guid id)
    {
        if (!_jobs.TryGetValue(id, out var job))
            return false;
        job.IsLookedAt = true;
        return true;
    }

    /// <summary>What the models of a run's networks are; null where there is no such run, or it has no plan yet.</summary>
    public IReadOnlyList<ModelDescription>? DescriptionsOf(Guid id) => _jobs.TryGetValue(id, out var job) ? job.Descriptions : null;

    /// <summary>Asks all runs to leave their jobs to the next start; returns how many there are.</summary>
    public int Interrupt()
    {
        _stopping.TrySetResult();
        var jobs = _jobs.Values;
        foreach (var job in jobs)
            job.Control.Ask(TrainingRequest.Interrupt);
        return jobs.Count;
    }
}
