using System.Data.Common;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace NnService.Api.Tests;

/// <summary>
/// What is read is deleted in the middle of the reading: behind its first question to the database, behind its second, and so on, at every door. The answer is
/// the one of before or 404, never a fault of the service, and nothing is called damaged.
/// </summary>
public sealed class DeletedMeanwhileTests : IDisposable
{
    private const string Table = "x1,x2,y\n1,2,3\n2,3,5\n4,5,9\n1,1,2\n6,1,7\n";
    private const string Model = """{"name":"m","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""";
    private const string Warm = """
        {"dataset":"d","target":"y","initialModel":{"name":"m"},"model":"warm","epochs":1,"split":{"train":1,"validation":0,"test":0}}
        """;
    private const string Job = """{"dataset":"d","target":"y","task":"regression","model":"trained","epochs":1,"split":{"train":1,"validation":0,"test":0}}""";

    private readonly TestService _service;
    private readonly BehindQuestion _behind = new();
    private readonly Wire _wire;
    private int _round;

    public DeletedMeanwhileTests()
    {
        _service = new TestService { Interceptor = _behind };
        _wire = _service.Wire;
    }

    [Theory]
    [InlineData("models/m")]
    [InlineData("models/m/versions/1")]
    [InlineData("models/m/versions/live")]
    [InlineData("models/m/lineage")]
    [InlineData("models/m/versions/1/lineage")]
    [InlineData("models/m/formula")]
    [InlineData("models/m/export/json")]
    [InlineData("models/m/versions/live/export/safetensors")]
    [InlineData("models")]
    [InlineData("/v2/models/m")]
    [InlineData("/v2/models/m/versions/1")]
    [InlineData("/v2/models/m/ready")]
    [InlineData("models/m/predict", """{"rows":[[1,2]]}""")]
    [InlineData("models/m/versions/1/predict", """{"rows":[[1,2]]}""")]
    [InlineData("models/m/versions/live/predict?ignoreUnknown=true", """{"rows":[{"x1":1,"x2":2}]}""")]
    [InlineData("models/m/trace", """{"row":[1,2],"target":3}""")]
    [InlineData("models/m/explain", """{"row":[1,2]}""")]
    [InlineData("models/m/verify", "")]
    [InlineData("/v2/models/m/infer", """{"inputs":[{"name":"input","datatype":"FP32","shape":[1,2],"data":[1,2]}]}""")]
    [InlineData("/v1/models/m:predict", """{"instances":[[1,2]]}""")]
    [InlineData("/v1/models/m/versions/1:predict", """{"instances":[[1,2]]}""")]
    [InlineData("/invocations?model=m", """{"instances":[[1,2]]}""")]
    [InlineData("/invocations", """{"instances":[[1,2]]}""")]
    [InlineData("training-jobs?validateOnly=true",
        """{"dataset":"d","target":"y","initialModel":{"name":"m"},"network":{"layers":[{"type":"dense","units":1}]}}""")]
    public async Task A_model(string path, string? body = null) => await AtEveryQuestion(
        path,
        body,
        async () =>
        {
            await _wire.PostCsv("datasets?name=d", Table);
            await _wire.Post("models", Model);
            await _wire.Put("models/m/aliases/live", """{"version":1}""");
        },
        () => _wire.Delete("models/m"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_model_that_a_job_is_to_start_from(bool isMadeAnew)
    {
        await _wire.PostCsv("datasets?name=d", Table);
        var (hasFired, refused) = (true, 0);
        for (var question = 1; hasFired; question++)
        {
            await _wire.Delete("models/m");
            await _wire.Post("models", Model);
            hasFired = false;
            _behind.Arm(question, () =>
            {
                hasFired = true;
                Task.Run(async () =>
                {
                    if ((await _wire.Delete("models/m")).Status == HttpStatusCode.NoContent && isMadeAnew)
                        await _wire.Post("models", Model.Replace("[0]", "[1]", StringComparison.Ordinal)); // of the same name and version
                }).GetAwaiter().GetResult();
            });
            var answer = await _wire.Post("training-jobs", Warm, ("Prefer", "wait=60"));
            _behind.Arm(0, () => { });
            if (answer.Status == HttpStatusCode.OK)
                Assert.Equal("succeeded", (string?)answer.Json["state"]);
            else
                Assert.True(answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.Conflict, answer.Text);
            if (answer.Status == HttpStatusCode.Conflict && ++refused > 0)
                Assert.Equal("Model \"m\" was deleted while the job was being made.", (string?)answer.Json["detail"]);
        }

        Assert.True(refused > 0, "It was never deleted between the plan and the job.");
    }

    [Theory]
    [InlineData("datasets/d")]
    [InlineData("datasets/d/rows")]
    [InlineData("datasets/d/content")]
    [InlineData("datasets")]
    [InlineData("models/trained/export/json")]
    [InlineData("models/trained/predict", """{"dataset":"d"}""")]
    [InlineData("models/trained/evaluate", """{"dataset":"d"}""")]
    [InlineData("models/trained/versions/1/evaluate", """{"dataset":"d"}""")]
    [InlineData("training-jobs?validateOnly=true", Job)]
    [InlineData("training-jobs", Job)]
    public async Task A_dataset(string path, string? body = null)
    {
        await _wire.PostCsv("datasets?name=d", Table);
        await _wire.Train(Job);
        await AtEveryQuestion(
            path,
            body,
            async () =>
            {
                var upload = await _wire.PostCsv("datasets?name=d", Table);
                Assert.True(upload.Status is HttpStatusCode.Created or HttpStatusCode.OK, upload.Text);
            },
            async () =>
            {
                await _wire.Post("training-jobs/latest/cancel", "");
                return await _wire.Delete("datasets/d");
            });
    }

    [Theory]
    [InlineData("training-jobs")]
    [InlineData("training-jobs/latest")]
    [InlineData("training-jobs/latest/history")]
    [InlineData("training-jobs/latest/loss.svg")]
    [InlineData("training-jobs/latest/events")]
    [InlineData("training-jobs/latest/trace", """{"row":[1,2],"target":3}""")]
    [InlineData("training-jobs", Job)] // again, with the key that has made the one that goes
    public async Task A_job(string path, string? body = null)
    {
        await _wire.PostCsv("datasets?name=d", Table);
        await AtEveryQuestion(
            path,
            body,
            async () => Assert.Equal(
                "succeeded", (string?)(await _wire.Post("training-jobs", Job, ("Prefer", "wait=60"), Key)).Json["state"]),
            () => _wire.Delete("training-jobs/latest"));
    }

    [Fact]
    public async Task A_job_that_somebody_waits_for()
    {
        await _wire.PostCsv("datasets?name=d", Table);
        var waiting = _wire.Post(
            "training-jobs", EndlessJob.Of(Job.Replace(
                "\"epochs\":1", "\"network\":{\"layers\":[{\"type\":\"dense\",\"units\":256},{\"type\":\"dense\",\"units\":1}]},\"epochs\":1",
                StringComparison.Ordinal)), ("Prefer", "wait=60"));
        await _wire.Until("latest", job => (string?)job["state"] == "running");
        var deleting = Task.CompletedTask;
        _behind.Arm(1, () => deleting = Task.Run(async () => await _wire.Delete("training-jobs/latest"))); // behind the look at the row that has ended
        await _wire.Post("training-jobs/latest/cancel", "");

        var answer = await waiting;
        await deleting;
        Assert.NotSame(Task.CompletedTask, deleting);
        Assert.True((int)answer.Status is 200 or 404, $"{answer.Status} {answer.Text}");
    }

    [Theory]
    [InlineData("networks")]
    [InlineData("networks/n")]
    [InlineData("training-jobs?validateOnly=true", """{"dataset":"d","target":"y","task":"regression","network":"n"}""")]
    public async Task A_network(string path, string? body = null)
    {
        await _wire.PostCsv("datasets?name=d", Table);
        await AtEveryQuestion(
            path, body, () => _wire.Post("networks", """{"name":"n","layers":[{"type":"dense","units":1}]}"""), () => _wire.Delete("networks/n"));
    }

    [Fact]
    public async Task A_dataset_of_a_study_that_is_being_made_goes_before_it_or_stays()
    {
        var study = $$"""{"kind":"crossValidation","folds":2,"keep":"none","job":{{EndlessJob.Of("""{"dataset":"d","target":"y","task":"regression"}""")}} }""";
        HttpStatusCode? deleted = HttpStatusCode.NoContent;
        for (var question = 1; deleted is not null; question++)
        {
            await _wire.PostCsv("datasets?name=d", Table);
            deleted = null;
            _behind.Arm(question, () => deleted = Task.Run(() => _wire.Delete("datasets/d")).GetAwaiter().GetResult().Status);
            var answer = await _wire.Post("studies", study);
            _behind.Arm(0, () => { });
            Assert.True(
                (answer.Status, deleted) is (HttpStatusCode.Accepted, HttpStatusCode.Conflict or null)
                    or (HttpStatusCode.BadRequest or HttpStatusCode.Conflict, HttpStatusCode.NoContent),
                $"Deleted behind question {question} ({deleted}): {(int)answer.Status} {answer.Text}");
            if (answer.Status == HttpStatusCode.Accepted)
                await _wire.Post("studies/latest/cancel", "");
        }
    }

    [Theory]
    [InlineData("network", false)]
    [InlineData("network", true)]
    [InlineData("model", false)]
    [InlineData("model", true)]
    [InlineData("version", false)]
    public async Task What_a_study_is_given_by_name_goes_before_it_or_stays(string kind, bool isDrawn)
    {
        const string Network = """{"name":"n","layers":[{"type":"dense","units":1}]}""";
        var (path, made, other, body, at) = kind == "network"
            ? ("networks/n", "networks", Network.Replace("}]", "},{\"type\":\"dense\",\"units\":1}]", StringComparison.Ordinal), Network, "network")
            : ("models/m", "models", Model.Replace("[0]", "[1]", StringComparison.Ordinal), Model, "initialModel");
        var value = kind == "network" ? "\"n\"" : """{"name":"m"}""";
        var job = """{"dataset":"d","target":"y","task":"regression","split":{"train":0.5,"validation":0.5,"test":0},"batchSize":1}""";
        var drawn = isDrawn ? $$""" "/{{at}}":{"choice":[{{value}}]} """ : """ "/labelSmoothing":{"choice":[0]} """;
        var study = $$"""{"search":{{{drawn}}},"trials":1,"keep":"none","job":{{EndlessJob.Of(isDrawn ? job : $$"""{{job[..^1]}},"{{at}}":{{value}}}""")}} }""";
        await _wire.PostCsv("datasets?name=d", Table);
        var (deleted, refused) = ((HttpStatusCode?)HttpStatusCode.NoContent, 0);
        for (var question = 1; deleted is not null; question++)
        {
            await _wire.Delete(path);
            await _wire.Post(made, body);
            if (kind == "version")
                await _wire.Post(made, other); // so that its latest version can go alone
            deleted = null;
            _behind.Arm(question, () => deleted = Task.Run(async () =>
            {
                var answer = await _wire.Delete(kind == "version" ? $"{path}/versions/2" : path);
                if (answer.Status == HttpStatusCode.NoContent && kind != "version")
                    await _wire.Post(made, other); // another one of the same name
                return answer.Status;
            }).GetAwaiter().GetResult());
            var answer = await _wire.Post("studies", study);
            _behind.Arm(0, () => { });
            if (answer.Status == HttpStatusCode.Accepted)
                await _wire.Post("studies/latest/cancel", "");
            else
                Assert.True(answer.Status is HttpStatusCode.BadRequest or HttpStatusCode.Conflict && deleted == HttpStatusCode.NoContent, answer.Text);
            if (answer.Status == HttpStatusCode.Conflict && ++refused > 0)
                Assert.Equal(
                    ($"{(kind == "network" ? "Network \"n\"" : "Model \"m\"")} was deleted while the study was being made.", isDrawn ? "#/search" : $"#/job/{at}"),
                    ((string?)answer.Json["detail"], (string?)answer.Json["errors"]![0]!["pointer"]));
        }

        Assert.True(refused > 0, "It was never deleted between the plan and the study.");
    }

    public void Dispose() => _service.Dispose();

    // The job of a key that goes is not made again.
    private (string Name, string Value) Key => ("Idempotency-Key", $"round-{_round}");

    private async Task AtEveryQuestion(string path, string? body, Func<Task> make, Func<Task<Answer>> delete)
    {
        var (hasFired, deleted) = (true, new List<HttpStatusCode>());
        for (var question = 1; hasFired; question++)
        {
            _round = question;
            await make();
            hasFired = false;
            _behind.Arm(question, () =>
            {
                hasFired = true;
                deleted.Add(Task.Run(delete).GetAwaiter().GetResult().Status);
            });
            using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
            var answer = await _wire.Send(
                body is null ? HttpMethod.Get : HttpMethod.Post, path, content, body == Job && !path.Contains('?') ? [Key] : []);
            _behind.Arm(0, () => { });
            Assert.True((int)answer.Status < 500, $"Deleted behind question {question}: {(int)answer.Status} {answer.Text}");
            Assert.True(IsWhole(answer), $"Deleted behind question {question}, it is cut short: {answer.Text}");
            if (!hasFired)
                Assert.True(question > 1, "The door asks nothing.");
        }

        Assert.Contains(HttpStatusCode.NoContent, deleted);

        Assert.Equal("""{"status":"ready","reasons":[]}""", (await _wire.Get("/health/ready")).Text);
    }

    // Of a history and of a stream of events, which say themselves where they end.
    private static bool IsWhole(Answer answer) => answer.ContentType switch
    {
        "application/json" when answer.Status == HttpStatusCode.OK && answer.Json is JsonObject history && history["points"] is JsonArray points =>
            points.Count == (int)history["total"]!,
        "text/event-stream" => !answer.Text.Contains("event: done", StringComparison.Ordinal) || answer.Text.Contains("event: history", StringComparison.Ordinal),
        _ => true,
    };

    /// <summary>Does something behind the n-th question that is put to the database outside a write.</summary>
    private sealed class BehindQuestion : DbCommandInterceptor
    {
        private readonly object _gate = new();
        private int _left;
        private Action _act = () => { };

        // The worker asks too: what one of its questions has begun is over before the next round begins.
        public void Arm(int question, Action act)
        {
            lock (_gate)
                (_act, _left) = (act, question);
        }

        public override InterceptionResult DataReaderDisposing(DbCommand command, DataReaderDisposingEventData eventData, InterceptionResult result)
        {
            if (eventData.Context?.Database.CurrentTransaction is not null || Volatile.Read(ref _left) == 0) // so it is for the questions of the act itself
                return result;
            lock (_gate)
                if (_left > 0 && --_left == 0)
                    _act();
            return result;
        }
    }
}
