using System.Collections.Concurrent;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>The runs of this process: how requests reach into them. The rows are the truth; this is only the shortcut.</summary>
internal sealed class RunningJobs
{
    private readonly ConcurrentDictionary<Guid, TrainingControl> _controls = new();
    private volatile bool _isStopping;

    /// <summary>Registers a run; it is told at once where the process is already ending.</summary>
    public TrainingControl Start(Guid id)
    {
        var control = _controls[id] = new TrainingControl();
        if (_isStopping)
            control.Ask(TrainingRequest.Interrupt);
        return control;
    }

    /// <summary>Takes a run out again.</summary>
    public void End(Guid id) => _controls.TryRemove(id, out _);

    /// <summary>Asks a run for something; nothing happens where there is none.</summary>
    public void Ask(Guid id, TrainingRequest request)
    {
        if (_controls.TryGetValue(id, out var control))
            control.Ask(request);
    }

    /// <summary>Asks all runs to leave their jobs to the next start; returns how many there are.</summary>
    public int Interrupt()
    {
        _isStopping = true;
        var controls = _controls.Values;
        foreach (var control in controls)
            control.Ask(TrainingRequest.Interrupt);
        return controls.Count;
    }
}
