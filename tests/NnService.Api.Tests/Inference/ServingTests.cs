using System.Globalization;
using System.Net;

namespace NnService.Api.Tests.Inference;

/// <summary>What TensorFlow Serving and KServe have beside <c>:predict</c>: labels, metadata, examples, explanations.</summary>
public sealed class ServingTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_label_is_an_alias()
    {
        await Make();

        Assert.Equal("""{"predictions":[2.5]}""", (await _wire.Post("/v1/models/served-half/labels/stable:predict", """{"instances":[1]}""")).Text);
        Assert.Equal("""{"results":[2.5]}""", (await _wire.Post("/v1/models/served-half/labels/stable:regress", """{"examples":[{"x":1}]}""")).Text);
        await Refused(
            await _wire.Get("/v1/models/served-half/labels/none"), "There is no version \"none\" of a model \"served-half\".", HttpStatusCode.NotFound);
        await Refused(
            await _wire.Post("/v1/models/served-half/labels/none:predict", """{"instances":[1]}"""),
            "There is no version \"none\" of a model \"served-half\".", HttpStatusCode.NotFound);
        await Refused(
            await _wire.Get("/v1/models/served-half/labels/stable:predict"),
            "/v1/models/served-half/labels/stable:predict does not take GET; it takes POST.", HttpStatusCode.MethodNotAllowed);
        await Refused(
            await _wire.Post("/v1/models/served-half:generate", "{}"),
            "There is no \":generate\" of a model; there are :predict, :classify, :regress, :explain.", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Metadata_have_a_tensor_for_each_feature_and_output_in_its_own_type()
    {
        await _wire.PostCsv("datasets?name=served-mixed", "x,c,b,y\n" + string.Concat(
            Enumerable.Range(0, 24).Select(i => $"{i},{"pqr"[i % 3]},{(i % 2 == 0 ? "true" : "false")},{"uvw"[i % 3]}\n")));
        await _wire.Train("""{"dataset":"served-mixed","target":"y","epochs":1,"features":["x","c","b"],"model":"served-mixed"}""");

        var metadata = (await _wire.Get("/v1/models/served-mixed/metadata")).Json["metadata"]!["signature_def"]!["signature_def"]!["serving_default"]!;

        Assert.Equal(
            ["x DT_FLOAT", "c DT_STRING", "b DT_BOOL"], metadata["inputs"]!.AsObject().Select(tensor => $"{tensor.Key} {tensor.Value!["dtype"]}"));
        Assert.Equal(
            ["label DT_STRING", "probabilities DT_FLOAT"], metadata["outputs"]!.AsObject().Select(tensor => $"{tensor.Key} {tensor.Value!["dtype"]}"));
        Assert.Equal(
            """{"dim":[{"size":"-1","name":""},{"size":"3","name":""}],"unknown_rank":false}""",
            metadata["outputs"]!["probabilities"]!["tensor_shape"]!.ToJsonString());
    }

    [Fact]
    public async Task Rows_and_columns_of_values_are_answered_in_their_order_however_many()
    {
        await Make();
        var values = string.Join(',', Enumerable.Range(0, 3000));
        var expected = string.Join(',', Enumerable.Range(0, 3000).Select(i => (2 + (i / 2.0)).ToString(CultureInfo.InvariantCulture)));

        Assert.Equal($$"""{"predictions":[{{expected}}]}""", (await _wire.Post("/v1/models/served-half:predict", $$"""{"instances":[{{values}}]}""")).Text);
        Assert.Equal($$"""{"outputs":[{{expected}}]}""", (await _wire.Post("/v1/models/served-half:predict", $$"""{"inputs":{"x":[{{values}}]} }""")).Text);
        var explained = (await _wire.Post("/v1/models/served-half:explain", $$"""{"instances":[{{values}}]}""")).Json["explanations"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, 3000), explained.Select(one => (int)one!["features"]![0]!["value"]!));
    }

    [Theory]
    [InlineData("served-half:regress", """{"examples":[{"x":1},{"x":[2]}]}""", """{"results":[2.5,3]}""")]
    [InlineData("served-half:regress", """{"context":{"x":1},"examples":[{},{}]}""", """{"results":[2.5,2.5]}""")]
    [InlineData("served-half:regress", """{"context":null,"examples":[]}""", """{"results":[]}""")]
    [InlineData("served-coin:classify", """{"examples":[{"x":1}]}""", """{"results":[[["no",0.5],["yes",0.5]]]}""")]
    public async Task Examples_are_answered_with_results(string path, string body, string expected)
    {
        await Make();

        Assert.Equal(expected, (await _wire.Post($"/v1/models/{path}", body)).Text);
    }

    [Theory]
    [InlineData("served-half:regress", "{}", "The body must hold examples, an array of objects.")]
    [InlineData("served-half:regress", """{"examples":{}}""", "examples must be an array.")]
    [InlineData("served-half:regress", """{"examples":[1]}""", "examples[0] must be an object with the features by name.")]
    [InlineData("served-half:regress", """{"examples":[],"context":[]}""", "context must be an object with the features that all examples share.")]
    [InlineData("served-half:regress", """{"examples":[{"x":1}],"context":{"x":1}}""", "\"x\" stands in context and in examples[0]; leave one of them out.")]
    [InlineData("served-half:regress", """{"instances":[1]}""",
        "Unknown property \"instances\"; send examples, an array of objects, and context where they share features.")]
    [InlineData("served-half:regress", """{"examples":[{"x":1,"z":1}]}""", "The model knows no column \"z\"; it takes x. Leave it out.")]
    [InlineData("served-half:regress", """{"signature_name":7,"examples":[]}""", "signature_name must be a string.")]
    [InlineData("served-half:classify", """{"examples":[]}""", "Model \"served-half\" predicts numbers and no labels; ask with :regress or :predict.")]
    [InlineData("served-coin:regress", """{"examples":[]}""", "Model \"served-coin\" predicts labels and no numbers; ask with :classify or :predict.")]
    [InlineData("served-pair:regress", """{"examples":[]}""",
        "Model \"served-pair\" predicts 2 numbers for a row, and :regress answers one; ask with :predict.")]
    [InlineData("served-half:explain", "{}", "The body must hold instances, an array of rows.")]
    [InlineData("served-half:explain", """{"instances":[[1,2]]}""", "The row has 2 values; the model takes 1: x.")]
    public async Task What_does_not_fit_is_refused_in_words(string path, string body, string error)
    {
        await Make();

        await Refused(await _wire.Post($"/v1/models/{path}", body), error);
    }

    [Fact]
    public async Task Explanations_are_those_of_the_services_own_door_beside_the_predictions()
    {
        await Make();

        var answer = (await _wire.Post("/v1/models/served-coin:explain", """{"instances":[7,{"x":8},[9]]}""")).Json;
        var own = await _wire.Post("models/served-coin/explain", """{"row":[9]}""");

        Assert.Equal(3, answer["predictions"]!.AsArray().Count);
        Assert.Equal(own.Json.ToJsonString(), answer["explanations"]![2]!.ToJsonString());
        Assert.Equal(8, (int)answer["explanations"]![1]!["features"]![0]!["value"]!);
    }

    [Fact]
    public async Task A_row_that_cannot_be_explained_refuses_all_of_them()
    {
        await Make();

        await Refused(await _wire.Post("/v1/models/served-half:explain", """{"instances":[[1],[2],[3,4]]}"""), "The row has 2 values; the model takes 1: x.");
        await _wire.Post("models", """
            {"name":"served-steep","features":["x"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[1e300]],"bias":[2]}]} }
            """);
        await Refused(
            await _wire.Post("/v1/models/served-steep:explain", """{"instances":[[1],[2],[1e300]]}"""),
            "The prediction for row 2 is too large for a number; check that row's values.");
    }

    [Fact]
    public async Task More_rows_than_can_be_explained_in_a_moment_are_refused()
    {
        await Make();

        var answer = await _wire.Post("/v1/models/served-half:explain", $$"""{"instances":[{{string.Join(',', Enumerable.Repeat("1", 10_001))}}]}""");

        await Refused(answer, "instances has 10,001 rows; at most 10,000 of this model are explained in a request.");
    }

    private static Task Refused(Answer answer, string error, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        Assert.Equal((status, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal(error, (string?)answer.Json["error"]);
        return Task.CompletedTask;
    }

    private async Task Make()
    {
        if ((await _wire.Get("models/served-pair")).Status == HttpStatusCode.OK)
            return;
        await _wire.Post("models", """
            {"name":"served-half","features":["x"],"precision":"float64","network":{"layers":[{"type":"dense","weights":[[0.5]],"bias":[2]}]}}
            """);
        await _wire.Post("models", """
            {"name":"served-coin","features":["x"],"labels":["no","yes"],"precision":"float64",
             "network":{"layers":[{"type":"dense","weights":[[0]],"bias":[0]}]}}
            """);
        await _wire.Put("models/served-half/aliases/stable", """{"version":1}""");
        await _wire.Post("models", """
            {"name":"served-pair","features":["x"],"network":{"layers":[{"type":"dense","weights":[[1,2]],"bias":[0,0]}]}}
            """);
    }
}
