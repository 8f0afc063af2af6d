using System.Net;
using System.Xml.Linq;

namespace NnService.Api.Tests;

public sealed class TrainingJobTests(TestService service) : IClassFixture<TestService>, IAsyncLifetime
{
    private readonly Wire _wire = service.Wire;

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _wire.CancelAll();

    [Fact]
    public async Task A_job_is_accepted_at_once_and_ends_in_the_background()
    {
        await _wire.Upload("job-heights", "toy_heights.csv");

        var answer = await _wire.Post("training-jobs", Job("job-plain", 50));

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        var id = (string)answer.Json["id"]!;
        Assert.Equal($"/api/v1/training-jobs/{id}", answer.Headers.Location!.ToString());
        Assert.Equal("1", answer.Headers.RetryAfter!.ToString());
        var job = await _wire.Until(id, "succeeded");
        Assert.Equal("completed", (string?)job["stopReason"]);
        Assert.Equal(1, (double)job["progress"]!);
        Assert.Equal(50, (int)job["epoch"]!);
        Assert.Equal(1, (int)job["attempt"]!);
        Assert.Equal("job-plain", (string?)job["model"]!["name"]);
        Assert.Equal(["queued", "running", "succeeded"], job["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!));
    }

    [Fact]
    public async Task A_caller_who_prefers_to_wait_gets_the_ended_job()
    {
        await _wire.Upload("job-heights", "toy_heights.csv");

        var answer = await _wire.Post("training-jobs", Job("job-waited", 5), ("Prefer", "wait=120"));

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("wait=120", answer.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal("succeeded", (string?)answer.Json["state"]);
    }

    [Fact]
    public async Task The_history_has_every_epoch_as_JSON_and_CSV_and_can_be_thinned()
    {
        await _wire.Upload("job-heights", "toy_heights.csv");
        var job = await _wire.Train(Job("job-history", 100));

        var all = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json;
        Assert.Equal(101, (int)all["total"]!);
        Assert.Equal(Enumerable.Range(0, 101), all["points"]!.AsArray().Select(point => (int)point!["epoch"]!));
        Assert.Equal(Enumerable.Range(0, 101).Select(epoch => 4 * epoch), all["points"]!.AsArray().Select(point => (int)point!["step"]!));
        var last = all["points"]![100]!;
        Assert.Equal(0.1, (double)last["learningRate"]!);
        Assert.Null(last["validationLoss"]);
        Assert.InRange((double)last["metrics"]!["trainAccuracy"]!, 0, 1);

        var thinned = (await _wire.Get($"training-jobs/{job["id"]}/history?from=10&maxPoints=5")).Json["points"]!.AsArray();
        Assert.Equal(5, thinned.Count);
        Assert.Equal(10, (int)thinned[0]!["epoch"]!);
        Assert.Equal(100, (int)thinned[^1]!["epoch"]!);

        var csv = await _wire.Get($"training-jobs/{job["id"]}/history?maxPoints=3", ("Accept", "text/csv"));
        Assert.Equal("text/csv", csv.ContentType);
        Assert.StartsWith("epoch,step,trainLoss,validationLoss,learningRate,trainAccuracy,validationAccuracy,elapsedSeconds\r\n0,0,",
            csv.Text, StringComparison.Ordinal);
        Assert.Equal(4, csv.Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        var other = await _wire.Get($"training-jobs/{job["id"]}/history?maxPoints=3", ("Accept", "application/csv"));
        Assert.Equal(("text/csv", csv.Text), (other.ContentType, other.Text));
    }

    [Fact]
    public async Task The_loss_curve_is_a_picture_with_axes_legend_and_the_best_epoch()
    {
        await _wire.Upload("job-iris", "iris.csv");
        var job = await _wire.Train("""{"dataset":"job-iris","target":"species","epochs":40,"model":"job-chart"}""");

        var answer = await _wire.Get($"training-jobs/{job["id"]}/loss.svg");

        Assert.Equal("image/svg+xml", answer.ContentType);
        var svg = XDocument.Parse(answer.Text).Root!;
        XNamespace ns = "http://www.w3.org/2000/svg";
        Assert.Equal(2, svg.Elements(ns + "polyline").Count());
        var texts = svg.Elements(ns + "text").Select(text => text.Value).ToArray();
        Assert.Contains("training", texts);
        Assert.Contains("validation", texts);
        Assert.Contains("epoch", texts);
        Assert.Contains(texts, text => text.StartsWith("best: epoch ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_running_job_reports_progress_and_history_and_is_cancelled_at_once()
    {
        await _wire.Upload("job-heights", "toy_heights.csv");
        var id = (string)(await _wire.Post("training-jobs", EndlessJob.Of(Job("job-cancelled", 1)))).Json["id"]!;
        var running = await _wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > 0);
        Assert.InRange((double)running["progress"]!, double.Epsilon, 1);
        Assert.True((double)running["samplesPerSecond"]! > 0);
        Assert.True((double)running["etaSeconds"]! > 0);
        await _wire.UntilAt($"training-jobs/{id}/history?maxPoints=3", history => (int)history["total"]! > 1); // an epoch may be counted before its point is saved
        Assert.Equal(HttpStatusCode.Conflict, (await _wire.Delete($"training-jobs/{id}")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await _wire.Delete("datasets/job-heights")).Status);

        var answer = await _wire.Post($"training-jobs/{id}/cancel", "");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Equal("cancelled", (string?)answer.Json["state"]);
        Assert.Equal("cancelled", (string?)answer.Json["stopReason"]);

        // The one worker, which had hours to go, is free again: the next job gets through.
        await _wire.Train(Job("job-next", 1));
        var again = await _wire.Post($"training-jobs/{id}/cancel", "");
        Assert.Equal(HttpStatusCode.Accepted, again.Status);
        Assert.Equal(answer.Json["endedAt"]!.ToJsonString(), again.Json["endedAt"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("models/job-cancelled")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete($"training-jobs/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get($"training-jobs/{id}")).Status);
    }

    [Fact]
    public async Task A_queued_job_is_cancelled_before_it_starts_and_higher_priority_goes_first()
    {
        await _wire.Upload("job-heights", "toy_heights.csv");
        var blocker = (string)(await _wire.Post("training-jobs", EndlessJob.Of(Job("job-blocker", 1)))).Json["id"]!;
        await _wire.Until(blocker, "running");
        var cancelled = (string)(await _wire.Post("training-jobs", Job("job-never", 1))).Json["id"]!;
        var low = (string)(await _wire.Post("training-jobs", Job("job-low", 1))).Json["id"]!;
        var high = (string)(await _wire.Post("training-jobs", Job("job-high", 1, """, "priority":5 """))).Json["id"]!;

        Assert.Equal("cancelled", (string?)(await _wire.Post($"training-jobs/{cancelled}/cancel", "")).Json["state"]);
        await _wire.Post($"training-jobs/{blocker}/cancel", "");
        var lowJob = await _wire.Until(low, "succeeded");
        var highJob = await _wire.Until(high, "succeeded");

        Assert.True((DateTime)highJob["startedAt"]! < (DateTime)lowJob["startedAt"]!);
        Assert.Equal(0, (int)(await _wire.Get($"training-jobs/{cancelled}")).Json["attempt"]!);
    }

    [Fact]
    public async Task Rows_drawn_for_an_epoch_are_in_the_estimate_of_the_memory()
    {
        await _wire.Upload("job-drawn", "iris.csv");
        async Task<long> Bytes(int steps) => (long)(await _wire.Post(
            "training-jobs?validateOnly=true",
            $$"""{"dataset":"job-drawn","target":"species","order":"withReplacement","batchSize":3,"stepsPerEpoch":{{steps}} }""")).Json["memoryBytes"]!;

        Assert.Equal(3 * 4 * 999_000, await Bytes(1_000_000) - await Bytes(1_000));
    }

    [Theory]
    [InlineData(100_000_000, 22)]
    [InlineData(2_148, 1_000_000)]
    public async Task An_epoch_of_too_many_visits_is_refused(int steps, int batchSize)
    {
        await _wire.Upload("job-drawn", "iris.csv");

        var answer = await _wire.Post(
            "training-jobs",
            $$"""{"dataset":"job-drawn","target":"species","order":"withReplacement","batchSize":{{batchSize}},"stepsPerEpoch":{{steps}} }""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/stepsPerEpoch", (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.EndsWith(
            "it visits at most 2,147,483,591. Take fewer steps, or a smaller batchSize.", (string?)answer.Json["errors"]![0]!["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_diverging_job_fails_and_says_what_to_change()
    {
        await _wire.PostCsv("datasets?name=job-steep", "x,y\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"{i * 1000},{i * i}\n")));

        var answer = await _wire.Post(
            "training-jobs",
            """
            {"dataset":"job-steep","target":"y","features":["x"],"task":"regression","preprocessing":{"numeric":"none","target":"none"},"split":{"train":1,"test":0,"validation":0},
             "network":{"layers":[{"type":"dense"}]},"optimizer":{"type":"sgd","learningRate":10},"epochs":100,"model":"job-diverged"}
            """,
            ("Prefer", "wait=120"));

        Assert.Equal("failed", (string?)answer.Json["state"]);
        Assert.Equal("diverged", (string?)answer.Json["stopReason"]);
        Assert.Contains("Lower the learning rate", (string?)answer.Json["error"]!["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("models/job-diverged")).Status);
    }

    [Fact]
    public async Task A_time_limit_ends_the_run_and_keeps_the_model()
    {
        await _wire.Upload("job-heights", "toy_heights.csv");

        var job = await _wire.Train(EndlessJob.Of(Job("job-limited", 1, """, "maxSeconds":0.3 """)));

        Assert.Equal("timeLimit", (string?)job["stopReason"]);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("models/job-limited")).Status);
    }

    [Fact]
    public async Task Early_stopping_restores_the_best_epoch()
    {
        await _wire.Upload("job-iris", "iris.csv");

        var job = await _wire.Train("""
            {"dataset":"job-iris","target":"species","epochs":2000,"optimizer":{"type":"adam","learningRate":0.02},"earlyStopping":{"patience":5},"model":"job-stopped"}
            """);

        Assert.Equal("earlyStopping", (string?)job["stopReason"]);
        var points = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray();
        var best = points.MinBy(point => (double)point!["validationLoss"]!)!;
        Assert.Equal((int)best["epoch"]! + 5, (int)points[^1]!["epoch"]!);
        var version = (await _wire.Get("models/job-stopped/versions/1")).Json;
        Assert.Equal((int)best["epoch"]!, (int)version["lineage"]!["epoch"]!);
    }

    [Fact]
    public async Task A_warm_start_goes_on_from_the_weights_of_a_model_with_the_same_shapes()
    {
        await _wire.Upload("job-heights", "toy_heights.csv");
        var first = await _wire.Train(Job("job-warm", 100));

        var second = await _wire.Train(Job("job-warm", 1, """, "initialModel":{"name":"job-warm"}, "precision":"float64" """));

        var losses = await _wire.TrainLosses(second);
        Assert.Equal((double)first["trainLoss"]!, losses[0], 1e-6); // float32 weights go on in float64
        Assert.Equal("""{"name":"job-warm","version":1}""", second["configuration"]!["initialModel"]!.ToJsonString());

        await _wire.Upload("job-iris", "iris.csv");
        var unfit = await _wire.Post("training-jobs", """{"dataset":"job-iris","target":"species","initialModel":{"name":"job-warm"}}""");
        Assert.Equal(HttpStatusCode.BadRequest, unfit.Status);
        Assert.Equal("#/initialModel", (string?)unfit.Json["errors"]![0]!["pointer"]);
        var unknown = await _wire.Post("training-jobs", Job("job-cold", 1, """, "initialModel":{"name":"job-warm","version":9}"""));
        Assert.Equal("There is no model \"job-warm\" with version 9.", (string?)unknown.Json["detail"]);
    }

    [Fact]
    public async Task What_a_job_that_has_not_ended_needs_cannot_be_deleted_under_it()
    {
        await _wire.PostCsv("datasets?name=job-needed", Wire.Sample("toy_heights.csv"));
        await _wire.Post("networks", """{"name":"job-needed","inputs":2,"layers":[{"type":"dense","units":1,"activation":"sigmoid"}]}""");
        const string Body = """
            {"network":"job-needed","dataset":"job-needed","target":"gender","features":["weight_lb","height_in"],"batchSize":1,"model":"job-needed","epochs":
            """;
        await _wire.Train(Body + "1}");
        var id = (string)(await _wire.Post("training-jobs", EndlessJob.Of(Body + """1,"initialModel":{"name":"job-needed"}}"""))).Json["id"]!;

        foreach (var path in new[] { "datasets/job-needed", "models/job-needed", "models/job-needed/versions/1" })
            Assert.Equal(HttpStatusCode.Conflict, (await _wire.Delete(path)).Status);
        await _wire.Post($"training-jobs/{id}/cancel", "");
        foreach (var path in new[] { "datasets/job-needed", "models/job-needed/versions/1", "models/job-needed" })
            Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete(path)).Status);
    }

    [Fact]
    public async Task A_network_may_go_while_jobs_on_it_wait_or_pause_since_each_has_its_own_copy()
    {
        using var fresh = new TestService();
        var wire = fresh.Wire;
        await wire.Upload("copied", "toy_heights.csv");
        await wire.Post("networks", """{"name":"copied","layers":[{"type":"dense","units":3,"activation":"tanh"},{"type":"dense","units":1,"activation":"sigmoid"}]}""");
        const string Body = """{"network":"copied","dataset":"copied","target":"gender","features":["weight_lb","height_in"],"epochs":2,"batchSize":4}""";
        var paused = (string)(await wire.Post("training-jobs", EndlessJob.Of(Body))).Json["id"]!;
        await wire.Until(paused, "running");
        var queued = (string)(await wire.Post("training-jobs", Body)).Json["id"]!;
        await wire.Post($"training-jobs/{queued}/pause", "");
        await wire.Post($"training-jobs/{paused}/pause", "");
        await wire.Until(paused, "paused");

        Assert.Equal("copied", (string?)Assert.Single((await wire.Delete("networks?prefix=copied&dryRun=true")).Json["deleted"]!.AsArray()));
        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete("networks/copied")).Status);

        await wire.Post($"training-jobs/{paused}/resume", "");
        await wire.Until(paused, "running");
        await wire.Post($"training-jobs/{queued}/resume", "");
        await wire.Post($"training-jobs/{paused}/stop", "");
        foreach (var id in (string[])[paused, queued])
            Assert.Equal("copied", (string?)(await wire.Until(id, "succeeded"))["configuration"]!["network"]);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_says_when_to_come_back()
    {
        using var small = new TestService();
        using var limited = small.WithWebHostBuilder(builder => builder.UseSetting("Training:MaxQueuedJobs", "1"));
        var wire = new Wire(limited.CreateClient());
        await wire.Upload("job-heights", "toy_heights.csv");
        var running = (string)(await wire.Post("training-jobs", EndlessJob.Of(Job("job-full", 1)))).Json["id"]!;
        await wire.Until(running, "running");
        Assert.Equal(HttpStatusCode.Accepted, (await wire.Post("training-jobs", Job("job-full", 1))).Status);

        var refused = await wire.Post("training-jobs", Job("job-full", 1));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.Equal("5", refused.Headers.RetryAfter!.ToString());
        await wire.Post($"training-jobs/{running}/cancel", "");
    }

    [Fact]
    public async Task Jobs_are_listed_newest_first_in_pages_and_by_filter()
    {
        await _wire.Upload("job-heights", "toy_heights.csv");
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Add((string)(await _wire.Train(Job("job-listed", 1, $", \"seed\":{i}")))["id"]!);

        var first = (await _wire.Get("training-jobs?model=job-listed&limit=2&state=succeeded")).Json;
        var second = (await _wire.Get($"training-jobs?model=job-listed&limit=2&cursor={first["nextCursor"]}")).Json;

        Assert.Equal([ids[2], ids[1]], first["items"]!.AsArray().Select(job => (string)job!["id"]!));
        Assert.Equal([ids[0]], second["items"]!.AsArray().Select(job => (string)job!["id"]!));
        Assert.Null(second["nextCursor"]);
        Assert.Empty((await _wire.Get("training-jobs?model=job-listed&state=failed")).Json["items"]!.AsArray());
    }

    private static string Job(string model, int epochs, string more = "") => $$"""
        {"dataset":"job-heights","target":"gender","features":["weight_lb","height_in"],
         "network":{"inputs":2,"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense","units":1,"activation":"sigmoid"}]},
         "loss":"meanSquaredError","optimizer":{"type":"sgd","learningRate":0.1},"batchSize":1,"epochs":{{epochs}},"order":"sequential","model":"{{model}}"{{more}} }
        """;
}
