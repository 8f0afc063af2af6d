using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Studies;

/// <summary>Studies under way: watched, held, stopped, cancelled, killed.</summary>
public sealed class StudyControlTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    // Trials that never end by themselves.
    private static string Endless(string name, string more = "") => $$"""
        { "name": "{{name}}", "job": {{EndlessJob.OnHeights("heights", "heights")[..^1]}}, "split": {"train": 0.7, "validation": 0.3, "test": 0} },
          "search": { "/optimizer/learningRate": {"logUniform": [1e-3, 1e-1]} }, "metric": "validation/accuracy", "trials": 4, "model": "{{name}}"{{more}} }
        """;

    private async Task<(Wire Wire, string Id)> StartEndless(string name, string more = "")
    {
        var wire = _service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        var id = await wire.Start(Endless(name, more));
        await wire.UntilAt($"studies/{id}", study => (int)study["trials"]![0]!["epochs"]! > 0);
        return (wire, id);
    }

    [Fact]
    public async Task Stop_keeps_the_best_of_what_has_been_learned()
    {
        var (wire, id) = await StartEndless("stopped");

        Assert.Equal(HttpStatusCode.Accepted, (await wire.Post($"studies/{id}/stop", "")).Status);
        var study = await wire.Ended(id);

        Assert.Equal("stopped", (string?)study["stopReason"]);
        Assert.Equal("succeeded", (string?)study["trials"]![0]!["state"]);
        Assert.NotNull(study["trials"]![0]!["value"]);
        Assert.Equal("cancelled", (string?)study["trials"]![3]!["state"]);
        Assert.Equal(1, (int)study["model"]!["version"]!);
        Assert.Equal(HttpStatusCode.Accepted, (await wire.Post($"studies/{id}/stop", "")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await wire.Post($"studies/{id}/cancel", "")).Status);
    }

    [Fact]
    public async Task Time_that_is_up_keeps_the_best_too()
    {
        var wire = _service.Wire;
        await wire.Upload("heights", "toy_heights.csv");

        var study = await wire.Run(Endless("timed", """, "maxSeconds": 1"""));

        Assert.Equal("timeLimit", (string?)study["stopReason"]);
        var hasValue = study["trials"]!.AsArray().Any(trial => trial!["value"] is not null); // on a busy machine a second may be over before a job has begun
        Assert.Equal(hasValue ? "timed" : null, (string?)study["model"]?["name"]);
    }

    [Fact]
    public async Task Cancel_ends_all_jobs_and_keeps_nothing()
    {
        var (wire, id) = await StartEndless("cancelled");

        var answer = await wire.Post($"studies/{id}/cancel", "");

        Assert.Equal((HttpStatusCode.Accepted, "cancelled"), (answer.Status, (string?)answer.Json["state"]));
        Assert.All(answer.Json["trials"]!.AsArray(), trial => Assert.Equal("cancelled", (string?)trial!["state"]));
        Assert.All((await wire.Get("training-jobs")).Json["items"]!.AsArray(), job => Assert.Equal("cancelled", (string?)job!["state"]));
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("models/cancelled")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await wire.Post($"studies/{id}/resume", "")).Status);
    }

    [Fact]
    public async Task Resume_lets_all_jobs_go_on_that_there_are_workers_for()
    {
        using var two = _service.With(2);
        var wire = new Wire(two.CreateClient());
        await wire.Upload("heights", "toy_heights.csv");
        var id = await wire.Start(Endless("both"));
        Task<JsonNode> Running() => wire.UntilAt("training-jobs?state=running", list => list["items"]!.AsArray().Count == 2);
        await Running();
        await wire.Post($"studies/{id}/pause", "");
        await wire.UntilAt("training-jobs?state=running", list => list["items"]!.AsArray().Count == 0);

        await wire.Post($"studies/{id}/resume", "");

        await Running();
        await wire.Post($"studies/{id}/cancel", "");
    }

    [Fact]
    public async Task Pause_holds_the_jobs_and_resume_lets_them_go_on()
    {
        var (wire, id) = await StartEndless("held");
        var job = (string)(await wire.Get($"studies/{id}")).Json["trials"]![0]!["jobId"]!;

        Assert.Equal("paused", (string?)(await wire.Post($"studies/{id}/pause", "")).Json["state"]);
        var held = await wire.Until(job, "paused");
        Assert.Equal("running", (string?)(await wire.Post($"studies/{id}/resume", "")).Json["state"]);

        await wire.Until(job, started => (string?)started["state"] == "running" && (int)started["epoch"]! > (int)held["epoch"]!);
        await wire.Post($"studies/{id}/cancel", "");
    }

    [Fact]
    public async Task A_job_of_a_study_that_has_not_ended_is_not_deleted()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        var id = await wire.Start("""
            {"job":{"dataset":"iris","target":"species","epochs":2,"recipe":"fast","earlyStopping":{"patience":0}},"search":{"/epochs":{"choice":[2,10000000]},"/batchSize":{"choice":[8]}},
             "trials":8,"seed":1,"keep":"none"}
            """);
        var study = await wire.UntilAt($"studies/{id}", now => now["trials"]!.AsArray().Any(trial => (string?)trial!["state"] == "succeeded"));
        var job = (string)study["trials"]!.AsArray().First(trial => (string?)trial!["state"] == "succeeded")!["jobId"]!;
        var says = $"The job belongs to study {id}, which has not ended; cancel the study first.";

        var refused = await wire.Delete($"training-jobs/{job}");
        var several = await wire.Delete("training-jobs?state=succeeded");

        Assert.Equal((HttpStatusCode.Conflict, says), (refused.Status, (string?)refused.Json["detail"]));
        Assert.Equal(HttpStatusCode.OK, several.Status);
        Assert.Contains("It belongs to a study that has not ended; cancel the study first.", several.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get($"training-jobs/{job}")).Status);
        await wire.Post($"studies/{id}/cancel", "");
        await wire.Ended(id, "cancelled");
        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete($"training-jobs/{job}")).Status);
    }

    [Fact]
    public async Task A_study_says_that_the_name_of_its_job_s_model_is_not_used()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        const string Other = "job.model \"one\" is not used: the model of the study is called \"two\".";

        foreach (var kind in new[] { """ "search":{"/batchSize":{"choice":[8,16]}} """, """ "kind":"crossValidation" """ })
        {
            var both = await Validate($$"""{"job":{"dataset":"iris","target":"species","model":"one"},"model":"two",{{kind}} }""");
            var same = await Validate($$"""{"job":{"dataset":"iris","target":"species","model":"two"},"model":"two",{{kind}} }""");
            var inJob = await Validate($$"""{"job":{"dataset":"iris","target":"species","model":"one"},{{kind}} }""");

            Assert.Contains(Other, both);
            Assert.DoesNotContain(same.Concat(inJob), warning => warning!.StartsWith("job.model", StringComparison.Ordinal));
        }

        async Task<IEnumerable<string?>> Validate(string body) =>
            [.. (await wire.Post("studies?validateOnly=true", body)).Json["warnings"]!.AsArray().Select(warning => (string?)warning)];
    }

    [Fact]
    public async Task Latest_is_the_job_posted_last_and_not_one_that_a_study_or_a_verification_has_made()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        var study = (string)(await wire.Run("""
            {"job":{"dataset":"iris","target":"species","epochs":1},"search":{"/batchSize":{"choice":[8,16]}},"trials":1,"keep":"none"}
            """))["id"]!;
        Assert.Equal(study, (string?)(await wire.Get("training-jobs/latest")).Json["study"]); // there is no other
        var posted = await wire.Train("""{"dataset":"iris","target":"species","epochs":1,"model":"posted"}""");

        await wire.Run("""{"job":{"dataset":"iris","target":"species","epochs":1},"search":{"/batchSize":{"choice":[8,16]}},"trials":1,"keep":"none"}""");
        Assert.True((bool)(await wire.Post("models/posted/verify", "")).Json["matches"]!);

        Assert.Equal((string?)posted["id"], (string?)(await wire.Get("training-jobs/latest")).Json["id"]);
    }

    [Fact]
    public async Task A_deleted_study_takes_its_jobs_and_their_models_along_and_leaves_what_it_kept()
    {
        var (wire, id) = await StartEndless("gone");
        Assert.Equal(HttpStatusCode.Conflict, (await wire.Delete($"studies/{id}")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await wire.Post("studies", Endless("gone"))).Status);
        await wire.Post($"studies/{id}/stop", "");
        await wire.Ended(id);
        Assert.Equal(HttpStatusCode.OK, (await wire.Get("models/gone.trials")).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete($"studies/{id}")).Status);

        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get($"studies/{id}")).Status);
        Assert.Empty((await wire.Get("training-jobs")).Json["items"]!.AsArray());
        Assert.Equal(["gone"], (await wire.Get("models")).Json["items"]!.AsArray().Select(model => (string?)model!["name"]));
    }

    [Fact]
    public async Task The_leaderboard_is_told_as_it_grows_and_replayed_from_anywhere()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        var id = await wire.Start("""
            {"job":{"dataset":"iris","target":"species","epochs":3},"search":{"/optimizer/learningRate":{"logUniform":[1e-4,1e-1]}},"trials":4,"model":"iris"}
            """);

        var events = Events((await wire.Get($"studies/{id}/events")).Text); // it ends with the study

        Assert.Equal("done", events[^1].Name);
        Assert.Equal(events.Select(one => one.Id).Order(), events.Select(one => one.Id));
        var study = (await wire.Get($"studies/{id}")).Json;
        var ended = events.Where(one => one.Name == "trial" && one.Data["trial"]!["value"] is not null).ToList();
        Assert.Equal([0, 1, 2, 3], ended.Select(one => (int)one.Data["trial"]!["number"]!).Order());
        Assert.Equal((int)study["best"]!["number"]!, (int)ended[^1].Data["best"]!);
        Assert.Equal((int)study["best"]!["number"]!, (int)events[^1].Data["best"]!);
        Assert.Equal(["queued", "running", "succeeded"], events.Where(one => one.Name == "state").Select(one => (string)one.Data["state"]!));
        var rest = Events((await wire.Get($"studies/{id}/events", ("Last-Event-ID", $"{events[3].Id}"))).Text);
        Assert.Equal(events[4..].Select(one => one.Id), rest.Select(one => one.Id));
        Assert.Equal(HttpStatusCode.NoContent, (await wire.Get($"studies/{id}/events", ("Last-Event-ID", $"{events[^1].Id}"))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await wire.Get($"studies/{id}/events?lastEventId=x")).Status);
    }

    [Fact]
    public async Task Who_knows_more_than_has_happened_hears_all_there_is()
    {
        var (wire, id) = await StartEndless("restored");
        const string Beyond = "1000000";

        var watching = wire.Get($"studies/{id}/events", ("Last-Event-ID", Beyond)); // of an event before a backup was restored
        await wire.Post($"studies/{id}/cancel", "");
        var live = Events((await watching.WaitAsync(Wire.Patience)).Text);
        var ended = Events((await wire.Get($"studies/{id}/events", ("Last-Event-ID", Beyond))).Text);

        Assert.Equal(["queued", "running", "cancelled"], live.Where(one => one.Name == "state").Select(one => (string)one.Data["state"]!));
        Assert.Equal("done", live[^1].Name);
        Assert.Equal(live.Select(one => one.Id), ended.Select(one => one.Id));
    }

    [Fact]
    public async Task A_study_that_is_stopped_before_there_is_anything_to_keep_is_cancelled_and_says_so()
    {
        await using var alone = _service.With(jobs: 1);
        var wire = new Wire(alone.CreateClient());
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Upload("iris", "iris.csv");
        var before = (string)(await wire.Post("training-jobs", EndlessJob.OnHeights("heights", "before"))).Json["id"]!;
        await wire.Until(before, "running");
        var search = await wire.Start(Endless("early"));
        var folds = await wire.Start(Folds("early-folds"));
        foreach (var id in (string[])[search, folds])
            await wire.UntilAt($"studies/{id}", study => study["trials"]![0]!["jobId"] is not null);

        foreach (var id in (string[])[search, folds])
            await wire.Post($"studies/{id}/stop", "");

        var (ended, endedFolds) = (await wire.Ended(search, "cancelled"), await wire.Ended(folds, "cancelled"));
        Assert.Equal(("stopped", "stopped"), ((string?)ended["stopReason"], (string?)endedFolds["stopReason"]));
        Assert.Null(ended["model"] ?? ended["best"] ?? endedFolds["model"]);
        Assert.Contains("No trial has a model with the metric validation/accuracy: the study was stopped before one was made.", Warnings(ended));
        Assert.Contains("No fold has a model, and there are no metrics: the study was stopped before one was made.", Warnings(endedFolds));
        Assert.Equal(HttpStatusCode.Accepted, (await wire.Post($"studies/{search}/stop", "")).Status);
        await wire.Post($"training-jobs/{before}/cancel", "");
    }

    [Fact]
    public async Task A_cross_validation_that_is_stopped_says_which_folds_count_and_that_there_is_no_model()
    {
        await using var alone = _service.With(jobs: 1);
        var wire = new Wire(alone.CreateClient());
        await wire.Upload("iris", "iris.csv");
        var id = await wire.Start(Folds("part"));
        await wire.UntilAt($"studies/{id}", study => (int)study["trials"]![0]!["epochs"]! > 0);

        await wire.Post($"studies/{id}/stop", "");
        var study = await wire.Ended(id);

        Assert.Equal([true, false, false], study["metrics"]!["accuracy"]!["folds"]!.AsArray().Select(fold => fold is not null));
        Assert.Null(study["model"]);
        Assert.Contains(
            "1 of 3 folds have a model: the study was stopped before the others were made. The metrics are those of these folds alone, and there are no out-of-fold ones.",
            Warnings(study));
        Assert.Contains("There is no model, though keep is refit: the study was stopped before it was made.", Warnings(study));
    }

    // Folds that never end by themselves.
    private static string Folds(string name) => $$"""
        { "name": "{{name}}", "kind": "crossValidation", "folds": 3, "model": "{{name}}",
          "job": {{EndlessJob.OnIris("iris", name)}} }
        """;

    private static IEnumerable<string> Warnings(JsonNode study) => study["warnings"]!.AsArray().Select(warning => (string)warning!);

    [Fact]
    public async Task The_same_Idempotency_Key_makes_one_study_however_many_ask_at_once()
    {
        var wire = _service.Wire;
        await wire.Upload("iris", "iris.csv");
        const string Body = """{"job":{"dataset":"iris","target":"species","epochs":1,"recipe":"fast"},"search":{"/batchSize":{"choice":[8,16]}},"trials":1,"keep":"none"}""";
        var key = ("Idempotency-Key", "a-study");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => wire.Post("studies", Body, key)));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Accepted, answer.Status));
        var id = Assert.Single(answers.Select(answer => (string)answer.Json["id"]!).Distinct());
        Assert.Single((await wire.Get("studies")).Json["items"]!.AsArray());
        var other = await wire.Post("studies", Body.Replace("16", "32", StringComparison.Ordinal), key);
        Assert.Equal((422, "This Idempotency-Key has come with another body before. Use a new key for a new study."), ((int)other.Status, (string?)other.Json["detail"]));
        Assert.Equal(422, (int)(await wire.Post("training-jobs", """{"dataset":"iris","target":"species","epochs":1}""", key)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await wire.Post("studies", Body, ("Idempotency-Key", "with blanks"))).Status);
        await wire.Ended(id);
        await wire.Delete($"studies/{id}");
        var gone = await wire.Post("studies", Body, key);
        Assert.Equal(
            (HttpStatusCode.Conflict, "The study that this Idempotency-Key has made was deleted. Use a new key for a new study."),
            (gone.Status, (string?)gone.Json["detail"]));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData(""", "method": "successiveHalving", "eta": 2, "minEpochs": 40""", true)]
    public async Task Kill_9_in_the_middle_loses_nothing(string method, bool isHalving)
    {
        var search = $$"""
            { "name": "killed", "job": { "dataset": "digits", "target": "digit", "epochs": 120, "batchSize": 16,
                "network": {"layers": [{"type": "dense", "units": 16, "activation": "relu"}, {"type": "dense", "activation": "softmax"}]} },
              "search": { "/optimizer/learningRate": {"logUniform": [1e-4, 1e-2]} }, "trials": 4, "model": "digits"{{method}} }
            """;
        var wire = _service.Wire;
        await wire.Upload("digits", "digits.csv");
        var whole = await wire.Run(search);

        using var folder = new TemporaryFolder();
        string id;
        using (var first = await ServiceProcess.Start(folder.Path, "--Training:CheckpointSeconds=0.1", "--Training:MaxConcurrentJobs=1"))
        {
            await first.Wire.Upload("digits", "digits.csv");
            id = await first.Wire.Start(search);
            await first.Wire.UntilAt($"studies/{id}", study => (int)study["trials"]![0]!["epochs"]! > 0);
            await first.Kill();
        }

        using (var second = await ServiceProcess.Start(folder.Path, "--Training:CheckpointSeconds=0.1", "--Training:MaxConcurrentJobs=1"))
        {
            await second.Wire.UntilAt($"studies/{id}", study => (int)study["trials"]![2]!["epochs"]! > 0);
            await second.Kill();
        }

        using var third = await ServiceHere.Start(folder.Path, "--Training:MaxConcurrentJobs=2");
        var study = await third.Wire.Ended(id);

        Assert.Equal(StudyService.Outcome(whole), StudyService.Outcome(study));
        Assert.Equal(isHalving, study["trials"]!.AsArray().Any(trial => (int)trial!["epochs"]! == 40));
        Assert.Equal(
            (string?)(await wire.Get("models/digits/versions/1")).Json["sha256"], (string?)(await third.Wire.Get("models/digits/versions/1")).Json["sha256"]);
        Assert.Equal(4, (await third.Wire.Get("training-jobs?limit=50")).Json["items"]!.AsArray().Count);
        var events = Events((await third.Wire.Get($"studies/{id}/events")).Text);
        Assert.Equal("done", events[^1].Name);
    }

    private static List<(string Name, long Id, JsonNode Data)> Events(string stream) =>
    [
        .. stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(one => one[0] != ':').Select(one => one.Split('\n'))
            .Select(lines => (lines[0]["event: ".Length..], long.Parse(lines[1]["id: ".Length..]), JsonNode.Parse(lines[2]["data: ".Length..])!)),
    ];
}
