namespace NnService.Api.TrainingJobs;

/// <summary>How much of the machine training may take. Results do not depend on it.</summary>
/// <param name="Jobs">Jobs at once: <c>Training:MaxConcurrentJobs</c>, by default one processor less than there are, at least 1.</param>
/// <param name="PerJob">Threads of a job: <c>Training:ThreadsPerJob</c>, by default an equal share of the processors, at least 1.</param>
internal sealed record TrainingThreads(int Jobs, int PerJob)
{
    public static TrainingThreads Of(IConfiguration settings, int processors)
    {
        var jobs = Math.Max(1, settings.GetValue("Training:MaxConcurrentJobs", processors - 1));
        return new TrainingThreads(jobs, Math.Max(1, settings.GetValue("Training:ThreadsPerJob", processors / jobs)));
    }
}
