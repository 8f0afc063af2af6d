using System.Net;

namespace NnService.Api.Tests;

/// <summary>JSON has one kind of number: 2, 2.0 and 0.2e1 are the same whole number wherever one is asked for.</summary>
public sealed class WholeNumberTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("\"epochs\":2.0", "epochs", "2")]
    [InlineData("\"epochs\":1e1", "epochs", "10")]
    [InlineData("\"epochs\":0.2E+1", "epochs", "2")]
    [InlineData("\"epochs\":300e-2", "epochs", "3")]
    [InlineData("\"batchSize\":16.0", "batchSize", "16")]
    [InlineData("\"historyEvery\":1.00", "historyEvery", "1")]
    [InlineData("\"priority\":-2.0", "priority", "-2")]
    [InlineData("\"priority\":-0.0", "priority", "0")]
    [InlineData("\"order\":\"withReplacement\",\"stepsPerEpoch\":5.0", "stepsPerEpoch", "5")]
    [InlineData("\"seed\":1e3", "seed", "1000")]
    [InlineData("\"seed\":18446744073709551615", "seed", "18446744073709551615")]
    [InlineData("\"seed\":18446744073709551615.0", "seed", "18446744073709551615")]
    [InlineData("\"seed\":1.8446744073709551615e19", "seed", "18446744073709551615")]
    [InlineData("\"seed\":0e999999999999", "seed", "0")]
    public async Task A_job_takes_a_whole_number_however_it_is_written(string member, string name, string expected)
    {
        await UploadLine();

        var answer = await _wire.Post("training-jobs?validateOnly=true", Job(member));

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal(expected, answer.Json["configuration"]![name]!.ToJsonString());
    }

    [Theory]
    [InlineData("\"epochs\":2.5", "#/epochs", "Expected a whole number.")]
    [InlineData("\"epochs\":2.0000000000000000000000000000000000001", "#/epochs", "Expected a whole number.")]
    [InlineData("\"epochs\":1e400", "#/epochs", "Expected a smaller whole number.")]
    [InlineData("\"epochs\":1e-400", "#/epochs", "Expected a whole number.")]
    [InlineData("\"epochs\":1e99999999999999999999", "#/epochs", "Expected a smaller whole number.")]
    [InlineData("\"epochs\":1e10", "#/epochs", "Expected a smaller whole number.")]
    [InlineData("\"epochs\":-1e10", "#/epochs", "Expected a greater whole number.")]
    [InlineData("\"epochs\":\"2\"", "#/epochs", "Expected a whole number.")]
    [InlineData("\"epochs\":0.0", "#/epochs", "epochs is 0; it must be at least 1 and at most 10000000.")]
    [InlineData("\"seed\":1e20", "#/seed", "Expected a whole number, 0 or above, at most 18446744073709551615.")]
    [InlineData("\"seed\":18446744073709551616", "#/seed", "Expected a whole number, 0 or above, at most 18446744073709551615.")]
    [InlineData("\"seed\":18446744073709551615.5", "#/seed", "Expected a whole number, 0 or above, at most 18446744073709551615.")]
    [InlineData("\"seed\":-1", "#/seed", "Expected a whole number, 0 or above, at most 18446744073709551615.")]
    [InlineData("\"seed\":true", "#/seed", "Expected a whole number, 0 or above, at most 18446744073709551615.")]
    [InlineData("\"network\":{\"layers\":[{\"type\":\"dense\",\"units\":1.5}]}", "#/network/layers/0/units", "Expected a whole number.")]
    [InlineData("\"earlyStopping\":{\"patience\":1e400}", "#/earlyStopping/patience", "Expected a smaller whole number.")]
    public async Task What_is_no_whole_number_is_refused_with_its_place(string member, string pointer, string detail)
    {
        await UploadLine();

        var answer = await _wire.Post("training-jobs?validateOnly=true", Job(member));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        var said = (string)answer.Json["errors"]![0]!["detail"]!;
        Assert.StartsWith(detail.TrimEnd('.'), said, StringComparison.Ordinal);
        if (detail.StartsWith("Expected", StringComparison.Ordinal))
            Assert.Contains($"; {pointer.Split('/')[^1]} is ", said, StringComparison.Ordinal);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task Every_body_takes_them()
    {
        await UploadLine();

        var network = await _wire.Post("networks", """{"name":"whole","inputs":1.0,"layers":[{"type":"dense","units":1e0}]}""");
        Assert.True(network.Status == HttpStatusCode.Created, network.Text);
        var nested = """
            {"dataset":"line","target":"y","epochs":2,"model":"whole","network":{"inputs":1.0,"layers":[{"type":"dense","units":2.0},{"type":"dense","units":1.0}]},
             "schedule":{"type":"step","everyEpochs":1.0},"earlyStopping":{"patience":5.0},"split":{"testEvery":5.0},"preprocessing":{"maxCategories":8.0}}
            """;
        await _wire.Train(nested);
        await _wire.Train(Job("\"epochs\":1,\"network\":\"whole\",\"model\":\"whole-next\",\"initialModel\":null"));
        var warm = await _wire.Post("training-jobs?validateOnly=true",
            nested.Replace("\"epochs\":2", "\"epochs\":2.0,\"initialModel\":{\"name\":\"whole\",\"version\":1.0}", StringComparison.Ordinal));
        Assert.True(warm.Status == HttpStatusCode.OK, warm.Text);
        var alias = await _wire.Put("models/whole/aliases/best", """{"version":1.0}""");
        Assert.True(alias.Status == HttpStatusCode.OK, alias.Text);
        var trace = await _wire.Post("models/whole/trace", """{"row":{"x":1},"target":2,"layer":0.0,"neuron":1.0}""");
        Assert.True(trace.Status == HttpStatusCode.OK, trace.Text);
        var explained = await _wire.Post("models/whole/explain", """{"row":{"x":1},"steps":16.0}""");
        Assert.True(explained.Status == HttpStatusCode.OK, explained.Text);
        var inferred = await _wire.Post("/v2/models/whole/infer", """{"inputs":[{"name":"input","datatype":"FP64","shape":[2.0,1e0],"data":[1,2]}]}""");
        Assert.True(inferred.Status == HttpStatusCode.OK, inferred.Text);
    }

    private static string Job(string members) => $$"""{"dataset":"line","target":"y",{{members}}}""";

    private Task<Answer> UploadLine() =>
        _wire.PostCsv("datasets?name=line",
            "x,y\n" + string.Concat(Enumerable.Range(0, 30).Select(i => FormattableString.Invariant($"{i * 0.5},{i * 1.25}\n"))));
}
