using System.Collections.Concurrent;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs;

/// <summary>The runs of this process: how requests reach into them, and how callers wait for an end. The rows are the truth; this is only the shortcut.</summary>
internal sealed class RunningJobs
{
    private readonly ConcurrentDictionary<Guid, TrainingControl> _controls = new();
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource> _ends = new();
    private volatile bool _isStopping;

    /// <summary>Registers a run; it is told at once where the process is already ending.</summary>
    public TrainingControl Start(Guid id)
    {
        var control = _controls[id] = new TrainingControl();
        if (_isStopping)
            control.Ask(TrainingRequest.Interrupt);
        return control;
    }

    /// <summary>Takes a run out again and wakes whoever waits for it.</summary>
    public void End(Guid id)
    {
        _controls.TryRemove(id, out _);
        SignalEnd(id);
    }

    /// <summary>Wakes whoever waits for the job; for ends that no run brings about, too.</summary>
    public void SignalEnd(Guid id)
    {
        if (_ends.TryRemove(id, out var end))
            end.TrySetResult();
    }

    /// <summary>Asks a run for something; nothing happens where there is none.</summary>
    public void Ask(Guid id, TrainingRequest request)
    {
        if (_controls.TryGetValue(id, out var control))
            control.Ask(request);
    }

    /// <summary>Asks all runs to leave their jobs to the next start.</summary>
    public void Interrupt()
    {
        _isStopping = true;
        foreach (var control in _controls.Values)
            control.Ask(TrainingRequest.Interrupt);
    }

    /// <summary>Completes when the job's run next ends. Ask before looking at the row, or an end in between is missed.</summary>
    public Task WhenEnded(Guid id) =>
        _ends.GetOrAdd(id, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
}
