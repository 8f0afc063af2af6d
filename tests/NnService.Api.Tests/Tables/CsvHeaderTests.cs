using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Tables;

/// <summary>What stands before the first row: names, names left out, no names at all, and lines of spreadsheets.</summary>
public sealed class CsvHeaderTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("a|b|c\n1|2|x\n3|4|y\n")]
    [InlineData("sep=;\na;b;c\n1;2;x\n3;4;y\n")]
    [InlineData("\"sep=;\"\na;b;c\n1;2;x\n3;4;y\n")]
    [InlineData("\uFEFFSEP=,\r\na,b,c\r\n1,2,x\r\n3,4,y\r\n")]
    [InlineData("sep=\t\na\tb\tc\n1\t2\tx\n3\t4\ty\n")]
    [InlineData("sep=\\t\na\tb\tc\n1\t2\tx\n3\t4\ty\n")]
    [InlineData("sep=|\na|b|c\n1|2|x\n3|4|y\n")]
    [InlineData("\n\na,b,c\n1,2,x\n3,4,y\n")]
    public async Task The_delimiter_is_found_or_read_from_the_first_line(string csv)
    {
        var profile = await Upload(csv);

        Assert.Equal(["a", "b", "c"], Names(profile));
        Assert.Equal(2, (int)profile["rows"]!);
    }

    [Fact]
    public async Task A_delimiter_that_is_given_wins_over_the_line_that_says_another()
    {
        var profile = await Upload("sep=,\na;b,c\n1;2,5\n", "&delimiter=;");

        Assert.Equal(["a", "b,c"], Names(profile));
    }

    [Fact]
    public async Task A_bad_row_behind_a_separator_line_is_named_by_its_own_line()
    {
        var answer = await _wire.PostCsv($"datasets?name={New()}", "sep=;\na;b\n1;2\n3\n");

        Assert.Contains("Line 4 has 1 cell; the header has 2.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_index_that_pandas_writes_is_called_by_its_place_with_a_warning_that_knows_it()
    {
        var profile = await Upload(",a,b\n0,1,2\n1,3,4\n2,5,6\n");

        Assert.Equal(["column1", "a", "b"], Names(profile));
        var warning = Assert.Single(Warnings(profile), text => text.Contains("\"column1\"", StringComparison.Ordinal));
        Assert.Contains("pandas", warning, StringComparison.Ordinal);
        Assert.Contains("index=False", warning, StringComparison.Ordinal);
        Assert.Contains("row.names", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_without_a_name_and_values_is_dropped_with_a_warning()
    {
        var profile = await Upload("a,,b,\n1,,2,\n3,NA,4,\n");

        Assert.Equal(["a", "b"], Names(profile));
        Assert.Contains("Columns 2 and 4 have neither a name nor a value and were left out.", Warnings(profile));
    }

    [Fact]
    public async Task A_made_name_that_another_column_bears_is_refused()
    {
        var answer = await _wire.PostCsv($"datasets?name={New()}", ",column1\n1,2\n");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("both called \"column1\"", (string?)answer.Json["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_a_header_is_read_with_names_by_place()
    {
        var profile = await Upload("5.1,3.5,a\n4.9,3.0,b\n", "&header=false");

        Assert.Equal(["column1", "column2", "column3"], Names(profile));
        Assert.Equal(2, (int)profile["rows"]!);
        Assert.False((bool)profile["reading"]!["header"]!);
        Assert.DoesNotContain(Warnings(profile), text => text.Contains("header", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("5.1,3.5,a\n4.9,3.0,b\n4.7,3.2,a\n", true)]
    [InlineData("2020,2021\n1,2\n3,4\n", true)]
    [InlineData("18.0,8,chevrolet\n15.0,8,buick\n18.5,8,plymouth\n", true)]
    [InlineData("country,2020,2021\nA,1,2\nB,3,4\n", false)]
    [InlineData("a,b\n1,2\n3,4\n", false)]
    [InlineData("kind,x\nb,1\na,2\n", false)]
    public async Task A_header_of_values_is_warned_of(string csv, bool isWarned)
    {
        var warnings = Warnings(await Upload(csv));

        Assert.Equal(isWarned, warnings.Any(text => text.Contains("?header=false", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_number_that_is_a_name_twice_brings_header_false_to_mind()
    {
        var answer = await _wire.PostCsv($"datasets?name={New()}", "0,1,0\n10,1,2\n");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("both called \"0\"", (string?)answer.Json["detail"], StringComparison.Ordinal);
        Assert.Contains("?header=false", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scoring_file_with_an_index_or_empty_columns_predicts_as_one_without()
    {
        var name = New();
        await Upload(",a,b,y,\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{i},{i},{i % 5},{2 * i},\n")), name: name);
        await _wire.Train($$"""{"dataset":"{{name}}","target":"y","epochs":2,"model":"{{name}}","network":{"layers":[{"type":"dense","units":1} ] } }""");

        var plain = await _wire.PostCsv($"models/{name}/predict", "a,b\n1,2\n3,4\n");
        var indexed = await _wire.PostCsv($"models/{name}/predict", ",a,b,\n0,1,2,\n1,3,4,\n");
        var invoked = await _wire.PostCsv($"/invocations?model={name}", ",a,b\n0,1,2\n1,3,4\n");
        var without = await _wire.PostCsv($"models/{name}/predict?header=false&ignoreUnknown=true", "1,2\n");

        Assert.True(plain.Status == HttpStatusCode.OK, plain.Text);
        Assert.True(indexed.Status == HttpStatusCode.OK, indexed.Text);
        Assert.True(invoked.Status == HttpStatusCode.OK, invoked.Text);
        Assert.Equal(plain.Json["predictions"]!.ToJsonString(), indexed.Json["predictions"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, without.Status);
        Assert.Equal("The CSV has no header and 2 columns; the model takes 1, in this order: b.", (string?)without.Json["detail"]);
        var stranger = await _wire.PostCsv($"models/{name}/predict", "a,b,\n1,2,z\n3,4,z\n");
        Assert.Equal(plain.Json["predictions"]!.ToJsonString(), stranger.Json["predictions"]!.ToJsonString());
        Assert.Equal("Column 3 has no name and was passed over.", (string?)Assert.Single(stranger.Json["warnings"]!.AsArray()));
    }

    [Fact]
    public async Task A_made_name_that_is_a_feature_is_found_again_at_scoring()
    {
        var name = New();
        await Upload(",a,y\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{i % 7},{i},{2 * i}\n")), name: name);
        await _wire.Train($$"""{"dataset":"{{name}}","target":"y","features":["column1","a"],"epochs":2"""
            + $$""","model":"{{name}}","network":{"layers":[{"type":"dense","units":1} ] } }""");

        var byPlace = await _wire.PostCsv($"models/{name}/predict", ",a\n3,1\n");
        var named = await _wire.PostCsv($"models/{name}/predict", "column1,a\n3,1\n");

        Assert.True(byPlace.Status == HttpStatusCode.OK, byPlace.Text);
        Assert.Equal(named.Json["predictions"]!.ToJsonString(), byPlace.Json["predictions"]!.ToJsonString());
    }

    [Fact]
    public async Task A_model_of_a_file_without_a_header_scores_one_without()
    {
        var name = New();
        await Upload(string.Concat(Enumerable.Range(0, 24).Select(i => $"{i},{i % 5},{2 * i}\n")), "&header=false", name);
        await _wire.Train($$"""{"dataset":"{{name}}","target":"column3","epochs":2,"model":"{{name}}","network":{"layers":[{"type":"dense","units":1} ] } }""");

        var without = await _wire.PostCsv($"models/{name}/predict?header=false", "1,2\n3,4\n");
        var with = await _wire.PostCsv($"models/{name}/predict", "column1,column2\n1,2\n3,4\n");
        var forgotten = await _wire.PostCsv($"models/{name}/predict", "1,2\n3,4\n");

        Assert.True(without.Status == HttpStatusCode.OK, without.Text);
        Assert.Equal(with.Json["predictions"]!.ToJsonString(), without.Json["predictions"]!.ToJsonString());
        Assert.Contains("?header=false", forgotten.Text, StringComparison.Ordinal);
    }

    private async Task<JsonNode> Upload(string csv, string query = "", string? name = null)
    {
        var answer = await _wire.PostCsv($"datasets?name={name ?? New()}{query}", csv);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        return answer.Json;
    }

    private static string New() => $"h{Guid.NewGuid():N}";

    private static IEnumerable<string> Names(JsonNode profile) => profile["columns"]!.AsArray().Select(column => (string)column!["name"]!);

    private static List<string> Warnings(JsonNode profile) => [.. profile["warnings"]!.AsArray().Select(text => (string)text!)];
}
