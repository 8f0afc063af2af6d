using System.Net;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>JSON that holds half of a surrogate pair, or bytes that are not UTF-8: refused at every door, with the place.</summary>
[Collection(SharedService.Name)]
public sealed class BadUnicodeTests(TestService service)
{
    private const string Says = "is not valid Unicode: it has half of a surrogate pair";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("networks", """{"name":"\ud800","layers":[{"type":"dense","units":1}]}""", "#/name")]
    [InlineData("networks", """{"description":"x\udc00","layers":[{"type":"dense","units":1}]}""", "#/description")]
    [InlineData("networks", """{"layers":[{"type":"\uD83D","units":1}]}""", "#/layers/0/type")]
    [InlineData("networks", """{"layers":[{"type":"dense","units":1},{"type":"dense","activation":{"\ud800":1}}]}""", "#/layers/1/activation")]
    [InlineData("networks", """{"description":null,"name":"\ud800"}""", "#/name")]
    [InlineData("networks", """["a",[],["\ud800"]]""", "#/2/0")]
    [InlineData("networks", "\"\\ud800\"", "#")]
    [InlineData("networks", """{"a/b~":{"c":"\ud800"}}""", "#/a~1b~0/c")]
    [InlineData("datasets", """{"name":"\ud800","rows":[{"a":1}]}""", "#/name")]
    [InlineData("datasets", """{"name":"bad-unicode","rows":[{"\ud800":1}]}""", "#/rows/0")]
    [InlineData("datasets", """{"name":"bad-unicode","columns":["\ud800"],"rows":[[1]]}""", "#/columns/0")]
    [InlineData("datasets", """{"name":"bad-unicode","columns":["a"],"rows":[["\ud800"]]}""", "#/rows/0/0")]
    [InlineData("datasets", """{"\ud800":1,"rows":[{"a":1}]}""", "#")]
    [InlineData("training-jobs", """{"dataset":"\ud800","target":"y"}""", "#/dataset")]
    [InlineData("training-jobs", """{"dataset":"iris","target":["a","\ud800"]}""", "#/target/1")]
    [InlineData("training-jobs", """{"dataset":"iris","target":"y","positiveLabel":"\ud800"}""", "#/positiveLabel")]
    [InlineData("training-jobs", """{"dataset":"iris","target":"y","classWeights":{"\ud800":1}}""", "#/classWeights")]
    [InlineData("training-jobs", """{"dataset":"iris","target":"y","preprocessing":{"columns":{"\ud800":{"scale":2}}}}""", "#/preprocessing/columns")]
    [InlineData("models", """{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"labels":["a","\ud800"]}""", "#/labels/1")]
    [InlineData("models", """{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"features":["\ud800"]}""", "#/features/0")]
    [InlineData("models", """{"format":"\ud800","description":{"a":1}}""", "#/format")]
    [InlineData("models", """{"description":{"features":[{"categories":["\ud800"]}]}}""", "#/description/features/0/categories/0")]
    [InlineData("models/bad-unicode/predict", """{"rows":[{"height":"\ud800"}]}""", "#/rows/0/height")]
    [InlineData("models/bad-unicode/predict", """{"rows":[{"height":1},{"\ud800":1}]}""", "#/rows/1")]
    [InlineData("models/bad-unicode/predict", """{"rows":[["\ud800"]]}""", "#/rows/0/0")]
    [InlineData("models/bad-unicode/predict", """{"columns":["\ud800"],"rows":[[1]]}""", "#/columns/0")]
    [InlineData("models/bad-unicode/predict", """{"dataset":"\ud800"}""", "#/dataset")]
    [InlineData("models/bad-unicode/evaluate", """{"dataset":"\ud800"}""", "#/dataset")]
    [InlineData("models/bad-unicode/trace", """{"row":{"height":"\ud800"},"target":1}""", "#/row/height")]
    [InlineData("models/bad-unicode/trace", """{"row":[1],"target":"\ud800"}""", "#/target")]
    [InlineData("models/bad-unicode/explain", """{"row":["\ud800"]}""", "#/row/0")]
    public async Task A_text_that_is_no_Unicode_is_refused_with_its_pointer(string path, string body, string pointer)
    {
        await MakeModel();

        var answer = await _wire.Post(path, body);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
        Assert.Equal("application/problem+json", answer.ContentType);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.Contains(Says, (string?)answer.Json["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/models/bad-unicode:predict", """{"instances":[{"height":"\ud800"}]}""", "#/instances/0/height")]
    [InlineData("/v1/models/bad-unicode:predict", """{"instances":[{"\ud800":1}]}""", "#/instances/0")]
    [InlineData("/v1/models/bad-unicode:predict", """{"\ud800":[[1]]}""", "#")]
    [InlineData("/invocations?model=bad-unicode", """{"inputs":{"\ud800":[1]}}""", "#/inputs")]
    [InlineData("/invocations?model=bad-unicode", """{"dataframe_split":{"columns":["\ud800"],"data":[[1]]}}""", "#/dataframe_split/columns/0")]
    [InlineData("/invocations?model=bad-unicode", """{"dataframe_records":[{"height":"\ud800"}]}""", "#/dataframe_records/0/height")]
    [InlineData("/v2/models/bad-unicode/infer", """{"id":"\ud800","inputs":[{"name":"input","datatype":"FP64","shape":[1,1],"data":[1]}]}""", "#/id")]
    [InlineData("/v2/models/bad-unicode/infer", """{"parameters":{"mine":"\ud800"},"inputs":[{"name":"input","datatype":"FP64","shape":[1,1],"data":[1]}]}""",
        "#/parameters/mine")]
    [InlineData("/v2/models/bad-unicode/infer", """{"inputs":[{"name":"\ud800","datatype":"FP64","shape":[1,1],"data":[1]}]}""", "#/inputs/0/name")]
    public async Task The_foreign_doors_refuse_it_in_their_own_form(string path, string body, string place)
    {
        await MakeModel();

        var answer = await _wire.Post(path, body);

        Assert.Equal((HttpStatusCode.BadRequest, "application/json"), (answer.Status, answer.ContentType));
        Assert.Equal($"A text at {place} {Says}, or bytes that are not UTF-8.", (string?)answer.Json["error"]);
    }

    [Theory]
    [InlineData("/api/v1/networks", "{\"name\":\"a?\"}")]
    [InlineData("/api/v1/models/bad-unicode/predict", "{\"rows\":[{\"height?\":1}]}")]
    [InlineData("/v1/models/bad-unicode:predict", "{\"instances\":[[\"?\"]]}")]
    [InlineData("/invocations?model=bad-unicode", "{\"inputs\":{\"?\":[1]}}")]
    public async Task Bytes_that_are_not_UTF8_are_refused(string path, string body)
    {
        await MakeModel();
        using var content = new ByteArrayContent([.. Encoding.ASCII.GetBytes(body).Select(letter => letter == (byte)'?' ? (byte)0xFF : letter)]);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");

        var answer = await _wire.Send(HttpMethod.Post, path, content);

        Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
        Assert.Contains(Says, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whole_surrogate_pairs_and_other_escapes_are_texts_like_others()
    {
        await MakeModel();

        var answer = await _wire.Post("models/bad-unicode/predict?ignoreUnknown=true", """{"rows":[{"height":2,"\ud83d\ude00":"\ud7ff \uD83D\uDE00"}]}""");
        var broken = await _wire.Post("models/bad-unicode/predict", """{"rows":[{"height":"\ud83d\ude00"},""");

        Assert.Equal((HttpStatusCode.OK, 2.0), (answer.Status, (double)answer.Json["predictions"]![0]!["value"]!));
        Assert.Equal("#", (string?)broken.Json["errors"]![0]!["pointer"]);
        Assert.Contains("not valid JSON", (string?)broken.Json["detail"], StringComparison.Ordinal);
    }

    private async Task MakeModel()
    {
        if ((await _wire.Get("models/bad-unicode")).Status == HttpStatusCode.NotFound)
            await _wire.Post("models",
                """{"name":"bad-unicode","features":["height"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"precision":"float64"}""");
    }
}
