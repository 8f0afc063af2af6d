using System.Net;
using System.Text;

namespace NnService.Api.Tests.Inference;

public sealed class ScoringTests : IClassFixture<TestService>
{
    private readonly Wire _wire;

    public ScoringTests(TestService service) => _wire = service.Wire;

    [Fact]
    public async Task TensorFlow_Serving_and_MLflow_forms_get_the_same_predictions()
    {
        await MakeSum();
        const string Expected = """{"predictions":[5.5,-4.5]}""";
        const string Path = "/v1/models/scoring-sum:predict";

        Assert.Equal(Expected, (await _wire.Post(Path, """{"instances":[[1,2],[3,-4]]}""")).Text);
        Assert.Equal(Expected, (await _wire.Post(Path, """{"signature_name":"serving_default","instances":[{"b":2,"a":1},{"a":3,"b":-4}]}""")).Text);
        Assert.Equal(Expected, (await _wire.Post("/v1/models/scoring-sum/versions/1:predict", """{"instances":[[1,2],[3,-4]]}""")).Text);
        foreach (var body in new[]
        {
            """{"instances":[[1,2],[3,-4]]}""",
            """{"inputs":[[1,2],[3,-4]]}""",
            """{"inputs":{"b":[2,-4],"a":[1,3]}}""",
            """{"dataframe_split":{"columns":["b","a"],"index":[0,1],"data":[[2,1],[-4,3]]}}""",
            """{"dataframe_records":[{"a":1,"b":2},{"a":3,"b":-4}]}""",
        })
            Assert.Equal(Expected, (await _wire.Post("/invocations?model=scoring-sum", body)).Text);
        var csv = await _wire.PostCsv("/invocations?model=scoring-sum", "b,a\n2,1\n-4,3\n");
        Assert.Equal((Expected, "application/json"), (csv.Text, csv.ContentType));
        using var untyped = new ByteArrayContent(Encoding.UTF8.GetBytes("""{"instances":[[1,2],[3,-4]]}"""));
        untyped.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded"); // curl -d
        Assert.Equal(Expected, (await _wire.Send(HttpMethod.Post, Path, untyped)).Text);
    }

    [Fact]
    public async Task Invocations_need_no_model_where_there_is_exactly_one()
    {
        using var own = new TestService();
        const string Body = """{"inputs":[[1,2]]}""";
        Assert.Equal(HttpStatusCode.NotFound, (await own.Wire.Post("/invocations", Body)).Status);
        await own.Wire.Post("models", """{"name":"one","labels":["no","yes"],"network":{"layers":[{"type":"dense","weights":[[0],[0]],"bias":[0]}]}}""");
        Assert.Equal("""{"predictions":[{"label":"yes","probabilities":{"no":0.5,"yes":0.5}}]}""", (await own.Wire.Post("/invocations", Body)).Text);
        await own.Wire.Post("models", """{"name":"two","network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]}}""");

        var refused = await own.Wire.Post("/invocations", Body);

        Assert.Equal(
            (HttpStatusCode.BadRequest, """{"error":"There are several models; say which with ?model=, or in the setting Inference:DefaultModel."}"""),
            (refused.Status, refused.Text));
    }

    [Theory]
    [InlineData("/v1/models/scoring-sum:predict", """{"instances":[[1]]}""", "Row 0 has 1 values; the model takes 2: a, b.")]
    [InlineData("/v1/models/scoring-sum:predict", """{"instances":[],"examples":[[1,2]]}""",
        "Unknown property \"examples\"; send instances, an array of rows, or inputs, the columns.")]
    [InlineData("/v1/models/scoring-sum:predict", "{}", "The body must hold either instances, an array of rows, or inputs, the columns.")]
    [InlineData("/invocations?model=scoring-sum", "7", "The body must be a JSON object, or an array of rows.")]
    [InlineData("/v1/models/scoring-sum:predict", "[]", "The body must be a JSON object.")]
    [InlineData("/invocations?model=scoring-sum", """{"instances":[],"inputs":[]}""",
        "The body must hold one of dataframe_split, dataframe_records, instances and inputs, and nothing else but params.")]
    [InlineData("/invocations?model=scoring-sum", """{"inputs":{"a":[1],"b":[]}}""", "inputs.b has 0 values and inputs.a 1; all must have the same number.")]
    [InlineData("/invocations?model=scoring-sum", """{"dataframe_split":{"columns":[1,2],"data":[[1,2]]}}""",
        "dataframe_split.columns must be an array of names, or of the positions 0 to 1 where the frame has no names: a, b.")]
    [InlineData("/invocations?model=scoring-sum", """{"dataframe_records":[{"a":"x","b":1}]}""", "Row 0, \"a\": Expected a number, not the text \"x\".")]
    public async Task Rows_that_do_not_fit_are_refused_with_what_to_change(string path, string body, string error)
    {
        await MakeSum();

        var answer = await _wire.Post(path, body);

        Assert.Equal((HttpStatusCode.BadRequest, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal(error, (string?)answer.Json["error"]);
    }

    private async Task MakeSum()
    {
        if ((await _wire.Get("models/scoring-sum")).Status == HttpStatusCode.NotFound)
            await _wire.Post("models", """{"name":"scoring-sum","features":["a","b"],"network":{"layers":[{"type":"dense","weights":[[1],[2]]"""
                + ""","bias":[0.5]}]},"precision":"float64"}""");
    }
}
