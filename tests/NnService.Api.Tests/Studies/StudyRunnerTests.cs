using System.Data.Common;
using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Storage;
using NnService.Api.Studies;
using NnService.Api.Studies.Running;
using NnService.Engine.Specs;

namespace NnService.Api.Tests.Studies;

/// <summary>Studies are taken on whatever happens to one of them, or to the database for a moment.</summary>
public sealed class StudyRunnerTests : IDisposable
{
    private readonly TestService _service;
    private readonly Outage _outage = new();
    private readonly Wire _wire;

    public StudyRunnerTests()
    {
        _service = new TestService { Interceptor = _outage };
        _wire = _service.Wire;
    }

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData(typeof(FolderException))]
    [InlineData(typeof(OutOfMemoryException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task A_study_goes_on_after_a_look_at_the_rows_has_failed(Type failure)
    {
        var (id, job) = await StartEndless();

        var other = (await _wire.Post("training-jobs", EndlessJob.OnHeights("heights", "other"))).Json["id"];
        var failed = _outage.Begin((Exception)Activator.CreateInstance(failure, "The rows cannot be read.")!);
        await _wire.Post($"training-jobs/{other}/cancel", ""); // news, at which the rows are looked at
        await failed;
        await _wire.Post($"training-jobs/{job}/stop", "");

        Assert.NotNull((await _wire.Ended(id))["trials"]![0]!["value"]);
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(UnauthorizedAccessException))]
    [InlineData(typeof(InvalidDataException))]
    [InlineData(typeof(OutOfMemoryException))]
    public async Task A_study_that_cannot_read_its_files_waits_and_the_others_go_on(Type failure)
    {
        var (id, job) = await StartEndless();
        await _wire.Post($"training-jobs/{job}/pause", "");
        await _wire.Until(job, "paused");
        using (var db = _service.Services.GetRequiredService<Database>().Read())
            _outage.Fail(db.Studies.Single().Number, (Exception)Activator.CreateInstance(failure, "It cannot be read.")!);

        var other = await _wire.Run("""
            {"job":{"dataset":"heights","target":"gender","features":["weight_lb"],"epochs":1,"split":{"train":0.5,"validation":0.5,"test":0}},
             "search":{"/batchSize":{"choice":[1,2]}},"trials":1,"keep":"none"}
            """);
        Assert.Equal("succeeded", (string?)other["state"]);
        Assert.True(_outage.Failures > 0);
        Assert.Equal("running", (string?)(await _wire.Get($"studies/{id}")).Json["state"]);
        Assert.Equal("paused", (string?)(await _wire.Get($"training-jobs/{job}")).Json["state"]);
        _outage.Fail(-1, null);
        await _wire.Post($"studies/{id}/cancel", "");
        await _wire.Ended(id, "cancelled");
    }

    [Fact]
    public async Task A_study_that_is_to_stop_waits_for_its_jobs_and_not_for_its_time()
    {
        var (id, job) = await StartEndless(""","maxSeconds":3600""");
        var steps = _service.Services.GetRequiredService<StudySteps>();
        using var db = _service.Services.GetRequiredService<Database>().Read();
        var number = db.Studies.Single().Number;
        Assert.InRange(await steps.AdvanceAsync(number, CancellationToken.None), 0, 3600);
        await _wire.Post($"training-jobs/{job}/pause", "");
        await _wire.Until(job, "paused");
        var other = (string)(await _wire.Post("training-jobs", EndlessJob.OnHeights("heights", "other"))).Json["id"]!; // so that the study's job waits for a worker
        await _wire.Until(other, "running");

        await _wire.Post($"studies/{id}/stop", "");

        Assert.Equal(double.PositiveInfinity, await steps.AdvanceAsync(number, CancellationToken.None));
        Assert.Equal(("running", "stopped"), (await _wire.Get($"studies/{id}")).Json is var study ? ((string?)study["state"], (string?)study["stopReason"]) : default);
        await _wire.Post($"training-jobs/{other}/cancel", "");
        await _wire.Ended(id);
    }

    [Fact]
    public async Task A_study_whose_request_cannot_be_read_fails_and_the_others_go_on()
    {
        var (id, _) = await StartEndless();

        _service.Services.GetRequiredService<Database>().Write(db =>
            db.Studies.ExecuteUpdate(studies => studies.SetProperty(study => study.Request, """{"trials":"many"}""")));
        await _wire.CancelAll(); // news, at which the rows are looked at
        var failed = await _wire.Ended(id, "failed");

        Assert.Equal("The study failed inside the service; the log has more under its name.", (string?)failed["error"]);
        await _wire.Run("""
            {"job":{"dataset":"heights","target":"gender","features":["weight_lb"],"epochs":1,"split":{"train":0.5,"validation":0.5,"test":0}},
             "search":{"/batchSize":{"choice":[1,2]}},"trials":1,"keep":"none"}
            """);
    }

    [Fact]
    public async Task A_study_that_fails_inside_the_service_takes_its_jobs_with_it()
    {
        var (id, job) = await StartEndless();
        var other = (string)(await _wire.Post("training-jobs", EndlessJob.OnHeights("heights", "other"))).Json["id"]!;

        _service.Services.GetRequiredService<Database>().Write(db =>
            db.Studies.ExecuteUpdate(studies => studies.SetProperty(study => study.Request, """{"trials":"many"}""")));
        await _wire.Post($"training-jobs/{other}/cancel", ""); // news, at which the rows are looked at
        var failed = await _wire.Ended(id, "failed");

        Assert.Equal("cancelled", (string?)(await _wire.Until(job, "cancelled"))["stopReason"]);
        Assert.Equal("cancelled", (string?)failed["trials"]![0]!["state"]);
        Assert.Equal("error", (string?)failed["stopReason"]);
    }

    [Fact]
    public void What_a_newer_node_of_a_cluster_has_written_is_left_to_it()
    {
        var unread = Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize<StudyRequest>("""{"newer":1}""", SpecJson.Options));

        Assert.NotNull(StudyRunner.WhyUnreadable(unread, isAlone: false));
        Assert.Null(StudyRunner.WhyUnreadable(unread, isAlone: true));
        Assert.Null(StudyRunner.WhyUnreadable(new InvalidOperationException(), isAlone: false));
    }

    [Fact]
    public async Task A_study_whose_trials_are_damaged_fails_alone()
    {
        var (id, job) = await StartEndless();
        var other = (string)(await _wire.Post("training-jobs", EndlessJob.OnHeights("heights", "other"))).Json["id"]!;

        _service.Services.GetRequiredService<Database>().Write(db =>
            db.Studies.ExecuteUpdate(studies => studies.SetProperty(study => study.Request, """{"trials":"many"}"""))
            + db.StudyTrials.ExecuteUpdate(trials => trials.SetProperty(trial => trial.Parameters, "{")));
        await _wire.Post($"training-jobs/{other}/cancel", ""); // news, at which the rows are looked at

        await _wire.UntilAt("studies", list => (string?)list["items"]![0]!["state"] == "failed");
        Assert.Equal(id, (string?)(await _wire.Get("studies")).Json["items"]![0]!["id"]);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("/health/live")).Status);
        await _wire.Post($"training-jobs/{job}/cancel", "");
    }

    [Fact]
    public async Task However_many_studies_there_are_few_of_their_trials_wait_and_each_has_its_turn()
    {
        await _wire.Upload("heights", "toy_heights.csv");
        var other = (string)(await _wire.Post("training-jobs", EndlessJob.OnHeights("heights", "other"))).Json["id"]!;
        await _wire.Until(other, "running");
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
            ids.Add(await _wire.Start("""
                {"job":{"dataset":"heights","target":"gender","features":["weight_lb"],"epochs":1,"split":{"train":0.5,"validation":0.5,"test":0}},
                 "search":{"/batchSize":{"integer":[1,9]}},"trials":5,"keep":"none"}
                """));
        List<long> numbers;
        using (var db = _service.Services.GetRequiredService<Database>().Read())
            numbers = [.. db.Studies.Select(study => study.Number).Order()];
        foreach (var number in numbers)
            await _service.Services.GetRequiredService<StudySteps>().AdvanceAsync(number, CancellationToken.None);

        var jobs = new List<int>();
        foreach (var id in ids)
            jobs.Add((await _wire.Get($"studies/{id}")).Json["trials"]!.AsArray().Count(trial => trial!["jobId"] is not null));
        Assert.Equal([2, 1, 1, 1], jobs); // one can run, and one waits for it; of the others one each
        await _wire.Post($"training-jobs/{other}/cancel", "");
        foreach (var id in ids)
            await _wire.Ended(id);
    }

    // A study of one trial, and the trial's job, which is running.
    private async Task<(string Id, string Job)> StartEndless(string more = "")
    {
        await _wire.Upload("heights", "toy_heights.csv");
        var id = await _wire.Start($$"""
            { "job": {{EndlessJob.OnHeights("heights", "heights")[..^1]}}, "split": {"train": 0.5, "validation": 0.5, "test": 0} },
              "search": { "/optimizer/learningRate": {"logUniform": [1e-3, 1e-1]} }, "trials": 1, "keep": "none"{{more}} }
            """);
        var study = await _wire.UntilAt($"studies/{id}", now => (int)now["trials"]![0]!["epochs"]! > 0);
        return (id, (string)study["trials"]![0]!["jobId"]!);
    }

    /// <summary>Fails one look at the studies under way, as while the database's server is restarted.</summary>
    private sealed class Outage : DbCommandInterceptor
    {
        private Tuple<TaskCompletionSource, Exception>? _over;
        private Tuple<long, Exception?>? _failing;
        private int _failures;

        /// <summary>Begins; it is over with the next look.</summary>
        public Task Begin(Exception failure)
        {
            var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Volatile.Write(ref _over, new(over, failure));
            return over.Task.WaitAsync(Wire.Patience);
        }

        /// <summary>Looks at the trials of one study fail, until they do so for another.</summary>
        public void Fail(long study, Exception? failure) => Volatile.Write(ref _failing, new Tuple<long, Exception?>(study, failure));

        /// <summary>How many have failed.</summary>
        public int Failures => Volatile.Read(ref _failures);

        public override InterceptionResult<DbDataReader> ReaderExecuting(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result)
        {
            if (Volatile.Read(ref _failing) is (var study, { } failure) && command.CommandText.Contains("\"StudyTrials\"", StringComparison.Ordinal)
                && Environment.StackTrace.Contains(nameof(StudySteps), StringComparison.Ordinal)
                && command.Parameters.Cast<DbParameter>().Any(parameter => study.Equals(parameter.Value)))
            {
                Interlocked.Increment(ref _failures);
                throw failure;
            }

            if (eventData.Context?.Database.CurrentTransaction is null && IsLook(command.CommandText) && Interlocked.Exchange(ref _over, null) is var (over, failed))
            {
                over.SetResult();
                throw failed;
            }

            return result;
        }

        private static bool IsLook(string sql) =>
            sql.Contains("FROM \"Studies\"", StringComparison.Ordinal) && sql.Contains("\"State\" IN (", StringComparison.Ordinal);
    }
}
