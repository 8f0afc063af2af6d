using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Access.Audit;
using NnService.Api.Data;
using NnService.Api.Http;
using NnService.Api.Studies;
using NnService.Api.Tests.Databases;
using NnService.Api.Tests.Studies;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Tests;

/// <summary>A change is committed and the connection is lost before the answer: what follows such a change follows all the same, without another request.</summary>
public sealed class LostAnswerTests : IDisposable
{
    private const string Line = "x,y\n1,2\n2,4\n3,6\n4,8\n5,10\n6,12\n7,14\n8,16\n9,18\n10,20\n";

    private readonly LostConnection _lost;
    private readonly TestService _service;
    private readonly Wire _wire;
    private Func<DbContext, bool> _isMeant = _ => false;

    public LostAnswerTests()
    {
        _lost = new LostConnection(db => _isMeant(db));
        _service = new TestService { Interceptor = _lost };
        _wire = _service.Wire;
    }

    public void Dispose()
    {
        _lost.ComeBack();
        _service.Dispose();
    }

    [Fact]
    public async Task A_job_is_trained()
    {
        await _wire.PostCsv("datasets?name=line", Line);
        Lose(db => db.ChangeTracker.Entries<IdempotencyKey>().Any());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Post()).Status);

        var again = await Post(("Prefer", "wait=60"));
        Assert.Equal("succeeded", (string?)again.Json["state"]);
        Assert.Single((await _wire.Get("training-jobs")).Json["items"]!.AsArray());

        Task<Answer> Post(params (string, string)[] headers) =>
            _wire.Post("training-jobs", """{"dataset":"line","target":"y","task":"regression","epochs":1}""", [("Idempotency-Key", "one"), .. headers]);
    }

    [Fact]
    public async Task A_job_that_is_resumed_is_trained()
    {
        var id = await StartJob();
        await _wire.Post($"training-jobs/{id}/pause", "");
        await _wire.Until(id, "paused");
        Lose(db => db.ChangeTracker.Entries<TrainingJob>().Any(job => job.Entity.State == JobState.Queued));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _wire.Post($"training-jobs/{id}/resume", "")).Status);

        await _wire.Until(id, "running");
        await _wire.CancelAll();
    }

    [Fact]
    public async Task A_study_is_taken_on()
    {
        await _wire.PostCsv("datasets?name=line", Line);
        Lose(db => db.ChangeTracker.Entries<Study>().Any());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _wire.Post("studies", """
            {"job":{"dataset":"line","target":"y","task":"regression","epochs":1,"split":{"train":0.5,"validation":0.5,"test":0}},
             "search":{"/batchSize":{"choice":[1,2]}},"trials":1,"keep":"none"}
            """)).Status);

        var study = (await _wire.Get("studies")).Json["items"]!.AsArray().Single()!;
        await _wire.Ended((string)study["id"]!);
    }

    [Theory]
    [InlineData("pause", "paused")]
    [InlineData("stop", "succeeded")]
    [InlineData("cancel", "cancelled")]
    public async Task A_run_does_what_was_asked_for(string request, string state)
    {
        var id = await StartJob();
        Lose(db => db.ChangeTracker.Entries<TrainingJob>().Any(job => job.Entity.Requested is not null || job.Entity.HasEnded));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _wire.Post($"training-jobs/{id}/{request}", "")).Status);

        await _wire.Until(id, state);
        using var deadline = new CancellationTokenSource(Wire.Patience);
        var running = _service.Services.GetRequiredService<TrainingJobs.Running.RunningJobs>();
        while (running.Has(Guid.Parse(id)))
            await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
    }

    [Fact]
    public async Task A_run_looks_at_its_row_for_itself()
    {
        var id = await StartJob();

        _service.Services.GetRequiredService<Database>().Write(db => db.TrainingJobs.Where(job => job.Id == Guid.Parse(id))
            .ExecuteUpdate(job => job.SetProperty(row => row.Requested, JobRequest.Pause)));

        await _wire.Until(id, "paused");
        await _wire.CancelAll();
    }

    [Fact]
    public async Task A_study_that_is_paused_has_its_jobs_paused()
    {
        await _wire.Upload("heights", "toy_heights.csv");
        var study = (string)(await _wire.Post("studies", $$"""
            { "job": {{EndlessJob.OnHeights("heights", "trial")[..^1]}}, "split": {"train": 0.5, "validation": 0.5, "test": 0} },
              "search": { "/optimizer/learningRate": {"logUniform": [1e-3, 1e-1]} }, "trials": 1, "keep": "none" }
            """)).Json["id"]!;
        var job = (string)(await _wire.UntilAt($"studies/{study}", row => row["trials"]![0]!["jobId"] is not null))["trials"]![0]!["jobId"]!;
        await _wire.Until(job, "running");
        Lose(db => db.ChangeTracker.Entries<Study>().Any(row => row.Entity.State == JobState.Paused));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _wire.Post($"studies/{study}/pause", "")).Status);

        await _wire.Until(job, "paused");
        await _wire.CancelAll();
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once()
    {
        using var service = new KeyedService(services => TestDatabase.Intercept(services, _lost));
        var (id, key) = await service.MakeKey(Scope.Read);
        Assert.Equal(HttpStatusCode.OK, (await service.With(key).Get("networks")).Status);
        Lose(db => db.ChangeTracker.Entries<AuditEntry>().Any());

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.Admin.Delete($"api-keys/{id}")).Status);

        Assert.Equal(HttpStatusCode.Unauthorized, (await service.With(key).Get("networks")).Status);
    }

    [Fact]
    public async Task A_key_is_refused_too_where_the_server_commits_after_the_connection_was_lost()
    {
        using var service = new KeyedService(services => TestDatabase.Intercept(services, _lost));
        var (id, key) = await service.MakeKey(Scope.Read);
        (_lost.StaysAway, _isMeant, _lost.At) = (true, db => db.ChangeTracker.Entries<AuditEntry>().Any(), Moment.BeforeCommit);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.Admin.Delete($"api-keys/{id}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await service.With(key).Get("catalogue")).Status); // the rows are as they were

        using (var connection = service.Services.GetRequiredService<DatabaseEngine>().OpenToWrite())
        using (var command = connection.CreateCommand())
        {
            command.CommandText = """DELETE FROM "ApiKeys" """;
            command.ExecuteNonQuery();
        }

        _lost.ComeBack();
        using var deadline = new CancellationTokenSource(Wire.Patience);
        while ((await service.With(key).Get("catalogue")).Status != HttpStatusCode.Unauthorized)
            await Task.Delay(TimeSpan.FromMilliseconds(20), deadline.Token);
    }

    private void Lose(Func<DbContext, bool> isMeant) => (_isMeant, _lost.At) = (isMeant, Moment.BehindCommit);

    private async Task<string> StartJob()
    {
        await _wire.Upload("heights", "toy_heights.csv");
        var id = (string)(await _wire.Post("training-jobs", EndlessJob.OnHeights("heights", "endless"))).Json["id"]!;
        await _wire.Until(id, "running");
        return id;
    }
}
