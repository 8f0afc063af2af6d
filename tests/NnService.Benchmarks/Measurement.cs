using System.Diagnostics;

namespace NnService.Benchmarks;

/// <summary>What one run of a workload takes.</summary>
/// <param name="Seconds">By the wall clock.</param>
/// <param name="ProcessorSeconds">Time on a processor, all threads together: what remains comparable on a busy machine with one thread.</param>
/// <param name="Version">Who was measured.</param>
internal sealed record Measurement(double Seconds, double ProcessorSeconds, string Version)
{
    // Long enough for the runtime to have compiled everything in its final tier, on a busy machine too: processor time counts.
    private const double WarmUpSeconds = 1.5;
    private const double MeasuredSeconds = 1.0;
    private const int LeastRuns = 3;

    /// <summary>Warms up, repeats, keeps the fastest: whatever disturbs a run makes it slower. Peers/timing.py and timing.h do the same.</summary>
    /// <param name="prepare">Makes a fresh state and returns what is timed.</param>
    /// <param name="count">How many units of work that is.</param>
    public static Measurement Fastest(Func<Action> prepare, int count)
    {
        var begin = Processor();
        do
            prepare()();
        while (Processor() - begin < WarmUpSeconds);

        var (wall, processor, spent) = (double.MaxValue, double.MaxValue, 0.0);
        for (var run = 0; run < LeastRuns || spent < MeasuredSeconds; run++)
        {
            var work = prepare();
            var beginProcessor = Processor();
            var beginWall = Stopwatch.GetTimestamp();
            work();
            wall = Math.Min(wall, Stopwatch.GetElapsedTime(beginWall).TotalSeconds);
            var taken = Processor() - beginProcessor;
            processor = Math.Min(processor, taken);
            spent += taken;
        }

        return new Measurement(wall / count, processor / count, $".NET {Environment.Version}");
    }

    private static double Processor() => Environment.CpuUsage.TotalTime.TotalSeconds;
}
