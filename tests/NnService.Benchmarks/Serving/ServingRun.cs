using System.Diagnostics;
using System.Globalization;
using System.Text;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Serving;

/// <summary><c>serving [--only PART,…] [--rounds N] [--seconds N] [--megabytes N] [--write]</c>: predictions over HTTP, the server on the first core and the
/// client on the second.</summary>
internal static class ServingRun
{
    private const nint SecondCore = 2;

    /// <summary>Parses the arguments, runs, prints. Returns the exit code.</summary>
    public static int FromCommandLine(ReadOnlySpan<string> arguments)
    {
        switch (arguments) // what a run starts, in a process of its own
        {
            case ["bare", var port]:
                return BareServer.Run(port);
            case ["bare", var port, var certificate, var key]:
                return BareServer.Run(port, certificate, key);
            case ["onnx", var port, var model, var library, var inputs, var outputs]:
                return OrtServer.Run(port, model, library, int.Parse(inputs), int.Parse(outputs));
        }

        if (ServingOptions.Of(arguments) is not { } options)
            return 2;
        if (!OperatingSystem.IsLinux())
        {
            Console.Error.WriteLine("serving takes taskset, wrk and /proc: it runs on Linux alone.");
            return 2;
        }

        using (var self = Process.GetCurrentProcess())
            self.ProcessorAffinity = SecondCore; // of this thread, which is the client; servers say themselves where they run
        var folder = Directory.CreateTempSubdirectory("serving");
        try
        {
            var report = Measure(options, folder.FullName);
            Console.WriteLine(report);
            if (options.IsWritten)
                File.WriteAllText(Path.Combine(Machine.Repository ?? ".", "docs", "benchmarks", "serving.md"), report);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Measure(ServingOptions options, string folder)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Serving predictions

            Measured on {Machine.Processor}; {DateTime.UtcNow:yyyy-MM-dd}, commit {Machine.Commit}, .NET {Environment.Version}; load of the machine before: {Machine.Load:0.0}.
            Written by `dotnet run --project tests/NnService.Benchmarks --configuration Release -- serving --write`; wrk, python3-fastapi, python3-uvicorn, python3-torch, python3-sklearn and python3-onnx are Debian's, ONNX Runtime is npm's onnxruntime-node.

            The server has the first core and the client the second, both warm. Each figure is the median of {options.Rounds} rounds, with the least and the greatest.
            "For each s of processor time" is what the core would do were it not shared; where it is far above the figure by the wall clock, the machine was busy or the client the slower side.
            """);
        // Starts come last, when no other process of ours shares the runtime's pages.
        if (options.Parts.Any(part => part != "start"))
            using (var stage = new Stage(folder))
                foreach (var part in options.Parts)
                    switch (part)
                    {
                        case "http":
                            new HttpPart(stage, options).Measure(text);
                            break;
                        case "paced":
                            new PacedPart(stage, options).Measure(text);
                            break;
                        case "steady":
                            SteadyPart.Measure(stage, options, text);
                            break;
                        case "csv":
                            CsvPart.Measure(stage, options, text);
                            break;
                        case "infer":
                            InferPart.Measure(stage, options, text);
                            break;
                    }

        if (options.Parts.Contains("start"))
            new StartPart(folder, options.Rounds).Measure(text);
        return text.ToString().ReplaceLineEndings("\n");
    }
}
