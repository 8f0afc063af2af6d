using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;

namespace NnService.Api.Tests.Studies;

/// <summary>A deleted study takes the models of its trials along: those, and no others.</summary>
public sealed class StudyDeletionTests : IDisposable
{
    private const string Job = """
        "dataset":"heights","target":"gender","features":["weight_lb"],"epochs":1,"split":{"train":0.5,"validation":0.5,"test":0},
        "network":{"layers":[{"type":"dense","units":1,"activation":"sigmoid"}]}
        """;

    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task A_study_is_kept_while_a_job_starts_from_a_trial_s_model()
    {
        var (wire, id) = await RunStudy();
        await wire.Post("training-jobs", EndlessJob.OnHeights("heights", "first")); // so that the next one waits
        var job = (string)(await wire.Post("training-jobs", $$"""{ {{Job}},"initialModel":{"name":"s.trials"} }""")).Json["id"]!;

        var refused = await wire.Delete($"studies/{id}");

        Assert.Equal(
            (HttpStatusCode.Conflict, $"Training job {job} has not ended and starts from model \"s.trials\", which goes with the study. Wait for it, or cancel it first."),
            (refused.Status, (string?)refused.Json["detail"]));
        Assert.Equal(2, (await wire.Get("models/s.trials")).Json["versions"]!.AsArray().Count);
        await wire.CancelAll();
        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete($"studies/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("models/s.trials")).Status);
    }

    [Fact]
    public async Task A_model_that_has_the_number_of_a_trial_s_stays()
    {
        var (wire, id) = await RunStudy();
        await wire.Delete("models/s.trials");
        await wire.Post("models", """{"name":"s.trials","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]}}""");

        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete($"studies/{id}")).Status);

        Assert.Equal("explicitWeights", (string?)(await wire.Get("models/s.trials/versions/1")).Json["lineage"]?["source"]);
    }

    [Fact]
    public async Task A_version_that_an_alias_stands_for_stays_with_what_is_known_of_its_damage()
    {
        var (wire, id) = await RunStudy();
        await wire.Put("models/s.trials/aliases/live", """{"version":1}""");
        _service.Services.GetRequiredService<Database>().Write(db =>
            db.ModelVersions.ExecuteUpdate(versions => versions.SetProperty(version => version.CheckSha256, "another")));
        foreach (var version in (int[])[1, 2])
            Assert.Equal(HttpStatusCode.InternalServerError, (await wire.Get($"models/s.trials/versions/{version}")).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete($"studies/{id}")).Status);

        Assert.Equal([1], (await wire.Get("models/s.trials")).Json["versions"]!.AsArray().Select(version => (int)version!["version"]!));
        Assert.Equal(
            ["Version 1 of model \"s.trials\" is damaged: what is stored is not what was saved. Put it back from a backup, or delete the version."],
            (await wire.Get("/health/ready")).Json["reasons"]!.AsArray().Select(reason => (string?)reason));
    }

    [Fact]
    public async Task Models_of_trials_whose_jobs_were_deleted_before_go_too()
    {
        var (wire, id) = await RunStudy();
        foreach (var trial in (await wire.Get($"studies/{id}")).Json["trials"]!.AsArray())
            Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete($"training-jobs/{trial!["jobId"]}")).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete($"studies/{id}")).Status);

        Assert.Equal(HttpStatusCode.NotFound, (await wire.Get("models/s.trials")).Status);
    }

    [Fact]
    public async Task Models_of_trials_are_found_before_a_write_keeps_everybody_else_from_writing()
    {
        var lineages = new LineageQuestions();
        using var fresh = new TestService { Interceptor = lineages };
        var (wire, id) = await RunStudy(fresh);
        lineages.Forget();

        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete($"studies/{id}")).Status);

        Assert.Equal([false], lineages.AreAskedInWrite);
    }

    // A search that has ended, and whose two trials have each a model.
    private Task<(Wire Wire, string Id)> RunStudy() => RunStudy(_service);

    private static async Task<(Wire Wire, string Id)> RunStudy(TestService service)
    {
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        var study = await wire.Run($$"""{"job":{ {{Job}} },"search":{"/batchSize":{"choice":[1,2]} },"trials":2,"keep":"none","name":"s"}""");
        return (wire, (string)study["id"]!);
    }
}
