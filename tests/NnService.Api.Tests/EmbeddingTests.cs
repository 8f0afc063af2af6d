using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>Networks that begin with an embedding, from the request to everything that is done with a model.</summary>
public sealed class EmbeddingTests(TestService service) : IClassFixture<TestService>
{
    private const string Dense = """{"type":"dense","units":8,"activation":"relu"},{"type":"dense"}""";

    private readonly Wire _wire = service.Wire;

    public static TheoryData<string, string> Embeddings => new()
    {
        { "piecewise", """{"type":"categoryEmbedding"},{"type":"piecewiseLinear","bins":6,"units":4}""" },
        { "periodic", """{"type":"periodic","frequencies":4,"units":3,"scale":0.2}""" },
        { "cosine", """{"type":"cosine","frequencies":3},{"type":"categoryEmbedding","units":2}""" },
    };

    [Theory]
    [MemberData(nameof(Embeddings))]
    public async Task A_model_is_trained_asked_explained_taken_away_and_trained_again(string name, string embedding)
    {
        await _wire.PostCsv($"datasets?name={name}", Houses());
        var job = await _wire.Train($$"""
            {"dataset":"{{name}}","target":"price","epochs":30,"seed":3,"network":{"layers":[{{embedding}},{{Dense}}] } }
            """);
        var model = $"models/{name}";
        const string Row = """{"size":81.5,"town":"b","built":"1990-05-01","garden":true}""";

        var predicted = (await _wire.Post($"{model}/predict", $$"""{"rows":[{{Row}}]}""")).Json["predictions"]![0]!["value"]!;
        var trace = (await _wire.Post($"{model}/trace", $$"""{"row":{{Row}},"target":100}""")).Json;
        Assert.All(trace["parameters"]!.AsArray(), parameter => Assert.Equal(
            (double)parameter!["numericGradient"]!, (double)parameter["gradient"]!, 1e-5 * Math.Max(1, Math.Abs((double)parameter["gradient"]!))));
        Assert.Equal((int)(await _wire.Get($"{model}/versions/1")).Json["parameterCount"]!, trace["parameters"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post($"{model}/trace", $$"""{"row":{{Row}},"target":100}""", ("Accept", "text/plain"))).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post($"{model}/trace", $$"""{"row":{{Row}},"target":100}""", ("Accept", "text/x-latex"))).Status);
        var formula = await _wire.Get($"{model}/formula");
        Assert.True(formula.Status == HttpStatusCode.OK, formula.Text);
        Assert.Contains(name == "piecewise" ? "min(max(" : name == "periodic" ? "sin(2π·(" : "cos(2π·(", formula.Text, StringComparison.Ordinal);
        var explained = (await _wire.Post($"{model}/explain", $$"""{"row":{{Row}},"steps":2000}""")).Json;
        Assert.InRange(Math.Abs((double)explained["completenessError"]!), 0, 0.5); // of prices about 100 apart; kinks cost some
        foreach (var format in (string[])["onnx", "safetensors", "json", "c"])
        {
            var export = await _wire.Http.GetAsync($"/api/v1/{model}/export/{format}");
            Assert.True(export.IsSuccessStatusCode, await export.Content.ReadAsStringAsync());
        }

        var copy = JsonNode.Parse(await _wire.Http.GetStringAsync($"/api/v1/{model}/export/json"))!;
        copy["name"] = $"{name}-copy";
        Assert.Equal(HttpStatusCode.Created, (await _wire.Post("models", copy.ToJsonString())).Status);
        Assert.Equal(
            predicted.ToJsonString(),
            (await _wire.Post($"models/{name}-copy/predict", $$"""{"rows":[{{Row}}]}""")).Json["predictions"]![0]!["value"]!.ToJsonString());
        Assert.True((bool)(await _wire.Post($"{model}/verify", "")).Json["matches"]!);

        var configuration = job["configuration"]!.DeepClone();
        (configuration["initialModel"], configuration["epochs"]) = (new JsonObject { ["name"] = name }, 2);
        await _wire.Train(configuration.ToJsonString());
    }

    [Theory]
    [InlineData("""{"type":"piecewiseLinear","bins":0}""", "#/network/layers/0/bins")]
    [InlineData("""{"type":"piecewiseLinear","bins":1000000000}""", "#/network/layers/0/bins")]
    [InlineData("""{"type":"periodic","frequencies":0}""", "#/network/layers/0/frequencies")]
    [InlineData("""{"type":"periodic","scale":0}""", "#/network/layers/0/scale")]
    [InlineData("""{"type":"cosine","units":3}""", "#/network/layers/0/units")]
    [InlineData("""{"type":"categoryEmbedding","units":1000000000}""", "#/network/layers/0/units")]
    [InlineData("""{"type":"dropout"},{"type":"cosine"}""", "#/network/layers/1")]
    [InlineData("""{"type":"cosine"},{"type":"periodic"}""", "#/network/layers/1")]
    [InlineData("""{"type":"cosine"}""", "#/network/layers/0", "town")]
    [InlineData("""{"type":"categoryEmbedding"}""", "#/network/layers/0", "size")]
    public async Task What_cannot_be_embedded_is_refused_with_its_place(string layers, string pointer, string features = "size")
    {
        await _wire.PostCsv("datasets?name=refused", Houses());

        var answer = await _wire.Post("training-jobs", $$"""
            {"dataset":"refused","target":"price","features":["{{features}}"],"network":{"layers":[{{layers}},{{Dense}}] } }
            """);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task A_model_from_explicit_weights_has_no_embedding()
    {
        var answer = await _wire.Post("models", """
            {"name":"given","network":{"layers":[{"type":"cosine"},{"type":"dense","weights":[[1],[2]],"bias":[0]}]}}
            """);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/network/layers/0", (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task A_network_whose_widths_the_columns_settle_says_so_with_null()
    {
        var answer = await _wire.Post("networks", $$"""{"name":"embedded","inputs":3,"layers":[{"type":"piecewiseLinear"},{{Dense}}]}""");

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(
            """{"type":"piecewiseLinear","bins":48,"units":16,"inputShape":[3],"outputShape":null}""", answer.Json["layers"]![0]!.ToJsonString());
        Assert.Null(answer.Json["parameterCount"]);
    }

    private static string Houses() => "size,town,built,garden,price\n" + string.Concat(Enumerable.Range(0, 160).Select(i =>
    {
        var (size, town) = (40 + (i * 37 % 101), i * i % 5);
        var price = (size * (town + 1) * 0.5) + Math.Abs(size - 90) + (i % 3);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(i % 23 == 7 ? "" : $"{size}.5")},{"abcde"[town]},{1950 + (i * 7 % 70)}-0{1 + (i % 9)}-15,{(i % 2 == 0 ? "true" : "false")},{price}\n");
    }));
}
