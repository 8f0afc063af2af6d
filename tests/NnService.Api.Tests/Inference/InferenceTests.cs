using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace NnService.Api.Tests.Inference;

[Collection(SharedService.Name)]
public sealed class InferenceTests(TestService service)
{
    private const string Sum = "/v2/models/oip-sum/infer";

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task Server_and_models_describe_themselves()
    {
        await MakeSum();
        await _wire.Post("models", """{"name":"oip-sign","labels":["no","yes"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");

        var server = await _wire.Get("/v2");
        Assert.Equal(
            """{"name":"nnservice","version":"0.1.0","extensions":["binary_tensor_data","model_configuration","model_repository","statistics"]}""",
            server.Text);
        Assert.Equal("no-store", server.Headers.CacheControl!.ToString());
        Assert.Equal("""{"live":true}""", (await _wire.Get("/v2/health/live")).Text);
        Assert.Equal("""{"live":true,"ready":true}""", (await _wire.Get("/v2/health/ready")).Text);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("/ping")).Status);
        Assert.Equal("""{"name":"oip-sum","ready":true}""", (await _wire.Get("/v2/models/oip-sum/versions/1/ready")).Text);
        var sum = (await _wire.Get("/v2/models/oip-sum")).Json;
        Assert.Equal("nnservice", (string?)sum["platform"]);
        Assert.Equal("1", (string?)sum["versions"]![0]);
        Assert.Equal("""[{"name":"input","datatype":"FP64","shape":[-1,2],"parameters":{"columns":["a","b"]}}]""", sum["inputs"]!.ToJsonString());
        Assert.Equal("""[{"name":"y","datatype":"FP64","shape":[-1,1]}]""", sum["outputs"]!.ToJsonString());
        var sign = (await _wire.Get("/v2/models/oip-sign/versions/1")).Json;
        Assert.Equal(
            """[{"name":"label","datatype":"BYTES","shape":[-1,1]},{"name":"probabilities","datatype":"FP32","shape":[-1,2]"""
                + ""","parameters":{"labels":["no","yes"]}}]""",
            sign["outputs"]!.ToJsonString());
    }

    [Fact]
    public async Task An_answer_carries_the_id_and_the_parameters_of_its_request()
    {
        await MakeSum();

        var answer = await _wire.Post(
            Sum, """{"id":"x","parameters":{"trace":7},"inputs":[{"data":[1,2],"shape":[1,2],"datatype":"FP64","name":"input"}],"outputs":[{"name":"y"}]"""
            + ""","model_name":"ignored"}""");

        Assert.Equal("application/json", answer.ContentType);
        Assert.Equal(
            """{"model_name":"oip-sum","model_version":"1","id":"x","parameters":{"trace":7},"outputs":[{"name":"y","datatype":"FP64","shape":[1,1]"""
                + ""","data":[5.5]}]}""",
            answer.Text);
    }

    [Fact]
    public async Task A_mixed_model_takes_a_tensor_for_each_column_and_answers_as_predict_does()
    {
        var csv = new StringBuilder("colour,flag,size,day,weight\n");
        for (var row = 0; row < 40; row++)
            csv.Append($"{(row % 5 == 0 ? "" : row % 2 == 0 ? "red" : "blue")},{(row % 3 == 0 ? "true" : "false")},{row * 0.5},"
                + $"2024-0{1 + (row % 9)}-1{row % 10},{row}\n");
        await _wire.PostCsv("datasets?name=oip-mixed", csv.ToString());
        await _wire.Train("""{"dataset":"oip-mixed","target":"weight","features":["colour","flag","size","day"],"task":"regression","epochs":2"""
            + ""","precision":"float64","model":"oip-mixed"}""");
        const string Tensors = """
            {"inputs":[
              {"name":"colour","datatype":"BYTES","shape":[3,1],"data":["red","","green"]},
              {"name":"flag","datatype":"BOOL","shape":[3],"data":[true,false,true]},
              {"name":"size","datatype":"FP64","shape":[3,1],"data":[[1.5],[2],[3]]},
              {"name":"day","datatype":"BYTES","shape":[3,1],"data":["2024-01-11","2024-02-12","2024-03-13"]}]}
            """;

        var answer = (await _wire.Post("/v2/models/oip-mixed/infer", Tensors)).Json;
        var predicted = (await _wire.Post(
            "models/oip-mixed/predict", """{"rows":[["red",true,1.5,"2024-01-11"],[null,false,2,"2024-02-12"],["green",true,3,"2024-03-13"]]}""")).Json;

        Assert.Equal(predicted["predictions"]!.AsArray().Select(row => (double)row!["value"]!), Wire.Numbers(answer["outputs"]![0]!["data"]));
        Assert.Equal(predicted["warnings"]!.ToJsonString(), answer["warnings"]!.ToJsonString());
        Assert.Contains("green", (string?)answer["warnings"]![0], StringComparison.Ordinal);
        Assert.Equal(
            ["colour BYTES", "flag BOOL", "size FP64", "day BYTES"],
            (await _wire.Get("/v2/models/oip-mixed")).Json["inputs"]!.AsArray().Select(input => $"{input!["name"]} {input["datatype"]}"));
        Assert.Equal(
            "Input \"size\": the datatype is BYTES; the column takes FP64 or another type of numbers.",
            (string?)(await _wire.Post("/v2/models/oip-mixed/infer",
                Tensors.Replace("\"FP64\",\"shape\":[3,1],\"data\":[[1.5],[2],[3]]", "\"BYTES\",\"shape\":[3],\"data\":[\"1\",\"2\",\"3\"]"))).Json["error"]);
    }

    [Theory]
    [InlineData("FP32")]
    [InlineData("FP64")]
    public async Task A_number_for_missing_cells_that_float32_has_not_is_one_in_each_type(string datatype)
    {
        var csv = new StringBuilder("wind,y\n");
        for (var row = 0; row < 60; row++)
            csv.Append($"{(row % 7 == 0 ? "9999.9" : $"{row % 9}.5")},{row}\n");
        await _wire.PostCsv("datasets?name=oip-wind&missing=9999.9", csv.ToString());
        await _wire.Train("""{"dataset":"oip-wind","target":"y","task":"regression","recipe":"fast","epochs":2,"model":"oip-wind"}""");

        var answer = (await _wire.Post(
            "/v2/models/oip-wind/infer", $$"""{"inputs":[{"name":"input","datatype":"{{datatype}}","shape":[2,1],"data":[9999.9,3.5]}]}""")).Json;
        var predicted = (await _wire.Post("models/oip-wind/predict", """{"rows":[[null],[3.5]]}""")).Json;

        Assert.Equal("FP64", (string?)(await _wire.Get("/v2/models/oip-wind")).Json["inputs"]![0]!["datatype"]);
        Assert.Equal(predicted["predictions"]!.AsArray().Select(row => (double)row!["value"]!), Wire.Numbers(answer["outputs"]![0]!["data"]));
    }

    [Fact]
    public async Task A_category_of_more_digits_than_a_number_holds_is_sent_as_bytes()
    {
        var csv = new StringBuilder("id,y\n");
        for (var row = 0; row < 40; row++)
            csv.Append($"{9007199254740992 + (row % 2)},{row % 2}\n");
        await _wire.PostCsv("datasets?name=oip-ids&types=id:category", csv.ToString());
        await _wire.Train("""{"dataset":"oip-ids","target":"y","recipe":"fast","epochs":1,"model":"oip-ids"}""");

        var refused = await _wire.Post("/v2/models/oip-ids/infer", """{"inputs":[{"name":"id","datatype":"INT64","shape":[1],"data":[9007199254740993]}]}""");
        var taken = await _wire.Post("/v2/models/oip-ids/infer", """{"inputs":[{"name":"id","datatype":"BYTES","shape":[1],"data":["9007199254740993"]}]}""");

        Assert.Equal("Input \"id\": element 0 of data has too many digits for a category as INT64; send its digits as BYTES.", (string?)refused.Json["error"]);
        Assert.Equal(HttpStatusCode.OK, taken.Status);
        Assert.DoesNotContain("warnings", taken.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[1,3],"data":[1,2,3]}""",
        "Input \"input\": the shape is [1, 3]; the model takes [rows, 2]: a, b.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[2],"data":[1,2]}""", "Input \"input\": the shape is [2]; the model takes [rows, 2]: a, b.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[1,1,2],"data":[1,2]}""",
        "Input \"input\": the shape [1, 1, 2] has 3 dimensions; tensors here have one or two, and the first counts the rows.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[-1,2],"data":[1,2]}""", "inputs[0].shape must be an array of whole numbers, 0 or above.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[4611686018427387904,8],"data":[1,2]}""",
        "Input \"input\": the shape [4611686018427387904, 8] is too large.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[1000000,2],"data":[1,2]}""",
        "Input \"input\": the shape [1000000, 2] takes 2000000 elements; data has fewer.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[2,2],"data":[1.25,2.25,3]}""", "Input \"input\": the shape [2, 2] takes 4 elements; data has 3.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[2,2],"data":[[1,2,3],[4]]}""",
        "Input \"input\": an array of data has 3 members where the shape [2, 2] has 2.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,[2]]}""",
        "Input \"input\": data is neither one flat array nor nested as the shape [1, 2] is.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,null]}""",
        "Input \"input\": element 1 of data is not a number; the datatype is FP64.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,1e999]}""",
        "Input \"input\": element 1 of data is not a number that fits FP64; the datatype is FP64.")]
    [InlineData("""{"name":"input","datatype":"FP32","shape":[1,2],"data":[1,1e39]}""",
        "Input \"input\": element 1 of data is not a number that fits FP32; the datatype is FP32.")]
    [InlineData("""{"name":"input","datatype":"UINT8","shape":[1,2],"data":[255,256]}""",
        "Input \"input\": element 1 of data is not a whole number that fits UINT8; the datatype is UINT8.")]
    [InlineData("""{"name":"input","datatype":"FP16","shape":[1,2],"data":[1,2]}""", "Input \"input\": the datatype FP16 is not taken; send FP32.")]
    [InlineData("""{"name":"input","datatype":"FLOAT","shape":[1,2],"data":[1,2]}""",
        "Input \"input\": there is no datatype \"FLOAT\". Known: BOOL, BYTES, FP32, FP64, INT16, INT32, INT64, INT8, UINT16, UINT32, UINT64, UINT8.")]
    [InlineData("""{"name":"input","datatype":"BYTES","shape":[1,2],"data":["1","2"]}""",
        "Input \"input\": the datatype is BYTES; the model takes FP64 or another type of numbers.")]
    [InlineData("""{"name":"input","datatype":"BYTES","shape":[1,2],"data":["1","\ud800"]}""",
        "A text at #/inputs/0/data/1 is not valid Unicode: it has half of a surrogate pair, or bytes that are not UTF-8.")]
    [InlineData("""{"name":"input","datatype":"FP64","shape":[1,2]}""", "Input \"input\": there is neither data nor binary_data_size.")]
    [InlineData("""{"name":"input","shape":[1,2],"data":[1,2]}""", "Input \"input\" has no datatype.")]
    [InlineData("""{"name":"a","datatype":"FP64","shape":[1,1],"data":[1]}""",
        "Input \"b\" is missing. It takes \"input\" with all features, or one tensor for each of them: a, b.")]
    [InlineData("""{"name":"a","datatype":"FP64","shape":[1],"data":[1]},{"name":"b","datatype":"FP64","shape":[2],"data":[1,2]}""",
        "Input \"b\" has 2 rows and input \"a\" 1; all must have the same number.")]
    [InlineData("""{"name":"a","datatype":"FP64","shape":[1],"data":[1]},{"name":"b","datatype":"FP64","shape":[1],"data":[1]},"""
        + """{"name":"a","datatype":"FP64","shape":[1],"data":[1]}""", "Input \"a\" stands there twice; leave one of them out.")]
    [InlineData("""{"name":"a","datatype":"FP64","shape":[1],"data":[1]},{"name":"b","datatype":"FP64","shape":[1],"data":[1]},"""
        + """{"name":"c","datatype":"FP64","shape":[1],"data":[1]}""",
        "The model takes no input \"c\". It takes \"input\" with all features, or one tensor for each of them: a, b.")]
    public async Task Tensors_that_do_not_fit_are_refused_with_what_to_change(string inputs, string error)
    {
        await MakeSum();

        await Refused(await _wire.Post(Sum, $$"""{"inputs":[{{inputs}}]}"""), error);
    }

    [Theory]
    [InlineData("", "There is no JSON in the body; send an object with inputs.")]
    [InlineData("{}", "The request has no inputs.")]
    [InlineData("[]", "The body must be a JSON object with inputs.")]
    [InlineData("""{"inputs":7}""", "inputs must be an array of objects.")]
    [InlineData("""{"inputs":[7]}""", "inputs[0] must be an object.")]
    [InlineData("""{"inputs":[],"inputs":[]}""", "\"inputs\" stands twice in the request; leave one of them out.")]
    [InlineData("""{"id":7,"inputs":[]}""", "id must be a string.")]
    [InlineData("""{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,2]}],"outputs":[{"name":"z"}]}""",
        "The model gives no output \"z\"; it gives y.")]
    [InlineData("""{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,2]}],"outputs":[{"name":"y"},{"name":"y"}]}""",
        "Output \"y\" is asked for twice; leave one of them out.")]
    [InlineData("""{"inputs":[],"outputs":[{"name":"y","parameters":{"classification":1}}]}""",
        "Output \"y\": the parameter classification is not taken; the outputs label and probabilities say the same.")]
    [InlineData("""{"inputs":[],"parameters":{"binary_data_output":1}}""", "The request's parameter binary_data_output must be true or false.")]
    public async Task Requests_out_of_form_are_refused_with_what_to_change(string body, string error)
    {
        await MakeSum();

        await Refused(await _wire.Post(Sum, body), error);
    }

    [Fact]
    public async Task Broken_JSON_and_an_unknown_place_are_refused_in_the_form_of_the_protocol()
    {
        await MakeSum();

        await Refused(await _wire.Post(Sum, """{"inputs":[{"data":[NaN]}]}"""), null);
        await Refused(await _wire.Post(Sum, """{"inputs":[]} tail"""), null);
        await Refused(await _wire.Get("/v2/models/oip-sum/versions/9"), "There is no version \"9\" of a model \"oip-sum\".", HttpStatusCode.NotFound);
        await Refused(await _wire.Get("/v2/models/oip-sum/versions/newest/ready"),
            "There is no version \"newest\" of a model \"oip-sum\".", HttpStatusCode.NotFound);
        await Refused(await _wire.Get("/v2/nothing"), "There is nothing at /v2/nothing. /swagger lists every path.", HttpStatusCode.NotFound);
        await Refused(await _wire.Get(Sum), $"{Sum} does not take GET; it takes POST.", HttpStatusCode.MethodNotAllowed);
    }

    [Theory]
    [InlineData("x", 16, 16, "Inference-Header-Content-Length is \"x\"; it must be the number of bytes of JSON at the start of the body, which has ")]
    [InlineData("-1", 16, 16, "Inference-Header-Content-Length is \"-1\"; it must be")]
    [InlineData("99999", 16, 16, "Inference-Header-Content-Length is \"99999\"; it must be")]
    [InlineData("0", 16, 16, "There is no JSON in the body; send an object with inputs.")]
    [InlineData(null, 16, 8, "Input \"input\": binary_data_size is 16, and 8 bytes are left behind the JSON")]
    [InlineData(null, 16, 24, "8 bytes of binary data are left over behind the inputs")]
    [InlineData(null, 8, 8, "Input \"input\": the shape [1, 2] of FP64 takes 8 bytes for each element; binary_data_size is 8.")]
    [InlineData(null, -1, 16, "Input \"input\": binary_data_size must be a number of bytes.")]
    public async Task Binary_data_of_another_length_than_announced_is_refused(string? header, int size, int bytes, string error)
    {
        await MakeSum();
        var json = $$"""{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"parameters":{"binary_data_size":{{size}} } } ] }""";

        var answer = await Binary(Sum, json, new byte[bytes], header);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith(error, (string?)answer.Json["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_that_are_none_and_broken_texts_are_refused_in_binary_data()
    {
        await MakeSum();
        byte[] nan = [.. BitConverter.GetBytes(1.0), .. BitConverter.GetBytes(double.NaN)];
        await Refused(
            await Binary(Sum, """{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"parameters":{"binary_data_size":16}}]}""", nan),
            "Row 0, \"b\": Expected a finite number.");

        const string Text = """{"inputs":[{"name":"a","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":6}}]}""";
        await Refused(await Binary(Sum, Text, [3, 0, 0, 0, 65, 65]),
            "Input \"a\": element 0 of BYTES reaches beyond the binary data; each is a little-endian uint32 length and that many bytes.");
        await Refused(await Binary(Sum, Text, [1, 0, 0, 0, 65, 65]), "Input \"a\": 1 bytes are left over behind 1 elements of BYTES.");
        await Refused(await Binary(Sum, Text, [2, 0, 0, 0, 0xC3, 0x28]), "Input \"a\": element 0 is not UTF-8.");
        await Refused(
            await Binary(Sum, """{"inputs":[{"name":"a","datatype":"BOOL","shape":[1],"parameters":{"binary_data_size":1}}]}""", [7]),
            "Input \"a\": element 0 is the byte 7; a BOOL is 0 or 1.");
    }

    [Fact]
    public async Task Many_rows_in_binary_get_the_answers_of_each_row_alone()
    {
        await MakeSum();
        const int Rows = 2500; // more than two batches
        var bytes = new byte[Rows * 2 * sizeof(float)];
        for (var i = 0; i < Rows * 2; i++)
            BitConverter.TryWriteBytes(bytes.AsSpan(i * sizeof(float)), (float)i);

        var answer = await Binary(
            Sum, $$"""{"inputs":[{"name":"input","datatype":"FP32","shape":[{{Rows}},2],"parameters":{"binary_data_size":{{bytes.Length}} } }]}""", bytes);

        Assert.Equal(Enumerable.Range(0, Rows).Select(row => (2.0 * row) + (2 * ((2 * row) + 1)) + 0.5), Wire.Numbers(answer.Json["outputs"]![0]!["data"]));
    }

    [Fact]
    public async Task Sixty_four_mebibytes_are_not_too_many()
    {
        await MakeSum();
        const int Rows = 4 << 20;
        var json = $$"""{"inputs":[{"name":"input","datatype":"FP64","shape":[{{Rows}},2],"parameters":{"binary_data_size":{{Rows * 16}} } }]"""
            + $$""","parameters":{"binary_data_output":true} }""";
        Assert.Equal(HttpStatusCode.OK, (await Binary(Sum, json, new byte[Rows * 16])).Status);
    }

    [Fact]
    public async Task A_body_beyond_the_limit_and_an_answer_beyond_it_are_refused()
    {
        using var own = new TestService();
        using var small = own.WithWebHostBuilder(host => host.UseSetting("Inference:MaxBytes", "100"));
        var wire = new Wire(small.CreateClient());
        await MakeSum(wire);

        await Refused(
            await wire.Post(Sum, $$"""{"inputs":[]{{new string(' ', 100)}}}"""),
            "The body has more than 100 bytes, the limit Inference:MaxBytes; send fewer rows at a time.",
            HttpStatusCode.RequestEntityTooLarge);
        await wire.Post("models", """{"name":"oip-wide","features":["a"],"labels":["1","2","3","4","5"],"network":{"layers":[{"type":"dense","weights":[[1,"""
            + """2,3,4,5]],"bias":[0,0,0,0,0]}]}}""");
        await Refused(
            await wire.Post("/v2/models/oip-wide/infer", """{"inputs":[{"name":"a","datatype":"FP32","shape":[3],"data":[1,2,3]}]}"""),
            "The answer would have 15 numbers; the limit Inference:MaxBytes leaves room for 12. Send fewer rows at a time.",
            HttpStatusCode.RequestEntityTooLarge);
        await Refused(
            await wire.Post("/v1/models/oip-wide:predict", """{"inputs":{"a":[1,2,3]} }"""),
            "The answer would have 15 numbers; the limit Inference:MaxBytes leaves room for 12. Send fewer rows at a time.",
            HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task While_the_service_stops_it_is_alive_and_not_ready()
    {
        using var own = new TestService();
        await MakeSum(own.Wire);
        own.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.Equal("""{"live":true}""", (await own.Wire.Get("/v2/health/live")).Text);
        foreach (var path in new[] { "/v2/health/ready", "/v2/models/oip-sum/ready", "/ping" })
            await Refused(await own.Wire.Get(path), "The service is shutting down.", HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task Bodies_compressed_otherwise_than_by_gzip_are_refused()
    {
        await MakeSum();
        using var content = new ByteArrayContent([1]);
        content.Headers.ContentEncoding.Add("br");

        await Refused(await _wire.Send(HttpMethod.Post, Sum, content),
            "The content encoding \"br\" is not understood; send gzip or none.", HttpStatusCode.UnsupportedMediaType);
    }

    private Task MakeSum() => MakeSum(_wire);

    private static async Task MakeSum(Wire wire)
    {
        if ((await wire.Get("models/oip-sum")).Status == HttpStatusCode.NotFound)
            await wire.Post("models",
                """{"name":"oip-sum","features":["a","b"],"network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]},"precision":"float64"}""");
    }

    private Task<Answer> Binary(string path, string json, byte[] bytes, string? header = null)
    {
        var content = new ByteArrayContent([.. Encoding.UTF8.GetBytes(json), .. bytes]);
        return _wire.Send(HttpMethod.Post, path, content, ("Inference-Header-Content-Length", header ?? Encoding.UTF8.GetByteCount(json).ToString()));
    }

    private static Task Refused(Answer answer, string? error, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        Assert.Equal(status, answer.Status);
        Assert.Equal("application/json", answer.ContentType);
        var only = Assert.Single(answer.Json.AsObject());
        Assert.Equal("error", only.Key);
        if (error is not null)
            Assert.Equal(error, (string?)only.Value);
        return Task.CompletedTask;
    }
}
