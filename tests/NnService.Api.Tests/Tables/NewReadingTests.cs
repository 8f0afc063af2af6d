using System.Net;
using System.Text.RegularExpressions;

namespace NnService.Api.Tests.Tables;

/// <summary>The query that a warning advises works as it is printed: with a name of its own, for datasets do not change.</summary>
public sealed partial class NewReadingTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("comma", "price;y\n1,5;a\n2,75;b\n3,25;a\n4,5;b\n", "number")]
    [InlineData("zip", "zip code,y\n00501,a\n00502,b\n00503,a\n00504,b\n", "category")]
    public async Task The_query_of_a_warning_uploads_the_same_table_again(string name, string csv, string type)
    {
        var first = await _wire.PostCsv($"datasets?name={name}", csv);
        var warning = first.Json["warnings"]!.AsArray().Select(warning => (string)warning!).First(warning => warning.Contains('?', StringComparison.Ordinal));

        var again = await _wire.PostCsv($"datasets{Query().Match(warning).Value}", csv);

        Assert.True(again.Status == HttpStatusCode.Created, $"{warning} {again.Text}");
        Assert.Equal((name + "-2", type), ((string?)again.Json["name"], (string?)again.Json["columns"]![0]!["type"]));
    }

    [Fact]
    public async Task A_job_advises_the_same()
    {
        await _wire.PostCsv("datasets?name=advised", string.Concat(["price;y\n", .. Enumerable.Range(0, 200).Select(row => $"{row},{row % 90 + 10};{row % 2}\n")]));

        var refused = await _wire.Post("training-jobs", """{"dataset":"advised","target":"price"}""");

        Assert.Contains("?decimal=,&name=advised-2", (string?)refused.Json["detail"], StringComparison.Ordinal);
    }

    [GeneratedRegex("[?][^ ]+name=[a-z0-9-]+")]
    private static partial Regex Query();
}
