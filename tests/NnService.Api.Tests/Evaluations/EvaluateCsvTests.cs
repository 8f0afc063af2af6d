using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Evaluations;

/// <summary>A model measured on a CSV that comes in the body, by the rules of a CSV to predict and with the figures of a stored dataset.</summary>
public sealed class EvaluateCsvTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_CSV_is_measured_as_the_stored_dataset_is_zipped_or_not()
    {
        await TrainIris();
        var csv = Wire.Sample("iris.csv");
        using var body = new ByteArrayContent(await Zipped(csv));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("text/csv; charset=utf-8");
        body.Headers.ContentEncoding.Add("gzip");

        var stored = (await _wire.Post("models/evaluated-iris/evaluate", """{"dataset":"evaluated-iris"}""")).Json;
        var posted = (await _wire.PostCsv("models/evaluated-iris/evaluate", csv)).Json;
        var fromZip = (await _wire.Send(HttpMethod.Post, "models/evaluated-iris/versions/1/evaluate", body)).Json;

        Assert.Equal("evaluated-iris", (string?)stored["dataset"]);
        Assert.Null(posted["dataset"]);
        Assert.Equal(150, (int)posted["rows"]!);
        Assert.StartsWith("This is the table the model was trained on", (string?)posted["warnings"]![0], StringComparison.Ordinal);
        stored["dataset"] = null;
        Assert.Equal(stored.ToJsonString(), posted.ToJsonString());
        Assert.Equal(stored.ToJsonString(), fromZip.ToJsonString());
        Assert.Empty(Directory.EnumerateFiles(service.Folder, "*.tmp", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Truths_of_a_target_of_booleans_may_be_1_and_0_as_features_may()
    {
        await _wire.PostCsv("datasets?name=evaluated-flags", "x,y\n1,true\n2,false\n3,true\n4,false\n");
        await _wire.PostCsv("datasets?name=evaluated-digits", "x,y\n1,1\n2,0\n3,1\n4,0\n");
        await _wire.Train("""{"dataset":"evaluated-flags","target":"y","epochs":1,"features":["x"],"model":"evaluated-flags"}""");
        const string Path = "models/evaluated-flags/evaluate";

        var words = await _wire.PostCsv(Path, "x,y\n1,true\n2,false\n3,true\n4,false\n");
        var digits = await _wire.PostCsv(Path, "x,y\n1,1\n2,0\n3,true\n4,0\n");
        var stored = await _wire.Post(Path, """{"dataset":"evaluated-digits"}""");
        var other = await _wire.PostCsv(Path, "x,y\n1,2\n");

        Assert.True(digits.Status == HttpStatusCode.OK, digits.Text);
        Assert.True(stored.Status == HttpStatusCode.OK, stored.Text);
        Assert.Equal(words.Json["metrics"]!.ToJsonString(), digits.Json["metrics"]!.ToJsonString());
        Assert.Equal(words.Json["metrics"]!.ToJsonString(), stored.Json["metrics"]!.ToJsonString());
        Assert.Equal("Line 2, column \"y\": \"2\" is not true or false.", (string?)other.Json["detail"]);
    }

    [Theory]
    [InlineData("text/csv", ',')]
    [InlineData("Text/CSV; charset=utf-8", ';')]
    [InlineData("application/csv", ',')]
    [InlineData("text/tab-separated-values", '\t')]
    public async Task Every_name_of_CSV_is_taken_as_it_is_by_a_prediction(string type, char delimiter)
    {
        await _wire.Post("models", """
            {"name":"evaluated-types","features":["x"],"target":"y","precision":"float64","network":{"layers":[{"type":"dense","weights":[[2]],"bias":[1]}]}}
            """);
        // With tabs the commas of the note are no delimiters, although there are more of them.
        var note = delimiter == '\t' ? "a,b,c,d" : "a";
        var csv = string.Join(delimiter, "x", "y", "note") + "\n" + string.Join(delimiter, "1", "4", note) + "\n" + string.Join(delimiter, "2", "5", note) + "\n";

        foreach (var body in new[] { Encoding.UTF8.GetBytes(csv), await Zipped(csv) })
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
            var answer = await _wire.Send(HttpMethod.Post, "models/evaluated-types/evaluate?ignoreUnknown=true", content);
            Assert.True(answer.Status == HttpStatusCode.OK, $"{answer.Status} {answer.Text}");
            Assert.Equal((2, 0.5), ((int)answer.Json["rows"]!, (double)answer.Json["metrics"]!["meanAbsoluteError"]!));
        }
    }

    [Fact]
    public async Task Target_and_loss_are_said_in_the_query()
    {
        await _wire.Post("models", """
            {"name":"evaluated-line","features":["x"],"target":"y","precision":"float64","network":{"layers":[{"type":"dense","weights":[[2]],"bias":[1]}]}}
            """);
        const string Csv = "truth,x\n3,1\n6,2\n";

        var squared = (await _wire.PostCsv("models/evaluated-line/evaluate?target=truth&loss=halfSumSquaredError", Csv)).Json;
        var spec = Uri.EscapeDataString("""{"type":"huber","delta":0.5}""");
        var huber = (await _wire.PostCsv($"models/evaluated-line/evaluate?target=truth&loss={spec}", Csv)).Json;

        Assert.Equal((0.5, 0.5), ((double)squared["loss"]!, (double)squared["metrics"]!["meanAbsoluteError"]!));
        Assert.Equal(0.1875, (double)huber["loss"]!); // half of 0.5 · (1 − 0.25)
        await Refused(await _wire.PostCsv("models/evaluated-line/evaluate", Csv), "The model knows no column \"truth\"; it takes x. "
            + "Leave it out, or add ?ignoreUnknown=true.");
        await Refused(
            await _wire.PostCsv("models/evaluated-line/evaluate?ignoreUnknown=true", Csv),
            "The CSV has no column \"y\"; name the column that holds the truth as target.");
        await Refused(await _wire.PostCsv("models/evaluated-line/evaluate?target=truth&loss=cosy", Csv), "loss=cosy: ");
        await Refused(
            await _wire.PostCsv("models/evaluated-line/evaluate?target=truth&loss=binaryCrossEntropy&threshold=0.5", Csv),
            "Unknown query parameter \"threshold\".");
        await Refused(
            await _wire.Post("models/evaluated-line/evaluate?target=truth", """{"dataset":"nowhere"}"""),
            "target stands in the query for a CSV; in a JSON body it is a member beside dataset.");
        await Refused(await _wire.Post("models/evaluated-line/evaluate?header=false", """{"dataset":"nowhere"}"""), "header says how a CSV is written; ");
        await Refused(await _wire.PostCsv("models/evaluated-line/evaluate?header=false", "1,2\n3,4\n"), "A CSV to measure on needs the names of its columns");
    }

    [Fact]
    public async Task Rows_with_labels_that_training_did_not_have_are_left_out_and_said()
    {
        await _wire.Post("models", """
            {"name":"evaluated-labels","features":["x"],"target":"y","labels":["no","yes"],
             "network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0],"activation":"sigmoid"}]} }
            """);
        const string Said = "3 rows were left out, for the model does not know their labels: \"perhaps\" (2), \"never\" (1). It can only be wrong there, which no "
            + "figure counts.";

        var alone = (await _wire.PostCsv("models/evaluated-labels/evaluate", "x,y\n1,yes\n-1,no\n")).Json;
        var among = (await _wire.PostCsv("models/evaluated-labels/evaluate", "x,y\n1,yes\n-1,no\n2,perhaps\n3,\n4,perhaps\n5,never\n")).Json;
        var one = (await _wire.PostCsv("models/evaluated-labels/evaluate", "x,y\n1,yes\n-1,no\n5,never\n")).Json;

        Assert.Equal((2, 2), ((int)alone["rows"]!, (int)among["rows"]!));
        Assert.Equal(alone["metrics"]!.ToJsonString(), among["metrics"]!.ToJsonString());
        Assert.Equal(["1 row without a target was left out.", Said], among["warnings"]!.AsArray().Select(warning => (string)warning!));
        Assert.Equal(
            "1 row was left out, for the model does not know its label: \"never\" (1). It can only be wrong there, which no figure counts.",
            (string)Assert.Single(one["warnings"]!.AsArray())!);
        await Refused(
            await _wire.PostCsv("models/evaluated-labels/evaluate", "x,y\n1,perhaps\n2,never\n"),
            "Row 0 (counted from 0), column \"y\": the label \"perhaps\" is none of the model's 2 labels: no, yes.");
    }

    [Theory]
    [InlineData("x\n1\n", "The CSV has no column \"y\"; name the column that holds the truth as target.")]
    [InlineData("y\n1\n", "Column \"x\" is missing; the model needs it.")]
    [InlineData("x,y,z\n1,2,3\n", "The model knows no column \"z\"; it takes x. Leave it out, or add ?ignoreUnknown=true.")]
    [InlineData("x,y\n1,2\none,2\n", "Line 3, column \"x\": \"one\" is not a number.")]
    [InlineData("x,y\n1,2\n1\n", "Line 3 has 1 cell; the header has 2.")]
    [InlineData("x,y\n1,two\n", "Column \"y\" does not hold numbers; regression needs a number column.")]
    [InlineData("x,y\n1,\n", "The target is missing in every row; there is nothing to measure on.")]
    [InlineData("x,y\n", "The file has a header and no rows.")]
    [InlineData("", "The file is empty; it needs a header line")]
    public async Task What_cannot_be_measured_is_said_with_its_place(string csv, string problem)
    {
        await _wire.Post("models", """
            {"name":"evaluated-half","features":["x"],"target":"y","network":{"layers":[{"type":"dense","weights":[[0.5]],"bias":[2]}]}}
            """);

        await Refused(await _wire.PostCsv("models/evaluated-half/evaluate", csv), problem);
    }

    [Fact]
    public async Task Columns_have_the_types_of_the_model_and_cells_the_notation_of_its_table()
    {
        var rows = string.Concat(Enumerable.Range(0, 40).Select(row => $"00{row % 2};{row / 2},5;0{row % 2}\n"));
        Assert.Equal(HttpStatusCode.Created, (await _wire.PostCsv("datasets?name=evaluated-zip&types=zip:category,label:category&decimal=,",
            "zip;size;label\n" + rows)).Status);
        await _wire.Train(
            """{"dataset":"evaluated-zip","target":"label","features":["zip","size"],"epochs":1,"precision":"float64","model":"evaluated-zip"}""");

        var stored = (await _wire.Post("models/evaluated-zip/evaluate", """{"dataset":"evaluated-zip"}""")).Json;
        var posted = (await _wire.PostCsv("models/evaluated-zip/evaluate", "label;size;zip\n" + string.Concat(
            rows.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => string.Join(';', row.Split(';').Reverse()) + "\n")))).Json;

        Assert.Equal(stored["metrics"]!.ToJsonString(), posted["metrics"]!.ToJsonString());
        Assert.Empty(posted["warnings"]!.AsArray());
    }

    [Fact]
    public async Task Curves_are_added_where_they_are_asked_for()
    {
        await TrainIris();

        var stored = (await _wire.Post("models/evaluated-iris/evaluate?curves=true", """{"dataset":"evaluated-iris"}""")).Json["curves"]!;
        var posted = (await _wire.PostCsv("models/evaluated-iris/evaluate?curves=true", Wire.Sample("iris.csv"))).Json["curves"]!;

        Assert.Equal(stored.ToJsonString(), posted.ToJsonString());
        Assert.Equal(["roc", "precisionRecall", "calibration"], stored.AsObject().Select(curve => curve.Key));
        Assert.All(stored.AsObject(), curve =>
        {
            Assert.Equal(["setosa", "versicolor", "virginica"], curve.Value!.AsObject().Select(label => label.Key));
            Assert.All(curve.Value!.AsObject(), label => Assert.InRange(label.Value!.AsArray().Count, 1, 200));
        });
        Assert.Equal(["threshold", "falsePositiveRate", "truePositiveRate"], Members(stored["roc"]!["setosa"]![0]));
        Assert.Equal(["threshold", "recall", "precision"], Members(stored["precisionRecall"]!["setosa"]![0]));
        Assert.Equal(["predicted", "observed", "rows"], Members(stored["calibration"]!["setosa"]![0]));
        Assert.DoesNotContain("curves", Members((await _wire.Post("models/evaluated-iris/evaluate", """{"dataset":"evaluated-iris"}""")).Json));
        Assert.DoesNotContain("curves", Members((await _wire.Post("models/evaluated-iris/evaluate?curves=false", """{"dataset":"evaluated-iris"}""")).Json));
    }

    [Fact]
    public async Task Residuals_of_a_regression_are_the_targets_less_the_predictions()
    {
        await _wire.Post("models", """
            {"name":"evaluated-curve","features":["x"],"target":"y","precision":"float64","network":{"layers":[{"type":"dense","weights":[[2]],"bias":[1]}]}}
            """);

        var answer = await _wire.PostCsv("models/evaluated-curve/evaluate?curves=true", "x,y\n2,6\n1,3\n3,6\n");

        Assert.Equal(
            """{"residuals":{"y":[{"predicted":3,"residual":0},{"predicted":5,"residual":1},{"predicted":7,"residual":-1}]}}""",
            answer.Json["curves"]!.ToJsonString());
    }

    private static async Task<byte[]> Zipped(string csv)
    {
        using var zipped = new MemoryStream();
        await using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
            await gzip.WriteAsync(Encoding.UTF8.GetBytes(csv));
        return zipped.ToArray();
    }

    private static IEnumerable<string> Members(JsonNode? node) => node!.AsObject().Select(member => member.Key);

    private async Task TrainIris()
    {
        await _wire.Upload("evaluated-iris", "iris.csv");
        if ((await _wire.Get("models/evaluated-iris")).Status == HttpStatusCode.NotFound)
            await _wire.Train("""{"dataset":"evaluated-iris","target":"species","epochs":2,"model":"evaluated-iris"}""");
    }

    private static Task Refused(Answer answer, string problem)
    {
        Assert.True(answer.Status == HttpStatusCode.BadRequest, $"{answer.Status} {answer.Text}");
        Assert.StartsWith(problem, (string?)answer.Json["detail"], StringComparison.Ordinal);
        return Task.CompletedTask;
    }
}
