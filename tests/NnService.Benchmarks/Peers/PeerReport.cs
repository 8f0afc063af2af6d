using System.Globalization;
using System.Text;
using NnService.Benchmarks.Workloads;

namespace NnService.Benchmarks.Peers;

/// <summary>The comparisons as a Markdown table, with everything a reader needs to judge them.</summary>
internal sealed class PeerReport(int pairs, bool byProcessorTime)
{
    private readonly StringBuilder _rows = new();
    private readonly SortedSet<string> _versions = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<double> _shares = [];
    private readonly HashSet<Workload> _workloads = [];
    private readonly double _loadBefore = Machine.Load;

    /// <summary>A comparison that cannot be made here.</summary>
    public void Add(Comparison comparison, string reason)
    {
        _workloads.Add(comparison.Workload);
        _rows.AppendLine($"| {comparison.Workload.Name} | {Subject(comparison)} | — | {comparison.Against.Name} | — | skipped: "
            + $"{reason} | {Text(comparison)} | |");
    }

    /// <summary>A comparison that was made.</summary>
    public void Add(Comparison comparison, IReadOnlyList<(Measurement Subject, Measurement Against)> measured)
    {
        var byProcessor = byProcessorTime && !comparison.IsOfThreads;
        double Seconds(Measurement measurement) => byProcessor ? measurement.ProcessorSeconds : measurement.Seconds;
        var figure = comparison.Workload.Figure;
        double[] ours = [.. measured.Select(pair => figure.Of(Seconds(pair.Subject)))];
        double[] theirs = [.. measured.Select(pair => figure.Of(Seconds(pair.Against)))];
        double[] ratios = [.. measured.Select(pair => Seconds(pair.Against) / Seconds(pair.Subject))];
        var met = comparison.Target is { } target ? target.IsMet(Median(ratios), Median(ours)) ? "yes" : "**no**" : "";
        var version = measured[0].Against.Version;
        _rows.AppendLine(
            $"| {comparison.Workload.Name} | {Subject(comparison)} | {Spread(ours)} {figure.Unit} | {version} | {Spread(theirs)} {figure.Unit} | "
                + $"{Spread(ratios)} | {Text(comparison)} | {met} |");

        _workloads.Add(comparison.Workload);
        if (comparison.Against is PythonPeer or CompiledPeer or DotNetPeer)
            _versions.Add(version);
        if (!comparison.IsOfThreads)
            _shares.AddRange(measured.Select(pair => pair.Subject.ProcessorSeconds / pair.Subject.Seconds));
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        text.AppendLine($"# Measured on {Machine.Processor}");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"- {DateTime.UtcNow:yyyy-MM-dd}, commit {Machine.Commit}, .NET {Environment.Version}, {Environment.OSVersion.Platform}");
        text.AppendLine($"- Peers: {string.Join("; ", _versions)}");
        text.AppendLine(
            $"- {(pairs == 1 ? "1 pair" : $"{pairs} pairs")}, clock: {(byProcessorTime ? "processor time (wall clock for several threads)" : "wall")}. " +
            $"Load of the machine before and after {Number(_loadBefore)} and {Number(Machine.Load)}, this program included. " +
            (_shares.Count == 0 ? ""
                : $"Our one-thread runs had a processor for {Percent(Median([.. _shares]))} of their time, the worst for {Percent(_shares.Min())}: "
                + $"far below 100 % the machine was busy with something else."));
        text.AppendLine();
        text.AppendLine("Each cell is the median, least and greatest in brackets. The ratio is the seconds of the one on the right divided by those of the one "
            + "on the left, pair by pair: how many times as fast the left one is.");
        text.AppendLine();
        text.AppendLine("| workload | measured | figure | against | figure | ratio | target | met |");
        text.AppendLine("|---|---|---|---|---|---|---|---|");
        text.Append(_rows);
        text.AppendLine();
        foreach (var workload in Workload.All.Where(_workloads.Contains))
            text.AppendLine($"- **{workload.Name}**: {workload.What}");
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Subject(Comparison comparison) => comparison.IsOfThreads ? "two threads" : "one thread";

    private static string Text(Comparison comparison) => comparison.Target switch
    {
        null => "",
        { IsOfRatio: true } target => $"≥ {Number(target.Value)}",
        var target => $"≤ {Number(target.Value)} {comparison.Workload.Figure.Unit}",
    };

    private static double Median(double[] numbers)
    {
        Array.Sort(numbers);
        return (numbers[numbers.Length / 2] + numbers[(numbers.Length - 1) / 2]) / 2;
    }

    private static string Spread(double[] numbers) => $"{Number(Median(numbers))} ({Number(numbers.Min())}–{Number(numbers.Max())})";

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} %");

    /// <summary>Three digits that mean something, in groups of a thousand.</summary>
    private static string Number(double number) => number.ToString(Math.Abs(number) switch
    {
        >= 99.95 => "#,0",
        >= 9.995 => "0.0",
        >= 0.9995 => "0.00",
        _ => "0.000",
    }, CultureInfo.InvariantCulture);
}
