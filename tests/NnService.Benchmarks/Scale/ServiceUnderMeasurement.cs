using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using NnService.Benchmarks.Accuracy;

namespace NnService.Benchmarks.Scale;

/// <summary>The service as a process of its own, with what is timed.</summary>
/// <param name="settings">Settings of the service, beside those of a measurement.</param>
internal sealed class ServiceUnderMeasurement(params string[] settings) : IDisposable
{
    private const int Repeats = 5;
    private const double QuickSeconds = 5;

    private ServiceUnderTest _service = New(null, settings);

    /// <summary>The service.</summary>
    public ServiceUnderTest Service => _service;

    /// <summary>Seconds of an action.</summary>
    public static double Seconds(Action action)
    {
        var begin = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Seconds of an action, the median of several.</summary>
    public static double Median(Action action, int repeats = Repeats)
    {
        var seconds = Enumerable.Range(0, repeats).Select(_ => Seconds(action)).Order().ToList();
        return seconds[repeats / 2];
    }

    /// <summary>The median of three times, or the one where that is not quick, as the peers' scripts take it.</summary>
    /// <param name="seconds">Does it once, and tells the seconds.</param>
    public static double MedianOfQuick(Func<double> seconds) =>
        seconds() is var first && first > QuickSeconds ? first : new[] { first, seconds(), seconds() }.Order().ElementAt(1);

    /// <summary>Uploads a CSV.</summary>
    /// <param name="name">Of the dataset.</param>
    /// <param name="write">Writes it.</param>
    public void Upload(string name, Action<TextWriter> write)
    {
        using var file = new TemporaryTable(write);
        _service.Upload(name, file.Path);
    }

    /// <summary>Trains to the end; what each stage took.</summary>
    public JobTimes Train(string json)
    {
        JsonNode job = null!;
        var post = Seconds(() => job = _service.Send(HttpMethod.Post, "training-jobs", ServiceUnderTest.Json(json)));
        // A stage that nobody has seen took no longer than from the last look before it to the end: never 0.
        var (evaluating, lastBefore) = (double.NaN, 0.0);
        while ((string)job["state"]! is "queued" or "running")
        {
            Thread.Sleep(2);
            var asked = DateTime.UtcNow;
            job = _service.Send(HttpMethod.Get, $"training-jobs/{job["id"]}");
            if ((string?)job["stage"] == "evaluating" && double.IsNaN(evaluating))
                evaluating = (DateTime.UtcNow - At("startedAt")).TotalSeconds;
            else if (job["startedAt"] is not null && (string?)job["state"] == "running")
                lastBefore = Math.Max(0, (asked - At("startedAt")).TotalSeconds);
        }

        if ((string)job["state"]! != "succeeded")
            throw new InvalidOperationException(job.ToJsonString());
        var last = _service.Send(HttpMethod.Get, $"training-jobs/{job["id"]}/history?maxPoints=3")["points"]!.AsArray()[^1]!;
        var (all, trained) = ((At("endedAt") - At("startedAt")).TotalSeconds, (double)last["elapsedSeconds"]!);
        evaluating = Math.Min(all, double.IsNaN(evaluating) ? lastBefore : evaluating);
        return new JobTimes((string)job["id"]!, post, Math.Max(0, evaluating - trained), trained, all - evaluating, all);

        DateTime At(string member) => DateTime.Parse((string)job[member]!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);
    }

    /// <summary>Ends the service, has somebody change its data folder, and starts it again there.</summary>
    public void Restart(Action<string> change)
    {
        var moved = $"{_service.Folder}-again";
        _service.Send(HttpMethod.Get, "training-jobs?limit=1");
        _service.End();
        Directory.Move(_service.Folder, moved);
        _service.Dispose();
        change(moved);
        _service = New(moved, settings);
    }

    public void Dispose()
    {
        _service.Dispose();
        if (Directory.Exists(_service.Folder))
            Directory.Delete(_service.Folder, recursive: true);
    }

    private static ServiceUnderTest New(string? folder, string[] settings) =>
        new(folder, ["--Training:LowPriority=false", "--Training:ThreadsPerJob=1", .. settings]);
}

/// <summary>What the stages of a job took, in seconds.</summary>
/// <param name="Id">The job.</param>
/// <param name="Post">Until it was accepted: planned and saved.</param>
/// <param name="Before">From its claim to the first step: planned again and encoded.</param>
/// <param name="Training">Its epochs.</param>
/// <param name="After">Baselines, metrics and the saved model.</param>
/// <param name="All">From its claim to its end.</param>
internal sealed record JobTimes(string Id, double Post, double Before, double Training, double After, double All);
