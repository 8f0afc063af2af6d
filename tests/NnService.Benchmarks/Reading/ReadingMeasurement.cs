using System.Diagnostics;
using System.Text.Json;

namespace NnService.Benchmarks.Reading;

/// <summary>What reading a file took.</summary>
/// <param name="Seconds">By the wall clock, the fastest of five readings in the process.</param>
/// <param name="ProcessorSeconds">Time on a processor.</param>
/// <param name="PeakBytes">The process's peak of resident memory.</param>
/// <param name="Sum">Sum of all numbers, to see that both readers read the same.</param>
/// <param name="Words">Distinct values of all columns of words together, for the same reason.</param>
/// <param name="Version">Who read.</param>
internal sealed record ReadingMeasurement(double Seconds, double ProcessorSeconds, long PeakBytes, double Sum, int Words, string Version)
{
    private const int Times = 5;

    /// <summary>Reads several times, keeps the fastest and prints it.</summary>
    /// <param name="version">Who reads.</param>
    /// <param name="read">Reads, which is timed, and returns what looks at all of it, which is not.</param>
    public static void Print(string version, Func<Func<(double Sum, int Words)>> read)
    {
        ReadingMeasurement? best = null;
        for (var time = 0; time < Times; time++)
        {
            GC.Collect();
            var processor = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            var look = read();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var taken = (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
            var (sum, words) = look();
            if (best is null || taken < best.ProcessorSeconds)
                best = new ReadingMeasurement(seconds, taken, 0, sum, words, version);
        }

        using var process = Process.GetCurrentProcess();
        Console.WriteLine(JsonSerializer.Serialize(best! with { PeakBytes = process.PeakWorkingSet64 }, JsonSerializerOptions.Web));
    }
}
