using System.Net;
using System.Text;

namespace NnService.Api.Tests.Inference;

/// <summary>What clients of TensorFlow Serving and MLflow send, form by form.</summary>
public sealed class ScoringFormTests : IClassFixture<TestService>
{
    private const string HalfPlusTwo = "/v1/models/half-plus-two";

    private readonly Wire _wire;

    public ScoringFormTests(TestService service) => _wire = service.Wire;

    [Theory]
    [InlineData("""{"instances":[1.0,2.0,5.0]}""", """{"predictions":[2.5,3,4.5]}""")]
    [InlineData("""{"instances":[[1.0],[2.0],[5.0]]}""", """{"predictions":[2.5,3,4.5]}""")]
    [InlineData("""{"instances":[{"x":1},{"x":[2]},5]}""", """{"predictions":[2.5,3,4.5]}""")]
    [InlineData("""{"signature_name":"serving_default","instances":[{"x":[1.0]}]}""", """{"predictions":[2.5]}""")]
    [InlineData("""{"instances":[]}""", """{"predictions":[]}""")]
    [InlineData("""{"inputs":{"x":[1.0,2.0,5.0]}}""", """{"outputs":[2.5,3,4.5]}""")]
    [InlineData("""{"inputs":{"x":[[1.0],[2.0],[5.0]]}}""", """{"outputs":[2.5,3,4.5]}""")]
    [InlineData("""{"inputs":[1.0,2.0,5.0]}""", """{"outputs":[2.5,3,4.5]}""")]
    [InlineData("""{"inputs":[[1.0],[2.0],[5.0]]}""", """{"outputs":[2.5,3,4.5]}""")]
    [InlineData("""{"inputs":{"x":[]}}""", """{"outputs":[]}""")]
    public async Task The_forms_of_TensorFlow_Serving_are_answered_rows_as_predictions_and_columns_as_outputs(string body, string expected)
    {
        await Make();

        var answer = await _wire.Post($"{HalfPlusTwo}:predict", body);

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(expected, answer.Text);
        Assert.Equal(expected, (await _wire.Post($"{HalfPlusTwo}/versions/1:predict", body)).Text);
    }

    [Fact]
    public async Task Columns_are_answered_with_a_column_for_each_output()
    {
        await Make();

        Assert.Equal(
            """{"outputs":{"y1":[3,7],"y2":[-1,-1]}}""",
            (await _wire.Post("/v1/models/two-outputs:predict", """{"inputs":{"b":[2,4],"a":[1,3]}}""")).Text);
        Assert.Equal(
            """{"outputs":{"label":["yes","yes"],"probabilities":[[0.5,0.5],[0.5,0.5]]}}""",
            (await _wire.Post("/v1/models/coin:predict", """{"inputs":[7,8]}""")).Text);
        Assert.Equal(
            """{"predictions":[{"label":"yes","probabilities":{"no":0.5,"yes":0.5}}]}""",
            (await _wire.Post("/v1/models/coin:predict", """{"instances":[7]}""")).Text);
    }

    [Theory]
    [InlineData("two-outputs", """{"instances":[1.0,2.0]}""", "instances[0] is a single value; the model takes 2: a, b.")]
    [InlineData("two-outputs", """{"instances":[[1,2],null]}""", "instances[1] is a single value; the model takes 2: a, b.")]
    [InlineData("two-outputs", """{"inputs":[[1]]}""", "Row 0 has 1 values; the model takes 2: a, b.")]
    [InlineData("two-outputs", """{"inputs":{"a":[1,2],"b":[1]}}""", "inputs.b has 1 values and inputs.a 2; all must have the same number.")]
    [InlineData("two-outputs", """{"inputs":{"a":1,"b":[1]}}""", "inputs.a must be an array.")]
    [InlineData("two-outputs", """{"inputs":{"a":[1]}}""", "Column \"b\" is missing; the model needs it.")]
    [InlineData("two-outputs", """{"inputs":7}""", "inputs must be an object with an array for each column, or an array of rows.")]
    [InlineData("two-outputs", """{"inputs":{"a":[1],"b":[1],"c":[1]}}""", "The model knows no column \"c\"; it takes a, b. Leave it out.")]
    [InlineData("two-outputs", """{"instances":[{"a":1,"b":2,"c":3}]}""", "The model knows no column \"c\"; it takes a, b. Leave it out.")]
    [InlineData("half-plus-two", """{"instances":["one"]}""", "Row 0, \"x\": Expected a number, not the text \"one\".")]
    [InlineData("half-plus-two", """{"instances":[{"x":[1,2]}]}""", "Expected a number, a string, true, false or null.")]
    [InlineData("half-plus-two", """{"instances":[1],"inputs":[1]}""", "The body must hold either instances, an array of rows, or inputs, the columns.")]
    [InlineData("half-plus-two", """{"signature_name":"serving_default"}""", "The body must hold either instances, an array of rows, or inputs, the columns.")]
    [InlineData("half-plus-two", """{"instances":[NaN]}""", null)]
    public async Task What_does_not_fit_is_refused_in_the_form_of_the_door(string model, string body, string? error)
    {
        await Make();

        var answer = await _wire.Post($"/v1/models/{model}:predict", body);

        Assert.Equal((HttpStatusCode.BadRequest, "application/json"), (answer.Status, answer.ContentType));
        if (error is not null)
            Assert.Equal(error, (string?)answer.Json["error"]);
    }

    [Fact]
    public async Task A_model_tells_its_versions_as_TensorFlow_Serving_and_KServe_do()
    {
        using var own = new TestService();
        const string Network = """ "network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}""";
        await own.Wire.Post("models", $$"""{"name":"status",{{Network}} }""");
        await own.Wire.Post("models", $$"""{"name":"status",{{Network}} }""");
        await own.Wire.Put("models/status/aliases/champion", """{"version":1}""");
        const string Second = """{"version":"2","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}""";
        const string First = """{"version":"1","state":"AVAILABLE","status":{"error_code":"OK","error_message":""}}""";

        var all = await own.Wire.Get("/v1/models/status");

        Assert.Equal((HttpStatusCode.OK, "application/json"), (all.Status, all.ContentType));
        Assert.Equal($$"""{"model_version_status":[{{Second}},{{First}}],"name":"status","ready":true}""", all.Text);
        Assert.Equal($$"""{"model_version_status":[{{Second}}],"name":"status","ready":true}""", (await own.Wire.Get("/v1/models/status/versions/2")).Text);
        Assert.Equal($$"""{"model_version_status":[{{First}}],"name":"status","ready":true}""",
            (await own.Wire.Get("/v1/models/status/versions/champion")).Text);
        foreach (var (path, error) in new[]
        {
            ("/v1/models/none", "There is no model \"none\"."),
            ("/v1/models/status/versions/3", "There is no version \"3\" of a model \"status\"."),
            ("/v1/models/status/versions/99999999999", "There is no version \"99999999999\" of a model \"status\"."),
        })
        {
            var none = await own.Wire.Get(path);
            Assert.Equal((HttpStatusCode.NotFound, "application/json"), (none.Status, none.ContentType));
            Assert.Equal(error, (string?)none.Json["error"]);
        }
    }

    [Fact]
    public async Task Every_path_of_TensorFlow_Serving_names_the_verb_it_takes()
    {
        await Make();

        foreach (var path in (string[])["/v1/models/coin:predict", "/v1/models/coin/versions/1:predict"])
        {
            var get = await _wire.Get(path);
            Assert.Equal((HttpStatusCode.MethodNotAllowed, "application/json"), (get.Status, get.ContentType));
            Assert.Equal($"{path} does not take GET; it takes POST.", (string?)get.Json["error"]);
        }

        foreach (var path in (string[])["/v1/models/coin", "/v1/models/coin/versions/1"])
        {
            var post = await _wire.Post(path, """{"instances":[1]}""");
            Assert.Equal(HttpStatusCode.MethodNotAllowed, post.Status);
            Assert.Equal($"{path} does not take POST; it takes GET, HEAD.", (string?)post.Json["error"]);
        }
    }

    [Theory]
    [InlineData("""{"dataframe_split":{"columns":["b","a"],"data":[[NaN,1]]}}""")]
    [InlineData("""{"dataframe_split":{"columns":["b","a"],"data":[[ NaN , 1 ]]}}""")]
    [InlineData("""{"dataframe_records":[{"a":1,"b":NaN}]}""")]
    [InlineData("""{"dataframe_records":[{"a":1,"b":null}]}""")]
    [InlineData("""{"instances":[[1,NaN]]}""")]
    [InlineData("""{"inputs":{"a":[1],"b":[NaN]}}""")]
    public async Task A_missing_number_may_be_written_NaN_as_MLflow_writes_it(string body)
    {
        await MakeMissing();

        var answer = await _wire.Post("/invocations?model=missing", body);

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal((await _wire.Post("models/missing/predict", """{"rows":[[1,null]]}""")).Json["predictions"]![0]!["value"]!.ToJsonString(),
            answer.Json["predictions"]![0]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"dataframe_records":[{"NaN":1,"a":1,"b":2}]}""", "The model knows no column \"NaN\"; it takes a, b. Leave it out.")]
    [InlineData("""{"dataframe_records":[{"a":"x\" NaN ","b":2}]}""", "Row 0, \"a\": Expected a number, not the text \"x\" NaN \".")]
    [InlineData("""{"instances":[[1,Infinity]]}""", null)]
    [InlineData("""{"instances":[[1,-NaN]]}""", null)]
    [InlineData("""{"instances":[[1,NaNs]]}""", null)]
    [InlineData("""{"instances":[[1,xNaN]]}""", null)]
    public async Task NaN_in_a_text_stays_and_no_other_word_is_taken_for_a_number(string body, string? error)
    {
        await MakeMissing();

        var answer = await _wire.Post("/invocations?model=missing", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith(error ?? "The body is not valid JSON: ", (string?)answer.Json["error"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Params_that_no_model_takes_are_passed_over_with_a_warning()
    {
        await Make();

        var answer = await _wire.Post("/invocations?model=half-plus-two", """{"inputs":[1],"params":{"temperature":0.5,"top_k":3}}""");
        Assert.Equal("""{"predictions":[2.5],"warnings":["The model takes no params; passed over: temperature, top_k."]}""", answer.Text);
        Assert.Equal("""{"predictions":[2.5]}""", (await _wire.Post("/invocations?model=half-plus-two", """{"inputs":[1],"params":null}""")).Text);
        Assert.Equal("""{"predictions":[2.5]}""", (await _wire.Post("/invocations?model=half-plus-two", """{"params":{},"inputs":[1]}""")).Text);
        Assert.Equal("params must be an object.",
            (string?)(await _wire.Post("/invocations?model=half-plus-two", """{"inputs":[1],"params":7}""")).Json["error"]);
    }

    [Theory]
    [InlineData("""{"dataframe_split":{"columns":[0,1],"data":[[1,2]]}}""")]
    [InlineData("""{"dataframe_split":{"columns":["0","1"],"data":[[1,2]]}}""")]
    [InlineData("""{"dataframe_split":{"columns":[1,0],"data":[[2,1]]}}""")]
    [InlineData("""{"dataframe_split":{"data":[[1,2]]}}""")]
    [InlineData("""{"dataframe_split":{"columns":null,"index":[0],"data":[[1,2]]}}""")]
    [InlineData("""{"dataframe_records":[{"0":1,"1":2}]}""")]
    [InlineData("""{"inputs":{"1":[2],"0":[1]}}""")]
    public async Task A_frame_without_names_is_taken_by_position(string body)
    {
        await Make();

        Assert.Equal("""{"predictions":[{"values":{"y1":3,"y2":-1}}]}""", (await _wire.Post("/invocations?model=two-outputs", body)).Text);
    }

    [Theory]
    [InlineData("""{"dataframe_split":{"columns":[1,2],"data":[[1,2]]}}""")]
    [InlineData("""{"dataframe_split":{"columns":[0,-1],"data":[[1,2]]}}""")]
    [InlineData("""{"dataframe_split":{"columns":["a",1],"data":[[1,2]]}}""")]
    [InlineData("""{"dataframe_split":{"columns":[true,false],"data":[[1,2]]}}""")]
    public async Task Columns_that_are_neither_names_nor_positions_are_refused(string body)
    {
        await Make();

        Assert.Equal(
            "dataframe_split.columns must be an array of names, or of the positions 0 to 1 where the frame has no names: a, b.",
            (string?)(await _wire.Post("/invocations?model=two-outputs", body)).Json["error"]);
    }

    [Fact]
    public async Task Accept_text_csv_is_answered_with_CSV()
    {
        await Make();
        using var json = new StringContent("""{"dataframe_split":{"data":[[1,2],[3,4]]}}""", Encoding.UTF8, "application/json");

        var csv = await _wire.PostCsv("/invocations?model=two-outputs", "b,a\n2,1\n4,3\n", ("Accept", "text/csv"));
        var fromJson = await _wire.Send(HttpMethod.Post, "/invocations?model=two-outputs", json, ("Accept", "text/csv"));

        Assert.Equal(("b,a,prediction_y1,prediction_y2\r\n2,1,3,-1\r\n4,3,7,-1\r\n", "text/csv"), (csv.Text, csv.ContentType));
        Assert.Equal(("prediction_y1,prediction_y2\r\n3,-1\r\n7,-1\r\n", "text/csv"), (fromJson.Text, fromJson.ContentType));
        foreach (var accept in (string[])["*/*", "application/json", "application/json, text/csv;q=0.5", "text/html, */*"])
            Assert.Equal("application/json", (await _wire.PostCsv("/invocations?model=two-outputs", "b,a\n2,1\n", ("Accept", accept))).ContentType);
    }

    [Fact]
    public async Task Ignoring_unknown_columns_is_advised_only_where_it_can_be_asked_for()
    {
        await Make();
        const string Advice = "Leave it out, or add ?ignoreUnknown=true.";
        const string Row = """{"a":1,"b":2,"c":3}""";

        Assert.EndsWith(Advice, (string?)(await _wire.Post("models/two-outputs/predict", $$"""{"rows":[{{Row}}]}""")).Json["detail"], StringComparison.Ordinal);
        Assert.EndsWith(Advice, (string?)(await _wire.PostCsv("models/two-outputs/predict", "a,b,c\n1,2,3\n")).Json["detail"], StringComparison.Ordinal);
        foreach (var answer in new[]
        {
            await _wire.Post("models/two-outputs/trace", $$"""{"row":{{Row}},"target":[1,2]}"""),
            await _wire.Post("models/two-outputs/explain", $$"""{"row":{{Row}}}"""),
            await _wire.PostCsv("/invocations?model=two-outputs", "a,b,c\n1,2,3\n"),
            await _wire.Post("/invocations?model=two-outputs", $$"""{"instances":[{{Row}}]}"""),
        })
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains("The model knows no column \\\"c\\\"; it takes a, b. Leave it out.", answer.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("ignoreUnknown", answer.Text, StringComparison.Ordinal);
        }
    }

    private async Task Make()
    {
        await _wire.Post("models", """{"name":"half-plus-two","features":["x"]"""
            + ""","target":"y","precision":"float64","network":{"layers":[{"type":"dense","weights":[[0.5]],"bias":[2]}]}}""");
        await _wire.Post("models", """{"name":"two-outputs","features":["a","b"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[1,"""
            + """1],[1,-1]],"bias":[0,0]}]}}""");
        await _wire.Post("models", """{"name":"coin","features":["x"],"labels":["no","yes"]"""
            + ""","precision":"float64","network":{"layers":[{"type":"dense","weights":[[0]],"bias":[0]}]}}""");
    }

    private async Task MakeMissing()
    {
        await _wire.PostCsv(
            "datasets?name=missing", "a,b,y\n" + string.Concat(Enumerable.Range(0, 20).Select(row => $"{row},{(row == 3 ? "" : row * 2)},{row * 1.5}\n")));
        if ((await _wire.Get("models/missing")).Status == HttpStatusCode.NotFound)
            await _wire.Train("""{"dataset":"missing","target":"y","features":["a","b"],"task":"regression","epochs":1"""
                + ""","precision":"float64","model":"missing"}""");
    }
}
