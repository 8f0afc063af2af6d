namespace NnService.Api.TrainingJobs.Running;

/// <summary>How far a run is and how fast.</summary>
/// <param name="Epoch">Whole epochs trained.</param>
/// <param name="ShareDone">Share of the steps that are done, 0 to 1; 1 also where a run has ended before its last epoch.</param>
/// <param name="EtaSeconds">Seconds to the end at the speed of the last seconds; null before there is one.</param>
/// <param name="SamplesPerSecond">Rows trained a second, over the last seconds; null before there is a speed.</param>
internal sealed record RunProgress(int Epoch, double ShareDone, double? EtaSeconds, double? SamplesPerSecond)
{
    /// <summary>Row visits of a whole run. Those of an epoch in which one of several networks has diverged are in no epoch that was asked for: there are more
    /// then than are foreseen.</summary>
    /// <param name="done">Row visits so far.</param>
    /// <param name="visitsPerEpoch">Row visits of an epoch.</param>
    /// <param name="epochs">Epochs that the run takes, as far as is known.</param>
    public static double VisitsInAll(long done, int visitsPerEpoch, int epochs) => Math.Max(done, (double)visitsPerEpoch * epochs);
}

/// <summary>Measures the speed of a run over a sliding window, so that it settles within seconds and follows when it changes.</summary>
/// <param name="visitsPerEpoch">Row visits of an epoch.</param>
/// <param name="epochs">Epochs at the most.</param>
internal sealed class Speedometer(int visitsPerEpoch, int epochs)
{
    private const double WindowSeconds = 5;

    private readonly Queue<(double Seconds, long Rows)> _marks = new();

    /// <summary>Takes a reading.</summary>
    /// <param name="seconds">Seconds trained so far.</param>
    /// <param name="rows">Row visits so far.</param>
    /// <param name="spared">Epochs that turned out not to be needed, and that others come after.</param>
    public RunProgress Read(double seconds, long rows, int spared)
    {
        while (_marks.Count > 1 && _marks.Peek().Seconds < seconds - WindowSeconds)
            _marks.Dequeue();
        double? speed = _marks.TryPeek(out var oldest) && seconds > oldest.Seconds && rows > oldest.Rows
            ? (rows - oldest.Rows) / (seconds - oldest.Seconds) : null;
        _marks.Enqueue((seconds, rows));
        var all = RunProgress.VisitsInAll(rows, visitsPerEpoch, epochs - spared);
        return new RunProgress((int)(rows / visitsPerEpoch), rows / all, (all - rows) / speed, speed);
    }
}
