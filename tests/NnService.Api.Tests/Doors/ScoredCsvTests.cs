using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Doors;

/// <summary>A CSV to predict without a header, with many mistakes, or with columns that the answer's are called.</summary>
[Collection(SharedService.Name)]
public sealed class ScoredCsvTests(TestService service) : IAsyncLifetime
{
    private readonly Wire _wire = service.Wire;

    public async Task InitializeAsync()
    {
        await _wire.Post("models", """{"name":"scored","features":["a","b"],"network":{"layers":[{"type":"dense","weights":[[1],[10]],"bias":[0]}]}}""");
        await _wire.PostCsv("datasets?name=scored-headless&header=false", "1,9,2\n2,9,4\n3,8,6\n4,7,8\n");
        if ((await _wire.Get("models/scored-headless")).Status != HttpStatusCode.OK)
            await _wire.Train("""
                {"dataset":"scored-headless","target":"column3","features":["column1"],"task":"regression","epochs":1,"model":"scored-headless"}
                """);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Without_a_header_the_columns_are_the_features_in_their_order()
    {
        var json = await _wire.PostCsv("models/scored/predict?header=false", "1,2\n3,4\n");
        var csv = await _wire.PostCsv("models/scored/predict?header=false", "1,2\n3,4\n", ("Accept", "text/csv"));

        Assert.Equal("""[{"value":21},{"value":43}]""", json.Json["predictions"]!.ToJsonString());
        Assert.Equal("a,b,prediction\r\n1,2,21\r\n3,4,43\r\n", csv.Text);
    }

    [Fact]
    public async Task Warnings_of_an_answer_that_is_no_JSON_stand_in_a_header()
    {
        await _wire.PostCsv("datasets?name=scored-words", "c,y\na,1\nb,2\na,3\nb,4\n");
        await _wire.Train("""{"dataset":"scored-words","target":"y","task":"regression","features":["c"],"epochs":1,"model":"scored-words"}""");
        const string Rows = "c\nz\nü\n";
        var warnings = (await _wire.PostCsv("models/scored-words/predict", Rows)).Json["warnings"]!;

        foreach (var answer in new[]
        {
            await _wire.PostCsv("models/scored-words/predict", Rows, ("Accept", "text/csv")),
            await _wire.PostCsv("/invocations?model=scored-words", Rows, ("Accept", "text/csv")),
            await _wire.PostCsv("/invocations?model=scored-words", Rows, ("Accept", "application/jsonlines")),
        })
            Assert.Equal(warnings.ToJsonString(), JsonNode.Parse(answer.Headers.GetValues("X-Warnings").Single())!.ToJsonString());
        Assert.Equal(2, warnings.AsArray().Count);
        Assert.False((await _wire.PostCsv("models/scored-words/predict", "c\na\n", ("Accept", "text/csv"))).Headers.Contains("X-Warnings"));
    }

    [Fact]
    public async Task A_model_of_a_table_without_a_header_goes_by_the_places_in_that_table()
    {
        var answer = await _wire.PostCsv("models/scored-headless/predict?header=false", "1,9,2\n2,9,4\n", ("Accept", "text/csv"));

        Assert.StartsWith("column1,column2,column3,prediction\r\n1,9,2,", answer.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await _wire.PostCsv("models/scored-headless/predict?header=false", "1\n2\n")).Status);
    }

    [Fact]
    public async Task Too_many_columns_without_a_header_are_refused_with_those_that_are_taken()
    {
        var answer = await _wire.PostCsv("models/scored/predict?header=false", "1,2,3\n");

        Assert.Equal("The CSV has no header and 3 columns; the model takes 2, in this order: a, b.", (string?)answer.Json["detail"]);
    }

    [Fact]
    public async Task The_advice_for_a_CSV_without_a_header_leads_somewhere()
    {
        var refused = await _wire.PostCsv("models/scored/predict", "1,2\n3,4\n");
        var advised = await _wire.PostCsv("models/scored/predict?header=false", "1,2\n3,4\n");

        Assert.Contains("If the CSV has no header, add ?header=false.", (string)refused.Json["detail"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, advised.Status);
    }

    [Fact]
    public async Task Columns_of_an_answer_keep_clear_of_those_of_the_table()
    {
        var first = await _wire.PostCsv("models/scored/predict", "a,b\n1,2\n", ("Accept", "text/csv"));
        var second = await _wire.PostCsv("models/scored/predict?ignoreUnknown=true", first.Text, ("Accept", "text/csv"));
        var third = await _wire.PostCsv("models/scored/predict?ignoreUnknown=true", second.Text, ("Accept", "text/csv"));

        Assert.Equal("a,b,prediction\r\n1,2,21\r\n", first.Text);
        Assert.Equal("a,b,prediction,prediction_2\r\n1,2,21,21\r\n", second.Text);
        Assert.Equal("a,b,prediction,prediction_2,prediction_3\r\n1,2,21,21,21\r\n", third.Text);
    }

    [Theory]
    [InlineData(19, "19 things in the rows need a change")]
    [InlineData(20, "At least 20 things in the rows need a change")]
    [InlineData(50, "At least 20 things in the rows need a change")]
    public async Task More_mistakes_than_are_listed_are_not_counted(int rows, string says)
    {
        var csv = await _wire.PostCsv("models/scored/predict", "a,b\n" + string.Concat(Enumerable.Repeat("1,x\n", rows)));
        var json = await _wire.Post("models/scored/predict", $$"""{"rows":[{{string.Join(',', Enumerable.Repeat("[1,\"x\"]", rows))}}]}""");
        var table = await _wire.PostCsv("datasets?types=b:number", "a,b\n" + string.Concat(Enumerable.Repeat("1,x\n", rows)));

        Assert.StartsWith(says, (string?)csv.Json["detail"], StringComparison.Ordinal);
        Assert.StartsWith(says, (string?)json.Json["detail"], StringComparison.Ordinal);
        Assert.StartsWith(says.Replace("rows", "table", StringComparison.Ordinal), (string?)table.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(Math.Min(rows, 20), csv.Json["errors"]!.AsArray().Count);
    }
}
