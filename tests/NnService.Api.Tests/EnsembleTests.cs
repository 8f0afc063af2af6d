using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>An ensemble inside one network, from its definition to its exports.</summary>
[Collection(SharedService.Name)]
public sealed class EnsembleTests(TestService service)
{
    private const string Layers = """[{"type":"dense","units":6,"activation":"relu"},{"type":"layerNormalization"},{"type":"dense"}]""";

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_network_says_its_members_and_counts_what_each_has_for_itself()
    {
        var answer = await _wire.Post("networks", """
            {"name":"ensemble-4","inputs":3,"members":4,"layers":[{"type":"dense","units":5,"activation":"relu"},{"type":"dense","units":2}]}
            """);

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(4, (int)answer.Json["members"]!);
        Assert.Equal((3 * 5) + 5 + (4 * 3) + (4 * ((5 * 2) + 2)), (long)answer.Json["parameterCount"]!);
        Assert.Equal(4 * ((3 * 5) + (5 * 2)), (long)answer.Json["multiplyAddsPerRow"]!);
        Assert.Equal(answer.Text, (await _wire.Get("networks/ensemble-4")).Text);
    }

    [Fact]
    public async Task One_member_is_what_is_left_out()
    {
        const string body = """{"name":"ensemble-1","layers":[{"type":"dense","units":5}],"members":1}""";
        var answer = await _wire.Post("networks", body);

        Assert.Equal(1, (int)answer.Json["members"]!);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("networks", body.Replace(""","members":1""", ""))).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await _wire.Post("networks", body.Replace(""":1""", ":2"))).Status);
    }

    [Theory]
    [InlineData("0", "members is 0; it must be at least 1 and at most 128.")]
    [InlineData("129", "members is 129; it must be at least 1 and at most 128.")]
    [InlineData("1e9", "members is 1000000000; it must be at least 1 and at most 128.")]
    [InlineData("-1", "members is -1; it must be at least 1 and at most 128.")]
    [InlineData("1e10", "Expected a smaller whole number")]
    [InlineData("1.5", "Expected a whole number")]
    public async Task Too_many_or_too_few_members_are_refused(string members, string says)
    {
        await _wire.Upload("iris", "iris.csv");
        var network = await _wire.Post("networks", $$"""{"members":{{members}},"layers":{{Layers}} }""");
        var job = await _wire.Post("training-jobs", $$"""{"dataset":"iris","target":"species","network":{"members":{{members}},"layers":{{Layers}} } }""");

        foreach (var (answer, pointer) in new[] { (network, "#/members"), (job, "#/network/members") })
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
            Assert.StartsWith(says, (string?)answer.Json["errors"]![0]!["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Heads_of_their_own_count_before_anything_is_allocated()
    {
        var answer = await _wire.Post("networks", """{"members":128,"layers":[{"type":"dense","units":1000},{"type":"dense","units":1000}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/layers/1", (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.Contains("128,128,000", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_of_explicit_weights_has_no_members()
    {
        var answer = await _wire.Post("models", """{"network":{"members":2,"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/network/members", (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task Explicit_weights_are_where_every_member_starts()
    {
        await _wire.PostCsv("datasets?name=ensemble-line", "x,y\n1,2.5\n2,4.5\n3,6.5\n4,8.5\n");
        var job = await _wire.Train("""
            {"dataset":"ensemble-line","target":"y","model":"ensemble-start","epochs":1,"optimizer":{"type":"sgd","learningRate":1e-12},"precision":"float64",
             "network":{"members":3,"layers":[{"type":"dense","weights":[[2]],"bias":[1],"activation":"linear"},{"type":"dense","weights":[[5]],"bias":[7]}]}}
            """);

        var layers = (await _wire.Get("models/ensemble-start/versions/1")).Json["layers"]!;
        Assert.Equal(3, (int)job["configuration"]!["network"]!["members"]!);
        Assert.Equal(2, (double)layers[0]!["weights"]![0]![0]!, 1e-9);
        Assert.All(Enumerable.Range(0, 3), member => Assert.Equal(5, (double)layers[1]!["weights"]![member]![0]![0]!, 1e-9));
        Assert.All(Enumerable.Range(0, 3), member => Assert.Equal(7, (double)layers[1]!["bias"]![member]![0]!, 1e-9));
        Assert.All(layers[0]!["memberScales"]!.AsArray(), scales => Assert.Equal(1, Math.Abs((double)scales![0]!), 1e-9));
    }

    [Fact]
    public async Task A_prediction_is_the_mean_of_the_members_that_a_trace_takes_apart()
    {
        await Train("ensemble-iris", 5, 0);
        const string row = """{"sepal_length":6,"sepal_width":3,"petal_length":4.5,"petal_width":1.4}""";

        var predicted = (await _wire.Post("models/ensemble-iris/predict", $$"""{"rows":[{{row}}]}""")).Json["predictions"]![0]!["probabilities"]!;
        var traces = new List<JsonNode>();
        for (var member = 0; member < 5; member++)
            traces.Add((await _wire.Post("models/ensemble-iris/trace", $$"""{"row":{{row}},"target":"virginica","member":{{member}} }""")).Json);
        var ofNone = (await _wire.Post("models/ensemble-iris/trace", $$"""{"row":{{row}},"target":"virginica"}""")).Json;
        var beyond = await _wire.Post("models/ensemble-iris/trace", $$"""{"row":{{row}},"target":"virginica","member":5}""");
        var explained = (await _wire.Post("models/ensemble-iris/explain", $$"""{"row":{{row}},"output":"virginica"}""")).Json;

        Assert.Equal(traces.Average(trace => (double)trace["output"]![2]!), (double)predicted["virginica"]!, 1e-6);
        Assert.True(traces.Select(trace => (double)trace["loss"]!).Distinct().Count() == 5);
        Assert.Equal(0, (int)ofNone["member"]!);
        Assert.Equal(traces[0].ToJsonString(), ofNone.ToJsonString());
        Assert.StartsWith("This is member 3 of 5", (string?)traces[3]["warnings"]![0], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, beyond.Status);
        Assert.Equal("#/member", (string?)beyond.Json["errors"]![0]!["pointer"]);
        Assert.Equal((double)predicted["virginica"]!, (double)explained["prediction"]!, 1e-6);
        Assert.Contains(
            "member 2", (await _wire.Post("models/ensemble-iris/trace", $$"""{"row":{{row}},"target":"setosa","member":2}""", ("Accept", "text/plain"))).Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_door_answers_the_same_and_the_exported_document_comes_back()
    {
        await Train("ensemble-doors", 4, 1);
        const string rows = """[[5.1,3.5,1.4,0.2],[6.2,2.9,4.3,1.3]]""";
        string Probabilities(JsonNode answer) => answer["predictions"]!.ToJsonString();

        var predicted = (await _wire.Post("models/ensemble-doors/predict", $$"""{"rows":{{rows}} }""")).Json;
        var inferred = (await _wire.Post(
            "/v2/models/ensemble-doors/infer",
            """{"inputs":[{"name":"input","datatype":"FP64","shape":[2,4],"data":[5.1,3.5,1.4,0.2,6.2,2.9,4.3,1.3]}],"""
                + """ "outputs":[{"name":"probabilities"}]}""")).Json;
        var document = (await _wire.Get("models/ensemble-doors/export/json")).Text;
        foreach (var format in new[] { "onnx", "safetensors", "c" })
            Assert.Equal(HttpStatusCode.OK, (await _wire.Get($"models/ensemble-doors/export/{format}")).Status);
        var posted = JsonNode.Parse(document)!;
        posted["name"] = "ensemble-back";
        Assert.Equal(HttpStatusCode.Created, (await _wire.Post("models", posted.ToJsonString())).Status);
        posted["parameters"]!["layers[2].weights"]!.AsArray().RemoveAt(0);
        var bad = await _wire.Post("models", posted.ToJsonString());
        var evaluated = (await _wire.Post("models/ensemble-doors/evaluate", """{"dataset":"iris"}""")).Json;

        Assert.Equal(
            Wire.Numbers(inferred["outputs"]![0]!["data"]),
            predicted["predictions"]!.AsArray().SelectMany(row => row!["probabilities"]!.AsObject().Select(label => (double)label.Value!)));
        Assert.Equal(
            Probabilities(predicted), Probabilities((await _wire.Post("models/ensemble-back/predict", $$"""{"rows":{{rows}} }""")).Json));
        Assert.Contains("must hold 4 rows of 6 rows of 3 finite numbers", bad.Text, StringComparison.Ordinal);
        Assert.InRange((double)evaluated["metrics"]!["accuracy"]!, 0.9, 1);
    }

    // The history's losses are those of the one answer, as evaluate measures it.
    [Fact]
    public async Task The_losses_of_a_job_are_those_of_its_answers()
    {
        await _wire.Upload("iris", "iris.csv");
        var job = await _wire.Train($$"""
            {"dataset":"iris","target":"species","model":"ensemble-all","epochs":20,"split":{"train":1,"validation":0,"test":0},
             "precision":"float64","network":{"members":3,"layers":{{Layers}} } }
            """);

        var evaluated = (await _wire.Post("models/ensemble-all/evaluate", """{"dataset":"iris"}""")).Json;

        Assert.Equal((double)evaluated["loss"]!, (double)job["trainLoss"]!, 1e-12);
    }

    [Fact]
    public async Task A_configuration_posted_again_gives_the_same_bits_and_a_warm_start_goes_on()
    {
        var job = await Train("ensemble-bits", 3, 7);
        var configuration = job["configuration"]!.DeepClone();
        configuration["model"] = "ensemble-bits-again";
        await _wire.Train(configuration.ToJsonString());

        var start = await _wire.Train("""
            {"dataset":"iris","target":"species","model":"ensemble-warm","initialModel":{"name":"ensemble-bits"},"epochs":1,
             "optimizer":{"type":"sgd","learningRate":1e-12}}
            """);
        var other = await _wire.Post("training-jobs", $$"""
            {"dataset":"iris","target":"species","initialModel":{"name":"ensemble-bits"},"network":{"members":4,"layers":{{Layers}} } }
            """);

        Assert.Equal(await HashOf("ensemble-bits"), await HashOf("ensemble-bits-again"));
        Assert.Equal(3, (int)start["configuration"]!["network"]!["members"]!);
        Assert.Equal(HttpStatusCode.BadRequest, other.Status);
        Assert.Contains("The model has 3 members, the network 4 members", other.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_formula_writes_all_members_down()
    {
        await _wire.PostCsv("datasets?name=ensemble-line", "x,y\n1,2.5\n2,4.5\n3,6.5\n4,8.5\n");
        await _wire.Train("""
            {"dataset":"ensemble-line","target":"y","model":"ensemble-formula","epochs":1,
             "network":{"members":2,"layers":[{"type":"dense","units":1},{"type":"dense"}]}}
            """);

        Assert.Contains("ŷ = (m1 + m2) / 2", (await _wire.Get("models/ensemble-formula/formula", ("Accept", "text/plain"))).Text, StringComparison.Ordinal);
    }

    private async Task<JsonNode> Train(string model, int members, int seed)
    {
        await _wire.Upload("iris", "iris.csv");
        return await _wire.Train($$"""
            {"dataset":"iris","target":"species","model":"{{model}}","epochs":60,"seed":{{seed}},"optimizer":{"type":"adam","learningRate":0.01},
             "network":{"members":{{members}},"layers":{{Layers}} } }
            """);
    }

    private async Task<string> HashOf(string model) => (string)(await _wire.Get($"models/{model}/versions/1")).Json["sha256"]!;
}
