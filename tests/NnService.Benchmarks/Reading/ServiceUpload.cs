using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using NnService.Benchmarks.Peers;

namespace NnService.Benchmarks.Reading;

/// <summary>A gigabyte sent to the service as a process of its own: how long it takes and what memory it takes above what the idle service has.</summary>
internal static class ServiceUpload
{
    private const long Bytes = 1_000_000_000;
    private const int TargetMebibytes = 256;

    public static string Measure(string folder)
    {
        var program = Path.Combine(Machine.Repository ?? ".", "src", "NnService.Api", "bin", "Release", "net10.0", "NnService.Api.dll");
        if (!File.Exists(program))
            return $"The service is not built; `dotnet build --configuration Release` first.\n";
        var file = Path.Combine(folder, "gigabyte.csv");
        var rows = SampleFile.Numbers.Write(file, Bytes);
        var start = new ProcessStartInfo(
            "dotnet", [program, $"--Data:Path={Path.Combine(folder, "data")}", "--urls=http://127.0.0.1:0"])
        { RedirectStandardOutput = true };
        using var service = Process.Start(start)!;
        try
        {
            const string Mark = "Swagger UI: http"; // in a line of JSON
            var line = "";
            while (!line.Contains(Mark, StringComparison.Ordinal))
                line = service.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The service ended before it was ready.");

            using var http = new HttpClient
            {
                BaseAddress = new Uri($"http{line.Split(Mark)[1].Split("/swagger")[0]}"),
                Timeout = TimeSpan.FromMinutes(10)
            };
            Send(http, "small", new ByteArrayContent("a,b\n1,2\n2,3\n"u8.ToArray())); // the service warm, as it idles
            Thread.Sleep(TimeSpan.FromSeconds(5));
            service.Refresh();
            var (idle, processor, begin) = (service.WorkingSet64, service.TotalProcessorTime, Stopwatch.GetTimestamp());
            using var content = File.OpenRead(file);
            Send(http, "gigabyte", new StreamContent(content, 1 << 20));
            var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            service.Refresh();
            var above = (service.PeakWorkingSet64 - idle) / 1048576.0;
            return new StringBuilder()
                .AppendLine(CultureInfo.InvariantCulture,
                    $"A file of the kind numbers with {new FileInfo(file).Length:N0} bytes and {rows:N0} rows, sent with `POST /datasets` to the service as a "
                    + $"process of its own, stored, read, kept by column and profiled:")
                .AppendLine(CultureInfo.InvariantCulture,
                    $"{seconds:0.0} s by the wall clock, {(service.TotalProcessorTime - processor).TotalSeconds:0.0} s of processor time;")
                .AppendLine(CultureInfo.InvariantCulture,
                    $"peak of resident memory {above:0} MiB above the {idle / 1048576.0:0} MiB of the idle service; target at most {TargetMebibytes} MiB: "
                    + $"{(above <= TargetMebibytes ? "met" : "**not met**")}.")
                .ToString();
        }
        finally
        {
            service.Kill();
            service.WaitForExit();
        }
    }

    private static void Send(HttpClient http, string name, HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        using var answer = http.PostAsync($"/api/v1/datasets?name={name}", content).Result;
        answer.EnsureSuccessStatusCode();
    }
}
