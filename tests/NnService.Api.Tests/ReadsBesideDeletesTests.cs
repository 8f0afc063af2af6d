using System.Collections.Concurrent;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>Readers at every door while the things they read are made and deleted again: an answer or 404, never a fault of the service.</summary>
public sealed class ReadsBesideDeletesTests : IDisposable
{
    private const int Rounds = 30;
    private const int Readers = 4;
    private const string Table = "x1,x2,y\n1,2,3\n2,3,5\n4,5,9\n1,1,2\n6,1,7\n";
    private const string Model = """{"name":"m","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""";
    private const string Job = """{"dataset":"d","target":"y","task":"regression","model":"trained","epochs":1,"split":{"train":1,"validation":0,"test":0}}""";

    private readonly TestService _service = new();
    private readonly ConcurrentDictionary<string, string> _faults = new();
    private readonly ConcurrentDictionary<int, int> _statuses = new();

    [Fact]
    public async Task A_version_that_is_deleted_while_it_is_read_is_not_found() => await Compete(
        async wire =>
        {
            await wire.Post("models", Model);
            await wire.Post("models", Model);
            await wire.Put("models/m/aliases/live", """{"version":2}""");
            await wire.Delete("models/m/aliases/live");
            await wire.Delete("models/m/versions/2");
            await wire.Delete("models/m");
        },
        [
            .. Get("models/m", "models/m/versions/1", "models/m/versions/live", "models/m/lineage", "models/m/versions/2/lineage", "models/m/formula"),
            .. Get("models/m/export/onnx", "models/m/versions/live/export/json", "models", "/v2/models/m", "/v2/models/m/versions/2", "/v2/models/m/ready"),
            Post("models/m/predict", """{"rows":[[1,2]]}"""), Post("models/m/versions/live/predict", """{"rows":[{"x1":1,"x2":2}]}"""),
            Post("models/m/predict?ignoreUnknown=true", """{"rows":[[1,2]]}"""), Post("models/m/trace", """{"row":[1,2],"target":3}"""),
            Post("models/m/explain", """{"row":[1,2]}"""), Post("models/m/verify", ""),
            Post("/v2/models/m/infer", """{"inputs":[{"name":"input","datatype":"FP32","shape":[1,2],"data":[1,2]}]}"""),
            Post("/v1/models/m:predict", """{"instances":[[1,2]]}"""), Post("/v1/models/m/versions/2:predict", """{"instances":[[1,2]]}"""),
            Post("/invocations?model=m", """{"instances":[[1,2]]}"""), Post("/invocations", """{"instances":[[1,2]]}"""),
        ]);

    [Fact]
    public async Task A_dataset_that_is_deleted_while_it_is_read_is_not_found()
    {
        var wire = _service.Wire;
        await wire.PostCsv("datasets?name=d", Table);
        await wire.Train(Job);
        await wire.Delete("datasets/d");
        await Compete(
            async writer =>
            {
                await writer.PostCsv("datasets?name=d", Table);
                await writer.Get("datasets/d/rows?limit=1");
                await writer.Delete("datasets/d");
            },
            [
                .. Get("datasets/d", "datasets/d/rows", "datasets/d/content", "datasets", "models/trained/export/onnx", "models/trained/export/json"),
                Post("models/trained/predict", """{"dataset":"d"}"""), Post("models/trained/evaluate", """{"dataset":"d"}"""),
                Post("training-jobs?validateOnly=true", Job), Post("models/trained/verify", "", "wait=0"),
            ]);
        var health = await wire.Get("/health/ready");
        Assert.Equal("""{"status":"ready","reasons":[]}""", health.Text); // what was deleted is not damaged
    }

    [Fact]
    public async Task A_job_that_is_deleted_while_it_is_read_is_not_found()
    {
        await _service.Wire.PostCsv("datasets?name=d", Table);
        var round = 0;
        await Compete(
            async wire =>
            {
                var key = ("Idempotency-Key", $"round-{Interlocked.Increment(ref round) / 2}");
                var id = (string?)(await wire.Post("training-jobs", Job, key)).Json["id"];
                await wire.Post("training-jobs/latest/cancel", "");
                await wire.Delete($"training-jobs/{id}");
                await wire.Delete("training-jobs/latest");
                await wire.Delete("models/trained");
            },
            [
                .. Get("training-jobs", "training-jobs/latest", "training-jobs/latest/history", "training-jobs/latest/loss.svg", "training-jobs/latest/events"),
                Post("training-jobs/latest/trace", """{"row":[1,2],"target":3}"""),
                Post("training-jobs/latest/pause", ""), Post("training-jobs/latest/resume", ""),
                Post("training-jobs", Job.Replace("trained", "other", StringComparison.Ordinal), "wait=1"),
            ],
            Rounds);
    }

    [Fact]
    public async Task A_network_that_is_deleted_while_it_is_read_is_not_found()
    {
        await _service.Wire.PostCsv("datasets?name=d", Table);
        await Compete(
            async wire =>
            {
                await wire.Post("networks", """{"name":"n","layers":[{"type":"dense","units":1}]}""");
                await wire.Delete("networks/n");
            },
            [
                .. Get("networks", "networks/n"),
                Post("training-jobs?validateOnly=true", """{"dataset":"d","target":"y","task":"regression","network":"n"}"""),
            ]);
    }

    public void Dispose() => _service.Dispose();

    private static Door[] Get(params string[] paths) => [.. paths.Select(path => new Door(HttpMethod.Get, path, null, null))];

    private static Door Post(string path, string body, string? prefer = null) => new(HttpMethod.Post, path, body, prefer);

    // One makes and deletes, the others read until it has done so often enough; one of them at the doors that take long.
    private async Task Compete(Func<Wire, Task> makeAndDelete, Door[] doors, int rounds = Rounds)
    {
        using var over = new CancellationTokenSource();
        var wire = _service.Wire;
        Door[] quick = [.. doors.Where(door => !door.IsSlow)], slow = [.. doors.Where(door => door.IsSlow)];
        Task[] readers = [.. Enumerable.Range(0, Readers)
            .Select(number => Task.Run(() => ReadAsync(wire, number == 0 && slow.Length > 0 ? slow : quick, number, over.Token)))];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var round = 0; (round < rounds || !MetBothStates) && _faults.IsEmpty && !deadline.IsCancellationRequested; round++)
            await makeAndDelete(wire);
        await over.CancelAsync();
        var all = Task.WhenAll(readers);
        while (await Task.WhenAny(all, Task.Delay(50)) != all)
            wire.Http.CancelPendingRequests(); // one may listen to a job that another has paused, and nobody resumes any more
        await all;

        Assert.Empty(_faults);
        Assert.True(MetBothStates, "The readers met one state alone.");
    }

    private bool MetBothStates => _statuses.GetValueOrDefault(200) > 0 && _statuses.GetValueOrDefault(404) + _statuses.GetValueOrDefault(400) > 0;

    private async Task ReadAsync(Wire wire, Door[] doors, int first, CancellationToken over)
    {
        for (var i = first * doors.Length / Readers; !over.IsCancellationRequested; i++)
        {
            var door = doors[i % doors.Length];
            using var content = door.Body is null ? null : new StringContent(door.Body, Encoding.UTF8, "application/json");
            Answer answer;
            try
            {
                answer = await wire.Send(door.Method, door.Path, content, door.Prefer is null ? [] : [("Prefer", door.Prefer)]);
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                return;
            }

            _statuses.AddOrUpdate((int)answer.Status, 1, (_, count) => count + 1);
            if ((int)answer.Status >= 500)
                _faults.TryAdd($"{door.Method} {door.Path}", $"{(int)answer.Status} {answer.Text}");
        }
    }

    private sealed record Door(HttpMethod Method, string Path, string? Body, string? Prefer)
    {
        public bool IsSlow => Path.Contains("/export/", StringComparison.Ordinal) || Path.EndsWith("/verify", StringComparison.Ordinal) || Prefer is not null;
    }
}
