using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>Equal probabilities: every door gives the same label, the positive one of two, the first of more.</summary>
[Collection(SharedService.Name)]
public sealed class TieTests(TestService service)
{
    private const string OneUnit = """{"type":"dense","activation":"sigmoid","weights":[[0]],"bias":[0]}""";
    private const string TwoUnits = """{"type":"dense","activation":"softmax","weights":[[0,0]],"bias":[0,0]}""";
    private const string TwoLogits = """{"type":"dense","weights":[[0,0]],"bias":[3,3]}""";
    private const string ThreeUnits = """{"type":"dense","activation":"softmax","weights":[[0,0,0]],"bias":[0,1,1]}""";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("one-32", OneUnit, "float32", "a,b", "b")]
    [InlineData("one-64", OneUnit, "float64", "a,b", "b")]
    [InlineData("two-32", TwoUnits, "float32", "a,b", "b")]
    [InlineData("two-64", TwoLogits, "float64", "a,b", "b")]
    [InlineData("three-32", ThreeUnits, "float32", "a,b,c", "b")]
    [InlineData("three-64", ThreeUnits, "float64", "a,b,c", "b")]
    public async Task A_tie_has_one_label_at_every_door(string kind, string layer, string precision, string labels, string label)
    {
        var name = $"tie-{kind}";
        var names = labels.Split(',');
        await _wire.Post("models", $$"""{"name":"{{name}}","features":["x"],"target":"y","labels":[{{string.Join(',', names.Select(it => $"\"{it}\""))}}]"""
            + $$""","precision":"{{precision}}","network":{"layers":[{{layer}}]} }""");
        await _wire.PostCsv($"datasets?name={name}", $"x,y\n1,{label}\n2,{label}\n3,{label}\n4,{label}\n");

        Assert.Equal(label, (string?)(await _wire.Post($"models/{name}/predict", """{"rows":[[1]]}""")).Json["predictions"]![0]!["label"]);
        Assert.StartsWith($"1,{label},", (await _wire.PostCsv($"models/{name}/predict", "x\n1\n", ("Accept", "text/csv"))).Text.Split("\r\n")[1],
            StringComparison.Ordinal);
        Assert.Equal(label, (string?)(await _wire.Post($"models/{name}/predict", $$"""{"dataset":"{{name}}"}""")).Json["predictions"]![0]!["label"]);
        Assert.Equal(label, (string?)(await _wire.Post(
            $"/v2/models/{name}/infer", """{"inputs":[{"name":"input","datatype":"FP64","shape":[1,1],"data":[1]}]}""")).Json["outputs"]![0]!["data"]![0]);
        Assert.Equal(label, (string?)(await _wire.Post($"/v1/models/{name}:predict", """{"instances":[[1]]}""")).Json["predictions"]![0]!["label"]);
        Assert.Equal(label, (string?)(await _wire.Post($"models/{name}/explain", """{"row":[1]}""")).Json["output"]);
        var metrics = (await _wire.Post($"models/{name}/evaluate", $$"""{"dataset":"{{name}}"}""")).Json["metrics"]!;
        Assert.Equal(1, (double)metrics["accuracy"]!);
        Assert.Equal(4, (int)metrics["confusionMatrix"]!["counts"]![Array.IndexOf(names, label)]![Array.IndexOf(names, label)]!);
        var vectors = (await _wire.Get($"models/{name}/export/json")).Json["testVectors"]!["labels"]!.AsArray();
        Assert.All(vectors, vector => Assert.Equal(label, (string?)vector));
        foreach (var format in (string[])["onnx", "c", "safetensors"]) // each is evaluated, labels included, before it is handed out
            Assert.Equal(200, (int)(await _wire.Get($"models/{name}/export/{format}")).Status);
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("float64")]
    public async Task A_probability_that_is_the_threshold_as_it_is_written_reaches_it(string precision)
    {
        var name = $"tie-threshold-{precision}";
        await _wire.Post("models", $$"""{"name":"{{name}}","features":["x"],"target":"y","labels":["a","b"]"""
            + $$""","precision":"{{precision}}","network":{"layers":[{"type":"dense","activation":"sigmoid","weights":[[1]],"bias":[0]}]} }""");

        for (var i = 1; i < 41; i++)
        {
            var row = $$"""{"rows":[[{{Math.Log(i / (41.0 - i)):R}}]]}""";
            var written = (await _wire.Post($"models/{name}/predict", row)).Json["predictions"]![0]!["probabilities"]!["b"]!.ToJsonString();
            Assert.Equal("b", (string?)(await _wire.Post($"models/{name}/predict?threshold={written}", row)).Json["predictions"]![0]!["label"]);
        }
    }

    // Rates so small that the logits leave 0 by less than a probability can show, or by nothing.
    [Theory]
    [InlineData("one", """{"type":"dense","units":1,"activation":"sigmoid","initializer":"zeros"}""", "b", 1e-12)]
    [InlineData("one-first", """{"type":"dense","units":1,"activation":"sigmoid","initializer":"zeros"}""", "a", 1e-12)]
    [InlineData("two", """{"type":"dense","units":2,"activation":"softmax","initializer":"zeros"}""", "b", 1e-12)]
    [InlineData("two-first", """{"type":"dense","units":2,"activation":"softmax","initializer":"zeros"}""", "a", 1e-12)]
    [InlineData("two-even", """{"type":"dense","units":2,"activation":"softmax","initializer":"zeros"}""", "b", 1e-300)]
    public async Task The_history_counts_as_the_metrics_do(string kind, string layer, string positive, double rate)
    {
        var name = $"tie-history-{kind}";
        await _wire.PostCsv("datasets?name=tie-history", Even("a", "b"));

        var job = await _wire.Train($$"""
            {"dataset":"tie-history","target":"y","positiveLabel":"{{positive}}","features":["x"],"network":{"layers":[{{layer}}]},"split":{"testEvery":4,"validation":0.2},"epochs":3,"batchSize":8,
             "earlyStopping":{"patience":0},"optimizer":{"type":"sgd","learningRate":{{rate:R}}},"model":"{{name}}"}
            """);

        await AssertHistoryAgrees(job);
        var train = job["metrics"]!["train"]!["confusionMatrix"]!["counts"]!;
        var at = positive == "a" ? 0 : 1;
        Assert.Equal(0, (int)train[0]![1 - at]! + (int)train[1]![1 - at]!); // all of them are ties, so all are called the positive label
    }

    [Fact]
    public async Task The_history_of_three_labels_counts_as_the_metrics_do()
    {
        await _wire.PostCsv("datasets?name=tie-history-three", Even("a", "b", "c"));

        var job = await _wire.Train("""
            {"dataset":"tie-history-three","target":"y","features":["x"],"network":{"layers":[{"type":"dense","units":3,"activation":"softmax","initializer":"zeros"}]},"split":{"testEvery":4,"validation":0.2},
             "epochs":3,"batchSize":8,"earlyStopping":{"patience":0},"optimizer":{"type":"sgd","learningRate":1e-12},"model":"tie-history-three"}
            """);

        await AssertHistoryAgrees(job);
        Assert.Equal((double)job["metrics"]!["train"]!["confusionMatrix"]!["counts"]![0]!.AsArray().Sum(count => (int)count!),
            (double)job["metrics"]!["train"]!["confusionMatrix"]!["counts"]![0]![0]!);
    }

    private async Task AssertHistoryAgrees(JsonNode job)
    {
        var last = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray()[^1]!["metrics"]!;
        Assert.Equal((double)job["metrics"]!["train"]!["accuracy"]!, (double)last["trainAccuracy"]!);
        Assert.Equal((double)job["metrics"]!["validation"]!["accuracy"]!, (double)last["validationAccuracy"]!);
    }

    private static string Even(params string[] labels)
    {
        var csv = new StringBuilder("x,y\n");
        for (var i = 0; i < 120; i++)
            csv.Append($"{((i * 37) % 101) - 50.5},{labels[i % labels.Length]}\n");
        return csv.ToString();
    }
}
