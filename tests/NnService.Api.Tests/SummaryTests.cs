using System.Net;

namespace NnService.Api.Tests;

/// <summary>A network has a bounded number of layers wherever it comes in, and lists show things without their bulk.</summary>
public sealed class SummaryTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_network_has_at_most_a_thousand_layers_wherever_it_comes_in()
    {
        await _wire.Upload("summary-heights", "toy_heights.csv");
        var most = Layers(1000);
        var tooMany = Layers(1001);

        Assert.Equal(HttpStatusCode.Created, (await _wire.Post("networks", $$"""{"name":"summary-deep","layers":[{{most}}]}""")).Status);
        Refused("#/layers", await _wire.Post("networks", $$"""{"name":"summary-deeper","layers":[{{tooMany}}]}"""));
        var job = $$"""{"dataset":"summary-heights","target":"gender","network":{"layers":[{{tooMany}}]} }""";
        Refused("#/network/layers", await _wire.Post("training-jobs", job));
        Refused("#/network/layers", await _wire.Post("training-jobs?validateOnly=true", job));
        Refused("#/network/layers", await _wire.Post("models", $$"""{"network":{"layers":[{{tooMany}}]} }"""));
        Refused("#/parameters", await _wire.Post("models", await Exported(tooMany)));
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("networks/summary-deeper")).Status);
    }

    [Fact]
    public async Task A_description_is_short_enough_for_a_list()
    {
        var taken = await _wire.Post("networks", $$"""{"description":"{{new string('x', 10_000)}}","layers":[{"type":"dense"}]}""");
        Assert.Equal(HttpStatusCode.Created, taken.Status);
        var refused = await _wire.Post("networks", $$"""{"description":"{{new string('x', 10_001)}}","layers":[{"type":"dense"}]}""");
        Assert.Equal("description has 10,001 characters; at most 10,000 are allowed.", (string?)refused.Json["detail"]);
        Assert.Equal("#/description", (string?)refused.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task Lists_carry_summaries()
    {
        await _wire.Upload("summary-listed", "toy_heights.csv");
        await _wire.Post("networks", """{"name":"summary-listed","inputs":2,"layers":[{"type":"dense","units":3},{"type":"dense","units":1}]}""");
        var job = await _wire.Train("""{"dataset":"summary-listed","target":"gender","ignore":["name"],"epochs":1,"model":"summary-listed"}""");

        var network = (await _wire.Get("networks?limit=1")).Json["items"]![0]!;
        Assert.Equal(
            ["name", "description", "inputs", "members", "parameterCount", "multiplyAddsPerRow", "createdAt"], network.AsObject().Select(member => member.Key));
        Assert.Equal(("summary-listed", 2, 13), ((string?)network["name"], (int)network["inputs"]!, (int)network["parameterCount"]!));
        Assert.Equal(2, (await _wire.Get("networks/summary-listed")).Json["layers"]!.AsArray().Count);

        var dataset = (await _wire.Get("datasets?limit=1")).Json["items"]![0]!;
        Assert.Equal(["name", "sha256", "bytes", "rows", "createdAt"], dataset.AsObject().Select(member => member.Key));
        Assert.NotEmpty((await _wire.Get("datasets/summary-listed")).Json["columns"]!.AsArray());

        var listed = (await _wire.Get("training-jobs?model=summary-listed&state=succeeded")).Json["items"]![0]!;
        Assert.False(listed.AsObject().ContainsKey("configuration"));
        Assert.Equal(
            job.AsObject().Where(member => member.Key != "configuration").Select(member => $"{member.Key}: {member.Value?.ToJsonString()}"),
            listed.AsObject().Select(member => $"{member.Key}: {member.Value?.ToJsonString()}"));
    }

    private static string Layers(int count) =>
        string.Join(',', Enumerable.Repeat("""{"type":"dropout","rate":0}""", count - 1).Append("""{"type":"dense","weights":[[1]],"bias":[0]}"""));

    // The document of an export, with other layers in it.
    private async Task<string> Exported(string layers)
    {
        await _wire.Post("models", """{"name":"summary-exported","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        var document = (await _wire.Get("models/summary-exported/export/json")).Json;
        document["name"] = "summary-imported";
        document["description"]!["network"]!["layers"] = System.Text.Json.Nodes.JsonNode.Parse($"[{layers}]");
        return document.ToJsonString();
    }

    private static void Refused(string pointer, Answer answer)
    {
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("The network has 1,001 layers; at most 1,000 are allowed.", (string?)answer.Json["detail"]);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }
}
