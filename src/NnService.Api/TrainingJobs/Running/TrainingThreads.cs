using NnService.Api.Http;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>How much of the machine training may take. Results do not depend on it.</summary>
/// <param name="Jobs">Jobs at once: <c>Training:MaxConcurrentJobs</c>, by default one processor less than there are, at least 1.</param>
/// <param name="PerJob">Threads of a job: <c>Training:ThreadsPerJob</c>, by default an equal share of the processors, at least 1.</param>
/// <param name="HaveLowPriority">Whether everything else goes first: <c>Training:LowPriority</c>, by default true.</param>
internal sealed record TrainingThreads(int Jobs, int PerJob, bool HaveLowPriority)
{
    private const int Most = 1024;

    public static TrainingThreads Of(IConfiguration settings, int processors)
    {
        var jobs = (int)Math.Min(Setting.Number(settings, "Training:MaxConcurrentJobs", Math.Max(1, processors - 1), low: 1), Most);
        return new TrainingThreads(
            jobs,
            (int)Math.Min(Setting.Number(settings, "Training:ThreadsPerJob", Math.Max(1, processors / jobs), low: 1), Most),
            Setting.Flag(settings, "Training:LowPriority", true));
    }
}
