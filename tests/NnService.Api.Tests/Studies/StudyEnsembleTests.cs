using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Studies;

/// <summary>Several trials of a search as one model.</summary>
public sealed class StudyEnsembleTests : IDisposable
{
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    private const string Study = """
        { "name": "together", "job": { "dataset": "diabetes", "target": "progression", "epochs": 8, "recipe": "fast" },
          "search": { "/optimizer/learningRate": {"logUniform": [1e-3, 3e-2]},
                      "/network": {"choice": [
                        {"layers": [{"type": "dense", "units": 24, "activation": "relu"}, {"type": "dense", "units": 1}]},
                        {"members": 3, "layers": [{"type": "dense", "units": 12, "activation": "tanh"}, {"type": "dense", "units": 1}]},
                        {"layers": [{"type": "piecewiseLinear", "bins": 6, "units": 2}, {"type": "dense", "units": 8, "activation": "relu"}, {"type": "dense", "units": 1}]}]} },
          "trials": 9, "seed": 4, "model": "together", "keep": "ensemble" }
        """;

    [Fact]
    public async Task Trials_that_fit_best_together_become_one_model_that_does_all_that_models_do()
    {
        var wire = _service.Wire;
        await wire.Upload("diabetes", "diabetes.csv");

        var study = await wire.Run(Study);

        Assert.Equal(("succeeded", "together", 1), ((string)study["state"]!, (string)study["model"]!["name"]!, (int)study["model"]!["version"]!));
        var model = (await wire.Get("models/together/versions/1")).Json;
        var parts = model["ensemble"]!.AsArray();
        Assert.InRange(parts.Count, 2, 8);
        Assert.Equal("study", (string?)model["lineage"]!["source"]);
        var networks = model["lineage"]!["origin"]!["networks"]!.AsArray();
        Assert.Equal(networks.Select(network => (int)network!["weight"]!), parts.Select(part => (int)part!["weight"]!));
        double Error(JsonNode metrics) => (double)metrics["validation"]!["rootMeanSquaredError"]!;
        Assert.True(Error(model["metrics"]!) <= study["trials"]!.AsArray().Min(trial => (double)trial!["value"]!));
        Assert.NotNull(model["metrics"]!["verdict"]);

        // The mean of what its trials answer.
        const string rows = """{"dataset":"diabetes"}""";
        var together = Values((await wire.Post("models/together/predict", rows)).Json);
        var expected = new double[together.Length];
        double total = networks.Sum(network => (int)network!["weight"]!);
        foreach (var network in networks)
        {
            var job = (await wire.Get($"training-jobs/{network!["jobId"]}")).Json["model"]!;
            var own = Values((await wire.Post($"models/{job["name"]}/versions/{job["version"]}/predict", rows)).Json);
            for (var row = 0; row < own.Length; row++)
                expected[row] += (int)network["weight"]! / total * own[row];
        }

        Assert.All(together.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 6));

        var columns = model["features"]!.AsArray().Select(name => (string)name!).ToList();
        var row1 = $"[{string.Join(',', columns.Select(_ => "0.5"))}]";
        foreach (var format in (string[])["onnx", "safetensors", "json", "c"])
            Assert.Equal(HttpStatusCode.OK, (await wire.Get($"models/together/export/{format}")).Status);
        var explained = (await wire.Post("models/together/explain", $$"""{"row":{{row1}} }""")).Json;
        Assert.InRange(Math.Abs((double)explained["completenessError"]!), 0, 1);
        var trace = await wire.Post("models/together/trace", $$"""{"row":{{row1}},"target":100,"member":1,"layer":0,"neuron":0}""");
        Assert.Equal(1, (int)trace.Json["member"]!);
        Assert.Contains("The model's answer is the mean of its members'", trace.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await wire.Post("models/together/trace", $$"""{"row":{{row1}},"target":100,"member":99}""")).Status);
        Assert.Contains("is an ensemble of", (string?)(await wire.Get("models/together/formula")).Json["detail"], StringComparison.Ordinal);
        Assert.NotNull((await wire.Post("models/together/predict?interval=0.9", $$"""{"rows":[{{row1}}]}""")).Json["predictions"]![0]!["interval"]);
        var document = JsonNode.Parse((await wire.Get("models/together/export/json")).Text)!;
        document["name"] = "together-again";
        Assert.Equal(HttpStatusCode.Created, (await wire.Post("models", document.ToJsonString())).Status);
        Assert.Equal(together, Values((await wire.Post("models/together-again/predict", rows)).Json));
        var infer = await wire.Post("/v2/models/together/infer",
            $$"""{"inputs":[{"name":"input","datatype":"FP64","shape":[1,{{columns.Count}}],"data":{{row1}} }]}""");
        Assert.Equal(HttpStatusCode.OK, infer.Status);
        var start = await wire.Post("training-jobs", """{"dataset":"diabetes","target":"progression","initialModel":{"name":"together"}}""");
        Assert.Contains("is an ensemble of", start.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Conflict, (await wire.Post("models/together/verify", "")).Status);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData(""","ensemble":[{"layers":[{"type":"dense","units":4,"activation":"relu"},{"type":"dense"}]},{"layers":[{"type":"dense"}]}]""", 3)]
    public async Task The_models_of_folds_become_one_that_answers_with_their_mean(string more, int networksOfFold)
    {
        var wire = _service.Wire;
        await wire.Upload("diabetes", "diabetes.csv");

        var study = await wire.Run($$"""
            {"kind":"crossValidation","job":{"dataset":"diabetes","target":"progression","epochs":8,"recipe":"fast"{{more}} },"folds":3,"keep":"ensemble","model":"folds"}
            """);

        Assert.Equal(("folds", 1), ((string)study["model"]!["name"]!, (int)study["model"]!["version"]!));
        Assert.NotNull(study["metrics"]!["outOfFold"]);
        var model = (await wire.Get("models/folds/versions/1")).Json;
        Assert.Equal(3 * networksOfFold, model["ensemble"]!.AsArray().Count);
        Assert.NotNull(model["metrics"]!["train"]);
        Assert.Null(model["metrics"]!["test"]);
        const string rows = """{"dataset":"diabetes"}""";
        var together = Values((await wire.Post("models/folds/predict", rows)).Json);
        var expected = new double[together.Length];
        foreach (var trial in study["trials"]!.AsArray())
        {
            var job = (await wire.Get($"training-jobs/{trial!["jobId"]}")).Json;
            Assert.Equal("all", (string?)job["configuration"]!["preprocessing"]!["fitOn"]);
            var own = Values((await wire.Post($"models/{job["model"]!["name"]}/versions/{job["model"]!["version"]}/predict", rows)).Json);
            for (var row = 0; row < own.Length; row++)
                expected[row] += own[row] / 3;
        }

        Assert.All(together.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 6));
        foreach (var format in (string[])["onnx", "safetensors", "json", "c"])
            Assert.Equal(HttpStatusCode.OK, (await wire.Get($"models/folds/export/{format}")).Status);
    }

    [Theory]
    [InlineData("""{"job":{"dataset":"diabetes","target":"progression"},"keep":"ensemble","search":{"/preprocessing/numeric":{"choice":["minMax","standardize"]}}}""", "#/search/~1preprocessing~1numeric")]
    [InlineData("""{"job":{"dataset":"diabetes","target":"progression"},"keep":"ensemble","search":{"/seed":{"integer":[1,9]}}}""", "#/search/~1seed")]
    [InlineData("""{"job":{"dataset":"diabetes","target":"progression","split":{"train":0.8,"validation":0,"test":0.2}},"metric":"test/rootMeanSquaredError","keep":"ensemble","search":{"/batchSize":{"choice":[32,64]}}}""", "#/keep")]
    [InlineData("""{"kind":"crossValidation","folds":7,"repeats":3,"job":{"dataset":"diabetes","target":"progression"},"keep":"ensemble"}""", "#/keep")]
    [InlineData("""{"kind":"crossValidation","job":{"dataset":"diabetes","target":"progression","preprocessing":{"fitOn":"train"}},"keep":"ensemble"}""", "#/job/preprocessing/fitOn")]
    public async Task What_makes_no_ensemble_is_refused(string study, string pointer)
    {
        await _service.Wire.Upload("diabetes", "diabetes.csv");

        var answer = await _service.Wire.Post("studies", study);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    private static double[] Values(JsonNode answer) => [.. answer["predictions"]!.AsArray().Select(prediction => (double)prediction!["value"]!)];
}
