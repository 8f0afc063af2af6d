using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Specs;

namespace NnService.Api.Tests;

/// <summary>Pause, resume, stop, cancel; requests sent twice; listeners.</summary>
public sealed class JobControlTests(TestService service) : IClassFixture<TestService>, IAsyncLifetime
{
    private readonly Wire _wire = service.Wire;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _wire.CancelAll();

    [Fact]
    public async Task A_paused_job_keeps_its_place_and_ends_with_the_bits_of_one_that_never_was()
    {
        await _wire.Upload("control-digits", "digits.csv");
        await _wire.Upload("control-heights", "toy_heights.csv");
        var id = await Start(EndlessJob.OnDigits("control-digits", "control-paused"));
        await _wire.Until(id, job => (int)job["epoch"]! > 0);

        Assert.Equal(HttpStatusCode.Accepted, (await Post(id, "pause")).Status);
        var paused = await _wire.Until(id, "paused");
        Assert.Null(paused["etaSeconds"]);
        Assert.Equal(HttpStatusCode.Accepted, (await Post(id, "pause")).Status); // again: unchanged
        var between = await _wire.Train(Heights("control-between", 1)); // the worker is free meanwhile
        var epoch = (int)paused["epoch"]!;
        Assert.Equal(epoch, (int)(await _wire.Get($"training-jobs/{id}")).Json["epoch"]!);
        Assert.Equal(HttpStatusCode.Conflict, (await _wire.Delete("datasets/control-digits")).Status);

        Assert.Equal(HttpStatusCode.Accepted, (await Post(id, "resume")).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await Post(id, "resume")).Status); // again: unchanged
        var job = await EndlessJob.StopAndCompare(_wire, paused);
        Assert.Equal(2, (int)job["attempt"]!);
        Assert.Equal(
            ["queued", "running", "paused", "queued", "running", "succeeded"],
            job["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!));
        foreach (var verb in new[] { "pause", "resume", "cancel" })
            Assert.Equal(HttpStatusCode.Conflict, (await Post(id, verb)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await Post((string)between["id"]!, "stop")).Status);
    }

    [Fact]
    public async Task A_stopped_job_keeps_the_best_model_so_far()
    {
        await _wire.Upload("control-heights", "toy_heights.csv");
        var id = await Start(EndlessJob.OnHeights("control-heights", "control-stopped"));
        await _wire.Until(id, job => (int)job["epoch"]! > 0);

        Assert.Equal(HttpStatusCode.Accepted, (await Post(id, "stop")).Status);
        var job = await _wire.Until(id, "succeeded");

        Assert.Equal("stopped", (string?)job["stopReason"]);
        Assert.Equal(1, (int)job["model"]!["version"]!);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("models/control-stopped/versions/1")).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await Post(id, "stop")).Status); // again: unchanged
        Assert.Equal(HttpStatusCode.Conflict, (await Post(id, "cancel")).Status);
    }

    [Fact]
    public async Task Stop_makes_the_model_of_a_paused_job_and_cancels_one_that_has_not_started()
    {
        await _wire.Upload("control-heights", "toy_heights.csv");
        var paused = await Start(EndlessJob.OnHeights("control-heights", "control-held"));
        await _wire.Until(paused, job => (int)job["epoch"]! > 0);
        await Post(paused, "pause");
        await _wire.Until(paused, "paused");
        var epoch = (int)(await _wire.Get($"training-jobs/{paused}")).Json["epoch"]!;
        await Post(paused, "stop");
        var stopped = await _wire.Until(paused, "succeeded");
        Assert.Equal("stopped", (string?)stopped["stopReason"]);
        Assert.InRange((int)stopped["epoch"]!, epoch, epoch + 1);

        var blocker = await Blocker();
        var waiting = await Start(Heights("control-waiting", 1));
        var answer = await Post(waiting, "stop");
        Assert.Equal("cancelled", (string?)answer.Json["state"]);
        Assert.Equal(HttpStatusCode.Accepted, (await Post(waiting, "stop")).Status);
        var held = await Start(Heights("control-queued", 1));
        Assert.Equal("paused", (string?)(await Post(held, "pause")).Json["state"]);
        await Post(blocker, "cancel");
        Assert.Equal("queued", (string?)(await Post(held, "resume")).Json["state"]);
        await _wire.Until(held, "succeeded");
    }

    [Fact]
    public async Task The_same_Idempotency_Key_makes_one_job_however_many_ask_at_once()
    {
        await _wire.Upload("control-heights", "toy_heights.csv");
        var body = Heights("control-once", 1);

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _wire.Post("training-jobs", body, ("Idempotency-Key", "fifty-at-once"))));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.Status));
        Assert.Single(answers.Select(answer => (string)answer.Json["id"]!).Distinct());
        await _wire.Until((string)answers[0].Json["id"]!, "succeeded");
        Assert.Single((await _wire.Get("training-jobs?model=control-once")).Json["items"]!.AsArray());
        var respelt = await _wire.Post("training-jobs", " " + body, ("Idempotency-Key", "fifty-at-once"));
        Assert.Equal((string?)answers[0].Json["id"], (string?)respelt.Json["id"]);
        var other = await _wire.Post("training-jobs", Heights("control-once", 2), ("Idempotency-Key", "fifty-at-once"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.Contains("another body", (string?)other.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post("training-jobs", body, ("Idempotency-Key", "with blanks"))).Status);
    }

    [Fact]
    public async Task An_Idempotency_Key_whose_job_was_deleted_makes_no_other()
    {
        await _wire.Upload("control-heights", "toy_heights.csv");
        var body = Heights("control-deleted", 1);
        var first = await _wire.Post("training-jobs", body, ("Idempotency-Key", "of-a-deleted-job"), ("Prefer", "wait=60"));
        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete($"training-jobs/{first.Json["id"]}")).Status);

        var again = await _wire.Post("training-jobs", body, ("Idempotency-Key", "of-a-deleted-job"));

        Assert.Equal(HttpStatusCode.Conflict, again.Status);
        Assert.Equal("The job that this Idempotency-Key has made was deleted. Use a new key for a new job.", (string?)again.Json["detail"]);
        Assert.Single((await _wire.Get("models/control-deleted")).Json["versions"]!.AsArray());
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("training-jobs", body, ("Idempotency-Key", "a-new-one"), ("Prefer", "wait=60"))).Status);
    }

    [Fact]
    public async Task An_Idempotency_Key_is_remembered_for_a_day_and_free_again_after_it()
    {
        var clock = new WatchedClock();
        using var alone = new TestService();
        using var clocked = alone.WithWebHostBuilder(builder => builder.ConfigureTestServices(services => services.AddSingleton<TimeProvider>(clock)));
        var wire = new Wire(clocked.CreateClient());
        await wire.Upload("control-heights", "toy_heights.csv");
        var first = await Post(1);

        clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        var (again, other) = (await Post(1), await Post(2));
        clock.Advance(TimeSpan.FromSeconds(1));
        var later = await Post(2);

        Assert.Equal((HttpStatusCode.Accepted, (string?)first.Json["id"]), (again.Status, (string?)again.Json["id"]));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.Equal(HttpStatusCode.Accepted, later.Status);
        Assert.NotEqual((string?)first.Json["id"], (string?)later.Json["id"]);

        Task<Answer> Post(int epochs) => wire.Post("training-jobs", Heights("control-day", epochs), ("Idempotency-Key", "of-a-day"));
    }

    // A field that a later version adds would otherwise make another request of one that is sent again after an update.
    [Theory]
    [InlineData("""{"dataset":"d","target":"y"}""")]
    [InlineData("""{"dataset":"d","target":["y","z"],"split":{"train":0.5,"method":"stratified"},"optimizer":{"type":"sgd","learningRate":0.1},"epochs":3}""")]
    public void The_hash_of_a_request_is_that_of_what_it_says(string body)
    {
        var asked = JsonSerializer.Deserialize<TrainingConfiguration>(body, SpecJson.Options)!;

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))), IdempotencyKey.HashOf(asked));
    }

    [Fact]
    public async Task Events_tell_every_epoch_once_and_in_order_live_and_replayed_from_any_id()
    {
        var blocker = await Blocker();
        var id = await Start(Digits("control-watched"));
        var watching = Events(id);
        await Post(blocker, "cancel");
        var live = await watching;
        var replayed = await Events(id);

        foreach (var events in new[] { live, replayed })
        {
            Assert.Equal(Enumerable.Range(0, 41),
                events.Where(one => one.Name == "history").SelectMany(one => one.Data.AsArray()).Select(point => (int)point!["epoch"]!));
            Assert.Equal(["queued", "running", "succeeded"], events.Where(one => one.Name == "state").Select(one => (string)one.Data["state"]!));
            Assert.Equal("done", events[^1].Name);
            Assert.Equal("completed", (string?)events[^1].Data["stopReason"]);
            Assert.Equal(events.Select(one => one.Id).Order(), events.Select(one => one.Id));
            Assert.Equal(events.Count, events.Select(one => one.Id).Distinct().Count()); // so that past `done` is told from past the last state
        }

        var all = Told(replayed);
        for (var i = 0; i < live.Count - 1; i++)
        {
            var rest = Told(await Events(id, ("Last-Event-ID", $"{live[i].Id}")));
            Assert.Equal(all, [.. Told(live.Take(i + 1)), .. rest]);
        }

        Assert.Equal(live[^1].Id, (await Stream($"{id}/events?lastEventId={live[^2].Id}"))[^1].Id);
        var over = await _wire.Get($"training-jobs/{id}/events", ("Last-Event-ID", $"{live[^1].Id}"));
        Assert.Equal((HttpStatusCode.NoContent, ""), (over.Status, over.Text)); // an EventSource does not come back after that
        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Get($"training-jobs/{id}/events?lastEventId={live[^1].Id}")).Status);
        const long Transition = 10_000_000_000;
        foreach (var beyond in (long[])[1_000_000_000_000, live[^1].Id + Transition, live[^1].Id + 1, Transition + 100]) // as from before a backup was restored
            Assert.Equal(all, Told(await Events(id, ("Last-Event-ID", $"{beyond}"))));
        var refused = await _wire.Get($"training-jobs/{id}/events", ("Last-Event-ID", "yesterday"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get($"training-jobs/{Guid.NewGuid()}/events")).Status);
    }

    [Fact]
    public async Task A_thousand_jobs_wait_and_are_trained_in_their_order()
    {
        var blocker = await Blocker();
        var ids = new List<string>();
        for (var i = 0; i < 1000; i++)
            ids.Add((string)(await _wire.Post("training-jobs", Heights("control-thousand", 1))).Json["id"]!);

        Assert.Equal(500, (await _wire.Get("training-jobs?state=queued&model=control-thousand&limit=500")).Json["items"]!.AsArray().Count);
        await Post(blocker, "cancel");
        for (var i = 99; i < ids.Count; i += 100) // each has the deadline to itself
            await _wire.Until(ids[i], "succeeded");

        var page = await _wire.Get("training-jobs?model=control-thousand&limit=500");
        var next = await _wire.Get($"training-jobs?model=control-thousand&limit=500&cursor={page.Json["nextCursor"]}");
        JsonNode[] jobs = [.. page.Json["items"]!.AsArray().Concat(next.Json["items"]!.AsArray()).Select(job => job!)];
        Assert.Equal(1000, jobs.Length);
        Assert.All(jobs, job => Assert.Equal("succeeded", (string?)job["state"]));
        Assert.Equal(jobs.Select(job => (int)job["model"]!["version"]!), Enumerable.Range(1, 1000).Reverse());
    }

    [Fact]
    public async Task Two_hundred_listeners_hear_the_same()
    {
        var blocker = await Blocker();
        var id = await Start(Digits("control-crowd"));
        var crowd = Enumerable.Range(0, 200).Select(_ => Events(id)).ToList();
        await Post(blocker, "cancel");

        var told = await Task.WhenAll(crowd);

        Assert.All(told, events => Assert.Equal(Told(told[0]), Told(events)));
        Assert.Equal(41, told[0].Where(one => one.Name == "history").Sum(one => one.Data.AsArray().Count));
    }

    // A job that keeps the one worker until it is cancelled.
    private async Task<string> Blocker()
    {
        await _wire.Upload("control-heights", "toy_heights.csv");
        var id = await Start(EndlessJob.OnHeights("control-heights", "control-blocker"));
        await _wire.Until(id, "running");
        return id;
    }

    private async Task<string> Start(string body)
    {
        await _wire.Upload("control-digits", "digits.csv");
        var answer = await _wire.Post("training-jobs", body);
        Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Text);
        return (string)answer.Json["id"]!;
    }

    private Task<Answer> Post(string id, string verb) => _wire.Post($"training-jobs/{id}/{verb}", "");

    private Task<List<Event>> Events(string id, params (string Name, string Value)[] headers) => Stream($"{id}/events", headers);

    // Reads the stream to its end, as an EventSource would.
    private async Task<List<Event>> Stream(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/training-jobs/{path}");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _wire.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var deadline = new CancellationTokenSource(Wire.Patience);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(deadline.Token), Encoding.UTF8);
        var events = new List<Event>();
        var fields = new Dictionary<string, string>();
        while (await reader.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.Length > 0 && line[0] != ':')
                fields[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..];
            else if (line.Length == 0 && fields.Count > 0)
            {
                events.Add(new Event(fields["event"], long.Parse(fields["id"]), JsonNode.Parse(fields["data"])!));
                fields.Clear();
            }
        }

        return events;
    }

    // What was told, whatever events it came in.
    private static List<string> Told(IEnumerable<Event> events) =>
        [.. events.SelectMany(one => one.Name == "history" ? one.Data.AsArray().Select(point => point!.ToJsonString()) : [one.Data.ToJsonString()])];

    private static string Digits(string model) => $$"""
        {"dataset":"control-digits","target":"digit","network":{"layers":[{"type":"dense","units":64,"activation":"gelu"},{"type":"dropout","rate":0.1},{"type":"dense","activation":"softmax"}]},
         "split":{"train":1,"validation":0,"test":0},"optimizer":"adam","batchSize":4,"epochs":40,"model":"{{model}}"}
        """;

    private static string Heights(string model, int epochs) => $$"""
        {"dataset":"control-heights","target":"gender","features":["weight_lb","height_in"],
         "network":{"inputs":2,"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense","units":1,"activation":"sigmoid"}]},
         "loss":"meanSquaredError","optimizer":{"type":"sgd","learningRate":0.1},"batchSize":1,"epochs":{{epochs}},"order":"sequential","model":"{{model}}"}
        """;

    private sealed record Event(string Name, long Id, JsonNode Data);
}
