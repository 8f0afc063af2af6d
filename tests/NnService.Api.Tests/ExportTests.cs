using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using NnService.Tests;

namespace NnService.Api.Tests;

[Collection(SharedService.Name)]
public sealed class ExportTests(TestService service)
{
    private const double OnnxTolerance = 1e-6;
    private static readonly string[] s_texts = ["island", "sex"];

    private readonly Wire _wire = service.Wire;

    [OnnxFact]
    public async Task ONNX_Runtime_answers_all_penguins_as_the_service_does()
    {
        await Penguins("export-onnx", "float32");
        using var folder = ForeignTools.NewFolder();
        folder.Write("model.onnx", await _wire.Http.GetByteArrayAsync("/api/v1/models/export-onnx/export/onnx"));
        ForeignTools.CheckOnnx(folder.Path, "model.onnx");
        var (columns, rows) = PenguinRows();
        var inputs = new JsonObject();
        foreach (var (i, column) in columns.Index().Skip(1))
            inputs[column] = new JsonArray([.. rows.Select(row =>
                s_texts.Contains(column) ? JsonValue.Create(row[i] == "NA" ? "" : row[i]) : row[i] == "NA" ? null : JsonValue.Create(double.Parse(row[i])))]);
        folder.Write("rows.json", inputs.ToJsonString());

        var answer = JsonNode.Parse(ForeignTools.RunOnnx(folder.Path, "model.onnx", "rows.json"))!;

        var predictions = (await _wire.Post("models/export-onnx/predict", """{"dataset":"export-penguins"}""")).Json["predictions"]!.AsArray();
        Assert.Equal(344, predictions.Count);
        Assert.Equal(predictions.Select(prediction => (string)prediction!["label"]!), answer["label"]!.AsArray().Select(label => (string)label!));
        var expected = predictions.SelectMany(prediction => prediction!["probabilities"]!.AsObject().Select(share => (double)share.Value!)).ToArray();
        var found = Wire.Numbers(answer["probabilities"]);
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, OnnxTolerance));
    }

    [GccFact]
    public async Task C_answers_all_penguins_to_the_bit_in_float64()
    {
        await Penguins("export-c", "float64");
        using var folder = ForeignTools.NewFolder();
        using (var zip = new ZipArchive(await _wire.Http.GetStreamAsync("/api/v1/models/export-c/versions/1/export/c")))
            zip.ExtractToDirectory(folder.Path);
        Assert.Equal("16 of 16 test vectors agree to the bit\n", ForeignTools.CompileAndRun(folder.Path, "model.c", "-DMODEL_TEST"));
        var (columns, rows) = PenguinRows();
        var program = new StringBuilder("#include \"model.h\"\n#include <math.h>\n#include <stdio.h>\nstatic const export_c_row rows[] = {\n");
        foreach (var row in rows)
            program.Append($"{{ {string.Join(", ", columns.Index().Skip(1).Select(column =>
                $".export_c_raw_{column.Item} = {OfC(row[column.Index], s_texts.Contains(column.Item))}"))} }},\n");
        program.Append("""
            };
            int main(void)
            {
                double p[3];
                size_t i;
                for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
                    const char *label = export_c_names[export_c_predict(&rows[i], p)];
                    printf("%s %.17g %.17g %.17g\n", label, p[0], p[1], p[2]);
                }
                return 0;
            }

            """);
        folder.Write("penguins.c", program.ToString());

        var lines = ForeignTools.CompileAndRun(folder.Path, "penguins.c", "model.c").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        var predictions = (await _wire.Post("models/export-c/predict", """{"dataset":"export-penguins"}""")).Json["predictions"]!.AsArray();
        Assert.Equal(344, lines.Length);
        foreach (var (line, prediction) in lines.Zip(predictions))
        {
            var words = line.Split(' ');
            Assert.Equal((string)prediction!["label"]!, words[0]);
            var shares = prediction["probabilities"]!.AsObject().Select(share => BitConverter.DoubleToInt64Bits((double)share.Value!));
            Assert.Equal(shares, words.Skip(1).Select(word => BitConverter.DoubleToInt64Bits(double.Parse(word))));
        }
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("float64")]
    public async Task An_exported_document_posted_as_it_is_makes_a_model_that_predicts_the_same_bits(string precision)
    {
        await _wire.Upload("export-diabetes", "diabetes.csv");
        await _wire.Train($$"""
            {"dataset":"export-diabetes","target":"progression","epochs":3,"precision":"{{precision}}","model":"export-json-{{precision}}",
             "preprocessing":{"target":"log1p","columns":{"bmi":{"transform":"log1p"} } },
             "network":{"layers":[{"type":"dense","units":8,"activation":"silu"},{"type":"batchNormalization"},{"type":"dense"}]} }
            """);
        var document = (await _wire.Get($"models/export-json-{precision}/export/json")).Json;
        document["name"] = $"export-back-{precision}";

        var made = await _wire.Post("models", document.ToJsonString());

        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal((string?)document["manifest"]!["weightsSha256"], (string?)made.Json["sha256"]);
        var before = await _wire.Post($"models/export-json-{precision}/predict", """{"dataset":"export-diabetes"}""");
        var after = await _wire.Post($"models/export-back-{precision}/predict", """{"dataset":"export-diabetes"}""");
        Assert.Equal(442, after.Json["predictions"]!.AsArray().Count);
        Assert.Equal(before.Json["predictions"]!.ToJsonString(), after.Json["predictions"]!.ToJsonString());
        var lineage = (await _wire.Get($"models/export-back-{precision}/lineage")).Json;
        Assert.Equal("import", (string?)lineage["source"]);
        Assert.Equal((string?)document["manifest"]!["datasetSha256"], (string?)lineage["origin"]!["datasetSha256"]);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get($"models/export-back-{precision}/export/onnx")).Status);
        var second = (await _wire.Get($"models/export-back-{precision}/export/json")).Json;
        second["name"] = $"export-again-{precision}";
        await _wire.Post("models", second.ToJsonString());
        var third = (await _wire.Get($"models/export-again-{precision}/export/json")).Json["manifest"]!;
        Assert.Equal(lineage["origin"]!.ToJsonString(), second["manifest"]!["origin"]!.ToJsonString());
        Assert.Equal(lineage["origin"]!.ToJsonString(), third["origin"]!.ToJsonString()); // of the one that was trained, however often it travels
    }

    [Fact]
    public async Task Weights_of_networks_may_add_up_to_more_than_one_of_them_can_be()
    {
        await MakeSum("export-part");
        var document = (await _wire.Get("models/export-part/export/json")).Json;
        var (description, parameters) = (document["description"]!, document["parameters"]!.AsObject());
        var part = new JsonObject { ["network"] = description["network"]!.DeepClone(), ["link"] = description["link"]!.DeepClone(), ["weight"] = 2_000_000_000 };
        description["ensemble"] = new JsonArray(part, part.DeepClone());
        document["parameters"] = new JsonObject(Enumerable.Range(0, 2).SelectMany(network => parameters.Select(
            array => KeyValuePair.Create($"networks[{network}].{array.Key}", (JsonNode?)array.Value!.DeepClone()))));
        document["name"] = "export-heavy";
        document.AsObject().Remove("manifest");
        document.AsObject().Remove("testVectors");

        var made = await _wire.Post("models", document.ToJsonString());

        Assert.True(made.Status == HttpStatusCode.Created, made.Text);
        foreach (var format in new[] { "onnx", "c", "json" })
            Assert.Equal(HttpStatusCode.OK, (await _wire.Get($"models/export-heavy/export/{format}")).Status); // each is written only where its answers are the model's
        var explained = await _wire.Post("models/export-heavy/explain", """{"row":[1,2]}""");
        Assert.True(explained.Status == HttpStatusCode.OK, explained.Text);
        Assert.Equal("""[{"value":5.5}]""", (await _wire.Post("models/export-heavy/predict", """{"rows":[[1,2]]}""")).Json["predictions"]!.ToJsonString());
    }

    [Theory]
    [InlineData("format", "\"something\"", "#/format")]
    [InlineData("description", "null", "#/description")]
    [InlineData("description", "{}", "#/description")]
    [InlineData("description", "{\"network\":{\"layers\":[]},\"features\":{\"missing\":\"error\"},\"target\":{},\"precision\":\"float64\"}", "#/description")]
    [InlineData("parameters", "{\"layers[0].weights\":[[1],[2]]}", "#/parameters")]
    [InlineData("parameters", "{\"layers[0].weights\":[[1],[2],[3]],\"layers[0].bias\":[0]}", "#/parameters")]
    [InlineData("parameters", "{\"layers[0].weights\":[[1],[2]],\"layers[0].bias\":[0],\"more\":[0]}", "#/parameters")]
    [InlineData("parameters", "[]", "#/parameters")]
    [InlineData("parameters", "{\"layers[0].weights\":[[1],[\"2\"]],\"layers[0].bias\":[0]}", "#/parameters")]
    [InlineData("description", "{\"network\":{\"layers\":[]},\"features\":{\"columns\":[null],\"missing\":\"error\"},\"target\":{},\"precision\":\"float64\"}",
        "#/description")]
    [InlineData("description", "[]", "#/description")]
    [InlineData("target", "\"y\"", "#")]
    public async Task A_document_that_is_not_whole_is_refused_with_a_pointer(string member, string value, string pointer)
    {
        await MakeSum("export-whole");
        var document = (await _wire.Get("models/export-whole/export/json")).Json;
        document[member] = JsonNode.Parse(value);

        var answer = await _wire.Post("models", document.ToJsonString());

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Theory]
    [InlineData("description.network.layers[0].activation", "\"relu\"", "#/testVectors/values/0")]
    [InlineData("description.features.columns[0].shift", "1", "#/testVectors/values/0")]
    [InlineData("parameters['layers[0].weights'][0][0]", "1.5", "#/testVectors/values/0")]
    [InlineData("parameters['layers[0].weights'][0][0]", "1.0000000000001", "#/manifest/weightsSha256")]
    [InlineData("testVectors.values[3][0]", "7", "#/testVectors/values/3")]
    [InlineData("testVectors.rows[2][0]", "\"seven\"", "#/testVectors/rows/2")]
    [InlineData("testVectors.rows[2]", "[1]", "#/testVectors/rows/2")]
    [InlineData("testVectors.rows", "[]", "#/testVectors")]
    [InlineData("testVectors", "[]", "#/testVectors")]
    public async Task A_document_that_was_changed_is_refused_unless_it_says_nothing_of_what_it_was(string path, string value, string pointer)
    {
        await _wire.Post(
            "models", """{"name":"export-bent","network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5],"activation":"tanh"}]},"precision":"float64"}""");
        var document = (await _wire.Get("models/export-bent/export/json")).Json.AsObject();
        Set(document, path, value);
        document.Remove("name");

        var refused = await _wire.Post("models", document.ToJsonString());
        document.Remove("testVectors");
        var taken = await _wire.Post("models", document.ToJsonString());

        Assert.Equal((HttpStatusCode.BadRequest, pointer), (refused.Status, (string?)refused.Json["errors"]?[0]?["pointer"]));
        Assert.Equal(HttpStatusCode.Created, taken.Status);
        Assert.Null(taken.Json["lineage"]!["origin"]);
    }

    [Fact]
    public async Task A_document_with_dates_words_booleans_and_missing_cells_comes_back_with_its_origin()
    {
        var rows = Enumerable.Range(0, 60).Select(i =>
            $"20{10 + (i % 9)}-0{1 + (i % 9)}-1{i % 10},{(i % 5 == 0 ? "" : i)},{(i % 2 == 0 ? "true" : "false")},{(i % 7 == 0 ? "" : "abc"[i % 3])},{i % 11}\n");
        await _wire.PostCsv("datasets?name=export-mixed", $"day,n,flag,word,y\n,,,,5\n{string.Concat(rows)}");
        await _wire.Train("""{"dataset":"export-mixed","target":"y","task":"regression","epochs":2,"recipe":"fast","model":"export-mixed"}""");
        var document = (await _wire.Get("models/export-mixed/export/json")).Json;
        document["name"] = "export-mixed-back";

        var made = await _wire.Post("models", document.ToJsonString());

        Assert.True(made.Status == HttpStatusCode.Created, made.Text);
        Assert.Contains("null", document["testVectors"]!["rows"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal((string?)document["manifest"]!["datasetSha256"], (string?)made.Json["lineage"]!["origin"]!["datasetSha256"]);
    }

    [Fact]
    public async Task A_document_with_an_empty_category_is_refused()
    {
        await _wire.PostCsv("datasets?name=export-words", "c,y\na,1\nb,2\na,3\nb,4\n");
        await _wire.Train("""{"dataset":"export-words","target":"y","task":"regression","features":["c"],"epochs":1,"model":"export-words"}""");
        var document = (await _wire.Get("models/export-words/export/json")).Json;
        document["name"] = "export-empty";
        document["description"]!["features"]!["columns"]![0]!["categories"]![0] = "";

        var answer = await _wire.Post("models", document.ToJsonString());

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/description/features/columns/0/categories/0", (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.StartsWith("A category of column \"c\" is empty", (string?)answer.Json["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Safetensors_holds_every_array_where_its_header_says()
    {
        await MakeSum("export-tensors");

        var file = await _wire.Http.GetByteArrayAsync("/api/v1/models/export-tensors/export/safetensors");

        var length = (int)BitConverter.ToInt64(file);
        var header = JsonNode.Parse(file.AsSpan(8, length))!;
        Assert.Equal("""{"dtype":"F64","shape":[2,1],"data_offsets":[0,16]}""", header["layers[0].weights"]!.ToJsonString());
        Assert.Equal("""{"dtype":"F64","shape":[1],"data_offsets":[16,24]}""", header["layers[0].bias"]!.ToJsonString());
        Assert.Equal([1.0, 2.0, 0.5], Enumerable.Range(0, 3).Select(i => BitConverter.ToDouble(file, 8 + length + (8 * i))));
        Assert.Equal(8 + length + 24, file.Length);
    }

    [Fact]
    public async Task A_file_has_a_name_and_an_ETag_and_an_unknown_format_names_the_known_ones()
    {
        await MakeSum("export-name");
        using var answer = await _wire.Http.GetAsync("/api/v1/models/export-name/export/c");
        var tag = answer.Headers.ETag!.Tag;

        Assert.Equal("export-name-1-c.zip", answer.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        Assert.Equal("application/zip", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(HttpStatusCode.NotModified, (await _wire.Get("models/export-name/export/c", ("If-None-Match", tag))).Status);
        var unknown = await _wire.Get("models/export-name/export/pickle");
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
        Assert.Equal("There is no export format \"pickle\". Known: onnx, safetensors, json, c.", (string?)unknown.Json["detail"]);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("models/nobody/export/onnx")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get("models/export-name/versions/7/export/onnx")).Status);
    }

    [Fact]
    public async Task Lineage_has_what_a_second_training_needs_and_verify_does_it()
    {
        await _wire.Upload("export-iris", "iris.csv");
        var job = await _wire.Train("""{"dataset":"export-iris","target":"species","epochs":12,"seed":4,"model":"export-verified"}""");
        var lineage = (await _wire.Get("models/export-verified/versions/1/lineage")).Json;
        var dataset = (await _wire.Get("datasets/export-iris")).Json;

        Assert.Equal((string?)dataset["sha256"], (string?)lineage["datasetSha256"]);
        Assert.Equal(4, (int)lineage["seed"]!);
        Assert.Equal(job["configuration"]!.ToJsonString(), lineage["configuration"]!.ToJsonString());
        Assert.NotEmpty(lineage["network"]!["layers"]!.AsArray());
        var verified = (await _wire.Post("models/export-verified/versions/1/verify", "")).Json;
        Assert.Equal((string?)lineage["weightsSha256"], (string?)verified["actual"]);
        Assert.True((bool)verified["matches"]!);
        Assert.Equal([1], (await _wire.Get("models/export-verified")).Json["versions"]!.AsArray().Select(version => (int)version!["version"]!));
        var again = (await _wire.Get($"training-jobs/{verified["jobId"]}")).Json;
        Assert.Equal(HttpStatusCode.NotFound, (await _wire.Get($"models/{again["model"]!["name"]}")).Status); // thrown away

        await _wire.Delete("datasets/export-iris");
        var gone = await _wire.Post("models/export-verified/verify", "");
        Assert.Equal(HttpStatusCode.Conflict, gone.Status);
        Assert.Contains("is gone; upload the same bytes", (string?)gone.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(0, (int)(await _wire.Get("models/export-verified/export/json")).Json["manifest"]!["parity"]!["rowsOfTheDataset"]!);
    }

    [Fact]
    public async Task The_same_bytes_read_as_another_table_are_not_what_a_model_was_trained_on()
    {
        await _wire.Upload("export-reread", "iris.csv");
        await _wire.Train("""{"dataset":"export-reread","target":"species","epochs":2,"recipe":"fast","model":"export-reread"}""");
        await _wire.Delete("datasets/export-reread");
        await _wire.PostCsv("datasets?name=export-reread&missing=1.4", Wire.Sample("iris.csv"));

        var refused = await _wire.Post("models/export-reread/verify", "");
        var file = await _wire.Get("models/export-reread/export/json");

        Assert.Equal(
            (HttpStatusCode.Conflict, "Dataset \"export-reread\" has the same bytes as then and is read as another table. To verify, delete it and upload them "
                + "again with what was said of types, header, decimal, thousands and missing then."),
            (refused.Status, (string?)refused.Json["detail"]));
        Assert.Equal(0, (int)file.Json["manifest"]!["parity"]!["rowsOfTheDataset"]!);
        await _wire.Delete("datasets/export-reread");
        await _wire.PostCsv("datasets?name=export-reread&types=species:category", Wire.Sample("iris.csv")); // says what would be found
        Assert.True((bool)(await _wire.Post("models/export-reread/verify", "", ("Prefer", "wait=60"))).Json["matches"]!);
    }

    [Fact]
    public async Task A_verification_that_nobody_waits_for_keeps_no_model_and_says_what_came()
    {
        await _wire.Upload("export-left", "toy_heights.csv");
        await _wire.Train("""{"dataset":"export-left","target":"gender","epochs":2,"recipe":"fast","model":"export-left"}""");

        var left = await _wire.Post("models/export-left/verify", "", ("Prefer", "wait=0"));
        var job = await _wire.Until((string)left.Json["jobId"]!, "succeeded");

        Assert.Equal(HttpStatusCode.Accepted, left.Status);
        Assert.Null(left.Json["matches"]);
        var reasons = job["transitions"]!.AsArray().Select(transition => (string?)transition!["reason"]).ToList();
        Assert.Equal($"created to train again version 1 of model \"export-left\": SHA-256 {left.Json["expected"]}", reasons[0]);
        Assert.EndsWith($", with the same weights: SHA-256 {left.Json["expected"]}", reasons[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(
            (await _wire.Get("models?limit=500")).Json["items"]!.AsArray(), model => ((string)model!["name"]!).StartsWith("verify-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_job_whose_model_is_called_as_those_of_verifications_are_keeps_it()
    {
        await _wire.Upload("export-mine", "toy_heights.csv");

        await _wire.Train("""{"dataset":"export-mine","target":"gender","epochs":2,"recipe":"fast","model":"verify-customerdata"}""");

        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("models/verify-customerdata")).Status);
        await _wire.Delete("models/verify-customerdata");
    }

    [Fact]
    public async Task What_was_not_trained_here_cannot_be_verified()
    {
        await MakeSum("export-untrained");

        var answer = await _wire.Post("models/export-untrained/verify", "");

        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Contains("explicitWeights", (string?)answer.Json["detail"], StringComparison.Ordinal);
        Assert.Equal("explicitWeights", (string?)(await _wire.Get("models/export-untrained/lineage")).Json["source"]);
    }

    private async Task Penguins(string model, string precision)
    {
        await _wire.Upload("export-penguins", "penguins.csv");
        await _wire.Train($$"""{"dataset":"export-penguins","target":"species","epochs":15,"precision":"{{precision}}","model":"{{model}}"}""");
    }

    private static string OfC(string cell, bool isText) => cell == "NA" ? (isText ? "0" : "NAN") : isText ? $"\"{cell}\"" : cell;

    private static (string[] Columns, string[][] Rows) PenguinRows()
    {
        var lines = Wire.Sample("penguins.csv").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (lines[0].Split(','), [.. lines.Skip(1).Select(line => line.Split(',').Select(cell => cell.Length == 0 ? "NA" : cell).ToArray())]);
    }

    // The member or element at a path such as a.b[0]['c'].
    private static void Set(JsonNode document, string path, string value)
    {
        var names = path.Split(['.', '[', ']', '\''], StringSplitOptions.RemoveEmptyEntries);
        if (path.Contains("['", StringComparison.Ordinal)) // the one name of a parameter that holds brackets itself
            names = [names[0], "layers[0].weights", .. names[^2..]];
        JsonNode At(JsonNode node, string name) => node is JsonArray array ? array[int.Parse(name)]! : node[name]!;
        var owner = names[..^1].Aggregate(document, At);
        if (owner is JsonArray elements)
            elements[int.Parse(names[^1])] = JsonNode.Parse(value);
        else
            owner[names[^1]] = JsonNode.Parse(value);
    }

    private async Task MakeSum(string name)
    {
        var made = await _wire.Post(
            "models", $$"""{"name":"{{name}}","network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]},"precision":"float64"}""");
        Assert.Equal(HttpStatusCode.Created, made.Status);
    }
}
