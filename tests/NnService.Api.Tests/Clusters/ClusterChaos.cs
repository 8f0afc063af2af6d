using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using NnService.Api.Tests.Crashes;
using NnService.Api.Tests.Databases;
using NnService.Api.Tests.Storage;

namespace NnService.Api.Tests.Clusters;

/// <summary>
/// Three workers and two nodes that answer, on one PostgreSQL server. While jobs, studies and predictions flow, nodes are killed, frozen and stopped, the
/// server is restarted, connections are cut and the disk of a worker is filled. At the end every job that was acknowledged must have one outcome, with the
/// weights and the history of an undisturbed run, and nobody who listened may have missed anything.
/// </summary>
/// <param name="folder">For everything that it writes.</param>
/// <param name="seed">Of what it does when.</param>
/// <param name="isOnS3">Whether the nodes keep their blobs in a bucket instead of a folder.</param>
/// <param name="say">Takes lines for people.</param>
internal sealed class ClusterChaos(string folder, int seed, bool isOnS3, Action<string> say) : IDisposable
{
    private static readonly string[] s_workers = ["worker-1", "worker-2", "worker-3"], s_fronts = ["front-1", "front-2"];
    private static readonly TimeSpan s_frozen = TimeSpan.FromSeconds(12); // twice the patience of the nodes
    private static readonly string s_cramped = s_workers[^1]; // whose data folder is a small file system, where one can be mounted

    private const double MostSeconds = 5; // one is promised, of a machine that does nothing else; the figures are printed

    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<string, LedgerJob> _jobs = new();
    private readonly ConcurrentDictionary<string, string> _studies = new();
    private readonly ConcurrentBag<Task<EventWatcher>> _listeners = [];
    private readonly List<(string Id, DateTime At)> _interrupted = [];
    private readonly List<double> _cancelSeconds = [], _aliasSeconds = [];
    private PostgreSqlServer? _server;
    private S3Server? _bucket;
    private TestCluster? _cluster;
    private string? _prediction;
    private int _number, _predictions, _unanswered, _reconnects;
    private bool _hasSmallDisk;

    /// <summary>Runs so many rounds. Errors: an <see cref="InvalidOperationException"/> that says which promise was broken.</summary>
    public async Task RunAsync(int rounds)
    {
        var undisturbed = await CrashHarness.TrainUndisturbed(folder + "-undisturbed");
        _hasSmallDisk = SmallDiskFactAttribute.Mount(SmallDisk);
        _server = PostgreSqlServer.Start();
        _server.Execute("CREATE DATABASE chaos");
        _bucket = isOnS3 ? await S3Server.Start() : null;
        _cluster = new TestCluster(folder, _server.ConnectionString("chaos"), _bucket is null ? [] : ["--Storage:BlobFolder=", .. _bucket.Settings]);
        await Task.WhenAll([.. s_fronts.Select(name => _cluster.Start(name, "api")), .. s_workers.Select(name => _cluster.Start(name, "worker"))]);
        await Prepare();
        undisturbed.Add(await CrashHarness.Result(_cluster[s_fronts[0]], await _cluster[s_fronts[0]].Train(Body(Kinds - 1, "long-undisturbed"))));
        await MeasureCancel();
        await MeasureAlias();

        using var stop = new CancellationTokenSource();
        Task[] callers = [Repeat(Create, 300, stop.Token), Repeat(Control, 400, stop.Token), Repeat(Study, 4000, stop.Token), Repeat(Predict, 20, stop.Token)];
        for (var round = 1; round <= rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            var what = await Disturb(round);
            await Task.Delay(TimeSpan.FromSeconds(2 + (_random.NextDouble() * 3)), CancellationToken.None);
            say($"round {round}: {what}, {clock.Elapsed.TotalSeconds:0.0} s");
            if (callers.FirstOrDefault(caller => caller.IsFaulted) is { } broken)
            {
                SayErrors();
                await broken;
            }
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        await CheckOutcomes(undisturbed);
        foreach (var watcher in await Task.WhenAll(_listeners))
        {
            var (front, job) = (_cluster[s_fronts[0]], watcher.Job);
            watcher.Compare(
                (await front.Get($"training-jobs/{job}/history")).Json["points"]!.AsArray().Select(point => (int)point!["epoch"]!),
                (await front.Get($"training-jobs/{job}")).Json["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!));
        }

        Must(!_listeners.IsEmpty, "nobody has listened to a job");
        say($"{rounds} rounds: {_jobs.Count} jobs and {_studies.Count} studies, each with one outcome and the bits of an undisturbed run; {_predictions} predictions, "
            + $"{_unanswered} of them unanswered and none wrong; {_listeners.Count} listeners, {_reconnects} reconnects, no event lost");
        say($"cancel across nodes, to the start of the next job: {Median(_cancelSeconds):0.000} s; an alias seen by the other node: {Median(_aliasSeconds):0.000} s, "
            + $"at most {_aliasSeconds.Max():0.000} s; " + (_resumed.Count == 0 ? "no long job was under way on a node that was killed"
                : $"a job of a dead node claimed again after {Median(_resumed):0.0} s (median of {_resumed.Count}), at most {_resumed.Max():0.0} s"));
    }

    private readonly List<double> _resumed = [];

    public void Dispose()
    {
        _cluster?.Dispose();
        _server?.Dispose();
        _bucket?.Dispose();
        if (_hasSmallDisk)
            SmallDiskFactAttribute.Unmount(SmallDisk);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private async Task Prepare()
    {
        var front = _cluster![s_fronts[0]];
        await front.Upload("digits", "digits.csv");
        await front.Upload("heights", "toy_heights.csv");
        await front.Train(TestCluster.ShortJob("constant"));
        await front.Train(TestCluster.ShortJob("constant"));
        await front.Put("models/constant/aliases/live", """{"version":1}""");
        _prediction = Values((await front.Post("models/constant/versions/1/predict", Row)).Json);
    }

    // All workers are busy with jobs that do not end, and one waits: it begins when one of those has been cancelled through the other node.
    private async Task MeasureCancel()
    {
        var (a, b) = (_cluster![s_fronts[0]], _cluster[s_fronts[1]]);
        for (var i = 0; i < 5; i++)
        {
            var busy = new List<string>();
            for (var worker = 0; worker < s_workers.Length; worker++)
                busy.Add((string)(await a.Post("training-jobs", EndlessJob.OnHeights("heights", $"busy-{i}-{worker}"))).Json["id"]!);
            foreach (var id in busy)
                await a.Until(id, "running");
            var next = (string)(await a.Post("training-jobs", EndlessJob.OnHeights("heights", $"next-{i}"))).Json["id"]!;
            var clock = Stopwatch.StartNew();
            await b.Post($"training-jobs/{busy[0]}/cancel", "");
            await b.Until(next, "running");
            _cancelSeconds.Add(clock.Elapsed.TotalSeconds);
            await b.CancelAll();
            await TestCluster.Until(b, cluster => cluster["nodes"]!.AsArray().All(node => node!["jobs"]!.AsArray().Count == 0));
        }

        Must(Median(_cancelSeconds) < MostSeconds, $"a cancelled job kept its worker for {Median(_cancelSeconds):0.000} s");
    }

    private async Task MeasureAlias()
    {
        var (a, b) = (_cluster![s_fronts[0]], _cluster[s_fronts[1]]);
        for (var i = 0; i < 20; i++)
        {
            var version = 2 - (i % 2);
            await a.Put("models/constant/aliases/live", $$"""{"version":{{version}}}""");
            var clock = Stopwatch.StartNew();
            while ((int)(await b.Post("models/constant/versions/live/predict", Row)).Json["version"]! != version)
                Must(clock.Elapsed < TimeSpan.FromSeconds(10), "the other node never saw the alias");
            _aliasSeconds.Add(clock.Elapsed.TotalSeconds);
        }

        Must(_aliasSeconds.Max() < MostSeconds, $"an alias was seen after {_aliasSeconds.Max():0.000} s");
    }

    private async Task<string> Disturb(int round)
    {
        var (worker, front) = (s_workers[Dice(s_workers.Length)], s_fronts[Dice(s_fronts.Length)]);
        switch (round <= 8 ? round - 1 : Dice(8)) // the first rounds have one of each kind
        {
            case 0:
                await NoteInterrupted(worker);
                await _cluster!.Kill(worker);
                await Task.Delay(Dice(12_000), CancellationToken.None);
                await _cluster.Start(worker, "worker");
                return $"{worker} killed";
            case 1:
                await _cluster!.Nodes[worker].Freeze();
                await Task.Delay(s_frozen, CancellationToken.None);
                await _cluster.Nodes[worker].Wake();
                return $"{worker} frozen for {s_frozen.TotalSeconds:0} s";
            case 2:
                _server!.Stop();
                await Task.Delay(Dice(4000), CancellationToken.None);
                _server.Begin();
                return "PostgreSQL restarted";
            case 3:
                await _cluster!.Kill(front);
                await Task.Delay(Dice(2000), CancellationToken.None);
                await _cluster.Start(front, "api");
                return $"{front} killed";
            case 4:
                return await FillDisk();
            case 5:
                Must(await _cluster!.Stop(worker) == 0, $"{worker} did not end well");
                await _cluster.Start(worker, "worker");
                return $"{worker} stopped";
            case 6:
                _server!.Execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'chaos'");
                return "all connections cut";
            default:
                await _cluster!.Nodes[front].Freeze();
                await Task.Delay(s_frozen / 2, CancellationToken.None);
                await _cluster.Nodes[front].Wake();
                return $"{front} frozen for {s_frozen.TotalSeconds / 2:0} s";
        }
    }

    // A refusal names no reason that only the log has.
    private void SayErrors()
    {
        foreach (var (name, node) in _cluster!.Nodes)
            foreach (var line in node.SaidSoFar().Where(line => line.Contains("Exception", StringComparison.Ordinal)).TakeLast(20))
                say($"{name}: {line}");
    }

    private string SmallDisk => Path.Combine(folder, s_cramped);

    private async Task<string> FillDisk()
    {
        if (!_hasSmallDisk)
            return "no disk filled: a small file system cannot be mounted here";
        var ballast = Path.Combine(SmallDisk, "ballast");
        await using (var file = new FileStream(ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            try
            {
                while (true)
                    file.Write(new byte[4096]);
            }
            catch (IOException)
            {
                // It is full.
            }

        await Task.Delay(1000 + Dice(5000), CancellationToken.None);
        File.Delete(ballast);
        return $"the disk of {s_cramped} filled";
    }

    // When it trains something, if it does within some seconds.
    private async Task NoteInterrupted(string worker)
    {
        for (var i = 0; i < 100; i++)
        {
            var nodes = await Ask(wire => TestCluster.Look(wire));
            if (nodes is not null && nodes.TryGetValue(worker, out var node) && node["jobs"]!.AsArray() is { Count: > 0 } jobs
                && jobs.Any(job => (int)job!["epochs"]! == LongEpochs))
            {
                _interrupted.AddRange(jobs.Select(job => ((string)job!["id"]!, DateTime.UtcNow)));
                return;
            }

            await Task.Delay(100, CancellationToken.None);
        }
    }

    // Through one node or the other, whichever answers.
    private async Task<T?> Ask<T>(Func<Wire, Task<T>> ask)
        where T : class
    {
        var first = Dice(s_fronts.Length);
        for (var i = 0; i < s_fronts.Length; i++)
            if (_cluster!.Nodes.TryGetValue(s_fronts[(first + i) % s_fronts.Length], out var node))
                try
                {
                    return await ask(node.Wire).WaitAsync(TimeSpan.FromSeconds(20));
                }
                catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException or TimeoutException or ObjectDisposedException)
                {
                }

        return null;
    }

    private static async Task Repeat(Func<Task> call, int milliseconds, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await call();
            await Task.Delay(milliseconds, CancellationToken.None);
        }
    }

    // Again and again with one key, until it has been acknowledged: that must make one job, whichever node has made it.
    private async Task Create()
    {
        if (_jobs.Values.Count(job => !job.HasEnded && !job.IsCancelled) >= 5)
            return;
        var (kind, model) = (Dice(Kinds), $"model-{Interlocked.Increment(ref _number)}");
        while (true)
        {
            var answer = await Ask(wire => wire.Post("training-jobs", Body(kind, model), ("Idempotency-Key", model)));
            if (answer is { Status: HttpStatusCode.Accepted })
            {
                var id = (string)answer.Json["id"]!;
                _jobs[id] = new LedgerJob(kind, model);
                _listeners.Add(Listen(id));
                return;
            }

            Must(answer is null or { Status: HttpStatusCode.ServiceUnavailable }, $"job: {answer?.Text}");
            await Task.Delay(200, CancellationToken.None);
        }
    }

    private async Task Control()
    {
        foreach (var (id, job) in _jobs.Where(job => !job.Value.HasEnded).ToList())
            if (await Ask(wire => wire.Get($"training-jobs/{id}")) is { Status: HttpStatusCode.OK } row)
                job.HasEnded = row.Json["endedAt"] is not null;
        var open = _jobs.Where(job => !job.Value.HasEnded).ToList();
        if (open.Count == 0)
            return;
        var (chosen, ledger) = open[Dice(open.Count)];
        var verb = Dice(16) switch { 0 => "cancel", < 4 => "pause", _ => "resume" };
        ledger.MayBeCancelled |= verb == "cancel";
        var answer = await Ask(wire => wire.Post($"training-jobs/{chosen}/{verb}", ""));
        Must(answer is null or { Status: HttpStatusCode.Accepted or HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable }, $"{verb}: {answer?.Text}");
        ledger.IsCancelled |= verb == "cancel" && answer is { Status: HttpStatusCode.Accepted };
    }

    private async Task Study()
    {
        if (_studies.Count >= 4)
            return;
        var name = $"study-{_studies.Count}";
        var answer = await Ask(wire => wire.Post("studies", $$"""
            {"name":"{{name}}","trials":4,"seed":5,"search":{"/optimizer/learningRate":{"logUniform":[0.001,0.1]} },
             "job":{"dataset":"digits","target":"digit","epochs":10,"recipe":"fast","network":{"layers":[{"type":"dense","units":16,"activation":"relu"},{"type":"dense","activation":"softmax"}]} } }
            """));
        Must(answer is null or { Status: HttpStatusCode.Accepted or HttpStatusCode.Created or HttpStatusCode.ServiceUnavailable or HttpStatusCode.Conflict },
            $"study: {answer?.Text}");
        if (answer is { Status: HttpStatusCode.Accepted or HttpStatusCode.Created })
            _studies[(string)answer.Json["id"]!] = name;
    }

    private async Task Predict()
    {
        _predictions++;
        var answer = await Ask(wire => wire.Post("models/constant/versions/1/predict", Row));
        Must(answer is null or { Status: HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable }, $"predict: {answer?.Text}");
        if (answer is not { Status: HttpStatusCode.OK })
            _unanswered++;
        else
            Must(Values(answer.Json) == _prediction, $"predict answers {answer.Text}");
    }

    // Every transition and every epoch in order, over all reconnects, each to another node than the last.
    private async Task<EventWatcher> Listen(string id)
    {
        var watcher = new EventWatcher(id);
        for (var front = 0; !watcher.IsDone; front = 1 - front)
        {
            if (_cluster!.Nodes.TryGetValue(s_fronts[front], out var node))
                try
                {
                    await watcher.Follow(node.Wire.Http);
                }
                catch (Exception gone) when (gone is HttpRequestException or IOException or OperationCanceledException or ObjectDisposedException)
                {
                }

            if (watcher.IsDone)
                break;
            Interlocked.Increment(ref _reconnects);
            await Task.Delay(100, CancellationToken.None);
        }

        return watcher;
    }

    private async Task CheckOutcomes(List<(string Sha256, string History)> undisturbed)
    {
        var front = _cluster![s_fronts[0]];
        foreach (var (id, ledger) in _jobs)
        {
            await front.Post($"training-jobs/{id}/resume", "");
            var ended = await front.Until(id, row => row["endedAt"] is not null || (string?)row["state"] == "paused");
            Must(ended["endedAt"] is not null, $"job {id} is paused after its resume: {ended.ToJsonString()}");
            var states = ended["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!).ToList();
            Must(states.Count(state => state is "succeeded" or "failed" or "cancelled") == 1, $"job {id} has ended more than once: {string.Join(' ', states)}");
            NoteResumed(id, ended);
            if (ledger.MayBeCancelled && (string?)ended["state"] == "cancelled")
                continue;
            Must(!ledger.IsCancelled, $"job {id} was cancelled and is {ended["state"]}");
            Must((string?)ended["state"] == "succeeded", $"job {id} of kind {ledger.Kind}: {ended.ToJsonString()}");
            var (sha256, history) = await CrashHarness.Result(front, ended);
            Must(sha256 == undisturbed[ledger.Kind].Sha256, $"job {id} of kind {ledger.Kind} has other weights than an undisturbed run");
            Must(history == undisturbed[ledger.Kind].History, $"job {id} of kind {ledger.Kind} has another history than an undisturbed run");
        }

        var jobs = new List<string>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = (await front.Get($"training-jobs?limit=500&fields=id,configuration.model{cursor}")).Json;
            jobs.AddRange(page["items"]!.AsArray().Where(job => ((string)job!["configuration"]!["model"]!).StartsWith("model-", StringComparison.Ordinal))
                .Select(job => (string)job!["id"]!));
            cursor = (string?)page["nextCursor"] is { } next ? $"&cursor={next}" : null;
        }

        Must(jobs.Order().SequenceEqual(_jobs.Keys.Order()), $"{jobs.Count} jobs were made, {_jobs.Count} acknowledged");
        var winners = new HashSet<string>();
        foreach (var id in _studies.Keys)
        {
            var study = await front.UntilAt($"studies/{id}", row => row["endedAt"] is not null);
            Must((string?)study["state"] == "succeeded", $"study {id}: {study.ToJsonString()}");
            winners.Add($"trial {study["best"]!["number"]} with {study["best"]!["value"]}");
        }

        Must(_studies.Count > 1, "of equal studies there are not two");
        Must(winners.Count == 1, $"equal studies have unlike winners: {string.Join("; ", winners)}");
        Must((bool)(await front.Get("audit/verification")).Json["holds"]!, "the audit log does not hold");
    }

    // From the death of its node to the next claim.
    private void NoteResumed(string id, JsonNode job)
    {
        foreach (var (_, at) in _interrupted.Where(interrupted => interrupted.Id == id))
            if (job["transitions"]!.AsArray().FirstOrDefault(transition => (string?)transition!["state"] == "running"
                && ((DateTime)transition["at"]!).ToUniversalTime() > at) is { } claim)
                _resumed.Add((((DateTime)claim["at"]!).ToUniversalTime() - at).TotalSeconds);
    }

    private const int Kinds = CrashJobs.Kinds + 1, LongEpochs = 3000;

    // Those of the crash harness take a second; the last one takes so long that something happens to it.
    private static string Body(int kind, string model) =>
        kind < CrashJobs.Kinds ? CrashJobs.Body(kind, model) : EndlessJob.OnDigits("digits", model, LongEpochs);

    private const string Row = """{"rows":[{"weight_lb":150,"height_in":65}]}""";

    private static string Values(JsonNode answer) => answer["predictions"]!.ToJsonString();

    private static double Median(List<double> values) => values.Count == 0 ? double.NaN : values.Order().ElementAt(values.Count / 2);

    private int Dice(int sides)
    {
        lock (_random)
            return _random.Next(sides);
    }

    private static void Must(bool isKept, string broken)
    {
        if (!isKept)
            throw new InvalidOperationException(broken);
    }
}
