using System.Globalization;
using System.Text;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Reading;

/// <summary><c>reading [FILE…] [--against PEER] [--megabytes N] [--pairs N] [--service] [--write]</c>: reads files with the engine and with each peer in turn;
/// then sends a gigabyte to the service.</summary>
internal sealed class ReadingRun(IReadOnlyList<SampleFile> files, IReadOnlyList<Reader> peers, int megabytes, int pairs, bool withService)
{
    // Of a peer at a file; nothing else was promised.
    private static readonly (SampleFile File, string Peer, double Ratio) s_target = (SampleFile.Numbers, "pandas", 5);

    /// <summary>Parses the arguments, runs, prints. Returns the exit code.</summary>
    public static int FromCommandLine(ReadOnlySpan<string> arguments)
    {
        var (megabytes, pairs, service, write) = (200, 5, false, false);
        var files = new List<SampleFile>();
        var peers = Reader.Peers;
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            switch (argument)
            {
                case "--megabytes" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out var number) && number > 0:
                    (megabytes, i) = (number, i + 1);
                    break;
                case "--pairs" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out var number) && number > 0:
                    (pairs, i) = (number, i + 1);
                    break;
                case "--against" when i + 1 < arguments.Length && Named(arguments[i + 1]) is { } peer:
                    (peers, i) = ([peer], i + 1);
                    break;
                case "--service":
                    service = true;
                    break;
                case "--write":
                    write = true;
                    break;
                case var _ when SampleFile.All.FirstOrDefault(file => file.Name == argument) is { } file:
                    files.Add(file);
                    break;
                default:
                    Console.Error.WriteLine(
                        $"{argument} is no file and no option of reading. Files: {string.Join(", ", SampleFile.All.Select(file => file.Name))}.");
                    return 2;
            }
        }

        if (write && (files.Count > 0 || peers.Count < Reader.Peers.Count))
        {
            Console.Error.WriteLine("--write replaces the page, so it goes with all files and peers.");
            return 2;
        }

        var folder = Directory.CreateTempSubdirectory("reading");
        try
        {
            var report = new ReadingRun(files is [] ? SampleFile.All : files, peers, megabytes, pairs, service || write).Measure(folder.FullName);
            Console.WriteLine(report);
            if (write)
                File.WriteAllText(Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks", "reading.md"), report);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        static Reader? Named(string name) => Reader.Peers.FirstOrDefault(peer => peer.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }

    private string Measure(string folder)
    {
        var load = Machine.Load;
        var (kinds, rows) = (new StringBuilder(), new StringBuilder());
        foreach (var kind in files)
        {
            var file = Path.Combine(folder, $"{kind.Name}.csv");
            kinds.AppendLine(CultureInfo.InvariantCulture, $"- **{kind.Name}**: {kind.Write(file, megabytes * 1_000_000L):N0} rows: {kind.What}.");
            foreach (var peer in peers)
                rows.AppendLine(peer.Unavailable is { } reason ? $"| {kind.Name} | | {peer.Name} | — | skipped: {reason} | | | | |" : Row(kind, file, peer));
            File.Delete(file);
        }

        var text = new StringBuilder();
        text.AppendLine("# Reading tables");
        text.AppendLine();
        text.AppendLine($"Measured on {Machine.Processor}; {DateTime.UtcNow:yyyy-MM-dd}, commit {Machine.Commit}, .NET {Environment.Version}.");
        text.AppendLine("Written by `dotnet run --project tests/NnService.Benchmarks --configuration Release -- reading --write`.");
        text.AppendLine(CultureInfo.InvariantCulture, $"Load of the machine before and after {load:0.0} and {Machine.Load:0.0}, this program included.");
        text.AppendLine();
        text.AppendLine($"Files of {megabytes} MB; LF, no quotes, nothing missing:");
        text.AppendLine();
        text.Append(kinds);
        text.AppendLine();
        text.AppendLine($"{pairs} {(pairs == 1 ? "pair" : "pairs")} in turn, each in a process of its own that reads five times and keeps the fastest, one "
            + "thread, processor time. Median, least and greatest. The ratio is how many times as fast ours is.");
        text.AppendLine();
        text.AppendLine("| file | ours, MB/s | against | its MB/s | ratio | target | met | our peak, MiB | its peak, MiB |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        text.Append(rows);
        text.AppendLine();
        text.AppendLine("All end with every number as a double and every word as a code in memory; ours is always the nearest double, pandas' by "
            + "default is not. Ours finds out which columns hold numbers; pandas is told which hold words, Sep which hold what.");
        text.AppendLine("Sep reads text of .NET's characters and takes no notice of quotes, its fastest way, and leaves the numbers row by row; ours are column "
            + "by column.");
        if (withService)
        {
            text.AppendLine();
            text.Append(ServiceUpload.Measure(folder));
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private string Row(SampleFile kind, string file, Reader peer)
    {
        var length = new FileInfo(file).Length;
        var measured = new List<(ReadingMeasurement Ours, ReadingMeasurement Theirs)>();
        for (var pair = 0; pair < pairs; pair++)
        {
            Console.Error.WriteLine($"{kind.Name} against {peer.Name}, {pair + 1} of {pairs}");
            measured.Add((Reader.Own.Read(file), peer.Read(file)));
        }

        var (ours, theirs) = measured[0];
        if (Math.Abs(ours.Sum - theirs.Sum) > 1e-9 * Math.Abs(ours.Sum) || ours.Words != theirs.Words)
            throw new InvalidOperationException($"{peer.Name} reads something else: {theirs.Sum} and {theirs.Words} words, ours {ours.Sum} and {ours.Words}.");

        double[] ratios = [.. measured.Select(pair => pair.Theirs.ProcessorSeconds / pair.Ours.ProcessorSeconds)];
        double? target = (kind, peer.Name) == (s_target.File, s_target.Peer) ? s_target.Ratio : null;
        return $"| {kind.Name} | {Spread(measured.Select(pair => length / 1e6 / pair.Ours.ProcessorSeconds))} | {theirs.Version} | "
            + $"{Spread(measured.Select(pair => length / 1e6 / pair.Theirs.ProcessorSeconds))} | {Spread(ratios)} | "
            + $"{(target is { } least ? $"≥ {least}" : "")} | {(target is null ? "" : Median(ratios) >= target ? "yes" : "**no**")} | "
            + $"{Spread(measured.Select(pair => pair.Ours.PeakBytes / 1048576.0))} | {Spread(measured.Select(pair => pair.Theirs.PeakBytes / 1048576.0))} |";
    }

    private static double Median(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    private static string Spread(IEnumerable<double> numbers)
    {
        double[] all = [.. numbers];
        var form = all.Max() < 10 ? "0.00" : "0";
        return string.Create(CultureInfo.InvariantCulture, $"{Median(all).ToString(form)} ({all.Min().ToString(form)}–{all.Max().ToString(form)})");
    }
}
