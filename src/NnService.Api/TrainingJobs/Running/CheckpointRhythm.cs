namespace NnService.Api.TrainingJobs.Running;

/// <summary>
/// When the next checkpoint is due: so many seconds after the last one, and never before fifty times what the last one took, so that they cost two percent of
/// the time at the most. Where somebody looks at the job it is due at once, and after five times that: it is written beside the training. But no more than five
/// times a second, however many look: with each the points before it are saved, and those who listen are told of them ten times a second at the most.
/// </summary>
internal sealed class CheckpointRhythm(double leastSeconds, double startedAt)
{
    private const double Patience = 50, LookedAtPatience = 5;
    private const double LeastSecondsLookedAt = 0.2;

    private double _last = startedAt;
    private double _copySeconds;
    private double _writeSeconds;

    public bool IsDue(double now, bool isLookedAt)
    {
        var (least, patience) = isLookedAt ? (Math.Min(LeastSecondsLookedAt, leastSeconds), LookedAtPatience) : (leastSeconds, Patience);
        return now - Volatile.Read(ref _last) >= Math.Max(least, patience * (Volatile.Read(ref _copySeconds) + Volatile.Read(ref _writeSeconds)));
    }

    public void Captured(double begin, double end)
    {
        Volatile.Write(ref _last, end);
        Volatile.Write(ref _copySeconds, end - begin);
    }

    public void Written(double begin, double end) => Volatile.Write(ref _writeSeconds, end - begin);
}
