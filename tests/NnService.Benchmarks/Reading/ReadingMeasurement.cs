using System.Diagnostics;
using System.Text.Json;
using NnService.Engine.Data;
using NnService.Engine.Data.Csv;

namespace NnService.Benchmarks.Reading;

/// <summary>What reading a file took.</summary>
/// <param name="Seconds">By the wall clock, the fastest of five readings in the process.</param>
/// <param name="ProcessorSeconds">Time on a processor.</param>
/// <param name="PeakBytes">The process's peak of resident memory.</param>
/// <param name="Sum">Sum of all numbers, to see that both readers read the same.</param>
/// <param name="Version">Who read.</param>
internal sealed record ReadingMeasurement(double Seconds, double ProcessorSeconds, long PeakBytes, double Sum, string Version)
{
    /// <summary>Reads the file with the engine, on one thread, into arrays of doubles.</summary>
    public static void PrintOwn(string file)
    {
        var measured = Own(file, times: 5);
        Console.WriteLine(JsonSerializer.Serialize(measured, JsonSerializerOptions.Web));
    }

    private static ReadingMeasurement Own(string path, int times)
    {
        ReadingMeasurement? best = null;
        for (var time = 0; time < times; time++)
        {
            GC.Collect();
            var processor = Environment.CpuUsage.TotalTime;
            var start = Stopwatch.GetTimestamp();
            Table table;
            using (var file = File.OpenRead(path))
                table = CsvTable.Read(file);
            foreach (var column in table.Columns)
                _ = column.Numbers;
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var taken = (Environment.CpuUsage.TotalTime - processor).TotalSeconds;
            var sum = 0.0;
            foreach (var column in table.Columns)
                foreach (var number in column.Numbers)
                    sum += number;
            if (best is null || taken < best.ProcessorSeconds)
                best = new ReadingMeasurement(seconds, taken, 0, sum, $".NET {Environment.Version}");
        }

        using var process = Process.GetCurrentProcess();
        return best! with { PeakBytes = process.PeakWorkingSet64 };
    }
}
