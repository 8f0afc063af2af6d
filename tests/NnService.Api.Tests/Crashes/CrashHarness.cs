using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Crashes;

/// <summary>
/// Kills the service at random instants, while tables are uploaded, networks made, jobs started, paused, resumed, cancelled and deleted, trainings run and
/// checkpoints are written, and in the middle of a start, the first one with its migrations included. After every start it compares what is there with what
/// had been acknowledged; at the end it waits for the jobs and compares their models and histories with those of undisturbed runs.
/// </summary>
internal sealed class CrashHarness(string folder, int seed, Action<string> say) : IDisposable
{
    private static readonly string[] Settings = ["--Training:CheckpointSeconds=0.05", "--Training:MaxConcurrentJobs=2", "--Training:ThreadsPerJob=1"];

    private readonly Random _random = new(seed);
    private readonly Ledger _ledger = new();
    private readonly List<(string Sha256, string History)> _undisturbed = [];
    private int _number;

    /// <summary>Runs so many rounds. Errors: an <see cref="InvalidOperationException"/> that says which promise was broken.</summary>
    public async Task RunAsync(int rounds)
    {
        _undisturbed.AddRange(await TrainUndisturbed(folder + "-undisturbed"));
        for (var round = 1; round <= rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            var how = _random.Next(100) < 15 ? await DieWhileStarting() : await DieAtWork();
            say($"round {round}: killed {how}, {clock.Elapsed.TotalSeconds:0.0} s");
        }

        using var last = await ServiceProcess.Start(folder, Settings);
        await Check(last.Wire);
        await CheckOutcomes(last.Wire);
        say($"{rounds} rounds: {_ledger.Datasets.Count} datasets, {_ledger.Jobs.Count} jobs ({_ledger.Attempts} attempts), nothing lost, nothing half, "
            + $"every hash as undisturbed");
    }

    public void Dispose()
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>What each kind of job comes to when nothing happens to it.</summary>
    internal static async Task<List<(string Sha256, string History)>> TrainUndisturbed(string clean)
    {
        var undisturbed = new List<(string, string)>();
        try
        {
            using var service = await ServiceProcess.Start(clean, "--Training:CheckpointSeconds=3600");
            await service.Wire.Upload("digits", "digits.csv");
            for (var kind = 0; kind < CrashJobs.Kinds; kind++)
            {
                var job = await service.Wire.Train(CrashJobs.Body(kind, $"undisturbed-{kind}"));
                undisturbed.Add(await Result(service.Wire, job));
            }

            return undisturbed;
        }
        finally
        {
            Directory.Delete(clean, recursive: true);
        }
    }

    private async Task<string> DieWhileStarting()
    {
        if (_random.Next(3) == 0 && _ledger.IsEmpty && Directory.Exists(folder))
            Directory.Delete(folder, recursive: true); // once more from nothing, so that the migrations are hit too
        var milliseconds = _random.Next(50, 900);
        await ServiceProcess.StartAndKill(folder, TimeSpan.FromMilliseconds(milliseconds), Settings);
        return $"{milliseconds} ms after its launch";
    }

    private async Task<string> DieAtWork()
    {
        using var service = await ServiceProcess.Start(folder, Settings);
        await Check(service.Wire);
        if (_ledger.IsEmpty)
        {
            await service.Wire.Upload("digits", "digits.csv");
            _ledger.Datasets["digits"] = Hash(Wire.Sample("digits.csv"));
        }

        using var stop = new CancellationTokenSource();
        Task[] callers = [Repeat(service.Wire, Upload, stop.Token), Repeat(service.Wire, Create, stop.Token),
            Repeat(service.Wire, Control, stop.Token), Repeat(service.Wire, Remove, stop.Token)];
        var milliseconds = _random.Next(20, 2500);
        await Task.Delay(milliseconds, CancellationToken.None);
        await service.Kill();
        await stop.CancelAsync();
        await Task.WhenAll(callers);
        return $"{milliseconds} ms into its work";
    }

    // A caller goes on until the service is gone under it; what was not answered may have happened or not.
    private static async Task Repeat(Wire wire, Func<Wire, Task> call, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await call(wire);
                await Task.Delay(15, stop);
            }
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException)
        {
        }
    }

    private async Task Upload(Wire wire)
    {
        var name = $"table-{Interlocked.Increment(ref _number)}";
        var rows = 1 << Dice(14);
        var csv = new StringBuilder("a,b\n");
        for (var row = 0; row < rows; row++)
            csv.Append(row).Append(',').Append(row * 7 % 13).Append('\n');
        var answer = await wire.PostCsv($"datasets?name={name}", csv.ToString());
        Must(answer.Status == HttpStatusCode.Created, $"upload: {answer.Text}");
        lock (_ledger)
            _ledger.Datasets[name] = Hash(csv.ToString());
    }

    private async Task Create(Wire wire)
    {
        if (_ledger.Unended >= 4)
            return;
        var kind = Dice(CrashJobs.Kinds);
        var model = $"model-{Interlocked.Increment(ref _number)}";
        var answer = await wire.Post("training-jobs", CrashJobs.Body(kind, model), ("Idempotency-Key", model));
        Must(answer.Status == HttpStatusCode.Accepted, $"job: {answer.Text}");
        lock (_ledger)
            _ledger.Jobs[(string)answer.Json["id"]!] = new LedgerJob(kind, model);
    }

    private async Task Control(Wire wire)
    {
        if (_ledger.Any(_random) is not var (id, job))
            return;
        var verb = Dice(12) switch { 0 => "cancel", < 5 => "pause", _ => "resume" };
        job.MayBeCancelled |= verb == "cancel";
        var answer = await wire.Post($"training-jobs/{id}/{verb}", "");
        Must(answer.Status is HttpStatusCode.Accepted or HttpStatusCode.Conflict or HttpStatusCode.NotFound, $"{verb}: {answer.Text}");
        if (answer.Status == HttpStatusCode.Accepted && verb == "cancel")
            job.IsCancelled = true;
        if (answer.Status == HttpStatusCode.Conflict)
            job.HasEnded = true;
    }

    private async Task Remove(Wire wire)
    {
        string? name;
        lock (_ledger)
            name = _ledger.Datasets.Count > 6 ? _ledger.Datasets.Keys.Where(table => table != "digits").MinBy(_ => _random.Next()) : null;
        if (name is null)
            return;
        lock (_ledger)
            _ledger.Datasets.Remove(name, out _); // from here on it may be gone
        var answer = await wire.Delete($"datasets/{name}");
        Must(answer.Status == HttpStatusCode.NoContent, $"delete: {answer.Text}");
        lock (_ledger)
            _ledger.Deleted.Add(name);
    }

    private async Task Check(Wire wire)
    {
        var tables = (await All(wire, "datasets")).ToDictionary(table => (string)table["name"]!);
        foreach (var (name, sha256) in _ledger.Datasets)
            Must(tables.TryGetValue(name, out var profile) && (string?)profile["sha256"] == sha256, $"dataset {name} was acknowledged and is not there");
        foreach (var name in _ledger.Deleted)
            Must(!tables.ContainsKey(name), $"dataset {name} was deleted and is there again");
        foreach (var (name, profile) in tables)
        {
            var content = await wire.Get($"datasets/{name}/content");
            Must(content.Status == HttpStatusCode.OK && Hash(content.Text) == (string?)profile["sha256"], $"dataset {name} is half there");
        }

        var jobs = (await All(wire, "training-jobs")).ToDictionary(job => (string)job["id"]!);
        foreach (var (id, job) in _ledger.Jobs)
        {
            Must(jobs.TryGetValue(id, out var row), $"job {id} was acknowledged and is not there");
            Must(!job.IsCancelled || (string?)row!["state"] == "cancelled", $"job {id} was cancelled and is {row!["state"]}");
        }

        await CheckAuditLog(wire, tables.Keys);
        Must((await wire.Get("/health/ready")).Text.Contains("\"ready\"", StringComparison.Ordinal), "the service does not feel well");
    }

    // Whatever was made or deleted has its entry, acknowledged or not.
    private async Task CheckAuditLog(Wire wire, IEnumerable<string> tables)
    {
        Must((bool)(await wire.Get("audit/verification")).Json["holds"]!, "the audit log does not hold");
        var targets = (await All(wire, "audit")).Select(entry => (string)entry["target"]!).ToHashSet();
        foreach (var name in tables)
            Must(targets.Contains($"/api/v1/datasets?name={name}"), $"the audit log does not know who made dataset {name}");
        foreach (var name in _ledger.Deleted)
            Must(targets.Contains($"/api/v1/datasets/{name}"), $"the audit log does not know who deleted dataset {name}");
    }

    private static async Task<List<JsonNode>> All(Wire wire, string path)
    {
        var all = new List<JsonNode>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await wire.Get($"{path}?limit=500{cursor}");
            Must(page.Status == HttpStatusCode.OK, $"list of {path}: {page.Text}");
            all.AddRange(page.Json["items"]!.AsArray().Select(item => item!));
            cursor = page.Json["nextCursor"] is { } next ? $"&cursor={next}" : null;
        }

        return all;
    }

    private async Task CheckOutcomes(Wire wire)
    {
        foreach (var (id, job) in _ledger.Jobs)
        {
            await wire.Post($"training-jobs/{id}/resume", "");
            var ended = await wire.Until(id, row => row["endedAt"] is not null);
            _ledger.Attempts += (int)ended["attempt"]!;
            var states = ended["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!).ToList();
            Must(states.Count(state => state is "succeeded" or "failed" or "cancelled") == 1, $"job {id} has ended more than once: {string.Join(' ', states)}");
            if (job.MayBeCancelled && (string?)ended["state"] == "cancelled")
                continue;
            Must(!job.IsCancelled, $"job {id} was cancelled and is {ended["state"]}");
            Must((string?)ended["state"] == "succeeded", $"job {id} of kind {job.Kind}: {ended.ToJsonString()}");
            var (sha256, history) = await Result(wire, ended);
            Must(sha256 == _undisturbed[job.Kind].Sha256, $"job {id} of kind {job.Kind} has other weights than an undisturbed run");
            Must(history == _undisturbed[job.Kind].History, $"job {id} of kind {job.Kind} has another history than an undisturbed run");
        }

        await UntilNoCheckpointIsLeft();
    }

    // A job's checkpoints go after its row says that it has ended: in the other order a kill between the two would lose both.
    private async Task UntilNoCheckpointIsLeft()
    {
        using var deadline = new CancellationTokenSource(Wire.Patience);
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Directory.GetFiles(Path.Combine(folder, "checkpoints")).Length > 0)
        {
            Must(!deadline.IsCancellationRequested, "checkpoints of ended jobs are left");
            await glance.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>The hash of an ended job's weights, and its history without the times.</summary>
    internal static async Task<(string Sha256, string History)> Result(Wire wire, JsonNode job)
    {
        var model = (await wire.Get($"models/{job["model"]!["name"]}/versions/1")).Json;
        var points = (await wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray();
        foreach (var point in points)
            point!.AsObject().Remove("elapsedSeconds");
        return ((string)model["sha256"]!, points.ToJsonString());
    }

    private int Dice(int sides)
    {
        lock (_random)
            return _random.Next(sides);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static void Must(bool isKept, string broken)
    {
        if (!isKept)
            throw new InvalidOperationException(broken);
    }
}
