using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace NnService.Api.Tests.Soak;

/// <summary>
/// Sends a mix of hostile and of very large requests from many callers at once, and measures whether the service stays well: no answer of 500 and above,
/// health within a second, memory under its ceiling, and afterwards the same prediction as before.
/// </summary>
internal sealed class HostileSoak(string folder, int seed, Action<string> say) : IDisposable
{
    private const int Callers = 24;
    private const int LargeRows = 200_000;
    private const double HealthMilliseconds = 1000;
    private const string Question = """{"rows":[{"c0":0.5,"c1":1.5,"c2":2.5,"c3":3.5}]}""";

    private readonly ConcurrentDictionary<(string Kind, string Outcome), int> _outcomes = new();
    private readonly ConcurrentQueue<string> _faults = new();

    /// <summary>Runs for so long. Errors: an <see cref="InvalidOperationException"/> that says what was broken.</summary>
    public async Task RunAsync(TimeSpan length, long memoryBytes)
    {
        using var service = await ServiceProcess.Start(folder, $"--Limits:MemoryBytes={memoryBytes}", "--Serilog:MinimumLevel:Default=Warning");
        await SetUp(service.Wire);
        var before = (await service.Wire.Post("models/large/predict", Question)).Text;

        using var stop = new CancellationTokenSource(length);
        var vitals = new Vitals(
            service.Wire.Http, service.ProcessId, folder, () => new StringContent(Question, Encoding.UTF8, "application/json"));
        var watch = vitals.WatchAsync(stop.Token);
        await Task.WhenAll([watch,
            .. Enumerable.Range(0, Callers).Select(caller => Call(new HostileRequests(service.Wire.Http, new Random(seed + caller)), stop.Token))]);

        var after = (await service.Wire.Post("models/large/predict", Question)).Text;
        Report(vitals, memoryBytes);
        Must(_faults.IsEmpty, string.Join("\n", _faults.Distinct().Take(20)));
        Must(vitals.LongestMilliseconds < HealthMilliseconds, $"a health probe waited {vitals.LongestMilliseconds:0} ms");
        Must(vitals.PeakBytes < memoryBytes, $"the memory went up to {vitals.PeakBytes >> 20} MiB; the ceiling is {memoryBytes >> 20} MiB");
        Must(before == after, $"a prediction has changed from {before} to {after}");
        Must(await service.Terminate() == 0, "the service did not end well");
    }

    public void Dispose()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static async Task SetUp(Wire wire)
    {
        var random = new Random(1);
        var csv = new StringBuilder("c0,c1,c2,c3,c4,y\n");
        for (var row = 0; row < LargeRows; row++)
            csv.Append($"{random.NextDouble():0.000},{random.NextDouble():0.000},{random.Next(9)},{random.Next(99)},{"xyz"[random.Next(3)]},"
                + $"{random.NextDouble():0.000}\n");
        var upload = await wire.PostCsv("datasets?name=large", csv.ToString());
        Must(upload.Status == HttpStatusCode.Created, upload.Text);
        await wire.Upload("heights", "toy_heights.csv");
        await Ended(wire, """{"dataset":"large","target":"y","ignore":["c4"],"network":{"layers":[{"type":"dense","units":64},{"type":"dense"}]},"epochs":1"""
            + ""","batchSize":1024,"model":"large"}""");
        await Ended(wire, """{"dataset":"heights","target":"gender","ignore":["name"],"network":{"layers":[{"type":"dense","units":2},"""
            + """{"type":"dense","activation":"sigmoid"}]},"epochs":100000,"model":"long"}""");
    }

    private static async Task Ended(Wire wire, string job)
    {
        var answer = await wire.Post("training-jobs", job, ("Prefer", "wait=300"));
        Must((string?)answer.Json["state"] == "succeeded", answer.Text);
    }

    private async Task Call(HostileRequests requests, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var (kind, outcome) = await requests.SendOne();
            _outcomes.AddOrUpdate((kind, outcome.Name), 1, (_, count) => count + 1);
            if (outcome.Fault is { } fault)
                _faults.Enqueue($"{kind}: {fault}");
        }
    }

    private void Report(Vitals vitals, long memoryBytes)
    {
        foreach (var kind in _outcomes.GroupBy(outcome => outcome.Key.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal))
        {
            var outcomes = kind.OrderBy(outcome => outcome.Key.Outcome, StringComparer.Ordinal).Select(outcome => $"{outcome.Key.Outcome}: {outcome.Value}");
            say($"{kind.Key,-44} {string.Join("  ", outcomes)}");
        }

        say($"{_outcomes.Values.Sum()} requests; health: median {vitals.MedianMilliseconds:0.0} ms, longest {vitals.LongestMilliseconds:0} ms; "
            + $"a prediction: p99 {vitals.PredictionP99:0.0} ms; memory: at most {vitals.PeakBytes >> 20} MiB of {memoryBytes >> 20} MiB; "
            + $"handles: at most {vitals.MostHandles}; WAL: at most {vitals.MostLogBytes >> 20} MiB");
    }

    private static void Must(bool isKept, string broken)
    {
        if (!isKept)
            throw new InvalidOperationException(broken);
    }
}
