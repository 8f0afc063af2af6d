using System.Net;

namespace NnService.Api.Tests.Doors;

/// <summary>A parameter that would do nothing is refused, not passed over.</summary>
[Collection(SharedService.Name)]
public sealed class MeaninglessParameterTests(TestService service) : IAsyncLifetime
{
    private readonly Wire _wire = service.Wire;

    public async Task InitializeAsync()
    {
        const string Layer = """{"type":"dense","activation":"softmax","weights":[[1,0,0]],"bias":[0,0,0]}""";
        await _wire.Post("models", $$"""{"name":"meaningless-three","features":["a"],"labels":["x","y","z"],"network":{"layers":[{{Layer}}]} }""");
        await _wire.Post("models", """{"name":"meaningless-number","features":["a"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        const string Sigmoid = """{"type":"dense","activation":"sigmoid","weights":[[1]],"bias":[0]}""";
        await _wire.Post("models", $$"""{"name":"meaningless-two","features":["a"],"labels":["x","y"],"network":{"layers":[{{Sigmoid}}]} }""");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("meaningless-three", "threshold chooses between two labels, and this model has 3; leave it out.")]
    [InlineData("meaningless-number", "threshold chooses between two labels, and this model predicts a number; leave it out.")]
    [InlineData("meaningless-two", null)]
    public async Task A_threshold_is_for_two_labels(string model, string? says)
    {
        foreach (var answer in new[]
        {
            await _wire.Post($"models/{model}/predict?threshold=0.7", """{"rows":[[1]]}"""),
            await _wire.PostCsv($"models/{model}/predict?threshold=0.7", "a\n1\n"),
        })
        {
            Assert.Equal(says is null ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.Status);
            if (says is not null)
                Assert.Equal(says, (string?)answer.Json["detail"]);
        }
    }

    [Theory]
    [InlineData("delimiter=%3B")]
    [InlineData("header=false")]
    [InlineData("decimal=,")]
    [InlineData("thousands=.")]
    [InlineData("missing=x")]
    public async Task What_is_said_of_a_CSV_is_refused_beside_JSON(string parameter)
    {
        foreach (var answer in new[]
        {
            await _wire.Post($"models/meaningless-number/predict?{parameter}", """{"rows":[[1]]}"""), // the short way
            await _wire.Post($"models/meaningless-number/predict?{parameter}", """{"rows":[{"a":null}]}"""),
            await _wire.Post($"/invocations?model=meaningless-number&{parameter}", """{"instances":[[1]]}"""),
        })
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Contains(
                $"{parameter.Split('=')[0]} says how a CSV is written; send one as text/csv, or leave it out.", answer.Text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("application/json", """{"rows":[{"a":1}]}""", "delimiter=%3B")]
    [InlineData("application/x-ndjson", "{\"a\":1}\n", "header=false")]
    public async Task What_is_said_of_a_CSV_is_refused_beside_an_upload_of_JSON(string type, string body, string parameter)
    {
        using var content = new StringContent(body) { Headers = { ContentType = new(type) } };

        var answer = await _wire.Send(HttpMethod.Post, $"datasets?{parameter}", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal($"{parameter.Split('=')[0]} says how a CSV is written, and the table is JSON; leave it out.", (string?)answer.Json["detail"]);
        Assert.Equal($"#/{parameter.Split('=')[0]}", (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task A_flag_that_is_none_is_refused_on_the_short_way_too() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Post("models/meaningless-number/predict?ignoreUnknown=x", """{"rows":[[1]]}""")).Status);
}
