using System.Net;
using System.Text.Json.Nodes;
using NnService.Api.Tests.Studies;

namespace NnService.Api.Tests;

/// <summary>Numbers of any size that float64 holds: every figure is finite, or a warning says why there is none.</summary>
[Collection(SharedService.Name)]
public sealed class MagnitudeTests(TestService service)
{
    private static readonly string[] s_shapes = ["spread", "offset", "twoValues", "constant", "bothSigns", "oneLarge"];

    private readonly Wire _wire = service.Wire;

    private static readonly double[] s_sizes = [1e-308, 1e-300, 1e-160, 1e-154, 1e-30, 1, 1e30, 1e100, 1e154, 1e155, 1e200, 1e300, 1.7e308];

    public static TheoryData<double, string> Columns
    {
        get
        {
            var columns = new TheoryData<double, string>();
            foreach (var size in s_sizes)
                foreach (var shape in s_shapes)
                    columns.Add(size, shape);
            return columns;
        }
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task Every_metric_of_a_target_of_any_size_is_finite_or_says_why_not(double size, string shape)
    {
        var name = Name("magnitude-target", size, shape);
        await _wire.PostCsv(
            $"datasets?name={name}", "x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i % 17 / 17.0:R},{Shape(shape, i) * size:R}\n")));

        await AssertFigures(name, await TrainOrRefuse(name, shape));
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task Every_metric_with_a_feature_of_any_size_is_finite(double size, string shape)
    {
        var name = Name("magnitude-feature", size, shape);
        await _wire.PostCsv(
            $"datasets?name={name}", "x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{Shape(shape, i) * size:R},{i % 17 / 17.0:R}\n")));

        await AssertFigures(name, await TrainOrRefuse(name, shape));
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e-160)]
    [InlineData(1e155)]
    [InlineData(1e300)]
    public async Task Figures_do_not_depend_on_the_unit_of_the_target(double size)
    {
        var plain = (await TrainOn("magnitude-unit", 1))["metrics"]!["test"]!;

        var scaled = (await TrainOn(Name("magnitude-unit", size, "x"), size))["metrics"]!["test"]!;

        const double Digits = 1e-6; // the scale itself is rounded
        Assert.Equal((double)plain["r2"]!, (double)scaled["r2"]!, Digits);
        Assert.Equal((double)plain["meanAbsolutePercentageError"]!, (double)scaled["meanAbsolutePercentageError"]!, Digits);
        Assert.Equal((double)plain["rootMeanSquaredError"]!, (double)scaled["rootMeanSquaredError"]! / size, Digits);
        Assert.Equal((double)plain["medianAbsoluteError"]!, (double)scaled["medianAbsoluteError"]! / size, Digits);
    }

    [Theory]
    [InlineData(1e155)]
    [InlineData(1e200)]
    [InlineData(1e300)]
    public async Task Importance_folds_and_exports_have_figures_of_any_size(double size)
    {
        var name = Name("magnitude-more", size, "x");
        await _wire.PostCsv($"datasets?name={name}", "a,b\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i * 1.5:R},{((i % 7) + (i / 10.0)) * size:R}\n")));
        var job = $$"""{"dataset":"{{name}}","target":"b","recipe":"fast","epochs":5""";

        var trained = await _wire.Train($$"""{{job}},"importance":true,"model":"{{name}}"}""");
        var importance = await _wire.Post($"models/{name}/importance", $$"""{"dataset":"{{name}}"}""");
        var study = await _wire.Run($$"""{"name":"{{name}}","kind":"crossValidation","folds":3,"keep":"none","job":{{job}}} }""");

        Assert.Equal("succeeded", (string?)trained["state"]);
        Assert.Equal(HttpStatusCode.OK, importance.Status);
        Assert.Equal(3, study["metrics"]!["rootMeanSquaredError"]!["folds"]!.AsArray().Count);
        foreach (var format in (string[])["json", "c", "onnx", "safetensors"])
            Assert.Equal(HttpStatusCode.OK, (await _wire.Get($"models/{name}/export/{format}")).Status);
    }

    [Fact]
    public async Task A_model_without_a_finite_answer_is_not_exported_and_one_without_finite_weights_not_made()
    {
        await _wire.Post("models", """
            {"name":"magnitude-all","precision":"float64","network":{"layers":[{"type":"dense","weights":[[0]],"bias":[1e308]},{"type":"dense","weights":[[10]],"bias":[0]}]} }
            """);

        foreach (var format in (string[])["json", "c", "onnx", "safetensors"])
        {
            var export = await _wire.Get($"models/magnitude-all/export/{format}");
            Assert.Equal(HttpStatusCode.Conflict, export.Status);
            Assert.Contains("too large for numbers on all", (string?)export.Json["detail"], StringComparison.Ordinal);
        }

        var answer = await _wire.Post("models", """
            {"name":"magnitude-none","network":{"layers":[{"type":"dense","weights":[[1],[3.5e38]],"bias":[-1e39]}]} }
            """);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(["#/network/layers/0/weights/1/0", "#/network/layers/0/bias/0"], answer.Json["errors"]!.AsArray().Select(error => (string?)error!["pointer"]));
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("models/magnitude-none")).Status);
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e155)]
    [InlineData(1e300)]
    public async Task An_evaluation_of_weights_by_hand_has_figures_of_any_size(double size)
    {
        var name = Name("magnitude-weights", size, "x");
        await _wire.Post("models", $$"""{"name":"{{name}}","features":["x"]"""
            + $$""","target":"y","precision":"float64","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }""");
        await _wire.PostCsv($"datasets?name={name}", $"x,y\n{1 * size:R},{2 * size:R}\n{2 * size:R},{4 * size:R}\n{4 * size:R},{5 * size:R}\n");

        var answer = await _wire.Post($"models/{name}/evaluate", $$"""{"dataset":"{{name}}"}""");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        var metrics = answer.Json["metrics"]!;
        Assert.Equal(Math.Sqrt(2), (double)metrics["rootMeanSquaredError"]! / size, 1e-12);
        Assert.Equal(4.0 / 3, (double)metrics["meanAbsoluteError"]! / size, 1e-12);
        Assert.Equal(-2.0 / 7, (double)metrics["r2"]!, 1e-12); // 1 − 6 / (14/3)
        Assert.Equal(0.4, (double)metrics["meanAbsolutePercentageError"]!, 1e-12);
        Assert.Equal(1.0, (double)answer.Json["intervals"]!["meanAbsoluteError"]![0]! / size, 1e-12);
        Assert.True(answer.Json["loss"] is not null || answer.Json["warnings"]!.AsArray()
            .Any(warning => ((string)warning!).Contains("loss", StringComparison.Ordinal)), answer.Text);
    }

    [Theory]
    [InlineData(1.7e308)]
    [InlineData(1e-308)]
    public async Task A_profile_of_the_largest_and_smallest_numbers_is_finite(double size)
    {
        var answer = await _wire.PostCsv($"datasets?name={Name("magnitude-profile", size, "x")}",
            "a,b\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{(i % 2 == 0 ? 1 : -1) * size:R},{i}\n")));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        var column = answer.Json["columns"]![0]!;
        Assert.Equal(0.0, (double)column["mean"]!);
        Assert.Equal(1.0, (double)column["standardDeviation"]! / size, 1e-12);
    }

    [Theory]
    [InlineData("float32", 1e155)]
    [InlineData("float64", 1e155)]
    [InlineData("float32", 1e-300)]
    [InlineData("float64", 1e308)]
    public async Task A_target_that_is_not_scaled_ends_in_figures_or_in_words(string precision, double size)
    {
        var name = Name($"magnitude-raw-{precision}", size, "x");
        await _wire.PostCsv($"datasets?name={name}", "x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i},{Shape("spread", i) * size:R}\n")));

        var answer = await _wire.Post(
            "training-jobs", $$"""{"dataset":"{{name}}","target":"y","task":"regression","features":["x"]"""
            + $$""","precision":"{{precision}}","preprocessing":{"target":"none"},"epochs":2,"model":"{{name}}"}""", ("Prefer", "wait=60"));

        if (answer.Status == HttpStatusCode.BadRequest)
        {
            Assert.Contains("is too large", answer.Text, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        if ((string?)answer.Json["state"] == "failed")
            Assert.Equal(422, (int)answer.Json["error"]!["status"]!);
        else
            AssertNumbersOrWarnings(answer.Json["metrics"]!["test"]!.AsObject(), answer.Json["warnings"]!.AsArray());
    }

    private async Task<JsonNode> TrainOn(string name, double size)
    {
        await _wire.PostCsv(
            $"datasets?name={name}", "x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i % 17},{((i % 17) + (i * i % 7) + 1) * size:R}\n")));
        return await Train(name);
    }

    private Task<JsonNode> Train(string name) => _wire.Train(Configuration(name));

    // A number outside the training part may be too far from it for float32; then the job is refused, and says which.
    private async Task<JsonNode?> TrainOrRefuse(string name, string shape)
    {
        if (shape != "oneLarge")
            return await Train(name);
        var answer = await _wire.Post("training-jobs?validateOnly=true", Configuration(name));
        if (answer.Status == HttpStatusCode.OK)
            return await Train(name);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("Row 5 (counted from 0)", answer.Text, StringComparison.Ordinal);
        Assert.Contains("leave the row out, or set precision to float64", answer.Text, StringComparison.Ordinal);
        return null;
    }

    private static string Configuration(string name) => $$"""
        {"dataset":"{{name}}","target":"y","task":"regression","features":["x"],"network":{"layers":[{"type":"dense","units":4,"activation":"tanh"},{"type":"dense"}]},
         "split":{"testEvery":4,"validation":0.2},"epochs":3,"batchSize":8,"earlyStopping":{"patience":0},"model":"{{name}}"}
        """;

    private async Task AssertFigures(string name, JsonNode? job)
    {
        if (job is null)
            return;
        foreach (var part in (string[])["train", "validation", "test"])
            AssertNumbersOrWarnings(job["metrics"]![part]!.AsObject(), job["warnings"]!.AsArray());
        Assert.NotNull(job["trainLoss"]);
        var history = (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray();
        Assert.All(history, point => Assert.NotNull(point!["trainLoss"]));
        var evaluated = await _wire.Post($"models/{name}/evaluate", $$"""{"dataset":"{{name}}"}""");
        Assert.True(evaluated.Status == HttpStatusCode.OK, evaluated.Text);
        AssertNumbersOrWarnings(evaluated.Json["metrics"]!.AsObject(), evaluated.Json["warnings"]!.AsArray());
        foreach (var (metric, interval) in evaluated.Json["intervals"]!.AsObject())
            Assert.InRange((double)evaluated.Json["metrics"]![metric]!, (double)interval![0]!, (double)interval[1]!);
        Assert.DoesNotContain("∞", (string)evaluated.Json["verdict"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", (string)evaluated.Json["verdict"]!, StringComparison.Ordinal);
        var rows = (await _wire.Get($"datasets/{name}/rows?limit=2")).Json["rows"]!.AsArray();
        foreach (var row in rows)
        {
            var (x, y) = (row![0]!.ToJsonString(), row[1]!.ToJsonString());
            Assert.InRange((int)(await _wire.Post($"models/{name}/predict", $$"""{"rows":[[{{x}}]]}""")).Status, 200, 400);
            Assert.InRange((int)(await _wire.Post($"models/{name}/trace", $$"""{"row":[{{x}}],"target":{{y}}}""")).Status, 200, 400);
            Assert.InRange((int)(await _wire.Post($"models/{name}/explain", $$"""{"row":[{{x}}]}""")).Status, 200, 400);
        }

        foreach (var format in (string[])["json", "onnx", "c", "safetensors"])
            Assert.InRange((int)(await _wire.Get($"models/{name}/export/{format}")).Status, 200, 409);
    }

    private static void AssertNumbersOrWarnings(JsonObject metrics, JsonArray warnings)
    {
        foreach (var metric in (string[])["rootMeanSquaredError", "meanAbsoluteError", "r2", "medianAbsoluteError", "meanAbsolutePercentageError"])
        {
            Assert.True(metrics.ContainsKey(metric), metric);
            Assert.True(
                metrics[metric] is not null || warnings.Any(warning => ((string)warning!).Contains(metric, StringComparison.Ordinal)),
                $"{metric} is null and nothing says why: {warnings.ToJsonString()}");
        }
    }

    // Between −1 and 1, so that every size can be reached.
    private static double Shape(string shape, int i) => shape switch
    {
        "spread" => ((i % 17) + 1) / 20.0,
        "offset" => 0.9 + (i % 17 / 200.0),
        "twoValues" => i % 3 == 0 ? 0.25 : 0.5,
        "constant" => 0.5,
        "bothSigns" => i % 2 == 0 ? 1 : -1,
        _ => i == 5 ? 1 : 1e-200,
    };

    private static string Name(string kind, double size, string shape) => $"{kind}-{size:R}-{shape}".ToLowerInvariant().Replace("+", "");
}
