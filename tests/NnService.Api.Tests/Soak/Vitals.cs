using System.Diagnostics;

namespace NnService.Api.Tests.Soak;

/// <summary>Feels the pulse of a service under load: how long a health probe waits, on a connection of its own each time, and how much memory the process
/// holds; how long a small prediction takes on a connection that stays; how many files are open; and how long the log of the database becomes.</summary>
internal sealed class Vitals(HttpClient http, int processId, string folder, Func<HttpContent> question)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly List<double> _milliseconds = [];
    private readonly List<double> _predictions = [];

    /// <summary>The longest wait of a probe.</summary>
    public double LongestMilliseconds => _milliseconds.Max();

    /// <summary>The middle one.</summary>
    public double MedianMilliseconds => _milliseconds.Order().ElementAt(_milliseconds.Count / 2);

    /// <summary>The most memory the process ever had, as the kernel counts it (VmHWM).</summary>
    public long PeakBytes { get; private set; }

    /// <summary>The wait for a prediction of one row that 99 of 100 stay below.</summary>
    public double PredictionP99 => _predictions.Order().ElementAt(_predictions.Count * 99 / 100);

    /// <summary>The most files, sockets and pipes that it had open.</summary>
    public int MostHandles { get; private set; }

    /// <summary>The most bytes of the database's log (its WAL).</summary>
    public long MostLogBytes { get; private set; }

    /// <summary>Probes until it is told to stop. Errors: an <see cref="InvalidOperationException"/> where a probe is not answered with 200 within ten
    /// seconds.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval);
        while (!stop.IsCancellationRequested)
        {
            await ProbeAsync();
            await PredictAsync();
            MostHandles = Math.Max(MostHandles, Directory.GetFiles($"/proc/{processId}/fd").Length);
            MostLogBytes = Math.Max(MostLogBytes, new FileInfo(Path.Combine(folder, "nnservice.db-wal")) is { Exists: true } log ? log.Length : 0);
            PeakBytes = Kilobytes("VmHWM:") << 10;
            try
            {
                await timer.WaitForNextTickAsync(stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ProbeAsync()
    {
        using var probe = new HttpClient { BaseAddress = http.BaseAddress, Timeout = TimeSpan.FromSeconds(10) };
        var clock = Stopwatch.StartNew();
        try
        {
            using var answer = await probe.GetAsync("/health/ready");
            _milliseconds.Add(clock.Elapsed.TotalMilliseconds);
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException($"The health probe was answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
        catch (Exception gone) when (gone is HttpRequestException or OperationCanceledException)
        {
            throw new InvalidOperationException($"A health probe was not answered after {clock.Elapsed.TotalSeconds:0.0} s: {gone.Message}", gone);
        }
    }

    private async Task PredictAsync()
    {
        var clock = Stopwatch.StartNew();
        using var answer = await http.PostAsync("/api/v1/models/large/predict", question());
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException($"A prediction of one row was answered with {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        _predictions.Add(clock.Elapsed.TotalMilliseconds);
    }

    private long Kilobytes(string key)
    {
        var line = File.ReadLines($"/proc/{processId}/status").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) ?? $"{key} 0 kB";
        return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal));
    }
}
