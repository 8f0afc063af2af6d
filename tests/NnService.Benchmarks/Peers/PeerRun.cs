using NnService.Benchmarks.Workloads;

namespace NnService.Benchmarks.Peers;

/// <summary><c>peers [WORKLOAD…] [--pairs N] [--clock wall|processor] [--write]</c>: measures the comparisons and prints the table.</summary>
internal sealed class PeerRun(int pairs, bool byProcessorTime, IReadOnlyList<Comparison> comparisons)
{
    private const int Pairs = 5;

    /// <summary>Parses the arguments, runs, prints. Returns the exit code.</summary>
    public static int FromCommandLine(ReadOnlySpan<string> arguments)
    {
        var (pairs, byProcessorTime, write) = (Pairs, false, false);
        var names = new List<string>();
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--pairs" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out var number) && number > 0:
                    (pairs, i) = (number, i + 1);
                    break;
                case "--clock" when i + 1 < arguments.Length && arguments[i + 1] is "wall" or "processor":
                    (byProcessorTime, i) = (arguments[i + 1] == "processor", i + 1);
                    break;
                case "--write":
                    write = true;
                    break;
                case var name when Workload.All.Any(workload => Matches(workload, name)):
                    names.Add(name);
                    break;
                default:
                    Console.Error.WriteLine(
                        $"{arguments[i]} is no workload and no option. Workloads: {string.Join(", ", Workload.All.Select(workload => workload.Name))}.");
                    return 2;
            }
        }

        if (write && names.Count > 0)
        {
            Console.Error.WriteLine("--write replaces the results file, so it goes with all workloads.");
            return 2;
        }

        IReadOnlyList<Comparison> chosen = [.. Comparison.All.Where(comparison => names.Count == 0 || names.Any(name => Matches(comparison.Workload, name)))];
        var report = new PeerRun(pairs, byProcessorTime, chosen).Measure();
        Console.WriteLine(report);
        if (write)
            File.WriteAllText(Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks", $"{Machine.Slug}.md"), report);
        return 0;
    }

    // "T4" means T4-SGD and T4-Adam, "P1" also P1-model.
    private static bool Matches(Workload workload, string name) =>
        workload.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || workload.Name.StartsWith($"{name}-", StringComparison.OrdinalIgnoreCase);

    private string Measure()
    {
        var report = new PeerReport(pairs, byProcessorTime);
        var reasons = new Dictionary<Contender, string?>();
        foreach (var comparison in comparisons)
        {
            if (ReasonAgainst(comparison.Subject) is { } own)
                report.Add(comparison, own);
            else if (ReasonAgainst(comparison.Against) is { } reason)
                report.Add(comparison, reason);
            else
                report.Add(comparison, InTurn(comparison));
        }

        return report.ToString();

        string? ReasonAgainst(Contender contender)
        {
            if (!reasons.TryGetValue(contender, out var reason))
                reasons[contender] = reason = contender.Unavailable();
            return reason;
        }
    }

    /// <summary>Subject, peer, subject, peer …: whatever slows the machine down for a minute slows down both.</summary>
    private List<(Measurement Subject, Measurement Against)> InTurn(Comparison comparison)
    {
        var measured = new List<(Measurement, Measurement)>();
        for (var pair = 0; pair < pairs; pair++)
        {
            Console.Error.WriteLine($"{comparison.Workload.Name} against {comparison.Against.Name}, {pair + 1} of {pairs}");
            measured.Add((comparison.Subject.Measure(comparison.Workload), comparison.Against.Measure(comparison.Workload)));
        }

        return measured;
    }
}
