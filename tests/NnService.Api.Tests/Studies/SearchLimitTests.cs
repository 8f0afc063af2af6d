using System.Net;

namespace NnService.Api.Tests.Studies;

/// <summary>Searches that would take all memory, or a worker for an hour, before their first trial.</summary>
[Collection(SharedService.Name)]
public sealed class SearchLimitTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task What_all_trials_may_draw_is_limited()
    {
        var word = new string('x', 20_000);

        foreach (var path in (string[])["studies", "studies?validateOnly=true"])
        {
            var refused = await _wire.Post(path, $$$"""
                {"job":{"dataset":"none","target":"y"},"search":{"/recipe":{"choice":["fast","{{{word}}}"]} },"trials":1000}
                """);

            Assert.Equal((HttpStatusCode.BadRequest, "#/search"), (refused.Status, (string?)refused.Json["errors"]![0]!["pointer"]));
            Assert.Equal(
                "1,000 trials that may draw 20,009 bytes each are more than 16,777,216 together; take fewer trials, or smaller choices.",
                (string?)refused.Json["detail"]);
        }
    }

    [Fact]
    public async Task Values_are_tried_in_a_large_job_only_while_they_are_few()
    {
        await _wire.Upload("search-limits", "toy_heights.csv");

        var refused = await _wire.Post("studies?validateOnly=true", Search(choices: 1000));
        var few = await _wire.Post("studies?validateOnly=true", Search(choices: 2));

        Assert.Equal((HttpStatusCode.BadRequest, "#/search"), (refused.Status, (string?)refused.Json["errors"]![0]!["pointer"]));
        Assert.Matches(
            "^Each of 1,000 values would be tried in a job of 32.,... bytes, and 268,435,456 bytes in all are read at the most; take fewer choices, or a job without weights.$",
            (string?)refused.Json["detail"]);
        Assert.True(few.Status == HttpStatusCode.OK, few.Text);
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(10, 55)]
    public async Task A_pointer_that_is_deeper_than_any_field_is_refused(int names, int lists)
    {
        await _wire.Upload("search-limits", "toy_heights.csv");
        var (pointer, value) = (string.Concat(Enumerable.Repeat("/network", names)), $"{new string('[', lists)}1{new string(']', lists)}");

        var refused = await _wire.Post("studies?validateOnly=true", $$$"""
            {"job":{"dataset":"search-limits","target":"gender","split":{"train":0.5,"validation":0.5,"test":0} },"search":{"{{{pointer}}}":{"choice":[{{{value}}}]} } }
            """);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.EndsWith("with its choices is more than 32 levels deep; no field of a job is.", (string?)refused.Json["detail"], StringComparison.Ordinal);
    }

    // A job of some 320,000 bytes.
    private static string Search(int choices)
    {
        const int Units = 40_000;
        var zeros = string.Join(',', Enumerable.Repeat(0, Units));
        return $$$"""
            {"job":{"dataset":"search-limits","target":"gender","features":["weight_lb"],"epochs":1,"split":{"train":0.5,"validation":0.5,"test":0},
              "network":{"layers":[{"type":"dense","weights":[[{{{zeros}}}]],"bias":[{{{zeros}}}]},
                {"type":"dense","weights":[{{{string.Join(',', Enumerable.Repeat("[0]", Units))}}}],"activation":"sigmoid"}]} },
             "search":{"/batchSize":{"choice":[{{{string.Join(',', Enumerable.Range(1, choices))}}}]} },"trials":1}
            """;
    }
}
