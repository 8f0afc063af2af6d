using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Serving;

/// <summary>How soon the service is ready, and what it takes when it has nothing to do.</summary>
internal sealed class StartPart(string folder, int rounds)
{
    private const double TargetMilliseconds = 400;
    private const double TargetMebibytes = 90;

    // Collected, and what was given back is no longer counted.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(3);

    private static readonly (string Cores, string Words)[] s_cores = [("0", "one core"), ("0,1", "both cores")];

    public void Measure(StringBuilder text)
    {
        var measured = s_cores.ToDictionary(cores => cores.Cores, _ => new List<Figures>());
        for (var round = 0; round < rounds; round++)
            foreach (var (cores, _) in s_cores)
                measured[cores].Add(Once(cores, Path.Combine(folder, $"start {cores} {round}")));

        text.AppendLine(CultureInfo.InvariantCulture, $"""

            ## Start and idle memory

            From the launch to the first 200 of `GET /health/ready`, in ms (target below {TargetMilliseconds}). An existing data folder is one whose service was stopped in good order.
            Memory in MiB, idle for {s_settling.TotalSeconds:0} s (target below {TargetMebibytes}): resident (VmRSS), proportional (Pss; the runtime's files count in part where another process has them too, here the benchmark itself), anonymous (no file behind it);
            and resident after the first request to the API, when the service has warmed up for the jobs to come.

            | | ready, empty data folder | ready, existing one | resident | proportional | anonymous | resident, warm |
            |---|---|---|---|---|---|---|
            """);
        foreach (var (cores, words) in s_cores)
        {
            var all = measured[cores];
            text.AppendLine(
                $"| {words} | {Spread.Of(all.Select(one => one.Empty), "0")} | {Spread.Of(all.Select(one => one.Existing), "0")} | "
                    + $"{Spread.Of(all.Select(one => one.Idle.Resident), "0")} " +
                $"| {Spread.Of(all.Select(one => one.Idle.Proportional), "0")} | {Spread.Of(all.Select(one => one.Idle.Anonymous), "0")} | "
                    + $"{Spread.Of(all.Select(one => one.Warm.Resident), "0")} |");
        }
    }

    private static Figures Once(string cores, string data)
    {
        double empty;
        using (var first = Server.Start(Launch.Service(data) with { Cores = cores }))
        {
            empty = first.ReadyAfter.TotalMilliseconds;
            first.Stop();
        }

        using var second = Server.Start(Launch.Service(data) with { Cores = cores });
        Thread.Sleep(s_settling);
        var idle = second.Memory;
        second.WaitUntilWarm();
        Thread.Sleep(s_settling);
        return new Figures(empty, second.ReadyAfter.TotalMilliseconds, idle, second.Memory);
    }

    private sealed record Figures(double Empty, double Existing, ServerMemory Idle, ServerMemory Warm);
}
