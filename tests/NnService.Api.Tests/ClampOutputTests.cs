using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>Answers of a regression held within the range of the target in the training rows, where that is asked for.</summary>
[Collection(SharedService.Name)]
public sealed class ClampOutputTests(TestService service)
{
    private const string Far = """{"rows":[{"x":1000},{"x":-1000},{"x":3}]}""";

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_model_keeps_its_answers_within_the_range_wherever_it_is_asked()
    {
        var job = await Train("clamped", ""","clampOutput":true""");

        var predicted = Values((await _wire.Post("models/clamped/predict", Far)).Json);
        var inferred = (await _wire.Post(
            "/v2/models/clamped/infer", """{"inputs":[{"name":"input","datatype":"FP64","shape":[3,1],"data":[1000,-1000,3]}]}""")).Json;
        var trace = (await _wire.Post("models/clamped/trace", """{"row":{"x":1000},"target":5}""")).Json;
        var explained = (await _wire.Post("models/clamped/explain", """{"row":{"x":1000}}""")).Json;
        var document = JsonNode.Parse((await _wire.Get("models/clamped/export/json")).Text)!;
        document["name"] = "clamped-back";
        await _wire.Post("models", document.ToJsonString());

        Assert.True((bool)job["configuration"]!["clampOutput"]!);
        Assert.Equal([30.5, 1.5], predicted[..2]); // of the training rows; 31.5 is a row of the test part
        Assert.InRange(predicted[2], 1.5, 30.5);
        Assert.Equal(predicted, Wire.Numbers(inferred["outputs"]![0]!["data"]));
        Assert.Contains("y: 1.5 to 30.5", (string?)trace["warnings"]![0], StringComparison.Ordinal);
        Assert.Equal(30.5, (double)explained["prediction"]!);
        Assert.Equal(predicted, Values((await _wire.Post("models/clamped-back/predict", Far)).Json));
        Assert.Contains("y = min(max(", (await _wire.Get("models/clamped/formula", ("Accept", "text/plain"))).Text, StringComparison.Ordinal);
        foreach (var format in new[] { "onnx", "safetensors", "c" })
            Assert.Equal(HttpStatusCode.OK, (await _wire.Get($"models/clamped/export/{format}")).Status);
    }

    [Fact]
    public async Task Without_it_a_model_answers_what_it_answers_and_learns_the_same()
    {
        var job = await Train("unclamped", "");
        var clamped = await Train("clamped-too", ""","clampOutput":true""");

        var predicted = Values((await _wire.Post("models/unclamped/predict", Far)).Json);

        Assert.False((bool)job["configuration"]!["clampOutput"]!);
        Assert.True(predicted[0] > 100 && predicted[1] < -100, $"{predicted[0]}, {predicted[1]}");
        Assert.Equal((double)job["validationLoss"]!, (double)clamped["validationLoss"]!);
        Assert.Equal(
            (double)job["metrics"]!["baselines"]!["linear"]!["rootMeanSquaredError"]!,
            (double)clamped["metrics"]!["baselines"]!["linear"]!["rootMeanSquaredError"]!);
    }

    [Theory]
    [InlineData("one", "")]
    [InlineData("several", ""","ensemble":[{"layers":[{"type":"dense","units":4,"activation":"tanh"},{"type":"dense"}]}]""")]
    public async Task A_loss_is_measured_before_the_range(string name, string ensemble)
    {
        await Train($"clamped-{name}", $$""","clampOutput":true{{ensemble}}""");
        await Train($"unclamped-{name}", ensemble);
        await _wire.PostCsv("datasets?name=clamp-far", "x,y\n1000,1000.5\n-1000,-999.5\n");

        async Task<JsonNode> Measure(string model) => (await _wire.Post($"models/{model}/evaluate", """{"dataset":"clamp-far"}""")).Json;
        var (held, free) = (await Measure($"clamped-{name}"), await Measure($"unclamped-{name}"));

        Assert.Equal((double)free["loss"]!, (double)held["loss"]!);
        Assert.NotEqual((double)free["metrics"]!["rootMeanSquaredError"]!, (double)held["metrics"]!["rootMeanSquaredError"]!);
    }

    [Fact]
    public async Task A_warm_start_widens_the_range_or_gives_it_up()
    {
        await Train("clamped-start", ""","clampOutput":true""");
        await _wire.PostCsv("datasets?name=clamp-more", "x,y\n1,-7.5\n2,4.5\n3,6.5\n");
        string Job(string model, bool clamp) => $$"""
            {"dataset":"clamp-more","target":"y","model":"{{model}}","initialModel":{"name":"clamped-start"},"clampOutput":{{(clamp ? "true" : "false")}},
             "epochs":1,"optimizer":{"type":"sgd","learningRate":1e-12} }
            """;
        await _wire.Train(Job("clamped-wider", true));
        await _wire.Train(Job("clamped-off", false));

        Assert.Equal([30.5, -7.5], Values((await _wire.Post("models/clamped-wider/predict", Far)).Json).Take(2));
        Assert.True(Values((await _wire.Post("models/clamped-off/predict", Far)).Json)[0] > 100);
    }

    [Fact]
    public async Task It_is_for_regression()
    {
        await _wire.Upload("iris", "iris.csv");

        var answer = await _wire.Post("training-jobs", """{"dataset":"iris","target":"species","clampOutput":true}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/clampOutput", (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    // y = x + 0.5 for x from 1 to 31, the last of them for test.
    private async Task<JsonNode> Train(string model, string more)
    {
        var csv = new StringBuilder("x,y,part\n");
        for (var x = 1; x <= 31; x++)
            csv.Append(CultureInfo.InvariantCulture, $"{x},{x}.5,{(x == 31 ? "test" : x == 15 ? "validation" : "train")}\n");
        await _wire.PostCsv("datasets?name=clamp", csv.ToString());
        return await _wire.Train($$"""
            {"dataset":"clamp","target":"y","task":"regression","features":["x"],"model":"{{model}}","epochs":200,"split":{"column":"part"},
             "optimizer":{"type":"adam","learningRate":0.05},"network":{"layers":[{"type":"dense"}]}{{more}} }
            """);
    }

    private static double[] Values(JsonNode answer) => [.. answer["predictions"]!.AsArray().Select(prediction => (double)prediction!["value"]!)];
}
