using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>Targets and features far from zero, such as seconds since 1970, in a model that computes in float32.</summary>
[Collection(SharedService.Name)]
public sealed class FarTargetTests(TestService service)
{
    private const string Line = """{"layers":[{"type":"dense"}]}""";

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_target_far_from_zero_keeps_its_digits_in_metrics_and_baselines()
    {
        var metrics = (await Train("far-metrics", "x,y", i => $"{i},{1.7e9 + (10 * i)}"))["metrics"]!;

        Assert.InRange((double)metrics["test"]!["r2"]!, 0.999, 1);
        Assert.InRange((double)metrics["train"]!["r2"]!, 0.999, 1);
        Assert.InRange((double)metrics["baselines"]!["linear"]!["r2"]!, 0.999, 1);
    }

    [Fact]
    public async Task Every_door_gives_the_same_float64_for_a_decoded_target()
    {
        await Train("far-doors", "x,y", i => $"{i},{1.7e9 + (10 * i)}");

        var predicted = (await _wire.Post("models/far-doors/predict", """{"rows":[[3],[150.5]]}""")).Json["predictions"]!.AsArray()
            .Select(row => (double)row!["value"]!).ToArray();

        Assert.All(predicted.Zip([1.7e9 + 30, 1.7e9 + 1505]), pair => Assert.Equal(pair.Second, pair.First, 30.0));
        Assert.Contains(predicted, value => (double)(float)value != value);
        var csv = (await _wire.PostCsv("models/far-doors/predict", "x\n3\n150.5\n", ("Accept", "text/csv"))).Text.Split("\r\n");
        Assert.Equal(predicted, csv[1..3].Select(line => double.Parse(line.Split(',')[1])));
        var metadata = (await _wire.Get("/v2/models/far-doors")).Json["outputs"]![0]!;
        Assert.Equal("FP64", (string?)metadata["datatype"]);
        var tensor = (await _wire.Post(
            "/v2/models/far-doors/infer", """{"inputs":[{"name":"input","datatype":"FP64","shape":[2,1],"data":[3,150.5]}]}""")).Json["outputs"]![0]!;
        Assert.Equal(("FP64", "[2,1]"), ((string?)tensor["datatype"], tensor["shape"]!.ToJsonString()));
        Assert.Equal(predicted, Wire.Numbers(tensor["data"]));
        Assert.Equal(predicted, Wire.Numbers((await _wire.Post("/v1/models/far-doors:predict", """{"instances":[[3],[150.5]]}""")).Json["predictions"]));
        Assert.Equal(predicted, Wire.Numbers((await _wire.Post("/v1/models/far-doors:predict", """{"inputs":{"x":[3,150.5]}}""")).Json["outputs"]));
        Assert.Equal(predicted,
            Wire.Numbers((await _wire.Post(
            "/invocations?model=far-doors", """{"dataframe_split":{"columns":["x"],"data":[[3],[150.5]]}}""")).Json["predictions"]));
    }

    [Fact]
    public async Task An_evaluation_measures_the_predictions_as_they_are_written()
    {
        await Train("far-evaluated", "x,y", i => $"{i},{1.7e9 + (10 * i)}");
        var predicted = (await _wire.Post("models/far-evaluated/predict", """{"dataset":"far-evaluated"}""")).Json["predictions"]!.AsArray()
            .Select(row => (double)row!["value"]!).ToArray();

        var metrics = (await _wire.Post("models/far-evaluated/evaluate", """{"dataset":"far-evaluated"}""")).Json["metrics"]!;

        var errors = predicted.Select((value, i) => Math.Abs(value - (1.7e9 + (10 * i)))).ToArray();
        Assert.Equal(errors.Average(), (double)metrics["meanAbsoluteError"]!, 1e-9);
        Assert.Equal(errors.Max() > 0, (double)metrics["rootMeanSquaredError"]! > 0);
    }

    [Fact]
    public async Task Exports_carry_the_same_float64()
    {
        await Train("far-exported", "x,y", i => $"{i},{1.7e9 + (10 * i)}");

        var export = (await _wire.Get("models/far-exported/export/json")).Json;

        var rows = export["testVectors"]!["rows"]!;
        var values = export["testVectors"]!["values"]!.AsArray().Select(row => (double)row![0]!);
        var predicted = (await _wire.Post(
            "models/far-exported/predict", new JsonObject { ["rows"] = rows.DeepClone() }.ToJsonString())).Json["predictions"]!.AsArray();
        Assert.Equal(values, predicted.Select(row => (double)row!["value"]!));
        foreach (var format in (string[])["onnx", "c", "safetensors"])
            Assert.Equal(200, (int)(await _wire.Get($"models/far-exported/export/{format}")).Status);
    }

    [Fact]
    public async Task A_target_that_is_not_scaled_is_answered_in_float32_and_its_loss_of_digits_is_warned_of()
    {
        var job = await Train("far-raw", "x,y", i => $"{i},{1.7e9 + (10 * i)}", ""","preprocessing":{"target":"none"}""");

        Assert.Contains(job["warnings"]!.AsArray(), warning =>
            ((string)warning!).StartsWith("float32 holds the numbers of \"y\" to 128 only", StringComparison.Ordinal));
        var tensor = (await _wire.Get("/v2/models/far-raw")).Json["outputs"]![0]!;
        Assert.Equal("FP32", (string?)tensor["datatype"]);
    }

    [Fact]
    public async Task A_loss_beside_targets_that_float32_cannot_tell_apart_is_said_with_figures_that_mean_something()
    {
        var job = await Train("far-equal", "x,y", i => $"{i},{1e12 + (i % 9)}", ""","preprocessing":{"target":"none"}""");

        var warnings = job["warnings"]!.AsArray().Select(warning => (string)warning!).ToArray();
        Assert.Contains(
            "The training ended with a loss of 1E+24, although every training row has the same target as float32 holds it, which one answer for all rows "
                + "would meet: the network has learnt nothing that can be used. Standardize the target, lower the learning rate, or clip the gradient "
                + "(gradientClipNorm).",
            warnings);
        Assert.DoesNotContain(warnings, warning => warning.Contains("(0)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_target_that_is_not_scaled_is_kept_to_the_digit_in_float64()
    {
        var job = await Train("far-double", "x,y", i => $"{i},{1.7e9 + (10 * i)}", ""","precision":"float64","preprocessing":{"target":"none"}""");

        Assert.DoesNotContain(job["warnings"]!.AsArray(), warning => ((string)warning!).StartsWith("float32", StringComparison.Ordinal));
        Assert.InRange((double)job["metrics"]!["baselines"]!["linear"]!["r2"]!, 0.99, 1);
        var history = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray();
        Assert.All(history, point => Assert.NotNull(point!["metrics"]!["trainR2"]));
    }

    [Theory]
    [InlineData("standardize")]
    [InlineData("minMax")]
    [InlineData("robust")]
    public async Task A_feature_far_from_zero_is_scaled_before_it_is_rounded(string numeric)
    {
        var job = await Train(
            $"far-feature-{numeric.ToLowerInvariant()}", "x,y", i => $"{1.7e9 + i},{3 * (i % 200)}", $$""","preprocessing":{"numeric":"{{numeric}}"}""");

        Assert.InRange((double)job["metrics"]!["test"]!["r2"]!, 0.999, 1);
    }

    [Fact]
    public async Task A_feature_that_is_not_scaled_and_loses_its_digits_is_warned_of()
    {
        var job = await Train(
            "far-feature-none", "x,y", i => $"{1.7e9 + i},{i}", ""","preprocessing":{"numeric":"none"},"optimizer":{"type":"sgd","learningRate":1e-30}""");

        Assert.Contains(job["warnings"]!.AsArray(), warning =>
            ((string)warning!).StartsWith("float32 holds the numbers of \"x\" to 128 only", StringComparison.Ordinal));
    }

    private async Task<JsonNode> Train(string name, string header, Func<int, string> row, string more = "")
    {
        var csv = new StringBuilder(header).Append('\n');
        for (var i = 0; i < 200; i++)
            csv.Append(row(i)).Append('\n');
        await _wire.PostCsv($"datasets?name={name}", csv.ToString());
        var optimizer = more.Contains("optimizer", StringComparison.Ordinal) ? "" : """ "optimizer":{"type":"adam","learningRate":0.05}, """;
        return await _wire.Train($$"""
            {"dataset":"{{name}}","target":"y","task":"regression","features":["x"],"network":{{Line}},"split":{"testEvery":5,"validation":0},
             "epochs":60,"batchSize":16,{{optimizer}}"model":"{{name}}"{{more}}}
            """);
    }
}
