using System.Net;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>Deletes of several by a filter, and what they would delete.</summary>
public sealed class DeletionTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task What_is_lost_with_a_dataset_is_said_before_and_after()
    {
        using var fresh = new TestService();
        var wire = fresh.Wire;
        await wire.PostCsv("datasets?name=lost-used", "a,b\n1,2\n2,3\n3,5\n4,9\n");
        await wire.PostCsv("datasets?name=lost-unused", "a,b\n1,2\n2,3\n3,5\n");
        const string Job = """{"dataset":"lost-used","target":"b","task":"regression","epochs":1,"recipe":"fast","model":"lost"}""";
        await wire.Train(Job);
        await wire.Train(Job);

        var before = (await wire.Delete("datasets?prefix=lost-&dryRun=true")).Json;
        var after = (await wire.Delete("datasets?prefix=lost-")).Json;

        const string Says = "2 model versions were trained on dataset \"lost-used\". They still predict, but cannot be trained again (verify) unless the same bytes "
            + "are uploaded under the same name and read in the same way.";
        Assert.Equal(Says, (string?)Assert.Single(before["warnings"]!.AsArray()));
        Assert.Equal(Says, (string?)Assert.Single(after["warnings"]!.AsArray()));
        Assert.Equal(HttpStatusCode.Conflict, (await wire.Post("models/lost/verify", "")).Status);
        await wire.PostCsv("datasets?name=lost-used", "a,b\n1,2\n2,3\n3,5\n4,9\n");
        Assert.True((bool)(await wire.Post("models/lost/verify", "", ("Prefer", "wait=60"))).Json["matches"]!);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_go_and_the_same_call_without_it_deletes_just_that()
    {
        await _wire.Upload("going-heights", "toy_heights.csv");
        var gone = new List<string>();
        for (var i = 0; i < 3; i++)
            gone.Add((string)(await _wire.Train(Job("going")))["id"]!);
        var other = (string)(await _wire.Train(Job("staying")))["id"]!;
        var running = (string)(await _wire.Post("training-jobs", EndlessJob.OnHeights("going-heights", "going"))).Json["id"]!;

        var dry = await _wire.Delete("training-jobs?model=going&dryRun=true");
        var before = (await _wire.Get("training-jobs")).Json["items"]!.AsArray().Count;
        var deleted = await _wire.Delete("training-jobs?model=going");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (dry.Status, deleted.Status));
        Assert.Equal(5, before);
        foreach (var (answer, isDry) in new[] { (dry.Json, true), (deleted.Json, false) })
        {
            Assert.Equal((isDry, 3), ((bool)answer["dryRun"]!, (int)answer["count"]!));
            Assert.Equal(gone, answer["deleted"]!.AsArray().Select(id => (string)id!));
            var kept = Assert.Single(answer["kept"]!.AsArray())!;
            Assert.Equal((running, "It has not ended; cancel it first."), ((string)kept["name"]!, (string)kept["reason"]!));
        }

        Assert.Equal([running, other], (await _wire.Get("training-jobs")).Json["items"]!.AsArray().Select(job => (string)job!["id"]!));
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get($"training-jobs/{gone[0]}/history")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("models/going/versions/3")).Status);

        Assert.Equal("going-heights", (string?)Assert.Single((await _wire.Delete("datasets?prefix=going-")).Json["kept"]!.AsArray())!["name"]);
        await _wire.Post($"training-jobs/{running}/cancel", "");
        Assert.Equal([running], Deleted(await _wire.Delete("training-jobs?state=cancelled")));
    }

    [Fact]
    public async Task Datasets_networks_and_models_go_by_the_beginning_of_their_names()
    {
        foreach (var name in (string[])["several-a", "several-b", "several_c"])
        {
            await _wire.Upload(name, "toy_heights.csv");
            await _wire.Post("networks", $$"""{"name":"{{name}}","layers":[{"type":"dense"}]}""");
            await _wire.Post("models", $$"""{"name":"{{name}}","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }""");
        }

        foreach (var kind in (string[])["datasets", "networks", "models"])
        {
            Assert.Equal(["several-a", "several-b"], Deleted(await _wire.Delete($"{kind}?prefix=several-&dryRun=true")));
            Assert.Equal(["several_c"], Deleted(await _wire.Delete($"{kind}?prefix=several_&dryRun=true")));
            Assert.Empty(Deleted(await _wire.Delete($"{kind}?prefix=several&createdBefore=2020-01-01")));
            Assert.Equal(["several-a", "several-b"], Deleted(await _wire.Delete($"{kind}?prefix=several-")));
            Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get($"{kind}/several-a")).Status);
            Assert.Equal(["several_c"], Deleted(await _wire.Delete($"{kind}?prefix=several&createdBefore=2999-12-31T12:00:00.5Z")));
        }
    }

    [Fact]
    public async Task Models_are_counted_before_a_write_keeps_everybody_else_from_writing()
    {
        var lineages = new LineageQuestions();
        using var fresh = new TestService { Interceptor = lineages };
        await fresh.Wire.PostCsv("datasets?name=counted", "a,b\n1,2\n2,3\n3,5\n");

        Assert.Equal(["counted"], Deleted(await fresh.Wire.Delete("datasets?prefix=counted")));

        Assert.Equal([false], lineages.AreAskedInWrite);
    }

    [Fact]
    public async Task Models_are_not_counted_where_no_dataset_is_deleted()
    {
        var lineages = new LineageQuestions();
        using var fresh = new TestService { Interceptor = lineages };

        Assert.Empty(Deleted(await fresh.Wire.Delete("datasets?prefix=none-")));

        Assert.Empty(lineages.AreAskedInWrite);
    }

    [Theory]
    [InlineData("datasets")]
    [InlineData("networks")]
    [InlineData("models")]
    public async Task However_many_are_deleted_the_database_is_asked_a_few_times(string kind)
    {
        const int Count = 16;
        var questions = new Questions();
        using var fresh = new TestService { Interceptor = questions };
        var wire = fresh.Wire;
        for (var i = 0; i < Count; i++)
            Assert.Equal(HttpStatusCode.Created, (kind switch
            {
                "datasets" => await wire.PostCsv($"datasets?name=many-{i}", $"a,b\n{i},2\n2,3\n3,5\n"),
                "networks" => await wire.Post(kind, $$"""{"name":"many-{{i}}","layers":[{"type":"dense"}]}"""),
                _ => await wire.Post(kind, $$"""{"name":"many-{{i}}","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }"""),
            }).Status);
        questions.Forget();

        var deleted = Deleted(await wire.Delete($"{kind}?prefix=many-"));

        Assert.Equal(Count, deleted.Count());
        Assert.InRange(questions.Asked.Count, 1, Count / 2);
    }

    [Theory]
    [InlineData("training-jobs", "Say which training jobs: give one or more of state, dataset, network, model, createdBefore.")]
    [InlineData("training-jobs?dryRun=true", "Say which training jobs")]
    [InlineData("training-jobs?state=done", "\"done\" is no state. Known: queued")]
    [InlineData("training-jobs?state=failed&dryRun=yes", "dryRun=yes is neither true nor false.")]
    [InlineData("training-jobs?state=failed&dryRun", "dryRun has no value; write dryRun=true or dryRun=false.")]
    [InlineData("networks?prefix=never-there&createdBefore=", "createdBefore has no value")]
    [InlineData("training-jobs?stat=failed", "Unknown query parameter \"stat\"")]
    [InlineData("datasets", "Say which datasets: give one or more of prefix, createdBefore.")]
    [InlineData("models?dryRun=true", "Say which models")]
    [InlineData("networks?prefix=A%25", "No name begins with \"A%\"")]
    public async Task Nothing_is_deleted_for_want_of_a_filter(string path, string detail)
    {
        var answer = await _wire.Delete(path);

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.ContentType));
        Assert.Contains(detail, (string)answer.Json["detail"]!, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Deleted(Answer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json["deleted"]!.AsArray().Select(name => (string)name!);
    }

    private static string Job(string model) =>
        $$"""{"dataset":"going-heights","target":"gender","features":["weight_lb","height_in"],"epochs":1,"model":"{{model}}"}""";
}
