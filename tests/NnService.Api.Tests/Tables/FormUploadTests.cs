using System.Net;
using System.Text;

namespace NnService.Api.Tests.Tables;

/// <summary>A table as a form: the file and what is said about it, in any order.</summary>
public sealed class FormUploadTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Parts_count_before_and_behind_the_file(bool fileFirst)
    {
        var name = $"form-{(fileFirst ? "first" : "last")}";
        (string, string)[] fields = [("name", name), ("types", "zip:category"),
            ("delimiter", ";"), ("decimal", ","), ("missing", "none"), ("header", "false"), ("thousands", ".")];
        var answer = await Send("01234;1.000,5\n01235;none\n", fields, fileFirst, "zip");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        answer = await Send("01234;1.000,5\n01235;none\n", [("name", name), ("types", "column1:category"), .. fields[2..]], fileFirst, "zip");

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal(name, (string?)answer.Json["name"]);
        Assert.Equal("category", (string?)answer.Json["columns"]![0]!["type"]);
        Assert.Equal(1000.5, (double)answer.Json["columns"]![1]!["max"]!);
        Assert.Equal(1, (int)answer.Json["columns"]![1]!["missing"]!);
    }

    [Theory]
    [InlineData("typo", "x", "#/typo")]
    [InlineData("file2", "x", "#/file2")]
    [InlineData("delimiter", "x", "#/delimiter")]
    [InlineData("types", "zip", "#/types")]
    [InlineData("name", "Not A Name", "#/name")]
    public async Task An_unknown_part_or_a_bad_one_is_refused_behind_the_file_too(string part, string value, string pointer)
    {
        var answer = await Send("zip,x\n1,2\n", [(part, value)], fileFirst: true, "zip");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(pointer, (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task A_second_file_is_refused()
    {
        using var form = new MultipartFormDataContent { { File("a\n1\n"), "file", "a.csv" }, { File("b\n2\n"), "file", "b.csv" } };

        var answer = await _wire.Send(HttpMethod.Post, "datasets", form);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#/file", (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task A_part_twice_or_otherwise_than_the_query_is_refused()
    {
        var twice = await Send("a,b\n1,2\n", [("name", "form-one"), ("name", "form-two")], fileFirst: true, "a");
        using var form = new MultipartFormDataContent { { File("a,b\n1,2\n"), "file", "a.csv" }, { new StringContent("form-three"), "name" } };
        var otherwise = await _wire.Send(HttpMethod.Post, "datasets?name=form-four", form);

        Assert.Equal("#/name", (string?)twice.Json["errors"]![0]!["pointer"]);
        Assert.Equal(HttpStatusCode.BadRequest, twice.Status);
        Assert.Equal("#/name", (string?)otherwise.Json["errors"]![0]!["pointer"]);
        Assert.Equal(HttpStatusCode.BadRequest, otherwise.Status);
    }

    [Fact]
    public async Task A_part_that_nobody_has_filled_in_says_nothing_beside_the_query()
    {
        using var form = new MultipartFormDataContent { { File("01234;1.000,5\n01235;none\n01236;2\n"), "file", "zip.csv" } };
        foreach (var name in (string[])["name", "types", "delimiter", "decimal", "thousands", "missing", "header"])
            form.Add(new StringContent(""), name);

        var answer = await _wire.Send(
            HttpMethod.Post, "datasets?name=form-empty&types=column1:category&delimiter=;&decimal=,&thousands=.&missing=none&header=false", form);

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal(("form-empty", 3), ((string?)answer.Json["name"], (int)answer.Json["rows"]!));
        Assert.Equal(["category", "number"], answer.Json["columns"]!.AsArray().Select(column => (string?)column!["type"]));
        Assert.Equal((1000.5, 1), ((double)answer.Json["columns"]![1]!["max"]!, (int)answer.Json["columns"]![1]!["missing"]!));
    }

    [Fact]
    public async Task A_part_missing_that_nobody_has_filled_in_leaves_the_usual_spellings()
    {
        var answer = await Send("a,b\n1,NA\n2,3\n", [("missing", ""), ("name", "form-usual")], fileFirst: true, "a");

        Assert.Equal((HttpStatusCode.Created, 1), (answer.Status, (int)answer.Json["columns"]![1]!["missing"]!));
    }

    [Fact]
    public async Task A_bad_name_is_pointed_to_in_the_query_as_in_the_form()
    {
        using var form = new MultipartFormDataContent { { File("a,b\n1,2\n"), "file", "a.csv" } };

        var answer = await _wire.Send(HttpMethod.Post, "datasets?name=Not%20A%20Name", form);

        Assert.Equal((HttpStatusCode.BadRequest, "#/name"), (answer.Status, (string?)answer.Json["errors"]![0]!["pointer"]));
    }

    [Fact]
    public async Task A_part_beside_the_file_has_a_limit()
    {
        var answer = await Send("a,b\n1,2\n", [("name", new string('n', 1 << 20))], fileFirst: true, "a");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Equal("#/name", (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task A_part_without_a_name_and_a_form_without_a_file_are_refused()
    {
        var nameless = "--x\r\nContent-Type: text/csv\r\n\r\na\n1\n\r\n--x--\r\n";
        var content = new StringContent(nameless, Encoding.UTF8);
        content.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=x");
        using var form = new MultipartFormDataContent { { new StringContent("form-five"), "name" } };

        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Send(HttpMethod.Post, "datasets", content)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await _wire.Send(HttpMethod.Post, "datasets", form)).Status);
    }

    private async Task<Answer> Send(string csv, (string Name, string Value)[] fields, bool fileFirst, string fileName)
    {
        using var form = new MultipartFormDataContent();
        if (fileFirst)
            form.Add(File(csv), "file", $"{fileName}.csv");
        foreach (var (name, value) in fields)
            form.Add(new StringContent(value), name);
        if (!fileFirst)
            form.Add(File(csv), "file", $"{fileName}.csv");
        return await _wire.Send(HttpMethod.Post, "datasets", form);
    }

    private static StringContent File(string csv) => new(csv, Encoding.UTF8, "text/csv");
}
