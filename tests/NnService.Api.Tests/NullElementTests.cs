namespace NnService.Api.Tests;

/// <summary>A null in a list is refused at its place, on every door that takes a JSON body.</summary>
[Collection(SharedService.Name)]
public sealed class NullElementTests(TestService service)
{
    private const string Weighted = """{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0],"activation":"sigmoid"}]}""";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("networks", """{"layers":[null]}""", "#/layers/0")]
    [InlineData("networks", """{"layers":[{"type":"dense","units":2},null,{"type":"dense","units":1}]}""", "#/layers/1")]
    [InlineData("networks", """{"layers":[{"type":"dense","weights":[[1,2],null]}]}""", "#/layers/0/weights/1")]
    [InlineData("training-jobs", """{"dataset":"d","target":[null]}""", "#/target/0")]
    [InlineData("training-jobs", """{"dataset":"d","target":["x",null]}""", "#/target/1")]
    [InlineData("training-jobs", """{"dataset":"d","target":"y","features":["x",null]}""", "#/features/1")]
    [InlineData("training-jobs", """{"dataset":"d","target":"y","ignore":[null]}""", "#/ignore/0")]
    [InlineData("training-jobs", """{"dataset":"d","target":"y","network":{"layers":[null]}}""", "#/network/layers/0")]
    [InlineData("training-jobs", """{"dataset":"d","target":"y","ensemble":[null]}""", "#/ensemble/0")]
    [InlineData("training-jobs", """{"dataset":"d","target":"y","ensemble":[{"layers":[null]}]}""", "#/ensemble/0/layers/0")]
    [InlineData("training-jobs/compare", """{"ids":[null]}""", "#/ids/0")]
    [InlineData("studies", """{"job":{"dataset":"d","target":"y","features":[null]},"search":{"/batchSize":{"choice":[8]}}}""", "#/job/features/0")]
    [InlineData("studies", """{"kind":"crossValidation","job":{"dataset":"d","target":"y","network":{"layers":[null]}}}""", "#/job/network/layers/0")]
    [InlineData("models", $$"""{"name":"null-model","network":{{Weighted}},"features":[null,"b"]}""", "#/features/0")]
    [InlineData("models", $$"""{"name":"null-model","network":{{Weighted}},"labels":["a",null]}""", "#/labels/1")]
    public async Task A_null_in_a_list_is_refused_at_its_place(string door, string body, string pointer)
    {
        var answer = await _wire.Post(door, body);

        Assert.Equal((400, pointer), ((int)answer.Status, (string?)answer.Json["errors"]![0]!["pointer"]));
        Assert.Matches("^An element of [a-zA-Z]+ is null; put a value in its place, or take it out.$", (string?)answer.Json["detail"]);
    }

    [Fact]
    public async Task A_null_among_the_columns_of_rows_is_refused_and_a_null_among_the_cells_is_a_missing_one()
    {
        await _wire.Post("models", $$"""{"name":"null-columns","network":{{Weighted}}}""");

        var columns = await _wire.Post("models/null-columns/predict", """{"columns":["x1",null],"rows":[[1,2]]}""");
        var cell = await _wire.Post("models/null-columns/predict", """{"columns":["x1","x2"],"rows":[[1,null]]}""");

        Assert.Equal((400, "#/columns/1"), ((int)columns.Status, (string?)columns.Json["errors"]![0]!["pointer"]));
        Assert.Equal((400, "#/rows/0/1"), ((int)cell.Status, (string?)cell.Json["errors"]![0]!["pointer"]));
    }

    [Fact]
    public async Task A_search_may_leave_a_field_out_but_not_put_null_into_a_list()
    {
        await _wire.PostCsv("datasets?name=null-search", "x,z,y\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i},{i * i % 7},{i % 2}\n")));
        const string Job = """{"dataset":"null-search","target":"y","features":["x","z"]}""";

        var field = await _wire.Post("studies?validateOnly=true", $$$"""{"job":{{{Job}}},"search":{"/batchSize":{"choice":[null,8]} } }""");
        var element = await _wire.Post("studies?validateOnly=true", $$$"""{"job":{{{Job}}},"search":{"/features/0":{"choice":["x",null]} } }""");

        Assert.Equal(200, (int)field.Status);
        Assert.Equal((400, "#/search/~1features~10"), ((int)element.Status, (string?)element.Json["errors"]![0]!["pointer"]));
    }
}
