using System.Net;
using NnService.Api.Studies.Planning;

namespace NnService.Api.Tests.Studies;

/// <summary>What a study was given by name stays as it is until the study has ended, whether a job of it is there or not.</summary>
public sealed class StudyNeedsTests : IDisposable
{
    private const string Network = """[{"type":"dense","units":1,"activation":"sigmoid"}]""";
    private const string Job = """
        "target":"gender","features":["weight_lb"],"epochs":1,"split":{"train":0.5,"validation":0.5,"test":0}
        """;

    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task Dataset_networks_and_model_of_a_study_without_jobs_are_kept_until_it_has_ended()
    {
        var wire = await Prepared();
        await wire.Post("training-jobs", EndlessJob.OnHeights("other", "first")); // so that the study's jobs wait
        var id = await wire.Start($$"""
            {"job":{"dataset":"heights",{{Job}},"network":"given","initialModel":{"name":"start"} },
             "search":{"/network":{"choice":["given","drawn"]},"/batchSize":{"choice":[1,2]} },"trials":6,"keep":"none"}
            """);
        await wire.UntilAt($"studies/{id}", study => study["trials"]![0]!["jobId"] is not null);
        foreach (var trial in (await wire.Post($"studies/{id}/pause", "")).Json["trials"]!.AsArray())
            if (trial!["jobId"] is { } job)
                await wire.Post($"training-jobs/{job}/cancel", "");

        await Refuses("datasets/heights", $"Study {id} has not ended and needs dataset \"heights\". Wait for it, or cancel it first.");
        await Refuses("networks/given", $"Study {id} has not ended and needs network \"given\". Wait for it, or cancel it first.");
        await Refuses("networks/drawn", $"Study {id} has not ended and needs network \"drawn\". Wait for it, or cancel it first.");
        await Refuses("models/start", $"Study {id} has not ended and starts from model \"start\". Wait for it, or cancel it first.");
        await Refuses("models/start/versions/1", $"Study {id} has not ended and starts from model \"start\". Wait for it, or cancel it first.");
        foreach (var end in (string[])["&dryRun=true", ""])
        {
            await Keeps($"datasets?prefix=heights{end}", $"Study {id} has not ended and needs it.");
            await Keeps($"networks?prefix=given{end}", $"Study {id} has not ended and needs it.");
            await Keeps($"models?prefix=start{end}", $"Study {id} has not ended and starts from it.");
        }

        await wire.Post($"studies/{id}/cancel", "");
        foreach (var path in (string[])["datasets/heights", "networks/given", "networks/drawn", "models/start/versions/1", "models/start"])
            Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete(path)).Status);
        await wire.CancelAll();

        async Task Refuses(string path, string detail)
        {
            var answer = await wire.Delete(path);
            Assert.Equal((HttpStatusCode.Conflict, detail), (answer.Status, (string?)answer.Json["detail"]));
        }

        async Task Keeps(string path, string reason)
        {
            var answer = await wire.Delete(path);
            Assert.Equal((0, reason), ((int)answer.Json["count"]!, (string?)Assert.Single(answer.Json["kept"]!.AsArray())!["reason"]));
        }
    }

    [Fact]
    public void Names_are_those_of_the_job_and_of_the_choices()
    {
        const string Asked = """{"dataset":"d","network":"given","initialModel":{"name":"first"} }""";
        const string Request = """
            {"search":{"/network":{"choice":["drawn",null,{"layers":[]}]},"/network/layers/0/type":{"choice":["dense","dropout"]},
              "/initialModel":{"choice":[{"name":"second"},null]},"/initialModel/name":{"choice":["third"]},"/initialModel/version":{"choice":[1,2]},
              "/target":{"choice":["network","initialModel"]},"/batchSize":{"integer":[1,2]} } }
            """;

        var needs = StudyNeeds.Of(Guid.Empty, Asked, Request);

        Assert.Equal("d", needs.Dataset);
        Assert.Equal(["drawn", "given"], needs.Networks.Order());
        Assert.Equal(["first", "second", "third"], needs.Models.Order());
    }

    [Fact]
    public async Task A_network_that_a_search_looks_into_is_its_own_and_may_go()
    {
        var wire = await Prepared();
        var first = await wire.Post("training-jobs", EndlessJob.OnHeights("other", "first"));
        var id = await wire.Start($$"""
            {"job":{"dataset":"heights",{{Job}},"network":"given"},"search":{"/network/layers/0/activation":{"choice":["sigmoid"]} },"trials":2}
            """);
        await wire.Post($"studies/{id}/pause", "");

        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete("networks/given")).Status);

        await wire.Post($"training-jobs/{first.Json["id"]}/cancel", ""); // not the trials, which may be there already
        await wire.Post($"studies/{id}/resume", "");
        await wire.Ended(id);
    }

    [Theory]
    [InlineData(""" "kind":"crossValidation","folds":2 """, """ "network":{"layers":[{"type":"dense","units":1,"activation":"sigmoid"}]} """, 2)]
    [InlineData(""" "search":{"/batchSize":{"choice":[1,2]} },"trials":1 """, """ "split":{"train":0.5,"validation":0.5,"test":0} """, 2)]
    [InlineData(""" "search":{"/initialModel/name":{"choice":["start"]} },"trials":1 """, """ "split":{"train":0.5,"validation":0.5,"test":0} """, null)]
    public async Task All_trials_start_from_the_version_that_was_the_latest(string study, string job, int? version)
    {
        var wire = await Prepared();

        var answer = await wire.Post("studies?validateOnly=true", $$"""
            {"job":{"dataset":"heights","target":"gender","features":["weight_lb"],"epochs":1,"initialModel":{"name":"start"},{{job}} },{{study}} }
            """);

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        var start = answer.Json["configuration"]!["job"]!["initialModel"]!;
        Assert.Equal(("start", version), ((string?)start["name"], (int?)start["version"]));
    }

    private async Task<Wire> Prepared()
    {
        var wire = _service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        await wire.Upload("other", "toy_heights.csv");
        foreach (var network in (string[])["given", "drawn"])
            await wire.Post("networks", $$"""{"name":"{{network}}","layers":{{Network}} }""");
        for (var version = 1; version <= 2; version++)
            await wire.Train($$"""{"dataset":"other",{{Job}},"network":{"layers":{{Network}} },"model":"start"}""");
        return wire;
    }
}
