using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>A column that weighs the rows: in the loss, the metrics and the baselines, and never a feature.</summary>
[Collection(SharedService.Name)]
public sealed class RowWeightTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("-0.5", "the weight is -0.5; a weight must be at least 0.")]
    [InlineData("", "the weight is missing.")]
    public async Task Weights_that_are_negative_or_missing_are_refused(string bad, string says)
    {
        await _wire.PostCsv($"datasets?name=weights-bad{bad.Length}", Rows(row => row == 7 ? bad : "1"));

        var answer = await _wire.Post("training-jobs", $$"""{"dataset":"weights-bad{{bad.Length}}","target":"y","rowWeights":"w"}""");

        Refused(answer, "#/rowWeights", says);
        Assert.Contains("row 7 (counted from 0)", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_that_are_all_zero_in_a_part_are_refused()
    {
        await _wire.PostCsv("datasets?name=weights-zero", Rows(_ => "0"));
        await _wire.PostCsv("datasets?name=weights-zero-test", Rows(row => row < 36 ? "1" : "0"));

        Refused(
            await _wire.Post("training-jobs", """{"dataset":"weights-zero","target":"y","rowWeights":"w"}"""), "#/rowWeights",
            "0 in every row of the training part");
        Refused(
            await _wire.Post(
                "training-jobs",
                """{"dataset":"weights-zero-test","target":"y","rowWeights":"w","split":{"train":0.5,"validation":0.1,"test":0.4,"method":"sequential"}}"""),
            "#/rowWeights", "0 in every row of the test part");
    }

    [Theory]
    [InlineData(""" "rowWeights":"nope" """, "#/rowWeights", "The dataset has no column \"nope\"")]
    [InlineData(""" "rowWeights":"y" """, "#/rowWeights", "\"y\" is the target")]
    [InlineData(""" "rowWeights":"kind" """, "#/rowWeights", "Column \"kind\" does not hold numbers")]
    [InlineData(""" "rowWeights":"w","features":["x","w"] """, "#/features/1", "\"w\" weighs the rows (rowWeights); it cannot be a feature too.")]
    public async Task A_column_that_cannot_weigh_rows_is_refused(string asked, string pointer, string says)
    {
        await _wire.PostCsv("datasets?name=weights", Rows(Weight));

        Refused(await _wire.Post("training-jobs", $$"""{"dataset":"weights","target":"y",{{asked}} }"""), pointer, says);
    }

    // Rows of weight 2 against the same rows twice, rows of weight 0 against none.
    [Theory]
    [InlineData("y", "regression", "rootMeanSquaredError", "r2", "medianAbsoluteError")]
    [InlineData("kind", "binaryClassification", "accuracy", "logLoss", "rocAuc", "matthewsCorrelation")]
    public async Task A_row_of_weight_two_counts_as_two_rows(string target, string task, params string[] metrics)
    {
        await _wire.PostCsv("datasets?name=weights-two", Rows(row => $"{row % 3}"));
        await _wire.PostCsv("datasets?name=weights-rows", Rows(row => $"{row % 3}", repeat: true));
        var (activation, classWeights) = target == "y" ? ("linear", "none") : ("sigmoid", "balanced");
        Task<JsonNode> Train(string dataset, string weights) => _wire.Train($$"""
            {"dataset":"{{dataset}}","target":"{{target}}","task":"{{task}}","features":["x"],"precision":"float64","batchSize":1000,"epochs":30,
             "order":"sequential","preprocessing":{"numeric":"none","target":"none"},"optimizer":{"type":"sgd","learningRate":0.01},"split":{"column":"part"},
             "classWeights":"{{classWeights}}","rowWeights":{{weights}},"earlyStopping":{"patience":0},"model":"{{dataset}}-{{target}}",
             "network":{"layers":[{"type":"dense","units":4,"activation":"tanh"},{"type":"dense","activation":"{{activation}}"}]} }
            """);

        var weighted = await Train("weights-two", "\"w\"");
        var repeated = await Train("weights-rows", "null");

        Assert.Equal("w", (string?)weighted["configuration"]!["rowWeights"]);
        Near(repeated["trainLoss"]!, weighted["trainLoss"]!);
        Near(repeated["validationLoss"]!, weighted["validationLoss"]!);
        foreach (var metric in metrics)
        {
            foreach (var part in new[] { "train", "validation", "test" })
                Near(repeated["metrics"]![part]![metric]!, weighted["metrics"]![part]![metric]!);
            Near(repeated["metrics"]!["baselines"]!["trivial"]![metric]!, weighted["metrics"]!["baselines"]!["trivial"]![metric]!);
            Near(repeated["metrics"]!["baselines"]!["linear"]![metric]!, weighted["metrics"]!["baselines"]!["linear"]![metric]!, 1e-4); // where L-BFGS ends
        }

        var (points, others) = (await LastPoint(weighted), await LastPoint(repeated));
        Near(others["metrics"]!["validation" + (target == "y" ? "R2" : "Accuracy")]!, points["metrics"]!["validation" + (target == "y" ? "R2" : "Accuracy")]!);
    }

    [Theory]
    [InlineData("y", "rootMeanSquaredError")]
    [InlineData("kind", "logLoss")]
    public async Task The_baselines_are_the_same_whatever_the_unit_of_small_weights(string target, string metric)
    {
        await _wire.PostCsv("datasets?name=weights-one", Rows(_ => "1"));
        await _wire.PostCsv("datasets?name=weights-shares", Rows(_ => "0.025")); // of forty training rows
        async Task<JsonNode> Linear(string dataset) => (await _wire.Train(
            $$"""{"dataset":"{{dataset}}","target":"{{target}}","features":["x"],"rowWeights":"w","split":{"column":"part"},"epochs":2,"recipe":"fast"}"""))
            ["metrics"]!["baselines"]!["linear"]![metric]!;

        Near(await Linear("weights-one"), await Linear("weights-shares"), 1e-4);
    }

    // So many columns and units that not all test rows are asked about; of those that weigh nothing none is.
    [Fact]
    public async Task Importance_is_measured_on_rows_that_weigh()
    {
        const int Columns = 1000;
        await _wire.PostCsv(
            "datasets?name=weights-wide",
            string.Concat(Enumerable.Range(0, Columns).Select(column => $"x{column},")) + "w,part,y\n" + string.Concat(Enumerable.Range(0, 340).Select(row =>
                string.Concat(Enumerable.Range(0, Columns).Select(column => $"{((row * 7) + (column * column)) % 11},"))
                    + $"{(row < 42 ? 1 : 0)},{(row < 20 ? "train" : row < 40 ? "validation" : "test")},{row % 7}\n")));

        var job = await _wire.Train("""
            {"dataset":"weights-wide","target":"y","task":"regression","rowWeights":"w","split":{"column":"part"},"epochs":1,"importance":true,"recipe":"fast",
             "network":{"layers":[{"type":"dense","units":130,"activation":"relu"},{"type":"dense"}]} }
            """);

        Assert.Equal(2, (int)job["importance"]!["rows"]!);
    }

    [Fact]
    public async Task The_verdict_counts_the_rows_that_weigh()
    {
        await _wire.PostCsv("datasets?name=weights-some", Rows(row => row % 5 == 0 ? "0" : "1")); // two of the ten test rows

        var job = await _wire.Train("""{"dataset":"weights-some","target":"y","features":["x"],"rowWeights":"w","split":{"column":"part"},"epochs":2}""");

        Assert.StartsWith("On 8 rows the network's", (string)job["metrics"]!["verdict"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_column_is_no_feature_and_predictions_need_it_not()
    {
        await _wire.PostCsv("datasets?name=weights", Rows(Weight));
        var job = await _wire.Train("""{"dataset":"weights","target":"y","rowWeights":"w","epochs":2,"model":"weights-feature","ignore":["part"]}""");

        var configuration = job["configuration"]!.DeepClone();
        configuration["model"] = "weights-feature-again";
        var again = await _wire.Train(configuration.ToJsonString());

        Assert.Equal("""["x","kind"]""", job["configuration"]!["features"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("models/weights-feature/predict", """{"rows":[{"x":1,"kind":"a"}]}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("models/weights-feature/predict", """{"rows":[{"x":1,"kind":"a","w":3}]}""")).Status);
        Assert.Equal(job["metrics"]!.ToJsonString(), again["metrics"]!.ToJsonString());
        foreach (var door in (string[])["evaluate", "importance"])
            Assert.Contains(
                (await _wire.Post($"models/weights-feature/{door}", """{"dataset":"weights"}""")).Json["warnings"]!.AsArray(),
                warning => ((string)warning!).StartsWith("The model was trained with rowWeights \"w\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Jobs_that_weigh_rows_differently_are_not_compared_row_by_row()
    {
        await _wire.PostCsv("datasets?name=weights", Rows(Weight));
        var ids = new List<string>();
        foreach (var more in new[] { """ "rowWeights":"w","epochs":2 """, """ "rowWeights":"w","epochs":3 """, """ "epochs":2 """ })
            ids.Add((string)(await _wire.Train($$"""{"dataset":"weights","target":"y","features":["x"],{{more}} }"""))["id"]!);

        var compared = (await _wire.Post("training-jobs/compare", $$"""{"ids":["{{string.Join("\",\"", ids)}}"]}""")).Json;

        Assert.Equal(ids[1], (string?)compared["differences"]!.AsArray().Single()!["id"]);
        Assert.Contains(ids[2], (string?)compared["warnings"]![0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":1e-46,"b":1e-46}""", "#/classWeights/a", "The weight of \"a\" is 1E-46; it must be between 1e-15 and 1e15.")]
    [InlineData("""{"a":1e39,"b":1}""", "#/classWeights/a", "The weight of \"a\" is 1E+39; it must be")]
    [InlineData("""{"b":1e-40}""", "#/classWeights/b", "The weight of \"b\" is 1E-40; it must be")]
    [InlineData("\"balanced\"", "#/classWeights", "The weight of \"b\" is ")] // whose rows weigh 1e-30
    public async Task Class_weights_that_float32_cannot_hold_are_refused(string classWeights, string pointer, string says)
    {
        await _wire.PostCsv(
            "datasets?name=weights-classes",
            "x,kind,w\n" + string.Concat(Enumerable.Range(0, 60).Select(row => $"{row * row},{(row % 3 == 0 ? "a,1" : "b,1e-30")}\n")));

        var answer = await _wire.Post(
            "training-jobs", $$"""{"dataset":"weights-classes","target":"kind","features":["x"],"rowWeights":"w","classWeights":{{classWeights}} }""");

        Refused(answer, pointer, says);
    }

    [Fact]
    public async Task Weights_of_rows_may_fade_to_nothing()
    {
        await _wire.PostCsv(
            "datasets?name=weights-fading",
            "x,y,w\n" + string.Concat(Enumerable.Range(0, 200).Select(row => $"{row % 7},{row % 7 * 2},1e-{row / 4}\n")));

        var job = await _wire.Train("""
            {"dataset":"weights-fading","target":"y","task":"regression","features":["x"],"rowWeights":"w","batchSize":1,"order":"sequential","epochs":2,"recipe":"fast",
             "split":{"train":0.8,"validation":0,"test":0.2},"model":"weights-fading"}
            """);

        Assert.Equal("completed", (string?)job["stopReason"]);
    }

    [Fact]
    public async Task Targets_that_are_further_apart_than_a_number_can_be_are_weighed()
    {
        await _wire.PostCsv(
            "datasets?name=weights-far", "x,y,w\n" + string.Concat(Enumerable.Range(0, 25).Select(row => $"{row % 7},{(row % 2 == 0 ? "-" : "")}1e308,1\n")));

        var job = await _wire.Train(
            """{"dataset":"weights-far","target":"y","features":["x"],"rowWeights":"w","epochs":3,"recipe":"fast","model":"weights-far"}""");

        Assert.Equal("completed", (string?)job["stopReason"]);
    }

    private async Task<JsonNode> LastPoint(JsonNode job) =>
        (await _wire.Get($"training-jobs/{job["id"]}/history")).Json["points"]!.AsArray().Last()!;

    private static string Weight(int row) => (0.25 + (row % 4)).ToString(CultureInfo.InvariantCulture);

    // Sixty rows in parts of forty, ten and ten; repeated: as often as the weight says.
    private static string Rows(Func<int, string> weight, bool repeat = false)
    {
        var csv = new StringBuilder("x,kind,w,part,y\n");
        for (var row = 0; row < 60; row++)
            for (var time = 0; time < (repeat ? int.Parse(weight(row), CultureInfo.InvariantCulture) : 1); time++)
                csv.Append(
                    CultureInfo.InvariantCulture,
                    $"{Math.Sin(row):0.000},{((row * 7) % 5 < 2 ? "a" : "b")},{weight(row)},{(row % 6 < 4 ? "train" : row % 6 == 4 ? "validation" : "test")},"
                        + $"{(2 * Math.Sin(row)) + ((row * 13) % 10 / 10.0):0.000}\n");
        return csv.ToString();
    }

    private static void Near(JsonNode expected, JsonNode actual, double tolerance = 1e-9) =>
        Assert.Equal((double)expected, (double)actual, tolerance * Math.Max(1, Math.Abs((double)expected)));

    private static void Refused(Answer answer, string pointer, string says)
    {
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(
            answer.Json["errors"]!.AsArray(),
            error => (string?)error!["pointer"] == pointer && ((string)error["detail"]!).Contains(says, StringComparison.Ordinal));
    }
}
