using System.Runtime.ExceptionServices;
using NnService.Api.Http;
using NnService.Api.Limits;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>How much of the machine training may take. Results do not depend on it.</summary>
/// <param name="Jobs">Jobs at once: <c>Training:MaxConcurrentJobs</c>, by default one processor less than there are, at least 1.</param>
/// <param name="PerJob">Threads of a job: <c>Training:ThreadsPerJob</c>, by default an equal share of the processors, at least 1.</param>
/// <param name="Nice">How far everything else goes first: <c>Training:LowPriority</c>, by default true, which is <see cref="BackgroundPriority.OfTrainings"/>;
/// 0: not at all.</param>
internal sealed record TrainingThreads(int Jobs, int PerJob, int Nice)
{
    private const int Most = 1024;

    public static TrainingThreads Of(IConfiguration settings, int processors)
    {
        var jobs = (int)Math.Min(Setting.Number(settings, "Training:MaxConcurrentJobs", Math.Max(1, processors - 1), low: 1), Most);
        return new TrainingThreads(
            jobs,
            (int)Math.Min(Setting.Number(settings, "Training:ThreadsPerJob", Math.Max(1, processors / jobs), low: 1), Most),
            Setting.Flag(settings, "Training:LowPriority", true) ? BackgroundPriority.OfTrainings : 0);
    }

    /// <summary>Computes on a thread made for it, which has the low priority, and waits for its end. Errors: those of the work.</summary>
    /// <param name="work">Holds nothing that others wait for, and gives the thread pool no work (<see cref="BackgroundPriority"/>).</param>
    public TResult Compute<TResult>(Func<TResult> work) => Compute(work, Timeout.InfiniteTimeSpan, () => { });

    /// <summary>The same, and does something meanwhile.</summary>
    /// <param name="work">As above.</param>
    /// <param name="interval">How often.</param>
    /// <param name="meanwhile">What; on the calling thread. Must not throw.</param>
    public TResult Compute<TResult>(Func<TResult> work, TimeSpan interval, Action meanwhile)
    {
        TResult? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (Nice > 0)
                    BackgroundPriority.LowerThisThread(Nice);
                result = work();
            }
            catch (Exception thrown)
            {
                failure = ExceptionDispatchInfo.Capture(thrown);
            }
        })
        {
            IsBackground = true,
            Name = "training",
        };
        thread.Start();
        while (!thread.Join(interval))
            meanwhile();
        failure?.Throw();
        return result!;
    }
}
