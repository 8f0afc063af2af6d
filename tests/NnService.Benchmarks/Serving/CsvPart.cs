using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace NnService.Benchmarks.Serving;

/// <summary>A table in, the table with its predictions out.</summary>
internal static class CsvPart
{
    private const double Million = 1e6;
    private const double TargetMegabytes = 50;
    private const int WarmRounds = 3; // until everything is compiled for good

    public static void Measure(Stage stage, ServingOptions options, StringBuilder text)
    {
        text.AppendLine("""

            ## Tables

            A CSV of numbers with four decimals as the body of `predict`, answered as CSV, over one connection. MB are 10⁶ bytes of the request's body, from its first byte sent to the answer's last byte read.

            | | MB | rows | MB/s | target | MB for each s of processor time | rows/s |
            |---|---|---|---|---|---|---|
            """);
        foreach (var asked in (Case[])[Case.All[0], Case.Narrow])
        {
            var ours = stage.Predicting(asked);
            var csv = asked.Csv(options.Megabytes * (int)Million);
            for (var i = 0; i < WarmRounds; i++)
                Send(ours, csv);
            var (megabytes, rows) = (csv.Length / Million, csv.Count((byte)'\n') - 1);
            var measured = Enumerable.Range(0, options.Rounds).Select(_ => Send(ours, csv)).ToList();
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"| {asked.Name} | {megabytes:0.0} | {rows:N0} | {Spread.Of(measured.Select(one => megabytes / one.Seconds), "0.0")} | ≥ {TargetMegabytes} " +
                $"| {Spread.Of(measured.Select(one => megabytes / one.ProcessorSeconds), "0.0")} | "
                    + $"{Spread.Of(measured.Select(one => rows / one.Seconds), "0")} |");
        }
    }

    private static (double Seconds, double ProcessorSeconds) Send(Server server, byte[] csv)
    {
        using var connection = new Connection(server.Port);
        var processor = server.Processor;
        var started = Stopwatch.GetTimestamp();
        connection.Send(Connection.Head(server.Path, "text/csv", csv.Length));
        connection.Send(csv);
        var lines = connection.Receive();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return lines == csv.Count((byte)'\n')
            ? (seconds, (server.Processor - processor).TotalSeconds)
            : throw new InvalidOperationException($"{server.Path} answers {lines} lines.");
    }
}
