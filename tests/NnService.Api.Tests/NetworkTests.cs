using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Networks;

namespace NnService.Api.Tests;

[Collection(SharedService.Name)]
public sealed class NetworkTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_network_comes_back_with_every_default_and_what_follows_from_its_shape()
    {
        var answer = await _wire.Post("networks", """
            {"name":"network-full","inputs":4,"layers":[{"units":8,"type":"dense","activation":"leakyRelu"},{"type":"dense","units":3,"activation":{"type":"softmax"},"useBias":false}]}
            """);

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal("/api/v1/networks/network-full", answer.Headers.Location!.ToString());
        Assert.Equal(
            """[{"type":"dense","units":8,"activation":{"type":"leakyRelu","alpha":0.01},"useBias":true"""
                + ""","initializer":"glorotUniform","biasInitializer":"zeros","inputShape":[4],"outputShape":[8]},{"type":"dense","units":3"""
                + ""","activation":"softmax","useBias":false,"initializer":"glorotUniform","biasInitializer":"zeros","inputShape":[8],"outputShape":[3]}]""",
            answer.Json["layers"]!.ToJsonString());
        Assert.Equal(64, (long)answer.Json["parameterCount"]!);
        Assert.Equal(56, (long)answer.Json["multiplyAddsPerRow"]!);
        Assert.Equal(answer.Text, (await _wire.Get("networks/network-full")).Text);
        Assert.Equal(HttpStatusCode.NoContent, (await _wire.Delete("networks/network-full")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("networks/network-full")).Status);
    }

    [Fact]
    public async Task What_a_dataset_has_yet_to_settle_is_null()
    {
        var answer = await _wire.Post("networks", """{"name":null,"inputs":null,"layers":[{"type":"dense","units":4},{"type":"dense"}]}""");

        Assert.Matches("^network-[0-9a-f]{12}$", (string?)answer.Json["name"]);
        Assert.Null(answer.Json["inputs"]);
        Assert.Null(answer.Json["parameterCount"]);
        Assert.Null(answer.Json["layers"]![1]!["outputShape"]);
        Assert.Equal(4, (int)answer.Json["layers"]![1]!["inputShape"]![0]!);
    }

    [Fact]
    public async Task Explicit_weights_settle_inputs_and_units()
    {
        var answer = await _wire.Post("networks", """{"layers":[{"type":"dense","weights":[[1,2,3],[4,5,6]]}]}""");

        Assert.Equal((2, 3), ((int)answer.Json["inputs"]!, (int)answer.Json["layers"]![0]!["units"]!));
        Assert.Equal(9, (long)answer.Json["parameterCount"]!);
    }

    [Fact]
    public async Task A_network_that_an_earlier_version_has_written_is_read_and_is_the_same_network()
    {
        const string Layers = """[{"type":"dense","units":2},{"type":"batchNormalization"},{"type":"dense","units":1}]""";
        const string Stored = """[{"type":"dense","units":2,"activation":"linear","useBias":true,"initializer":"glorotUniform","biasInitializer":"zeros"},"""
            + """{"type":"batchNormalization","epsilon":1E-05,"momentum":0.1,"leastBatchSize":2},"""
            + """{"type":"dense","units":1,"activation":"linear","useBias":true,"initializer":"glorotUniform","biasInitializer":"zeros"}]""";
        await service.Services.GetRequiredService<Database>().WriteAsync(
            db => db.Networks.Add(new NetworkDefinition
            {
                Name = "network-early",
                Spec = $$"""{"inputs":null,"layers":{{Stored}}}""",
                CreatedAt = new DateTime(2026, 11, 1, 0, 0, 0, DateTimeKind.Utc),
            }),
            CancellationToken.None);

        var again = await _wire.Post("networks", $$"""{"name":"network-early","layers":{{Layers}}}""");

        Assert.True(again.Status == HttpStatusCode.OK, again.Text);
        Assert.DoesNotContain("leastBatchSize", again.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await _wire.Post("networks", """{"name":"network-early","layers":[{"type":"dense"}]}""")).Status);
    }

    [Fact]
    public async Task A_network_as_it_is_saved_may_stand_in_a_job_or_a_model_which_pass_its_name_and_description_over()
    {
        await _wire.Upload("network-inline", "toy_heights.csv");
        const string Layers = """ "layers":[{"type":"dense","units":1,"activation":"sigmoid"}] """;
        var (plain, named) = (Job($$"""{ {{Layers}} }"""), Job($$"""{"name":"Any Name","description":"a few words",{{Layers}} }"""));

        var first = await _wire.Post("training-jobs", plain, ("Idempotency-Key", "network-inline"));
        var same = await _wire.Post("training-jobs", named, ("Idempotency-Key", "network-inline"));
        var nulls = await _wire.Post("training-jobs?validateOnly=true", Job($$"""{"name":null,"description":null,{{Layers}} }"""));
        var model = await _wire.Post("models", """{"name":"network-inline","network":{"name":"n","description":"d","layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }""");
        var refused = await _wire.Post("training-jobs", Job($$"""{"name":7,"description":["d"],"words":"w",{{Layers}} }"""));

        Assert.True(same.Status == HttpStatusCode.Accepted, same.Text);
        Assert.Equal((string?)first.Json["id"], (string?)same.Json["id"]); // another body would be refused
        Assert.Equal(
            ["inputs", "layers"], nulls.Json["configuration"]!["network"]!.AsObject().Select(member => member.Key));
        Assert.Equal(HttpStatusCode.Created, model.Status);
        Assert.DoesNotContain("description", (await _wire.Get("models/network-inline/versions/1")).Json["network"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(
            ["#/network/description", "#/network/name", "#/network/words"],
            refused.Json["errors"]!.AsArray().Select(error => (string)error!["pointer"]!).Order());

        static string Job(string network) =>
            $$"""{"dataset":"network-inline","target":"gender","features":["weight_lb","height_in"],"epochs":1,"network":{{network}} }""";
    }
}
