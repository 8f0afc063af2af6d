using System.Globalization;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Honesty;

/// <summary>
/// <c>honesty [--samples N] [--only TEXT] [--write]</c>: draws test parts of models of which the truth is known, and counts how often the intervals hold it.
/// The same figures on every machine.
/// </summary>
internal static class HonestyRun
{
    private const int ManyRows = 400_000;

    /// <summary>Parses the arguments, runs, prints. Returns the exit code: 2 where they are wrong.</summary>
    public static int FromCommandLine(ReadOnlySpan<string> arguments)
    {
        var (samples, only, write) = (1000, "", false);
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--samples" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out var number) && number > 0:
                    (samples, i) = (number, i + 1);
                    break;
                case "--only" when i + 1 < arguments.Length:
                    (only, i) = (arguments[i + 1], i + 1);
                    break;
                case "--write":
                    write = true;
                    break;
                default:
                    Console.Error.WriteLine($"{arguments[i]} is no option of honesty.");
                    return 2;
            }
        }

        var results = new List<(Scenario Scenario, IReadOnlyList<Coverage> Metrics)>();
        foreach (var scenario in Scenario.All.Where(scenario => scenario.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
        {
            results.Add((scenario, Coverage.Of(scenario, samples, ManyRows)));
            Console.WriteLine($"{scenario.Name}, {scenario.Rows} rows: {string.Join(", ", results[^1].Metrics.Select(Text))}");
        }

        if (write)
            File.WriteAllText(Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks", "honesty.md"), HonestyReport.Of(results, samples));
        return 0;
    }

    private static string Text(Coverage of) => string.Create(
        CultureInfo.InvariantCulture,
        $"{of.Metric} {of.Share:0.0 %} (above {of.Above}, none {of.Missing}, width {of.Width:0.###})");
}
