using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Tables;

/// <summary>What a cell means: missing, a number in whatever notation, a word; and what is said where reading changes it.</summary>
public sealed class CellRuleTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("nan")]
    [InlineData("NULL")]
    [InlineData("None")]
    [InlineData("N/A")]
    [InlineData("n/a")]
    [InlineData("#N/A")]
    [InlineData("<NA>")]
    [InlineData("\\N")]
    [InlineData("-")]
    [InlineData("NA")]
    [InlineData("?")]
    public async Task A_spelling_of_missing_among_numbers_is_missing_and_counted(string word)
    {
        var x = Column(await Upload("x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{(i is 0 or 17 ? word : i % 9)},{i * 1.25}\n"))), "x");

        Assert.Equal("number", (string?)x["type"]);
        Assert.Equal(2, (int)x["missing"]!);
        Assert.Equal($$"""{{{System.Text.Json.JsonSerializer.Serialize(word)}}:2}""", x["missingSpellings"]!.ToJsonString());
    }

    [Fact]
    public async Task Missing_cells_are_counted_by_spelling_in_every_kind_of_column()
    {
        var profile = await Upload("n,c,b\n1,x,true\n,NA,\nnan,y,null\nNA,,false\n-,-,?\n");

        Assert.Equal("""{"":1,"NA":1,"nan":1,"-":1}""", Column(profile, "n")["missingSpellings"]!.ToJsonString());
        Assert.Equal("""{"":1,"NA":1}""", Column(profile, "c")["missingSpellings"]!.ToJsonString());
        Assert.Equal("""{"":1,"null":1,"?":1}""", Column(profile, "b")["missingSpellings"]!.ToJsonString());
        Assert.Equal(["-", "x", "y"],
            Column(profile, "c")["categories"]!.AsArray().Select(category => (string)category!["value"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_column_of_nothing_but_dashes_is_words()
    {
        var c = Column(await Upload("c,x\n-,1\n-,2\nNA,3\n"), "c");

        Assert.Equal("category", (string?)c["type"]);
        Assert.Equal(1, (int)c["missing"]!);
    }

    [Fact]
    public async Task Words_that_stood_before_the_first_number_are_words_again_where_the_column_holds_words()
    {
        var c = Column(await Upload("c,x\n-,1\nNULL,2\n5,3\nabc,4\n"), "c");

        Assert.Equal(0, (int)c["missing"]!);
        Assert.Equal(4, (int)c["distinct"]!);
    }

    [Fact]
    public async Task The_list_of_missing_spellings_is_replaced_so_that_NA_is_a_word()
    {
        var csv = "continent,y\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{"AF NA EU none".Split(' ')[i % 4]},{(i == 3 ? "-999" : i)}\n"));
        var name = New();
        var profile = await Upload(csv, "&missing=none|-999", name);

        Assert.Equal(6, (int)Column(profile, "continent")["missing"]!);
        Assert.Equal(3, (int)Column(profile, "continent")["distinct"]!);
        Assert.Equal(1, (int)Column(profile, "y")["missing"]!);
        Assert.Equal("""{"-999":1}""", Column(profile, "y")["missingSpellings"]!.ToJsonString());
        Assert.Equal("""["-999","none"]""", profile["reading"]!["missing"]!.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, (await _wire.PostCsv($"datasets?name={name}&missing=-999|none", csv)).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await _wire.PostCsv($"datasets?name={name}", csv)).Status);
        Assert.Equal(0, (int)Column(await Upload(csv, "&missing="), "continent")["missing"]!);
    }

    [Fact]
    public async Task Missing_said_several_times_is_all_of_what_is_said()
    {
        var name = New();
        var x = Column(await Upload("x,y\n1,2\nA,3\nB,4\n5,6\n7,7\n", "&missing=A&missing=B|C", name), "x");
        Assert.Equal(("number", 2), ((string?)x["type"], (int)x["missing"]!));
        var model = New();
        await _wire.Train($$"""{"dataset":"{{name}}","target":"y","task":"regression","epochs":1,"recipe":"fast","model":"{{model}}"}""");

        var answer = await _wire.PostCsv($"models/{model}/predict?missing=D&missing=E", "x\nD\nE\n");

        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
    }

    [Fact]
    public async Task A_null_of_JSON_is_not_taken_for_a_word()
    {
        var nulls = await _wire.Post($"datasets?name={New()}", """{"rows":[{"a":"x"},{"a":null},{"a":"x"}]}""");

        Assert.Equal("""{"null":1}""", Column(nulls.Json, "a")["missingSpellings"]!.ToJsonString());
        Assert.Contains(Warnings(nulls.Json), text => text.Contains("is constant", StringComparison.Ordinal));
        Assert.DoesNotContain(Warnings(nulls.Json), text => text.Contains("read as missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_quoted_or_declared_NA_is_missing_and_said_to_be()
    {
        var quoted = await Upload("c,y\n\"AF\",1\n\"NA\",2\n\"EU\",3\n\"NA\",4\n");
        var declared = await Upload("c,y\nAF,1\nNA,2\nEU,3\n", "&types=c:category");
        var ordinary = await Upload("c,y\nAF,1\nNA,2\nEU,3\n");

        Assert.Contains(Warnings(quoted), text => text.Contains("\"c\"", StringComparison.Ordinal)
            && text.Contains("\"NA\" (2)", StringComparison.Ordinal) && text.Contains("?missing=", StringComparison.Ordinal));
        Assert.Contains(Warnings(declared), text => text.Contains("\"NA\" (1)", StringComparison.Ordinal));
        Assert.DoesNotContain(Warnings(ordinary), text => text.Contains("?missing=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_target_that_has_one_label_but_for_missing_cells_says_so()
    {
        var name = New();
        await Upload("x,lab\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{i * .5},{(i % 2 == 0 ? "EU" : "NA")}\n")), name: name);

        var answer = await _wire.Post("training-jobs", $$"""{"dataset":"{{name}}","target":"lab"}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("12 of its cells are missing", answer.Text, StringComparison.Ordinal);
        Assert.Contains("?missing=", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_of_JSON_is_a_word_and_among_numbers_a_missing_cell()
    {
        var words = await UploadJson("""{"rows":[{"c":"NA","n":1},{"c":"null","n":"NaN"},{"c":"?","n":"None"},{"c":"","n":null},{"c":null,"n":4},{"n":5}]}""");

        Assert.Equal(3, (int)Column(words, "c")["missing"]!);
        Assert.Equal("""{"":2,"null":1}""", Column(words, "c")["missingSpellings"]!.ToJsonString());
        Assert.Equal("number", (string?)Column(words, "n")["type"]);
        Assert.Equal("""{"NaN":1,"None":1,"null":1}""", Column(words, "n")["missingSpellings"]!.ToJsonString());
        var mixed = await UploadJson("""{"rows":[{"c":"NA"},{"c":1},{"c":"nan"},{"c":"x"},{"c":"NA"}]}""");
        Assert.Equal(0, (int)Column(mixed, "c")["missing"]!);
        Assert.Equal(4, (int)Column(mixed, "c")["distinct"]!);
        Assert.Equal(2, (int)Column(await UploadJson("""{"rows":[{"c":"NA"},{"c":"x"},{"c":"none"},{"c":"none"}]}""", "&missing=none"), "c")["missing"]!);
    }

    [Fact]
    public async Task A_column_that_one_cell_turns_into_words_is_warned_of_with_its_line()
    {
        var name = New();
        var profile = await Upload("x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{i * .5},{(i == 17 ? "oops" : i * 1.25)}\n")), name: name);

        Assert.Equal(
            "Column \"y\" is read as words, although 59 of its 60 cells are numbers: line 19 holds \"oops\". Correct it, "
                + $"or say with ?missing= what stands for a missing cell. Datasets do not change: what is read anew needs a name of its own, &name={name}-2.",
            Assert.Single(Warnings(profile)));
        var job = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":"y"}""");
        Assert.Contains(Warnings(job.Json), text => text.Contains("Target \"y\"", StringComparison.Ordinal)
            && text.Contains("59 of its 60 cells are numbers", StringComparison.Ordinal) && text.Contains("\"oops\"", StringComparison.Ordinal));
        Assert.Empty(Warnings(
            await Upload("x,y\n" + string.Concat(Enumerable.Range(0, 60).Select(i => $"{(i % 3) * .5},{(i == 17 ? "oops" : i % 7)}\n")), "&types=y:category")));
    }

    [Theory]
    [InlineData("a;b\nx;1.000,92\ny;12,13\nz;0,5\n", "b", "?decimal=,&thousands=.")]
    [InlineData("a;b\nx;1,5\ny;2,5\nz;3\n", "b", "?decimal=,")]
    [InlineData("b,a\n\"1,234\",2\n\"5,678\",3\n\"12,345\",4\n", "b", "thousands or decimal comma")]
    [InlineData("b,a\n\"1,234,567\",2\n\"5,678\",3\n", "b", "?thousands=,")]
    [InlineData("b,a\n\"1,234.5\",2\n5.25,3\n", "b", "?thousands=,")]
    [InlineData("b,a\n1.234.567,2\n5.678,3\n", "b", "thousands=.")]
    [InlineData("b,a\n1'234.5,2\n678,3\n", "b", "?thousands='")]
    [InlineData("b,a\n1 234.5,2\n678,3\n", "b", "?thousands=space")]
    [InlineData("b,a\n1\u00A0234,2\n678,3\n", "b", "?thousands=space")]
    [InlineData("b,a\n12 %,2\n13%,3\n", "b", "per cent")]
    [InlineData("b,a\n12\u2028,2\n\u00A013,3\n", "b", "white space")]
    [InlineData("b,a\n$12.50,2\n$13,3\n", "b", "currency")]
    [InlineData("b,a\n12 €,2\n13 €,3\n", "b", "currency")]
    [InlineData("b,a\n\u22125,2\n4,3\n", "b", "minus")]
    [InlineData("b,a\n(12.5),2\n4,3\n", "b", "parentheses")]
    [InlineData("b,a\n1_000,2\n4,3\n", "b", "?thousands=_")]
    public async Task Numbers_in_another_notation_are_warned_of_with_what_to_do(string csv, string column, string says)
    {
        var profile = await Upload(csv);

        Assert.Equal("category", (string?)Column(profile, column)["type"]);
        Assert.Contains(Warnings(profile), text => text.Contains($"\"{column}\"", StringComparison.Ordinal)
            && text.Contains(says, StringComparison.Ordinal) && !text.Contains("identifier", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_notation_is_read_as_asked_for_and_scored_as_it_was_trained()
    {
        var name = New();
        var profile = await Upload(
            "x;k;y\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"1.{i:000},5;{i % 3};{i},25\n")), "&decimal=,&thousands=.", name);

        Assert.Equal(["number", "number", "number"], profile["columns"]!.AsArray().Select(column => (string)column!["type"]!));
        Assert.Equal(1023.5, (double)Column(profile, "x")["max"]!);
        Assert.Equal(23.25, (double)Column(profile, "y")["max"]!);
        Assert.Equal(",", (string?)profile["reading"]!["decimal"]);
        Assert.Equal(".", (string?)profile["reading"]!["thousands"]);
        await _wire.Train($$"""{"dataset":"{{name}}","target":"y","epochs":2,"model":"{{name}}","network":{"layers":[{"type":"dense","units":1} ] } }""");
        var asTrained = await _wire.PostCsv($"models/{name}/predict", "x;k\n1.004,5;1\n1000,5;2\n");
        var json = await _wire.Post($"models/{name}/predict", """{"rows":[{"x":1004.5,"k":1},{"x":1000.5,"k":2}]}""");
        var pointed = await _wire.PostCsv($"models/{name}/predict?decimal=.&thousands=", "x;k\n1004.5;1\n1000.5;2\n");
        var invoked = await _wire.PostCsv($"/invocations?model={name}", "x;k\n1.004,5;1\n1000,5;2\n");
        Assert.True(asTrained.Status == HttpStatusCode.OK, asTrained.Text);
        Assert.Equal(json.Json["predictions"]!.ToJsonString(), asTrained.Json["predictions"]!.ToJsonString());
        Assert.Equal(json.Json["predictions"]!.ToJsonString(), pointed.Json["predictions"]!.ToJsonString());
        Assert.True(invoked.Status == HttpStatusCode.OK, invoked.Text);
        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.PostCsv($"models/{name}/predict", "x;k\n1004.5;1\n")).Status);
    }

    [Theory]
    [InlineData("1.00,5", false)]
    [InlineData("12.3456,5", false)]
    [InlineData("1234.567,5", false)]
    [InlineData("-1.234.567,5", true)]
    [InlineData("1234567,5", true)]
    [InlineData("1.234e2", true)]
    public async Task Thousands_stand_in_groups_of_three(string cell, bool isNumber)
    {
        var profile = await Upload($"x;y\n{cell};1\n2,5;2\n", "&decimal=,&thousands=.");

        Assert.Equal(isNumber ? "number" : "category", (string?)Column(profile, "x")["type"]);
    }

    [Theory]
    [InlineData("decimal=;")]
    [InlineData("thousands=x")]
    [InlineData("decimal=,&thousands=,")]
    [InlineData("thousands=.")]
    [InlineData("header=perhaps")]
    public async Task A_reading_option_that_cannot_be_is_refused(string query)
    {
        var answer = await _wire.PostCsv($"datasets?name={New()}&{query}", "x;y\n1;2\n");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
    }

    [Fact]
    public async Task Leading_zeros_and_whole_numbers_beyond_2_to_the_53_are_warned_of()
    {
        var profile = await Upload("zip,gid,f,x\n02134,9007199254740993,0.5,1e20\n10001,9007199254740992,-0.25,2e20\n00501,12345678901234567890,0,3e20\n");

        Assert.Contains(
            "Column \"zip\" holds numbers with leading zeros, such as \"02134\" on line 2, which are read without them. To keep them, "
                + $"declare the column a category: ?types=zip:category&name={profile["name"]}-2.",
            Warnings(profile));
        Assert.Contains(
            "Column \"gid\" holds whole numbers beyond 2^53, such as \"9007199254740993\" on line 2, which are rounded to a float64. "
                + $"To tell all of them apart, declare the column a category: ?types=gid:category&name={profile["name"]}-2.",
            Warnings(profile));
        Assert.Equal(2, Warnings(profile).Count);
        var json = await _wire.Send(HttpMethod.Post, $"datasets?name={New()}",
            new StringContent("{\"id\":11898508762506083287,\"y\":1.5}\n{\"id\":3266119658877827603,\"y\":2}\n", null, "application/x-ndjson"));
        Assert.Contains(Warnings(json.Json), text => text.Contains("\"id\"", StringComparison.Ordinal)
            && text.Contains("2^53", StringComparison.Ordinal) && text.Contains("line 1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2020-12-{0:00} 21:25:58.745232+02")]
    [InlineData("2020-12-{0:00}T21:25:58.123456789")]
    [InlineData("2020-12-{0:00} 21:25:58 UTC")]
    [InlineData("2020-12-{0:00} 21:25:58.1Z")]
    [InlineData("2020-12-{0:00}T21:25+0530")]
    [InlineData("2020-12-{0:00} 21:25:58.12345678-03:30")]
    [InlineData("2020-12-{0:00} 21:25:58 +0200")]
    public async Task Dates_as_databases_write_them_become_numbers(string format)
    {
        var name = New();
        await Upload("t,x,y\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{string.Format(format, i + 1)},{i * .5},{i * 1.25}\n")), name: name);

        var job = await _wire.Post("training-jobs?validateOnly=true", $$"""{"dataset":"{{name}}","target":"y"}""");

        Assert.True(job.Status == HttpStatusCode.OK, job.Text);
        Assert.Contains("t", job.Json["configuration"]!["features"]!.AsArray().Select(feature => (string)feature!));
    }

    [Fact]
    public async Task A_word_that_the_model_has_learnt_is_that_word_at_scoring_and_another_spelling_of_missing_is_missing()
    {
        var name = New();
        var csv = "c,n,y\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{"AF,NA,".Split(',')[i % 3]},{(i == 5 ? "nan" : i)},{i}\n"));
        await Upload(csv, "&missing=nan", name);
        await _wire.Train($$"""{"dataset":"{{name}}","target":"y","features":["c","n"],"epochs":2"""
            + $$""","model":"{{name}}","network":{"layers":[{"type":"dense","units":1} ] } }""");

        var fromCsv = await _wire.PostCsv($"models/{name}/predict", "c,n\nNA,1\n,nan\n");
        var fromJson = await _wire.Post($"models/{name}/predict", """{"rows":[{"c":"NA","n":1},{"c":null,"n":null}]}""");

        Assert.True(fromCsv.Status == HttpStatusCode.OK, fromCsv.Text);
        Assert.Equal(fromJson.Json.ToJsonString(), fromCsv.Json.ToJsonString());
        Assert.Null(fromCsv.Json["warnings"]);
    }

    [Fact]
    public async Task A_text_of_JSON_that_training_had_not_is_the_same_word_in_a_row_and_in_a_dataset()
    {
        var (name, other) = (New(), New());
        await Upload("c,x,y\n" + string.Concat(Enumerable.Range(0, 24).Select(i => $"{"AF,EU,NA".Split(',')[i % 3]},{i},{i}\n")), name: name);
        await _wire.Train($$"""{"dataset":"{{name}}","target":"y","features":["c","x"],"epochs":2"""
            + $$""","model":"{{name}}","network":{"layers":[{"type":"dense","units":1} ] } }""");
        await _wire.Post($"datasets?name={other}", """{"rows":[{"c":"NA","x":1},{"c":"?","x":2},{"c":"EU","x":3},{"c":null,"x":4}]}""");

        var rows = await _wire.Post($"models/{name}/predict", """{"rows":[{"c":"NA","x":1},{"c":"?","x":2},{"c":"EU","x":3},{"c":null,"x":4}]}""");
        var dataset = await _wire.Post($"models/{name}/predict", $$"""{"dataset":"{{other}}"}""");

        Assert.True(dataset.Status == HttpStatusCode.OK, dataset.Text);
        Assert.Equal(dataset.Json["predictions"]!.ToJsonString(), rows.Json["predictions"]!.ToJsonString());
        Assert.Equal(dataset.Json["warnings"]!.ToJsonString(), rows.Json["warnings"]!.ToJsonString());
        Assert.Equal("Column \"c\": \"NA\" was not seen in training and is encoded as all zeros.", Warnings(rows.Json)[0]);
    }

    private async Task<JsonNode> Upload(string csv, string query = "", string? name = null)
    {
        var answer = await _wire.PostCsv($"datasets?name={name ?? New()}{query}", csv);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        return answer.Json;
    }

    private async Task<JsonNode> UploadJson(string json, string query = "")
    {
        var answer = await _wire.Post($"datasets?name={New()}{query}", json);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        return answer.Json;
    }

    private static string New() => $"c{Guid.NewGuid():N}";

    private static JsonNode Column(JsonNode profile, string name) => profile["columns"]!.AsArray().Single(column => (string?)column!["name"] == name)!;

    private static List<string> Warnings(JsonNode answer) => [.. answer["warnings"]!.AsArray().Select(text => (string)text!)];
}
