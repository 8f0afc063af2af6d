using System.Net;

namespace NnService.Api.Tests.Doors;

/// <summary>A name that is not there is answered with the names it may have been meant for.</summary>
public sealed class NearestNameTests(TestService service) : IClassFixture<TestService>
{
    private static readonly string s_header = string.Join(',', Enumerable.Range(1, 72).Select(i => $"c{i}")) + ",sale_price,Living Area";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("\"target\":\"price\"", "#/target",
        "The dataset has no column \"price\"; it has sale_price, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 62 more.")]
    [InlineData("\"target\":\"SalePrice\"", "#/target", "The dataset has no column \"SalePrice\"; it has sale_price, c1,")]
    [InlineData("\"target\":\"slae_price\"", "#/target", "The dataset has no column \"slae_price\"; it has sale_price, c1,")]
    [InlineData("\"target\":\"sale_price\",\"features\":[\"living_area\"]", "#/features/0",
        "The dataset has no column \"living_area\"; it has Living Area, c1,")]
    [InlineData("\"target\":\"sale_price\",\"ignore\":[\"c71x\"]", "#/ignore/0", "The dataset has no column \"c71x\"; it has c71, ")]
    [InlineData("\"target\":\"sale_price\",\"split\":{\"groupBy\":\"livingarea\"}", "#/split/groupBy",
        "The table has no column \"livingarea\". Did you mean \"Living Area\"?")]
    [InlineData("\"target\":\"zzz\"", "#/target", "The dataset has no column \"zzz\"; it has c1, c2,")]
    public async Task The_columns_that_may_have_been_meant_come_first(string members, string pointer, string says)
    {
        var rows = $"{string.Join(',', Enumerable.Range(0, 74))}\n{string.Join(',', Enumerable.Range(1, 74))}\n";
        await _wire.PostCsv("datasets?name=nearest-homes", $"{s_header}\n{rows}");

        var answer = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"nearest-homes",{{members}}}""");

        var error = Assert.Single(answer.Json["errors"]!.AsArray(), error => (string?)error!["pointer"] == pointer);
        Assert.StartsWith(says, (string?)error!["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Datasets_networks_and_models_are_suggested_too()
    {
        await _wire.PostCsv("datasets?name=nearest-heights", "a,b\n1,2\n2,3\n3,5\n");
        await _wire.Post("networks", """{"name":"nearest-wide","layers":[{"type":"dense","units":1}]}""");
        const string Layer = """{"type":"dense","weights":[[1]],"bias":[0]}""";
        await _wire.Post("models", $$"""{"name":"nearest-model","features":["a"],"target":"b","network":{"layers":[{{Layer}}]} }""");
        const string Rest = """ "target":"b","task":"regression" """;

        Says("There is no dataset \"nearest-hieghts\"; upload it first. Did you mean \"nearest-heights\"?",
            await _wire.Post("training-jobs", $$"""{"dataset":"nearest-hieghts",{{Rest}}}"""));
        Says("There is no network \"nearest_wide\". Did you mean \"nearest-wide\"?",
            await _wire.Post("training-jobs", $$"""{"dataset":"nearest-heights","network":"nearest_wide",{{Rest}}}"""));
        Says("There is no model \"nearest-modle\". Did you mean \"nearest-model\"?",
            await _wire.Post("training-jobs", $$"""{"dataset":"nearest-heights","initialModel":{"name":"nearest-modle"},{{Rest}}}"""));
        foreach (var door in new[] { "predict", "evaluate" })
            Says("There is no dataset \"heights\". Did you mean \"nearest-heights\"?",
                await _wire.Post($"models/nearest-model/{door}", """{"dataset":"heights"}"""));
        Says("There is no dataset \"quite-another\"; upload it first.", await _wire.Post("training-jobs", $$"""{"dataset":"quite-another",{{Rest}}}"""));

        static void Says(string detail, Answer answer) => Assert.Equal(detail, (string?)answer.Json["detail"]);
    }

    [Fact]
    public async Task A_thousand_names_that_are_all_wrong_are_refused_without_much_ado()
    {
        var header = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"a_rather_long_name_of_a_column_{i}"));
        var (first, second) = (string.Join(',', Enumerable.Repeat(1, 5001)), string.Join(',', Enumerable.Repeat(2, 5001)));
        await _wire.PostCsv("datasets?name=nearest-wide", $"y,{header}\n{first}\n{second}\n");
        var features = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"a_rather_long_name_of_no_column_{i}\""));
        var started = System.Diagnostics.Stopwatch.GetTimestamp();

        var answer = await _wire.Post("training-jobs", $$"""{"dataset":"nearest-wide","target":"y","task":"regression","features":[{{features}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith("5000 things in the request need a change", (string?)answer.Json["detail"], StringComparison.Ordinal);
        // It takes a tenth of a second; to compare each with all would take minutes.
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20));
    }
}
