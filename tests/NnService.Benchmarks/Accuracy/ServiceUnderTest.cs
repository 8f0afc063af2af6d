using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Benchmarks.Accuracy;

/// <summary>The service as a process of its own, on a free port and an empty data folder that goes with it.</summary>
internal sealed class ServiceUnderTest : IDisposable
{
    private const string Ready = "NnService is ready. Swagger UI: http"; // in a line of JSON

    private readonly bool _keepsFolder;
    private readonly Process _process;
    private readonly HttpClient _http;

    /// <summary>Starts it and waits for the line that says where it listens.</summary>
    /// <param name="settings">Of the service.</param>
    public ServiceUnderTest(params string[] settings)
        : this(null, settings)
    {
    }

    /// <summary>The same on a data folder of the caller's, which stays; null: one of its own.</summary>
    public ServiceUnderTest(string? folder, string[] settings)
    {
        _keepsFolder = folder is not null;
        Folder = folder ?? Path.Combine(Path.GetTempPath(), $"nnservice-benchmark-{Guid.NewGuid():N}");
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "NnService.Api.dll"),
            $"--Data:Path={Folder}", "--urls=http://127.0.0.1:0", "--Serilog:MinimumLevel:Default=Error", .. settings];
        _process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        string? line;
        while ((line = _process.StandardOutput.ReadLine()) is not null && !line.Contains(Ready, StringComparison.Ordinal))
        {
        }

        var address = line is null
            ? throw new InvalidOperationException("The service ended before it was ready.")
            : $"http{line.Split(Ready)[1].Split("/swagger")[0]}/api/v1/";
        _ = _process.StandardOutput.ReadToEndAsync();
        _http = new HttpClient(Handler()) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(10) };
    }

    /// <summary>Its data folder.</summary>
    public string Folder { get; }

    /// <summary>Memory it has had in physical pages at the most, in bytes, since <see cref="ForgetPeak"/>; not a number where the system does not tell.</summary>
    public double PeakBytes => !OperatingSystem.IsLinux() ? double.NaN
        : 1024 * double.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal))[6..^2],
            System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Counts the peak of its memory from now on.</summary>
    public void ForgetPeak()
    {
        if (OperatingSystem.IsLinux())
            File.WriteAllText($"/proc/{_process.Id}/clear_refs", "5"); // proc(5)
    }

    /// <summary>Uploads a CSV file, packed or not.</summary>
    public void Upload(string name, string file)
    {
        using var content = new StreamContent(File.OpenRead(file));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        if (file.EndsWith(".gz", StringComparison.Ordinal))
            content.Headers.ContentEncoding.Add("gzip");
        Send(HttpMethod.Post, $"datasets?name={name}", content);
    }

    /// <summary>Processor seconds it has taken so far.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Trains to the end and returns the job, which must have succeeded.</summary>
    public JsonNode Train(string json)
    {
        var job = Send(HttpMethod.Post, "training-jobs", Json(json));
        while ((string)job["state"]! is "queued" or "running")
        {
            Thread.Sleep(50);
            job = Send(HttpMethod.Get, $"training-jobs/{job["id"]}");
        }

        return (string)job["state"]! == "succeeded" ? job : throw new InvalidOperationException(job.ToJsonString());
    }

    /// <summary>Uploads a CSV.</summary>
    public void Upload(string name, byte[] csv)
    {
        using var content = new ByteArrayContent(csv);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        Send(HttpMethod.Post, $"datasets?name={name}", content);
    }

    /// <summary>Trains to the end while somebody listens to the events; the seconds trained, by the job's own history.</summary>
    public double TrainListenedTo(string json)
    {
        var id = (string)Send(HttpMethod.Post, "training-jobs", Json(json))["id"]!;
        using (var events = _http.GetStreamAsync($"training-jobs/{id}/events").Result)
            events.CopyTo(Stream.Null);
        var job = Send(HttpMethod.Get, $"training-jobs/{id}");
        return (string)job["state"]! == "succeeded"
            ? (double)Send(HttpMethod.Get, $"training-jobs/{id}/history?maxPoints=3")["points"]!.AsArray()[^1]!["elapsedSeconds"]!
            : throw new InvalidOperationException(job.ToJsonString());
    }

    /// <summary>Measures a model on a dataset.</summary>
    public JsonNode Evaluate(string model, string dataset) => Send(HttpMethod.Post, $"models/{model}/evaluate", Json($$"""{"dataset":"{{dataset}}"}"""));

    /// <summary>Ends the process; its folder is as a crash would leave it.</summary>
    public void End()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        _http.Dispose();
        End();
        _process.Dispose();
        if (!_keepsFolder && Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    /// <summary>A body of JSON.</summary>
    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    /// <summary>A client with connections of its own.</summary>
    public HttpClient Connect() => new(Handler()) { BaseAddress = _http.BaseAddress };

    // Its certificate, where it has one, is the benchmark's own.
    private static HttpClientHandler Handler() => new() { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };

    /// <summary>Deletes what is at a path, where there is something.</summary>
    public void Delete(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        using var response = _http.Send(request);
        if (response.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotFound))
            throw new InvalidOperationException($"DELETE {path}: {response.StatusCode}");
    }

    /// <summary>Sends a request, which must succeed.</summary>
    public JsonNode Send(HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = _http.Send(request);
        using var reader = new StreamReader(response.Content.ReadAsStream());
        var text = reader.ReadToEnd();
        return response.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{method} {path}: {text}");
    }
}
