using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Evaluations;

/// <summary>Predictions that say how sure they are: at every door, and in what is taken away.</summary>
[Collection(SharedService.Name)]
public sealed class PredictionIntervalTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_regression_has_an_interval_that_holds_as_many_truths_as_it_says()
    {
        var job = await Regression("sure-line", "y");

        var wide = (await _wire.Post("models/sure-line/predict?interval=0.9", """{"rows":[{"x":10}]}""")).Json["predictions"]![0]!;
        var narrow = (await _wire.Post("models/sure-line/predict?interval=0.5", """{"rows":[{"x":10}]}""")).Json["predictions"]![0]!;
        var plain = (await _wire.Post("models/sure-line/predict", """{"rows":[{"x":10}]}""")).Json["predictions"]![0]!;
        var evaluated = (await _wire.Post("models/sure-line/evaluate?interval=0.9", """{"dataset":"sure-line"}""")).Json;
        var atHalf = (await _wire.Post("models/sure-line/evaluate?interval=0.5", """{"dataset":"sure-line"}""")).Json;

        Assert.Equal(["value"], plain.AsObject().Select(member => member.Key));
        var (low, high, value) = ((double)wide["interval"]![0]!, (double)wide["interval"]![1]!, (double)wide["value"]!);
        Assert.True(low < value && value < high);
        Assert.Equal(value - low, high - value, 5);
        Assert.True((double)narrow["interval"]![0]! > low);
        Assert.InRange((double)job["metrics"]!["test"]!["coverage"]!, 0.8, 0.98);
        Assert.InRange((double)evaluated["metrics"]!["coverage"]!, 0.86, 0.94);
        Assert.InRange((double)atHalf["metrics"]!["coverage"]!, 0.44, 0.56);
        Assert.DoesNotContain(job["warnings"]!.AsArray().Concat(evaluated["warnings"]!.AsArray()), IsOfCoverage);
    }

    // The level moves by 100 with the last fifth of the rows, which are tested; a year of its own column tells nobody, since it is one in all training rows.
    [Fact]
    public async Task Rows_that_are_not_like_those_of_the_validation_part_are_said_to_have_intervals_that_are_too_narrow()
    {
        var csv = new StringBuilder("x,year,y\n");
        for (var row = 0; row < 200; row++)
            csv.Append(CultureInfo.InvariantCulture, $"{row % 17},{(row < 160 ? 2023 : 2024)},{(3 * (row % 17)) + (row * 7 % 5) + (row < 160 ? 0 : 100)}\n");
        await _wire.PostCsv("datasets?name=sure-drift", csv.ToString());

        var job = await _wire.Train("""
            {"dataset":"sure-drift","target":"y","model":"sure-drift","recipe":"fast","epochs":60,"split":{"train":0.6,"validation":0.2,"test":0.2,"method":"sequential"} }
            """);

        Assert.InRange((double)job["metrics"]!["test"]!["coverage"]!, 0, 0.1);
        Assert.Single(job["warnings"]!.AsArray(), warning => IsOfCoverage(warning) && ((string)warning!).EndsWith("(test).", StringComparison.Ordinal));
        Assert.Contains(
            job["warnings"]!.AsArray(),
            warning => (string)warning! == "Column \"year\" has one value in all training rows: nothing is learnt of others, and the answer is the same whatever stands there.");
        var predictions = (await _wire.Post("models/sure-drift/predict", """{"rows":[{"x":3,"year":2023},{"x":3,"year":2024},{"x":3,"year":-1e9}]}""")).Json["predictions"]!;
        Assert.Equal((double)predictions[0]!["value"]!, (double)predictions[1]!["value"]!);
        Assert.Equal((double)predictions[0]!["value"]!, (double)predictions[2]!["value"]!);
        var later = csv.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var evaluated = await _wire.PostCsv("models/sure-drift/evaluate?interval=0.8", string.Join('\n', later[161..].Prepend(later[0])));
        Assert.Single(evaluated.Json["warnings"]!.AsArray(), warning => IsOfCoverage(warning) && ((string)warning!).Contains("where 0.8 is meant", StringComparison.Ordinal));
    }

    private static bool IsOfCoverage(JsonNode? warning) => ((string)warning!).StartsWith("coverage is ", StringComparison.Ordinal);

    [Fact]
    public async Task Several_targets_have_one_each()
    {
        await Regression("sure-lines", """["y","z"]""");

        var json = (await _wire.Post("models/sure-lines/predict?interval=0.9", """{"rows":[{"x":10}]}""")).Json["predictions"]![0]!;
        var csv = (await _wire.PostCsv("models/sure-lines/predict?interval=0.9", "x\n10\n", ("Accept", "text/csv"))).Text.Split("\r\n");
        var infer = (await _wire.Post("/v2/models/sure-lines/infer",
            """{"parameters":{"interval":0.9},"inputs":[{"name":"input","datatype":"FP64","shape":[1,1],"data":[10]}]}""")).Json["outputs"]!.AsArray();

        Assert.True((double)json["interval"]!["z"]![1]! - (double)json["interval"]!["z"]![0]! > 5 * ((double)json["interval"]!["y"]![1]! - (double)json["interval"]!["y"]![0]!));
        Assert.Equal("x,prediction_y,prediction_z,prediction_y_low,prediction_y_high,prediction_z_low,prediction_z_high", csv[0]);
        Assert.Equal((double)json["interval"]!["z"]![0]!, double.Parse(csv[1].Split(',')[5], CultureInfo.InvariantCulture));
        Assert.Equal(["y", "z", "y_interval", "z_interval"], infer.Select(output => (string)output!["name"]!));
        Assert.Equal(Wire.Numbers(json["interval"]!["z"]), Wire.Numbers(infer[3]!["data"]));
        Assert.Equal([1, 2], Wire.Numbers(infer[3]!["shape"]));
    }

    [Fact]
    public async Task A_target_that_is_called_as_the_interval_of_another_keeps_its_name()
    {
        var csv = "x,y,y_interval\n" + string.Concat(Enumerable.Range(0, 200).Select(row => $"{row % 20},{row % 20 + (row % 3)},{row % 7}\n"));
        await _wire.PostCsv("datasets?name=alike", csv);
        await _wire.Train("""{"dataset":"alike","target":["y","y_interval"],"features":["x"],"epochs":2,"model":"alike"}""");

        var outputs = (await _wire.Post("/v2/models/alike/infer",
            """{"parameters":{"interval":0.9},"inputs":[{"name":"input","datatype":"FP64","shape":[1,1],"data":[10]}]}""")).Json["outputs"]!.AsArray();
        var one = (await _wire.Post("/v2/models/alike/infer",
            """{"parameters":{"interval":0.9},"outputs":[{"name":"y_interval"}],"inputs":[{"name":"input","datatype":"FP64","shape":[1,1],"data":[10]}]}""")).Json["outputs"]!;

        Assert.Equal(["y", "y_interval", "y_interval_2", "y_interval_interval"], outputs.Select(output => (string)output!["name"]!));
        Assert.Equal([1, 1, 2, 2], outputs.Select(output => (int)output!["shape"]![1]!));
        Assert.Equal(Wire.Numbers(outputs[1]!["data"]), Wire.Numbers(one[0]!["data"]));
    }

    [Fact]
    public async Task A_classification_has_a_set_of_labels_with_its_own_among_them()
    {
        await _wire.Upload("sure-iris", "iris.csv");
        var job = await _wire.Train("""{"dataset":"sure-iris","target":"species","model":"sure-iris","recipe":"fast","epochs":60}""");
        const string between = """{"rows":[{"sepal_length":6.0,"sepal_width":2.7,"petal_length":5.0,"petal_width":1.7}]}""";

        var sure = (await _wire.Post("models/sure-iris/predict?interval=0.99", between)).Json;
        var all = (await _wire.Post("models/sure-iris/predict?interval=0.6", """{"dataset":"sure-iris"}""")).Json["predictions"]!.AsArray();
        var csv = (await _wire.PostCsv("models/sure-iris/predict?interval=0.9",
            "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n", ("Accept", "text/csv"))).Text.Split("\r\n");
        var infer = (await _wire.Post("/v2/models/sure-iris/infer",
            """{"parameters":{"interval":0.9},"outputs":[{"name":"labels"}],"inputs":[{"name":"input","datatype":"FP64","shape":[1,4],"data":[5.1,3.5,1.4,0.2]}]}""")).Json["outputs"]![0]!;

        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post("models/sure-iris/predict?interval=0.99", between)).Status); // 15 rows vouch for 15/16
        Assert.Contains("ask for at most 0.9375", (string?)sure["detail"], StringComparison.Ordinal);
        Assert.All(all, prediction => Assert.Contains((string)prediction!["label"]!, prediction["labels"]!.AsArray().Select(label => (string)label!)));
        Assert.EndsWith(",prediction_set", csv[0], StringComparison.Ordinal);
        Assert.EndsWith("\"[\"\"setosa\"\"]\"", csv[1], StringComparison.Ordinal);
        Assert.Equal("""["labels","BOOL","[1,3]","[true,false,false]"]""",
            new JsonArray((string)infer["name"]!, (string)infer["datatype"]!, infer["shape"]!.ToJsonString(), infer["data"]!.ToJsonString()).ToJsonString());
        Assert.InRange((double)job["metrics"]!["test"]!["coverage"]!, 0.7, 1);
    }

    [Fact]
    public async Task What_is_taken_away_has_the_scores_with_it_and_brings_them_back()
    {
        await Regression("sure-away", "y");

        var document = JsonNode.Parse((await _wire.Get("models/sure-away/export/json")).Text)!;
        document["name"] = "sure-back";
        await _wire.Post("models", document.ToJsonString());
        var there = await _wire.Post("models/sure-away/predict?interval=0.8", """{"rows":[{"x":3},{"x":-4}]}""");
        var back = await _wire.Post("models/sure-back/predict?interval=0.8", """{"rows":[{"x":3},{"x":-4}]}""");
        var manifest = document["manifest"]!["conformal"]!;

        Assert.Equal(there.Json["predictions"]!.ToJsonString(), back.Json["predictions"]!.ToJsonString());
        // As the manifest's rule says, without the service.
        var prediction = there.Json["predictions"]![0]!;
        var rank = manifest["ranks"]!.AsArray().Select((at, k) => (At: (int)at!, k)).First(one => one.At >= 0.8 * ((double)manifest["rows"]! + 1)).k;
        var score = (double)manifest["scores"]![0]![rank]!;
        Assert.Contains("prediction - s to the prediction + s", (string?)manifest["rule"], StringComparison.Ordinal);
        Assert.Equal((float)((double)prediction["value"]! - score), (float)prediction["interval"]![0]!, 5);
        document["description"]!["conformal"]!["scores"]![0]![0] = 1e9;
        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post("models", document.ToJsonString())).Status);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    [InlineData("-0.1")]
    [InlineData("90")]
    [InlineData("NaN")]
    [InlineData("0,9")]
    [InlineData("")]
    public async Task A_level_that_is_none_is_refused(string level)
    {
        await Regression("sure-refused", "y");

        foreach (var path in (string[])["predict", "evaluate"])
        {
            var answer = await _wire.Post(
                $"models/sure-refused/{path}?interval={level}", path == "predict" ? """{"rows":[{"x":1}]}""" : """{"dataset":"sure-refused"}""");
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains("is not a number above 0 and below 1", (string?)answer.Json["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_model_without_a_validation_part_says_so()
    {
        await Regression("sure-whole", "y", ""","split":{"test":0.2,"validation":0},"earlyStopping":null""");

        var answer = await _wire.Post("models/sure-whole/predict?interval=0.9", """{"rows":[{"x":1}]}""");
        var infer = await _wire.Post("/v2/models/sure-whole/infer",
            """{"parameters":{"interval":0.9},"inputs":[{"name":"input","datatype":"FP64","shape":[1,1],"data":[10]}]}""");
        var odd = await _wire.Post("/v2/models/sure-whole/infer",
            """{"parameters":{"interval":"0.9"},"inputs":[{"name":"input","datatype":"FP64","shape":[1,1],"data":[10]}]}""");

        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (answer.Status, infer.Status, odd.Status));
        Assert.Contains("Train with a validation part (split)", (string?)answer.Json["detail"], StringComparison.Ordinal);
        Assert.Contains("Train with a validation part (split)", (string?)infer.Json["error"], StringComparison.Ordinal);
        Assert.Contains("must be a number above 0 and below 1", (string?)odd.Json["error"], StringComparison.Ordinal);
    }

    // y = x and noise, z ten times that.
    private async Task<JsonNode> Regression(string name, string target, string more = "")
    {
        var csv = new StringBuilder("x,y,z\n");
        for (var i = 0; i < 1000; i++)
        {
            var (x, noise) = (i * 37 % 101 - 50, ((i * 7919 % 1009) - 504) / 504.0);
            csv.Append(CultureInfo.InvariantCulture, $"{x},{x + noise},{10 * (x + noise)}\n");
        }

        await _wire.PostCsv($"datasets?name={name}", csv.ToString());
        return await _wire.Train($$"""
            {"dataset":"{{name}}","target":{{(target.StartsWith('[') ? target : $"\"{target}\"")}},"features":["x"],"model":"{{name}}","epochs":20,"seed":1,
             "optimizer":{"type":"adam","learningRate":0.05},"network":{"layers":[{"type":"dense"}]}{{more}} }
            """);
    }
}
