using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;

namespace NnService.Api.Tests;

[Collection(SharedService.Name)]
public sealed class AliasTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task An_alias_stands_wherever_a_version_does_and_can_be_moved()
    {
        await MakeConstant("alias-moved", 1);
        await MakeConstant("alias-moved", 2);

        var put = await _wire.Put("models/alias-moved/aliases/champion", """{"version":1}""");
        Assert.Equal(HttpStatusCode.OK, put.Status);
        Assert.Equal("""{"model":"alias-moved","alias":"champion","version":1}""", put.Text);
        Assert.Equal(1, await Value("alias-moved", "champion"));
        Assert.Equal(1, (int)(await _wire.Get("models/alias-moved/versions/champion")).Json["version"]!);
        await _wire.PostCsv("datasets?name=alias-moved", "x1,y\n1,1\n2,1\n3,4\n");
        Assert.Equal(1, (int)(await _wire.Post("models/alias-moved/versions/champion/evaluate", """{"dataset":"alias-moved"}""")).Json["version"]!);

        await _wire.Put("models/alias-moved/aliases/champion", """{"version":2}""");
        await _wire.Put("models/alias-moved/aliases/before", """{"version":1}""");
        Assert.Equal(2, await Value("alias-moved", "champion"));
        Assert.Equal("""{"before":1,"champion":2}""", (await _wire.Get("models/alias-moved")).Json["aliases"]!.ToJsonString());

        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete("models/alias-moved/aliases/before")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Post("models/alias-moved/versions/before/predict", """{"rows":[[0]]}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Delete("models/alias-moved/aliases/before")).Status);
    }

    [Fact]
    public async Task A_version_that_an_alias_stands_for_is_not_deleted_but_the_whole_model_is()
    {
        await MakeConstant("alias-held", 1);
        await MakeConstant("alias-held", 2);
        await _wire.Put("models/alias-held/aliases/champion", """{"version":1}""");

        var refused = await _wire.Delete("models/alias-held/versions/1");
        Assert.Equal(HttpStatusCode.Conflict, refused.Status);
        Assert.Contains("\"champion\"", (string)refused.Json["detail"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await _wire.Delete("models/alias-held/versions/champion")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete("models/alias-held/versions/2")).Status);
        Assert.Equal(1, await Value("alias-held", "champion"));

        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete("models/alias-held")).Status);
        await MakeConstant("alias-held", 3);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Post("models/alias-held/versions/champion/predict", """{"rows":[[0]]}""")).Status);
        Assert.Equal("{}", (await _wire.Get("models/alias-held")).Json["aliases"]!.ToJsonString());
    }

    [Fact]
    public async Task A_delete_that_is_refused_forgets_no_look_up()
    {
        using var alone = new TestService();
        var (wire, database) = (alone.Wire, alone.Services.GetRequiredService<Database>());
        await wire.Post("models", """{"name":"kept","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }""");
        await wire.Put("models/kept/aliases/champion", """{"version":1}""");
        await wire.PostCsv("datasets?name=kept", "x1,y\n1,1\n2,1\n3,4\n");
        var started = await wire.Post("training-jobs", EndlessJob.Of("""{"dataset":"kept","target":"y","task":"regression","initialModel":{"name":"kept"},"model":"other"}"""));
        Assert.Equal(HttpStatusCode.Accepted, started.Status);
        var before = database.ModelChanges;

        Assert.Equal(HttpStatusCode.NotFound, (await wire.Delete("models/absent")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await wire.Delete("models/kept")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await wire.Delete("models/kept/versions/1")).Status);
        Assert.Equal(0, (int)(await wire.Delete("models?prefix=kept")).Json["count"]!);
        Assert.Equal(0, (int)(await wire.Delete("models?prefix=absent")).Json["count"]!);

        Assert.Equal(before, database.ModelChanges);
        await wire.Post($"training-jobs/{started.Json["id"]}/cancel", "");
        Assert.Equal(HttpStatusCode.Conflict, (await wire.Delete("models/kept/versions/1")).Status); // of the alias
        Assert.Equal(HttpStatusCode.NotFound, (await wire.Delete("models/kept/versions/2")).Status);
        Assert.Equal(before, database.ModelChanges);
        Assert.Equal(HttpStatusCode.NoContent, (await wire.Delete("models/kept")).Status);
        Assert.Equal(before + 1, database.ModelChanges);
    }

    [Theory]
    [InlineData("alias-refused", "12", """{"version":1}""", 400, "#")]
    [InlineData("alias-refused", "Champion", """{"version":1}""", 400, "#")]
    [InlineData("alias-refused", "champion", "{}", 400, "#/version")]
    [InlineData("alias-refused", "champion", """{"version":"1"}""", 400, "#/version")]
    [InlineData("alias-refused", "champion", """{"version":7}""", 404, "#/version")]
    [InlineData("alias-nowhere", "champion", """{"version":1}""", 404, "#")]
    public async Task What_cannot_be_an_alias_is_refused_with_its_place(string model, string alias, string body, int status, string pointer)
    {
        await MakeConstant("alias-refused", 1);

        var answer = await _wire.Put($"models/{model}/aliases/{alias}", body);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(pointer, (string)answer.Json["errors"]![0]!["pointer"]!);
    }

    [Fact]
    public async Task While_an_alias_moves_to_and_fro_every_answer_is_wholly_of_one_version()
    {
        await MakeConstant("alias-switched", 1);
        await MakeConstant("alias-switched", 2);
        await _wire.Put("models/alias-switched/aliases/champion", """{"version":1}""");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var (moves, isOver) = (0, false);
        var seen = new ConcurrentDictionary<int, bool>();
        var callers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref isOver) && !deadline.IsCancellationRequested)
            {
                var answer = await _wire.Post("models/alias-switched/versions/champion/predict", """{"rows":[[0],[0]]}""");
                Assert.Equal(HttpStatusCode.OK, answer.Status);
                var version = (int)answer.Json["version"]!;
                Assert.Equal($$"""[{"value":{{version}}},{"value":{{version}}}]""", answer.Json["predictions"]!.ToJsonString());
                seen[version] = true;
            }
        })).ToList();

        for (; (moves < 60 || seen.Count < 2) && !deadline.IsCancellationRequested; moves++)
        {
            var version = 2 - (moves % 2);
            await _wire.Put("models/alias-switched/aliases/champion", $$"""{"version":{{version}}}""");
            Assert.Equal(version, await Value("alias-switched", "champion")); // a move that was answered holds from the next request on
        }

        Volatile.Write(ref isOver, true);
        await Task.WhenAll(callers);
        Assert.Equal([1, 2], seen.Keys.Order());
    }

    [Fact]
    public async Task The_latest_version_is_the_newest_one_from_the_moment_it_is_there()
    {
        for (var version = 1; version <= 3; version++)
        {
            await MakeConstant("alias-latest", version);
            Assert.Equal(version, (int)(await _wire.Post("models/alias-latest/predict", """{"rows":[[0]]}""")).Json["version"]!);
        }

        await _wire.Delete("models/alias-latest/versions/3");
        Assert.Equal(2, (int)(await _wire.Post("models/alias-latest/predict", """{"rows":[[0]]}""")).Json["version"]!);
    }

    private async Task<double> Value(string model, string version) =>
        (double)(await _wire.Post($"models/{model}/versions/{version}/predict", """{"rows":[[0]]}""")).Json["predictions"]![0]!["value"]!;

    private async Task MakeConstant(string name, int value)
    {
        var made = await _wire.Post(
            "models", $$"""{"name":"{{name}}","network":{"layers":[{"type":"dense","weights":[[0]],"bias":[{{value}}]}]},"precision":"float64"}""");
        Assert.True(made.Status == HttpStatusCode.Created, made.Text);
    }
}
