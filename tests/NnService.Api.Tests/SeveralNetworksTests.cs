using System.Net;
using System.Text.Json.Nodes;
using NnService.Api.TrainingJobs.Running;

namespace NnService.Api.Tests;

/// <summary>Jobs that train several networks, one after another, and make one model of them.</summary>
public sealed class SeveralNetworksTests(TestService service) : IClassFixture<TestService>, IAsyncLifetime
{
    private const string Small = """{"layers":[{"type":"dense","units":8,"activation":"relu"},{"type":"dense"}]}""";
    private const string Embedded = """{"members":3,"layers":[{"type":"piecewiseLinear","bins":6,"units":2},{"type":"dense","units":8,"activation":"tanh"},{"type":"dense"}]}""";
    private const string Wide = """{"layers":[{"type":"dense","units":24,"activation":"gelu"},{"type":"dropout","rate":0.1},{"type":"dense"}]}""";

    // Large enough to be under way for seconds, or a busy machine would find it ended.
    private const string Second = ""","ensemble":[{"layers":[{"type":"dense","units":96,"activation":"relu"},{"type":"dropout","rate":0.1},{"type":"dense","units":80,"activation":"relu"},{"type":"dense","activation":"softmax"}]}]""";

    private readonly Wire _wire = service.Wire;

    public Task InitializeAsync() => _wire.Upload("several-diabetes", "diabetes.csv");

    public Task DisposeAsync() => _wire.CancelAll();

    private static string Job(string model, string network, string more) =>
        $$"""{"dataset":"several-diabetes","target":"progression","seed":3,"epochs":20,"split":{"train":0.4,"validation":0.5,"test":0.1},"model":"{{model}}","network":{{network}}{{more}} }""";

    private static string LongIris(string model, string more) => $$"""
        {"dataset":"several-iris","target":"species","seed":5,"epochs":12000,"historyEvery":100,"batchSize":8,"model":"{{model}}",
         "split":{"train":0.8,"validation":0.2,"test":0},"optimizer":{"type":"adam","learningRate":1e-5},"earlyStopping":{"patience":0},
         "network":{"layers":[{"type":"dense","units":8,"activation":"tanh"},{"type":"dense","activation":"softmax"}]}{{more}} }
        """;

    private async Task<string?> HashOf(string model) => (string?)(await _wire.Get($"models/{model}/versions/1")).Json["sha256"];

    [Fact]
    public async Task Each_is_trained_as_it_would_be_alone_and_those_that_answer_best_together_are_the_model()
    {
        var job = await _wire.Train(Job("several", Small, $$""","ensemble":[{{Embedded}},{{Wide}}]"""));

        var networks = job["metrics"]!["networks"]!.AsArray();
        Assert.Equal(3, networks.Count);
        Assert.All(networks, network => Assert.False((bool)network!["hasDiverged"]!));
        var alone = await _wire.Train(Job("several-alone", Small, ""));
        Assert.Equal((double)alone["validationLoss"]!, (double)networks[0]!["validationLoss"]!);
        Assert.Null(alone["metrics"]!["networks"]);
        Assert.Equal(networks.Min(network => (double)network!["validationLoss"]!), (double)job["validationLoss"]!);

        // One history, counted on from network to network.
        var points = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, (int)networks[^1]!["lastEpoch"]! + 1), points.Select(point => (int)point!["epoch"]!));
        Assert.Equal(points.Select(point => (long)point!["step"]!), points.Select(point => (long)point!["step"]!).Distinct().Order());
        Assert.Equal((double)job["validationLoss"]!, (double)points.Single(point => (int)point!["epoch"]! == (int)job["bestEpoch"]!)!["validationLoss"]!);

        var version = (await _wire.Get("models/several/versions/1")).Json;
        var weights = networks.Select(network => (int)network!["weight"]!).Where(weight => weight > 0).ToList();
        Assert.True(weights.Count > 1, "Several must have been chosen, or this proves little.");
        Assert.Equal(weights, version["ensemble"]!.AsArray().Select(part => (int)part!["weight"]!));
        double Error(JsonNode metrics) => (double)metrics["metrics"]!["validation"]!["rootMeanSquaredError"]!;
        Assert.True(Error(job) <= Error(alone));

        var listed = (await _wire.Get("training-jobs?model=several&fields=metrics.networks,metrics.temperature,metrics.notes")).Json["items"]![0]!;
        Assert.Equal(
            $$"""{"metrics":{"networks":{{networks.ToJsonString()}},"temperature":{{job["metrics"]!["temperature"]!.ToJsonString()}},"notes":null} }""".Replace(" ", ""), listed.ToJsonString());

        var verified = await _wire.Post("models/several/verify", "", ("Prefer", "wait=300"));
        Assert.True((bool)verified.Json["matches"]!, verified.Text);
    }

    // The validation loss is smaller in the first network, the training loss in the second; and the best epoch is none of those that are reported.
    [Theory]
    [InlineData("watched", ""","earlyStopping":{"monitor":"trainLoss","patience":40}""", "", true)]
    [InlineData("unrestored", ""","earlyStopping":{"patience":0}""", "", true)]
    [InlineData("seldom", ""","earlyStopping":{"patience":40}""", ""","historyEvery":7""", false)]
    public async Task The_epoch_is_that_of_the_network_which_the_losses_are_of(string name, string stopping, string history, bool isFirst)
    {
        const string narrow = """{"layers":[{"type":"dense","units":2,"activation":"tanh"},{"type":"dense"}]}""";
        const string wide = ""","ensemble":[{"layers":[{"type":"dense","units":64,"activation":"tanh"},{"type":"dense"}]}]""";
        Task<JsonNode> Train(string model, string more) => _wire.Train(Job(
            $"several-{name}{model}", narrow,
            $$""","optimizer":{"type":"adam","learningRate":0.02},"schedule":"constant","batchSize":16{{stopping}}{{more}}""").Replace("\"epochs\":20", "\"epochs\":40"));
        async Task<int> EpochOf(string model) => (int)(await _wire.Get($"models/several-{name}{model}/versions/1")).Json["lineage"]!["epoch"]!;

        var job = await Train("", wide + history);
        var known = await Train("-known", isFirst ? "" : wide); // of one network, or reported in full

        Assert.Equal((double)known["validationLoss"]!, (double)job["validationLoss"]!);
        Assert.Equal(await EpochOf("-known"), await EpochOf(""));
        if (name != "unrestored") // where it is the best of the history
            Assert.Equal((int)known["bestEpoch"]!, (int)job["bestEpoch"]!);
    }

    [Fact]
    public async Task One_that_is_held_in_the_middle_of_its_second_network_ends_with_the_same_bits()
    {
        await _wire.Upload("several-iris", "iris.csv");
        var undisturbed = await _wire.Train(LongIris("several-undisturbed", Second));
        var id = (string)(await _wire.Post("training-jobs", LongIris("several-held", Second))).Json["id"]!;
        await _wire.Until(id, job => (int)job["epoch"]! > 12_100);
        await _wire.Post($"training-jobs/{id}/pause", "");
        var paused = await _wire.Until(id, job => (string?)job["state"] is "paused" or "succeeded");
        Assert.Equal("paused", (string?)paused["state"]);
        Assert.Equal(24_000, (int)paused["epochs"]!);
        var trace = await _wire.Post($"training-jobs/{id}/trace", """{"row":[5,3,1,0.2],"target":"setosa"}""");
        Assert.True(trace.Status == HttpStatusCode.OK, trace.Text);
        Assert.Equal(96, trace.Json["layers"]![0]!["neurons"]!.AsArray().Count); // of the network that is under way

        await _wire.Post($"training-jobs/{id}/resume", "");
        var job = await _wire.Until(id, "succeeded");

        Assert.Equal(2, (int)job["attempt"]!);
        Assert.Equal(undisturbed["metrics"]!.ToJsonString(), job["metrics"]!.ToJsonString());
        Assert.Equal(await HashOf("several-undisturbed"), await HashOf("several-held"));
        Assert.Equal(await _wire.TrainLosses(undisturbed), await _wire.TrainLosses(job));
    }

    [Fact]
    public async Task What_was_trained_when_it_is_stopped_is_the_model()
    {
        await _wire.Upload("several-iris", "iris.csv");
        var endless = JsonNode.Parse(EndlessJob.OnIris("several-iris", "several-stopped"))!.AsObject();
        endless["ensemble"] = new JsonArray(endless["network"]!.DeepClone());
        var id = (string)(await _wire.Post("training-jobs", endless.ToJsonString())).Json["id"]!;
        await _wire.Until(id, job => (int)job["epoch"]! > 0);

        await _wire.Post($"training-jobs/{id}/stop", "");
        var stopped = await _wire.Until(id, "succeeded");

        Assert.Equal("stopped", (string?)stopped["stopReason"]);
        Assert.Null((await _wire.Get("models/several-stopped/versions/1")).Json["ensemble"]);
    }

    [Fact]
    public async Task One_that_is_stopped_half_trained_is_left_out_where_too_few_rows_can_judge_it()
    {
        await _wire.Upload("several-iris", "iris.csv");
        var id = (string)(await _wire.Post("training-jobs", LongIris("several-half", Second))).Json["id"]!;
        await _wire.Until(id, job => (int)job["epoch"]! > 12_100);

        await _wire.Post($"training-jobs/{id}/stop", "");
        var stopped = await _wire.Until(id, "succeeded");

        Assert.Equal("stopped", (string?)stopped["stopReason"]);
        await _wire.Train(LongIris("several-first", ""));
        Assert.Equal(await HashOf("several-first"), await HashOf("several-half"));
    }

    [Fact]
    public async Task Classifiers_are_as_sure_of_themselves_as_the_validation_part_allows()
    {
        await _wire.Upload("several-digits", "digits.csv");
        const string softmax = """{"layers":[{"type":"dense","units":16,"activation":"relu"},{"type":"dense","activation":"softmax"}]}""";
        string Digits(string model, string precision, string part) => $$"""
            {"dataset":"several-digits","target":"digit","epochs":60,"seed":1,"earlyStopping":{"patience":0},"precision":"{{precision}}","model":"{{model}}",
             "split":{{part}},"network":{{softmax}},"ensemble":[{{softmax}},{"members":2,"layers":[{"type":"dense","units":12,"activation":"tanh"},{"type":"dense"}]}],
             "loss":"softmaxCrossEntropy"}
            """;
        foreach (var precision in (string[])["float32", "float64"])
        {
            var sure = await _wire.Train(Digits($"several-sure-{precision}", precision, """{"train":0.6,"validation":0.3,"test":0.1}"""));

            var temperature = (double)sure["metrics"]!["temperature"]!;
            Assert.InRange(temperature, 0.25, 0.95); // a mean of such small networks is less sure than it may be
            var alone = sure["metrics"]!["networks"]!.AsArray().Min(network => (double)network!["validationLoss"]!);
            Assert.InRange((double)sure["metrics"]!["validation"]!["logLoss"]!, 0, alone);
            foreach (var format in (string[])["c", "onnx", "json", "safetensors"]) // each is evaluated on rows of the table before it is given away
                Assert.Equal(HttpStatusCode.OK, (await _wire.Get($"models/several-sure-{precision}/export/{format}")).Status);
        }

        var few = await _wire.Train(Digits("several-unsure", "float32", """{"train":0.85,"validation":0.1,"test":0.05}"""));
        Assert.Equal(1, (double)few["metrics"]!["temperature"]!); // 180 rows say too little
        Assert.Equal([1, 1, 1], few["metrics"]!["networks"]!.AsArray().Select(network => (int)network!["weight"]!));
    }

    [Fact]
    public async Task The_temperature_is_divided_into_a_single_layer_of_members_once()
    {
        await _wire.Upload("several-digits", "digits.csv");
        const string single = """{"members":3,"layers":[{"type":"dense","activation":"softmax"}]}""";
        string Digits(string model, string more) => $$"""
            {"dataset":"several-digits","target":"digit","epochs":20,"seed":1,"labelSmoothing":0.5,"model":"{{model}}",
             "split":{"train":0.6,"validation":0.3,"test":0.1},"network":{{single}}{{more}} }
            """;
        var job = await _wire.Train(Digits("several-single", $$""","ensemble":[{{single}}]"""));
        await _wire.Train(Digits("several-single-alone", ""));
        static IEnumerable<float> Flat(JsonNode? numbers) => numbers is JsonArray array ? array.SelectMany(Flat) : [(float)numbers!];
        async Task<float[]> Numbers(string model, string name) => [.. Flat((await _wire.Get($"models/{model}/export/json")).Json["parameters"]![name])];

        var temperature = (float)job["metrics"]!["temperature"]!;
        Assert.NotEqual(1, temperature);
        Assert.True((int)job["metrics"]!["networks"]![0]!["weight"]! > 0, "The first must have been chosen, or this proves nothing.");
        Assert.Equal(await Numbers("several-single-alone", "layers[0].memberScales"), await Numbers("several-single", "networks[0].layers[0].memberScales"));
        var weights = await Numbers("several-single-alone", "layers[0].weights");
        Assert.Equal(weights.Select(weight => weight / temperature), await Numbers("several-single", "networks[0].layers[0].weights"));
    }

    [Fact]
    public async Task One_that_diverges_is_left_out()
    {
        const string tall = """{"layers":[{"type":"dense","units":200},{"type":"dense","units":200},{"type":"dense","units":200},{"type":"dense","units":200},{"type":"dense"}]}""";
        const string slow = ""","optimizer":{"type":"sgd","learningRate":0.3},"earlyStopping":{"patience":0}""";
        var job = await _wire.Train(Job("several-astray", """{"layers":[{"type":"dense","units":2,"activation":"tanh"},{"type":"dense"}]}""", $$"""{{slow}},"ensemble":[{{tall}}]"""));

        Assert.Equal([1, 0], job["metrics"]!["networks"]!.AsArray().Select(network => (int)network!["weight"]!));
        Assert.True((bool)job["metrics"]!["networks"]![1]!["hasDiverged"]!);
        Assert.Equal("completed", (string?)job["stopReason"]);
        Assert.Contains("Network 2 of 2 has diverged", job["warnings"]!.ToJsonString(), StringComparison.Ordinal);

        var none = await _wire.Post("training-jobs", Job("several-none", tall, $$"""{{slow}},"ensemble":[{{tall}}]"""), ("Prefer", "wait=300"));
        Assert.Equal(("failed", "diverged"), ((string?)none.Json["state"], (string?)none.Json["stopReason"]));
    }

    [Fact]
    public async Task One_whose_weights_are_not_finite_at_the_start_is_left_out()
    {
        const string infinite = """{"layers":[{"type":"dense","units":2,"initializer":{"type":"constant","value":1e39}},{"type":"dense"}]}""";
        var job = await _wire.Train(Job("several-infinite", Small, $$""","ensemble":[{{infinite}}],"batchSize":1,"historyLoss":"running" """));

        Assert.Equal([1, 0], job["metrics"]!["networks"]!.AsArray().Select(network => (int)network!["weight"]!));

        var alone = await _wire.Post(
            "training-jobs", Job("several-infinite-alone", infinite, ""","batchSize":1,"historyLoss":"running" """), ("Prefer", "wait=300"));
        Assert.Equal(
            "Before the first step, a parameter of layers[0] is not a finite number. Begin with smaller weights, or scale the inputs.",
            (string?)alone.Json["error"]!["detail"]);
    }

    [Fact]
    public async Task The_history_begins_once_where_the_first_diverges_within_its_first_epoch()
    {
        const string far = ""","optimizer":{"type":"sgd","learningRate":1e9},"schedule":"constant","earlyStopping":{"patience":0}""";
        var job = await _wire.Train(Job("several-at-once", """{"layers":[{"type":"dense","units":200},{"type":"dense","units":200},{"type":"dense"}]}""",
            $$"""{{far}},"ensemble":[{"layers":[{"type":"dense","units":1,"activation":"sigmoid"},{"type":"dense","units":1,"activation":"sigmoid"}]}]"""));

        Assert.Equal((true, 0), ((bool)job["metrics"]!["networks"]![0]!["hasDiverged"]!, (int)job["metrics"]!["networks"]![0]!["lastEpoch"]!));
        var points = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, 21), points.Select(point => (int)point!["epoch"]!));
    }

    [Fact]
    public void Progress_ends_at_one_where_a_network_has_diverged_in_the_middle_of_an_epoch()
    {
        var speed = new Speedometer(visitsPerEpoch: 1000, epochs: 20);
        speed.Read(seconds: 1, rows: 500, spared: 0);

        var progress = speed.Read(seconds: 2, rows: 11_500, spared: 9);

        Assert.Equal((1, 0), (progress.ShareDone, progress.EtaSeconds));
    }

    [Theory]
    [InlineData("""[{"layers":[{"type":"dense"}]},null]""", "#/ensemble/1", "An element of ensemble is null; put a value in its place, or take it out.")]
    [InlineData("""["a-network"]""", "#/ensemble/0", "Expected an object; ensemble[0] is \"a-network\".")]
    [InlineData("""[{"layers":[]}]""", "#/ensemble/0/layers", "")]
    [InlineData("""[{"layers":[{"type":"dense"}]},{"layers":[{"type":"dense","units":0}]}]""", "#/ensemble/1/layers/0/units", "units is 0")]
    [InlineData("""[{"inputs":3,"layers":[{"type":"dense"}]}]""", "#/ensemble/0/inputs", "The network takes 3 inputs")]
    [InlineData("""[{"layers":[{"type":"dense","units":7}]}]""", "#/ensemble/0/layers/0/units", "")]
    public async Task Networks_that_do_not_fit_are_refused_where_they_stand(string ensemble, string pointer, string says)
    {
        var answer = await _wire.Post("training-jobs", Job("several-refused", Small, $""","ensemble":{ensemble}"""));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.StartsWith(says, (string?)answer.Json["errors"]![0]!["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_networks_are_refused()
    {
        var many = string.Join(',', Enumerable.Repeat(Small, 16));
        var answer = await _wire.Post("training-jobs", Job("several-refused", Small, $""","ensemble":[{many}]"""));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("ensemble has 16 networks; at most 15 are trained after the first.", (string?)answer.Json["errors"]![0]!["detail"]);
    }
}
