using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Reading;

/// <summary><c>reading [--megabytes N] [--pairs N] [--service] [--write]</c>: reads a file of numbers with the engine and with pandas in turn; then sends a
/// gigabyte to the service.</summary>
internal sealed class ReadingRun(int megabytes, int pairs, bool withService)
{
    private const string Python = "/usr/bin/python3";
    private const double TargetRatio = 5;

    /// <summary>Parses the arguments, runs, prints. Returns the exit code.</summary>
    public static int FromCommandLine(ReadOnlySpan<string> arguments)
    {
        var (megabytes, pairs, service, write) = (200, 5, false, false);
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--megabytes" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out var number) && number > 0:
                    (megabytes, i) = (number, i + 1);
                    break;
                case "--pairs" when i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out var number) && number > 0:
                    (pairs, i) = (number, i + 1);
                    break;
                case "--service":
                    service = true;
                    break;
                case "--write":
                    write = true;
                    break;
                default:
                    Console.Error.WriteLine($"{arguments[i]} is no option of reading.");
                    return 2;
            }
        }

        var folder = Directory.CreateTempSubdirectory("reading");
        try
        {
            var report = new ReadingRun(megabytes, pairs, service || write).Measure(folder.FullName);
            Console.WriteLine(report);
            if (write)
                File.WriteAllText(Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks", "reading.md"), report);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private string Measure(string folder)
    {
        var file = Path.Combine(folder, "numbers.csv");
        var rows = SampleFile.Write(file, megabytes * 1_000_000L);
        var length = new FileInfo(file).Length;
        var measured = new List<(ReadingMeasurement Ours, ReadingMeasurement Pandas)>();
        for (var pair = 0; pair < pairs; pair++)
        {
            Console.Error.WriteLine($"pair {pair + 1} of {pairs}");
            measured.Add((
                Run(Environment.ProcessPath!, "reading", "ours", file),
                Run(Python, Path.Combine(AppContext.BaseDirectory, "Reading", "pandas_peer.py"), file)));
        }

        var (ourSum, theirSum) = (measured[0].Ours.Sum, measured[0].Pandas.Sum);
        if (Math.Abs(ourSum - theirSum) > 1e-9 * Math.Abs(ourSum))
            throw new InvalidOperationException($"The sums of all numbers differ: {ourSum} and {theirSum}.");

        var text = new StringBuilder();
        text.AppendLine("# Reading tables");
        text.AppendLine();
        text.AppendLine($"Measured on {Machine.Processor}; {DateTime.UtcNow:yyyy-MM-dd}, commit {Machine.Commit}, .NET {Environment.Version}, "
            + $"{measured[0].Pandas.Version}.");
        text.AppendLine($"Written by `dotnet run --project tests/NnService.Benchmarks --configuration Release -- reading --write`.");
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"The file has {length:N0} bytes, {rows:N0} rows: {SampleFile.What}.");
        text.AppendLine($"{pairs} pairs in turn, each in a process of its own that reads five times and keeps the fastest, one thread, processor time. Median, "
            + $"least and greatest.");
        text.AppendLine();
        text.AppendLine("| | ours | pandas.read_csv | ratio | target | met |");
        text.AppendLine("|---|---|---|---|---|---|");
        double[] ratios = [.. measured.Select(pair => pair.Pandas.ProcessorSeconds / pair.Ours.ProcessorSeconds)];
        text.AppendLine(
            $"| MB/s | {Spread(measured.Select(pair => length / 1e6 / pair.Ours.ProcessorSeconds))} | "
                + $"{Spread(measured.Select(pair => length / 1e6 / pair.Pandas.ProcessorSeconds))} " +
            $"| {Spread(ratios)} | ≥ {TargetRatio} | {(Median(ratios) >= TargetRatio ? "yes" : "**no**")} |");
        text.AppendLine(
            $"| peak of the process, MiB | {Spread(measured.Select(pair => pair.Ours.PeakBytes / 1048576.0))} | "
                + $"{Spread(measured.Select(pair => pair.Pandas.PeakBytes / 1048576.0))} | | | |");
        text.AppendLine();
        text.AppendLine("Both end with every number as a double in memory; ours is always the nearest double, pandas' by default is not.");
        if (withService)
        {
            text.AppendLine();
            text.Append(ServiceUpload.Measure(folder));
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static ReadingMeasurement Run(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<ReadingMeasurement>(output, JsonSerializerOptions.Web)!
            : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}.");
    }

    private static double Median(IEnumerable<double> numbers)
    {
        double[] sorted = [.. numbers.Order()];
        return (sorted[sorted.Length / 2] + sorted[(sorted.Length - 1) / 2]) / 2;
    }

    private static string Spread(IEnumerable<double> numbers)
    {
        double[] all = [.. numbers];
        var form = all.Max() < 20 ? "0.0" : "0";
        return string.Create(CultureInfo.InvariantCulture, $"{Median(all).ToString(form)} ({all.Min().ToString(form)}–{all.Max().ToString(form)})");
    }
}
