using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using NnService.Api.Tests.Databases;
using Npgsql;

namespace NnService.Api.Tests.Clusters;

/// <summary>Several nodes on one database: who does what, what each sees of the others, and what becomes of the jobs of one that goes.</summary>
public sealed class ClusterTests : IClassFixture<PostgreSqlService>, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PostgreSqlService _service;
    private readonly TestCluster _cluster;
    private readonly string _database;

    public ClusterTests(PostgreSqlService service)
    {
        _service = service;
        _database = PostgreSqlServer.WhyMissing is null ? service.NewDatabase() : "";
        _cluster = new TestCluster(_folder.Path, PostgreSqlServer.WhyMissing is null ? service.Server.ConnectionString(_database) : "");
    }

    public void Dispose()
    {
        _cluster.Dispose();
        _folder.Dispose();
    }

    [PostgreSqlFact]
    public async Task A_job_of_a_node_that_is_killed_stopped_or_frozen_goes_on_elsewhere_to_the_same_bits()
    {
        var front = await _cluster.Start("front", "api");
        var api = front.Wire;
        await Task.WhenAll(_cluster.Start("one", "worker"), _cluster.Start("two", "worker"));
        await api.Upload("digits", "digits.csv");
        var id = (string)(await api.Post("training-jobs", EndlessJob.OnDigits("digits", "wandering"))).Json["id"]!;

        var first = await RunsOn(api, id, 1);
        await HasSaved(api, id);
        await _cluster.Kill(first);
        await front.Line($"{first}\\\" was not heard for 6 seconds and is taken for dead");
        await _cluster.Nodes[await RunsOn(api, id, 2)].Line($"Training job {id} is taken over from \\\"{first}\\\", which is taken for dead, as attempt 2");
        await TestCluster.Until(api, cluster => cluster["nodes"]!.AsArray() // at the living one, and no more at the dead one
            .Where(node => node!["jobs"]!.AsArray().Any(job => (string)job!["id"]! == id)).Select(node => (bool)node!["isAlive"]!).SequenceEqual([true]));
        await _cluster.Start(first, "worker");

        var second = await RunsOn(api, id, 2);
        await HasSaved(api, id);
        var stopped = _cluster.Nodes[second];
        Assert.Equal(0, await _cluster.Stop(second));
        Assert.Contains(await stopped.Rest(), line => line.Contains("a training job saves where it is and goes on at another node", StringComparison.Ordinal));
        await front.Line($"{second}\\\" has stopped");
        await RunsOn(api, id, 3);
        await _cluster.Start(second, "worker");

        var third = await RunsOn(api, id, 3);
        await HasSaved(api, id);
        await _cluster.Nodes[third].Freeze();
        var fourth = await RunsOn(api, id, 4);
        Assert.NotEqual(third, fourth);
        await _cluster.Nodes[third].Wake();
        var said = new List<string>();
        await _cluster.Nodes[third].Line("is still active but was recovered", said.Add); // so it has looked at what is its own
        if (!said.Exists(line => line.Contains("is left: ", StringComparison.Ordinal)))
            await _cluster.Nodes[third].Line($"Training job {id} is left: others took this node for dead, and attempt 4 has begun elsewhere");
        await front.Line($"{third}\\\" is heard again");
        await HasSaved(api, id);

        var before = (await api.Get($"training-jobs/{id}")).Json;
        var ended = await EndlessJob.StopAndCompare(api, before);
        var reasons = ended["transitions"]!.AsArray().Select(transition => (string)transition!["reason"]!).ToList();
        Assert.Equal(
            ["created", $"claimed by {first}, attempt 1", "the process that ran it ended", $"claimed by {second}, attempt 2", "its node was stopped",
                $"claimed by {third}, attempt 3", "the process that ran it ended", $"claimed by {fourth}, attempt 4"],
            reasons.Take(8));
        Assert.True((bool)(await api.Get("audit/verification")).Json["holds"]!);
    }

    [PostgreSqlFact]
    public async Task A_job_of_a_node_that_was_killed_keeps_its_place_in_front_of_the_queue()
    {
        var front = (await _cluster.Start("front", "api")).Wire;
        await _cluster.Start("one", "worker");
        await front.Upload("heights", "toy_heights.csv");
        var urgent = await Post("urgent", 10);
        Assert.Equal("one", await RunsOn(front, urgent, 1));
        await _cluster.Start("two", "worker");
        var other = await Post("other", 0);
        Assert.Equal("two", await RunsOn(front, other, 1));
        var last = await Post("last", -10);

        await _cluster.Kill("one");
        await UntilSql($"SELECT count(*) FROM qrtz_triggers WHERE job_name = '{urgent}' AND trigger_state = 'WAITING'");
        await front.Post($"training-jobs/{other}/cancel", "");

        Assert.Equal("two", await RunsOn(front, urgent, 2));
        Assert.Equal(0, (int)(await front.Get($"training-jobs/{last}")).Json["attempt"]!);

        // Of two dead nodes, the one that had it last
        await TestCluster.Until(front, cluster => HoldersOf(cluster).SequenceEqual(["two"]));
        await _cluster.Kill("two");
        var cluster = await TestCluster.Until(front, cluster => cluster["nodes"]!.AsArray().Count(node => (bool)node!["isAlive"]!) == 1);
        Assert.Equal(["two"], HoldersOf(cluster));

        IEnumerable<string> HoldersOf(JsonNode cluster) => cluster["nodes"]!.AsArray()
            .Where(node => node!["jobs"]!.AsArray().Any(job => (string)job!["id"]! == urgent)).Select(node => (string)node!["name"]!);

        async Task<string> Post(string model, int priority)
        {
            var job = JsonNode.Parse(EndlessJob.OnHeights("heights", model))!;
            job["priority"] = priority;
            return (string)(await front.Post("training-jobs", job.ToJsonString())).Json["id"]!;
        }
    }

    [PostgreSqlFact]
    public async Task While_the_database_is_away_a_node_says_so_itself_and_the_scheduler_says_nothing()
    {
        var node = await _cluster.Start("one", "all");
        await node.Wire.Upload("heights", "toy_heights.csv");
        await node.Wire.Train(TestCluster.ShortJob("before"));
        _ = node.SaidSoFar();

        var said = new List<string>();
        _service.Server.Stop();
        try
        {
            await node.Line("is lost", said.Add);
            var gone = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(gone) < TimeSpan.FromSeconds(5)) // in which the scheduler looks for jobs, and for nodes
                await Task.Yield();
        }
        finally
        {
            _service.Server.Begin();
        }

        await node.Line("is there again", said.Add);
        Assert.Equal("succeeded", (string?)(await node.Wire.Train(TestCluster.ShortJob("after")))["state"]);
        said.AddRange(node.SaidSoFar());
        Assert.DoesNotContain(said, line => line.Contains("\"SourceContext\":\"Quartz", StringComparison.Ordinal));
    }

    [PostgreSqlFact]
    public async Task A_node_that_leads_without_a_setting_that_counts_there_says_so()
    {
        var front = await _cluster.Start("front", "api", "--Webhooks:AllowedHosts=127.0.0.1:9");
        await front.Wire.UntilAt("cluster", cluster => Leaders(cluster).Any());
        Assert.Equal(HttpStatusCode.Created, (await front.Wire.Post("webhooks", """{"name":"ends","url":"http://127.0.0.1:9/"}""")).Status);
        var worker = await _cluster.Start("one", "worker", "--Retention:EndedJobsDays=1");
        Assert.Contains(worker.SaidBefore, line => line.Contains(
            "Retention is on while this node leads, from an hour after this start: ended jobs go after 1 day\"", StringComparison.Ordinal));

        await _cluster.Stop("front");

        await worker.Line("This node leads from now on");
        await worker.Line("messages wait: this node leads, and its Webhooks:AllowedHosts names nobody");
        Assert.StartsWith(
            "A service runs on the folder. Stop it first; or check from another folder", await _cluster.Refusal("one", "worker", "check"), StringComparison.Ordinal);
    }

    [PostgreSqlFact]
    public async Task A_job_that_a_node_of_a_version_without_figures_has_ended_is_found_by_its_metrics_after_the_next_start()
    {
        const string Best = "training-jobs?sort=-train.accuracy&fields=id";
        var old = (await _cluster.Start("old", "all")).Wire;
        await old.Upload("heights", "toy_heights.csv");
        await old.Train(TestCluster.ShortJob("people"));
        await old.Train(TestCluster.ShortJob("people"));
        var sorted = (await old.Get(Best)).Text; // of equals the newest is first
        _service.Server.Execute("""DELETE FROM "JobFigures" WHERE "JobNumber" = (SELECT MAX("JobNumber") FROM "JobFigures")""", _database);
        Assert.NotEqual(sorted, (await old.Get(Best)).Text);

        var next = (await _cluster.Start("next", "api")).Wire;

        await next.UntilAt(Best, list => JsonNode.DeepEquals(list, JsonNode.Parse(sorted)));
    }

    [PostgreSqlFact]
    public async Task What_one_node_changes_the_others_see()
    {
        await Task.WhenAll(_cluster.Start("a", "api"), _cluster.Start("b", "all"));
        var (a, b) = (_cluster["a"], _cluster["b"]);
        await a.Upload("heights", "toy_heights.csv");

        // A model and an alias
        await b.Train(TestCluster.ShortJob("people"));
        Assert.Equal(HttpStatusCode.OK, (await a.Post("models/people/predict", Row)).Status);
        await a.Train(TestCluster.ShortJob("people"));
        Assert.Equal(HttpStatusCode.OK, (await a.Put("models/people/aliases/live", """{"version":1}""")).Status is HttpStatusCode.Created or HttpStatusCode.OK
            ? HttpStatusCode.OK : HttpStatusCode.BadRequest);
        await b.UntilAt("models/people/versions/live", version => (int)version["version"]! == 1);
        Assert.Equal(1, (int)(await b.Post("models/people/versions/live/predict", Row)).Json["version"]!);
        await a.Put("models/people/aliases/live", """{"version":2}""");
        await UntilAnswer(() => b.Post("models/people/versions/live/predict", Row), answer => (int)answer.Json["version"]! == 2);

        // A job: its events and its end are told by a node that does not train it, and what is asked of it reaches the one that does
        var id = (string)(await a.Post("training-jobs", EndlessJob.OnHeights("heights", "endless"))).Json["id"]!;
        await a.Until(id, "running");
        using var events = await a.Http.GetStreamAsync($"/api/v1/training-jobs/{id}/events");
        using var lines = new StreamReader(events);
        while (!(await lines.ReadLineAsync())!.Contains("\"running\"", StringComparison.Ordinal))
        {
        }

        Assert.Equal(HttpStatusCode.Accepted, (await a.Post($"training-jobs/{id}/pause", "")).Status);
        await a.Until(id, "paused");
        Assert.Equal(HttpStatusCode.Accepted, (await a.Post($"training-jobs/{id}/resume", "")).Status);
        await a.Until(id, "running");
        Assert.Equal(HttpStatusCode.Accepted, (await a.Post($"training-jobs/{id}/cancel", "")).Status);
        while (!(await lines.ReadLineAsync())!.StartsWith("event: done", StringComparison.Ordinal))
        {
        }

        await TestCluster.Until(a, cluster => cluster["nodes"]!.AsArray().All(node => node!["jobs"]!.AsArray().Count == 0));

        // The same request with one key, at two nodes
        var twins = await Task.WhenAll(
            new[] { a, b }.Select(node => node.Post("training-jobs", TestCluster.ShortJob("twin"), ("Idempotency-Key", "once"))));
        Assert.Equal((string)twins[0].Json["id"]!, (string)twins[1].Json["id"]!);
    }

    [PostgreSqlFact]
    public async Task A_study_goes_on_when_the_node_that_leads_it_is_killed()
    {
        await Task.WhenAll(_cluster.Start("one", "all"), _cluster.Start("two", "all"));
        await _cluster["one"].Upload("iris", "iris.csv");
        var leader = (string)(await TestCluster.Until(_cluster["one"], cluster => Leaders(cluster).Any()))["nodes"]!.AsArray()
            .Single(node => (bool)node!["leads"]!)!["name"]!;
        var other = leader == "one" ? "two" : "one";
        var study = (string)(await _cluster[other].Post("studies", """
            {"name":"lasting","trials":6,"job":{"dataset":"iris","target":"species","epochs":200,"recipe":"fast"},
             "search":{"/optimizer/learningRate":{"logUniform":[0.001,0.1]}}}
            """)).Json["id"]!;
        await _cluster[other].UntilAt($"studies/{study}", row => (string?)row["state"] == "running");
        await _cluster.Kill(leader);
        var ended = await _cluster[other].UntilAt($"studies/{study}", row => row["endedAt"] is not null);
        Assert.Equal("succeeded", (string?)ended["state"]);
    }

    [PostgreSqlFact]
    public async Task A_key_that_is_revoked_at_one_node_is_refused_at_all()
    {
        string[] keyed = ["--Access:RequireKey=true", "--Access:AdminKey=0123456789012345678901234567890123456789abc"];
        await Task.WhenAll(_cluster.Start("a", "api", keyed), _cluster.Start("b", "api", keyed));
        (string, string) admin = ("Authorization", "Bearer 0123456789012345678901234567890123456789abc");
        var made = (await _cluster["a"].Post("api-keys", """{"name":"short","scopes":["read"]}""", admin)).Json;
        (string, string) key = ("Authorization", $"Bearer {made["key"]}");
        await UntilAnswer(() => _cluster["b"].Get("networks", key), answer => answer.Status == HttpStatusCode.OK);
        await _cluster["a"].Send(HttpMethod.Delete, $"api-keys/{made["id"]}", null, admin);
        await UntilAnswer(() => _cluster["b"].Get("networks", key), answer => answer.Status == HttpStatusCode.Unauthorized);
    }

    [PostgreSqlFact]
    public async Task A_worker_without_its_files_leaves_the_jobs_to_others()
    {
        await Task.WhenAll(_cluster.Start("front", "api"), _cluster.Start("ill", "worker"), _cluster.Start("well", "worker"));
        var front = _cluster["front"];
        await front.Upload("heights", "toy_heights.csv");
        Directory.Move(Path.Combine(_folder.Path, "ill"), Path.Combine(_folder.Path, "gone"));
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
            ids.Add((string)(await front.Post("training-jobs", TestCluster.ShortJob($"model-{i}"))).Json["id"]!);
        foreach (var id in ids)
        {
            var job = await front.Until(id, job => job["endedAt"] is not null || (string?)job["state"] == "paused");
            Assert.Equal("succeeded", (string?)job["state"]);
            var claims = job["transitions"]!.AsArray().Where(transition => (string?)transition!["state"] == "running").ToList();
            Assert.StartsWith("claimed by well,", (string)claims[^1]!["reason"]!, StringComparison.Ordinal);
        }
    }

    [PostgreSqlFact]
    public async Task A_job_that_a_node_cannot_read_is_left_to_others_and_the_node_rests()
    {
        var front = (await _cluster.Start("front", "api")).Wire;
        await front.Upload("heights", "toy_heights.csv");
        var id = (string)(await front.Post("training-jobs", TestCluster.ShortJob("people"))).Json["id"]!;
        _service.Server.Execute("""UPDATE "TrainingJobs" SET "Configuration" = replace("Configuration", '"epochs":', '"ofLater":1,"epochs":')""", _database);

        var old = await _cluster.Start("old", "worker");
        await old.Line("This node takes on no training jobs for a while");

        _service.Server.Execute("""UPDATE "TrainingJobs" SET "Configuration" = replace("Configuration", '"ofLater":1,', '')""", _database);
        var job = await front.Until(id, "queued");
        Assert.Equal(
            ["created", "claimed by old, attempt 1", "its node could not read what the job is to do: a newer version has written that, or it is damaged"],
            job["transitions"]!.AsArray().Select(transition => (string?)transition!["reason"]));
        await _cluster.Start("new", "worker");
        await front.Until(id, "succeeded");
    }

    [PostgreSqlFact]
    public async Task A_node_that_is_cut_off_answers_nothing_from_memory()
    {
        var direct = new NpgsqlConnectionStringBuilder(_service.Server.ConnectionString(_database));
        using var relay = new Relay(direct.Port);
        var relayed = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = relay.Port, CommandTimeout = 3, Timeout = 3 };
        await Task.WhenAll(_cluster.Start("a", "all"), _cluster.Start("b", "api", $"--Database:ConnectionString={relayed.ConnectionString}"));
        var (a, b) = (_cluster["a"], _cluster["b"]);
        await a.Upload("heights", "toy_heights.csv");
        await a.Train(TestCluster.ShortJob("people"));
        await UntilAnswer(() => b.Post("models/people/predict", Row), answer => answer.Status == HttpStatusCode.OK);

        relay.Cut();
        await a.Train(TestCluster.ShortJob("people"));
        Assert.Equal(2, (int)(await a.Post("models/people/predict", Row)).Json["version"]!);
        var told = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(told) < TimeSpan.FromSeconds(1)) // in which it need not know yet
            await Task.Yield();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await b.Post("models/people/predict", Row)).Status);

        relay.Mend();
        await UntilAnswer(() => b.Post("models/people/predict", Row), answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(2, (int)(await b.Post("models/people/predict", Row)).Json["version"]!);
    }

    [PostgreSqlFact]
    public async Task A_node_is_ready_when_it_is_warm()
    {
        var node = await _cluster.Start("one", "api", "--WarmUp:Enabled=true");
        var first = await node.Wire.Get("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, first.Status);
        Assert.StartsWith("The node is warming up", (string)first.Json["detail"]!, StringComparison.Ordinal);
        var line = await node.Line("/health/ready");
        Assert.Contains(" 503 in ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("\"Level\":\"Error\"", line, StringComparison.Ordinal);
        await UntilAnswer(() => node.Wire.Get("/health/ready"), answer => answer.Status == HttpStatusCode.OK);
        await node.Line("Warmed up in", patience: Wire.Patience);
    }

    [PostgreSqlFact]
    public async Task Nodes_that_start_together_on_an_empty_database_make_one_admin_key()
    {
        await Task.WhenAll(Enumerable.Range(1, 3).Select(i => _cluster.Start($"node-{i}", "api", "--Access:RequireKey=true")));
        using var connection = new NpgsqlConnection(_service.Server.ConnectionString(_database));
        await connection.OpenAsync();
        using var command = connection.CreateCommand();
        command.CommandText = """SELECT (SELECT count(*) FROM "ApiKeys") * 10 + (SELECT count(*) FROM "AuditEntries")""";
        Assert.Equal(11L, await command.ExecuteScalarAsync());
    }

    [PostgreSqlFact]
    public async Task A_node_works_on_while_a_newer_version_adds_to_the_database()
    {
        var old = await _cluster.Start("old", "all");
        await old.Wire.Upload("heights", "toy_heights.csv");
        using var connection = new NpgsqlConnection(_service.Server.ConnectionString(_database));
        await connection.OpenAsync();
        using var command = connection.CreateCommand();
        command.CommandText = """
            ALTER TABLE "TrainingJobs" ADD COLUMN "Later" text; ALTER TABLE "Models" ADD COLUMN "Later" integer NOT NULL DEFAULT 7;
            CREATE TABLE "Later" ("Id" integer); INSERT INTO "__EFMigrationsHistory" VALUES ('29991231235959_Later', '10.0.0');
            """;
        await command.ExecuteNonQueryAsync();

        Assert.Equal("succeeded", (string?)(await old.Wire.Train(TestCluster.ShortJob("before")))["state"]);
        Assert.Equal(HttpStatusCode.OK, (await old.Wire.Post("models/before/predict", Row)).Status);
        Assert.Contains("was made by a newer version", await _cluster.Refusal("another", "all"), StringComparison.Ordinal);
    }

    [PostgreSqlFact]
    public async Task A_worker_answers_for_its_health_alone()
    {
        var node = await _cluster.Start("one", "worker");
        var worker = node.Wire;
        Assert.DoesNotContain("swagger", node.ReadyLine, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await worker.Get("/health/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await worker.Get("/metrics")).Status);
        var refused = await worker.Get("training-jobs");
        Assert.Equal(HttpStatusCode.NotFound, refused.Status);
        Assert.Equal(
            "This node is a worker (Cluster:Role=worker): it answers /health/live, /health/ready and /metrics alone. Ask a node with the role api or all.",
            (string)refused.Json["detail"]!);
    }

    [PostgreSqlFact]
    public async Task A_node_that_does_not_belong_to_the_others_is_refused()
    {
        var one = await _cluster.Start("one", "all");
        using var other = new TemporaryFolder();
        Assert.Contains("by which nodes know each other, is not there", await _cluster.Refusal("early", "all", $"--Storage:BlobFolder={other.Path}"), StringComparison.Ordinal);
        await one.Wire.Upload("iris", "iris.csv");
        Assert.Contains("by which nodes know each other, is not there", await _cluster.Refusal("stray", "all", $"--Storage:BlobFolder={other.Path}"), StringComparison.Ordinal);
        Assert.Contains("is in use.", await _cluster.Refusal("alone", "all", "--Storage:BlobFolder="), StringComparison.Ordinal);
        Assert.Contains("it must be all, api or worker", await _cluster.Refusal("x", "boss"), StringComparison.Ordinal);
    }

    [PostgreSqlAndProgramFact("faketime", "faketime")]
    public async Task A_node_whose_clock_is_wrong_is_refused() => Assert.Matches(
        "^The clock of this machine is (29|30|31) seconds ahead of that of the database's server\\.", // half of what a slow answer takes is added
        await _cluster.RefusalUnder(["faketime", "-f", "+30s"], "early", "worker"));

    [Fact]
    public async Task Roles_need_what_nodes_share()
    {
        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder.Path, "--Cluster:Role=worker");
        Assert.Equal(1, exitCode);
        Assert.Contains("nodes share a database of PostgreSQL", error, StringComparison.Ordinal);
    }

    private static IEnumerable<JsonNode?> Leaders(JsonNode cluster) => cluster["nodes"]!.AsArray().Where(node => (bool)node!["leads"]!);

    private const string Row = """{"rows":[{"weight_lb":150,"height_in":65}]}""";

    // The node that has claimed it for the so-manieth time.
    private static async Task<string> RunsOn(Wire api, string id, int attempt)
    {
        var job = await api.Until(id, row => (string?)row["state"] == "running" && (int)row["attempt"]! == attempt);
        var claim = job["transitions"]!.AsArray().Select(transition => (string)transition!["reason"]!).Last(reason => reason.StartsWith("claimed by ", StringComparison.Ordinal));
        return claim["claimed by ".Length..claim.IndexOf(',', StringComparison.Ordinal)];
    }

    private static async Task HasSaved(Wire api, string id)
    {
        var before = (int)(await api.Get($"training-jobs/{id}")).Json["epoch"]!;
        await api.Until(id, job => (int)job["epoch"]! > before + 5);
    }

    private async Task UntilSql(string count)
    {
        using var deadline = new CancellationTokenSource(Wire.Patience);
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (_service.Server.Execute(count, _database) is 0L)
            await glance.WaitForNextTickAsync(deadline.Token);
    }

    private static async Task UntilAnswer(Func<Task<Answer>> ask, Func<Answer, bool> isWanted)
    {
        using var deadline = new CancellationTokenSource(Wire.Patience);
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!isWanted(await ask()))
            await glance.WaitForNextTickAsync(deadline.Token);
    }
}
