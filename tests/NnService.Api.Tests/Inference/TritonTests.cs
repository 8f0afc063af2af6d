using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Inference;

/// <summary>What Triton's clients ask beside the protocol: index, configurations, statistics, loading.</summary>
public sealed class TritonTests : IDisposable
{
    private readonly TestService _service = new();
    private readonly Wire _wire;

    public TritonTests() => _wire = _service.Wire;

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task The_index_lists_every_version_whatever_the_body_says()
    {
        await Make("b");
        await Make("a");
        await Make("a");
        const string All = """[{"name":"a","version":"1","state":"READY","reason":""},{"name":"a","version":"2","state":"READY","reason":""},"""
            + """{"name":"b","version":"1","state":"READY","reason":""}]""";

        foreach (var body in (string[])["", "{}", """{"ready":true}""", """{"ready":null,"repository_name":"x"}""", "\uFEFF{}", "\uFEFF"])
            Assert.Equal(All, (await _wire.Send(HttpMethod.Post, "/v2/repository/index", new ByteArrayContent(Encoding.UTF8.GetBytes(body)))).Text);
        Assert.Equal((All, "application/json"), ((await _wire.Get("/v2/repository/index")).Text, (await _wire.Get("/v2/repository/index")).ContentType));
        await Refused(await _wire.Post("/v2/repository/index", "[]"), "The body must be a JSON object, or empty.");
        await Refused(await _wire.Post("/v2/repository/index", """{"ready":1}"""), "ready must be true or false.");
        await Refused(await _wire.Post("/v2/repository/index", "{"), "The body is not valid JSON: ");
        await _wire.Delete("models/b");
        Assert.Equal(["a", "a"], (await _wire.Get("/v2/repository/index")).Json.AsArray().Select(model => (string)model!["name"]!));
    }

    [Fact]
    public async Task A_configuration_is_Tritons_own()
    {
        await Make("sum");

        var answer = await _wire.Get("/v2/models/sum/config");

        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.ContentType));
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(
                """
                {"name":"sum","platform":"nnservice","backend":"nnservice","version_policy":{"all":{}},"max_batch_size":2097152,
                 "input":[{"name":"input","data_type":"TYPE_FP64","format":"FORMAT_NONE","dims":[2],"is_shape_tensor":false,"allow_ragged_batch":false,
                           "optional":false}],
                 "output":[{"name":"y","data_type":"TYPE_FP64","dims":[1],"label_filename":"","is_shape_tensor":false}],
                 "parameters":{"columns":{"string_value":"[\"a\",\"b\"]"}}}
                """),
            answer.Json), answer.Text);
        Assert.Equal(answer.Text, (await _wire.Get("/v2/models/sum/versions/1/config?client=mine")).Text);
        await Refused(await _wire.Get("/v2/models/none/config"), "There is no model \"none\".", HttpStatusCode.NotFound);
        await Refused(await _wire.Get("/v2/models/sum/versions/2/config"), "There is no version \"2\" of a model \"sum\".", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Tensors_of_every_type_are_configured_as_the_metadata_describe_them()
    {
        await _wire.PostCsv("datasets?name=mixed", "x,c,b,y\n" + string.Concat(
            Enumerable.Range(0, 24).Select(i => $"{i},{"pqr"[i % 3]},{(i % 2 == 0 ? "true" : "false")},{"uvw"[i % 3]}\n")));
        await _wire.Train("""{"dataset":"mixed","target":"y","epochs":1,"features":["x","c","b"],"model":"mixed"}""");

        var config = (await _wire.Get("/v2/models/mixed/config")).Json;
        var metadata = (await _wire.Get("/v2/models/mixed")).Json;

        Assert.Equal(
            [("x", "TYPE_FP32"), ("c", "TYPE_STRING"), ("b", "TYPE_BOOL")],
            config["input"]!.AsArray().Select(tensor => ((string)tensor!["name"]!, (string)tensor["data_type"]!)));
        Assert.Equal(
            [("label", "TYPE_STRING", "[1]"), ("probabilities", "TYPE_FP32", "[3]")],
            config["output"]!.AsArray().Select(tensor => ((string)tensor!["name"]!, (string)tensor["data_type"]!, tensor["dims"]!.ToJsonString())));
        Assert.Equal("""["u","v","w"]""", (string?)config["parameters"]!["labels"]!["string_value"]);
        foreach (var (ours, theirs) in ((string, string)[])[("input", "inputs"), ("output", "outputs")])
            foreach (var (configured, described) in config[ours]!.AsArray().Zip(metadata[theirs]!.AsArray()))
                Assert.Equal($"[-1,{configured!["dims"]!.ToJsonString()[1..]}", described!["shape"]!.ToJsonString());
    }

    [Fact]
    public async Task A_batch_of_the_configured_size_is_taken()
    {
        using var own = new TestService();
        using var limited = own.WithWebHostBuilder(host => host.UseSetting("Inference:MaxBytes", "64000"));
        var wire = new Wire(limited.CreateClient());
        await wire.Post("models", Model("sum"));

        var most = (int)(await wire.Get("/v2/models/sum/config")).Json["max_batch_size"]!;
        var numbers = string.Join(',', Enumerable.Range(0, 2 * most).Select(i => (-(i + 1) / 3.0).ToString("R", CultureInfo.InvariantCulture)));
        var answer = await wire.Post("/v2/models/sum/infer", $$"""{"inputs":[{"name":"input","datatype":"FP64","shape":[{{most}},2],"data":[{{numbers}}]}]}""");

        Assert.Equal(1000, most);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(most, answer.Json["outputs"]![0]!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Statistics_count_what_is_asked_at_every_door()
    {
        await Make("sum");
        await Make("sum");
        await Make("other");
        await _wire.PostCsv("datasets?name=rows", "a,b\n" + string.Concat(Enumerable.Range(0, 1500).Select(row => $"{row},1\n")));
        var before = DateTimeOffset.UtcNow;

        Assert.Equal((0, 0L), (Count((await Stats("sum", 2))["inference_stats"]!["success"]), (long)(await Stats("sum", 2))["last_inference"]!));
        await _wire.Post("models/sum/predict", """{"rows":[[1,2]]}""");
        await _wire.Post("models/sum/predict", """{"rows":[{"a":1,"b":2},{"a":3,"b":4}]}""");
        await _wire.PostCsv("models/sum/versions/2/predict", "a,b\n1,2\n");
        await _wire.Post("models/sum/predict", """{"dataset":"rows"}""");
        await _wire.Post("/v1/models/sum:predict", """{"instances":[[1,2],[3,4]]}""");
        await _wire.Post("/invocations?model=sum", """{"inputs":[[1,2]]}""");
        await _wire.Post("/v2/models/sum/infer", """{"inputs":[{"name":"input","datatype":"FP64","shape":[3,2],"data":[1,2,3,4,5,6]}]}""");
        await _wire.Post("models/sum/versions/1/predict", """{"rows":[[1,2]]}""");
        foreach (var (path, body) in ((string, string)[])[
            ("models/sum/predict", """{"rows":[[1]]}"""), ("/v1/models/sum:predict", """{"instances":7}"""), ("/v2/models/sum/infer", "{}"),
            ("/invocations?model=sum", "{}")])
            Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post(path, body)).Status);

        var stats = await Stats("sum", 2);
        Assert.Equal((1510, 8), ((long)stats["inference_count"]!, (long)stats["execution_count"]!)); // the dataset in two batches
        Assert.InRange((long)stats["last_inference"]!, before.ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        var requests = stats["inference_stats"]!;
        Assert.Equal((7, 4), (Count(requests["success"]), Count(requests["fail"])));
        foreach (var stage in (string[])["queue", "compute_input", "compute_infer", "compute_output"])
            Assert.Equal(7, Count(requests[stage]));
        Assert.All((string[])["fail", "compute_input", "compute_infer", "compute_output"], stage => Assert.True(Nanoseconds(requests[stage]) > 0, stage));
        Assert.Equal(
            Nanoseconds(requests["success"]),
            ((string[])["queue", "compute_input", "compute_infer", "compute_output"]).Sum(stage => Nanoseconds(requests[stage])));
        Assert.Equal([(1, 3), (2, 2), (3, 1), (476, 1), (1024, 1)], stats["batch_stats"]!.AsArray()
            .Select(batch => ((int)batch!["batch_size"]!, Count(batch["compute_infer"]))));
        Assert.Equal(1, (long)(await Stats("sum", 1))["inference_count"]!);
        Assert.Equal(
            ["other 1 0", "sum 1 1", "sum 2 1510"],
            (await _wire.Get("/v2/models/stats")).Json["model_stats"]!.AsArray()
                .Select(version => $"{version!["name"]} {version["version"]} {version["inference_count"]}"));
        Assert.Equal(["1", "2"], (await _wire.Get("/v2/models/sum/stats")).Json["model_stats"]!.AsArray().Select(version => (string)version!["version"]!));
        await Refused(await _wire.Get("/v2/models/none/stats"), "There is no model \"none\".", HttpStatusCode.NotFound);
        await Refused(await _wire.Get("/v2/models/sum/versions/3/stats"), "There is no version \"3\" of a model \"sum\".", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_model_made_anew_under_a_name_begins_at_nothing()
    {
        await Make("again");
        await _wire.Post("models/again/predict", """{"rows":[[1,2]]}""");
        await _wire.Delete("models/again");
        await Make("again");

        Assert.Equal((0, 0), ((long)(await Stats("again", 1))["inference_count"]!, (long)(await Stats("again", 1))["last_inference"]!));
    }

    [Fact]
    public async Task Counts_stay_while_hundreds_of_models_come_and_go()
    {
        await Make("stays");
        await _wire.Post("models/stays/predict", """{"rows":[[1,2]]}""");
        for (var i = 0; i < 300; i++)
        {
            await Make("goes");
            await _wire.Post("models/goes/predict", """{"rows":[[1,2]]}""");
            await _wire.Delete("models/goes");
        }

        Assert.Equal(1, (long)(await Stats("stays", 1))["inference_count"]!);
    }

    [Fact]
    public async Task Loading_and_unloading_are_refused_in_words()
    {
        await Make("sum");

        await Refused(
            await _wire.Post("/v2/repository/models/sum/load", ""),
            "Model \"sum\" is not loaded on request: every version can be asked as soon as it is made, and /api/v1/models makes them.");
        await Refused(
            await _wire.Post("/v2/repository/models/sum/unload", """{"parameters":{"unload_dependents":false}}"""),
            "Model \"sum\" is not unloaded on request: memory is given back by itself. DELETE /api/v1/models/sum deletes the model.");
        await Refused(await _wire.Post("/v2/repository/models/none/load", "{}"), "There is no model \"none\".", HttpStatusCode.NotFound);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("/v2/models/sum/ready")).Status);
    }

    [Theory]
    [InlineData("/v2")]
    [InlineData("/v2/health/live")]
    [InlineData("/v2/models/sum")]
    [InlineData("/v2/models/sum/ready")]
    [InlineData("/v2/models/sum/versions/1/config")]
    [InlineData("/v2/models/stats")]
    public async Task A_query_which_Tritons_examples_send_is_passed_over(string path)
    {
        await Make("sum");

        var answer = await _wire.Get($"{path}?test_1=1&test_2=2");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal((await _wire.Get(path)).Text, answer.Text);
    }

    private async Task Make(string name) => Assert.Equal(HttpStatusCode.Created, (await _wire.Post("models", Model(name))).Status);

    private static string Model(string name) => $$"""
        {"name":"{{name}}","features":["a","b"],"target":"y","precision":"float64","network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]} }
        """;

    private async Task<JsonNode> Stats(string name, int version) =>
        Assert.Single((await _wire.Get($"/v2/models/{name}/versions/{version}/stats")).Json["model_stats"]!.AsArray())!;

    private static int Count(JsonNode? statistic) => (int)statistic!["count"]!;

    private static long Nanoseconds(JsonNode? statistic) => (long)statistic!["ns"]!;

    private static Task Refused(Answer answer, string error, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        Assert.Equal((status, "application/json"), (answer.Status, answer.ContentType));
        Assert.StartsWith(error, (string?)answer.Json["error"], StringComparison.Ordinal);
        return Task.CompletedTask;
    }
}
