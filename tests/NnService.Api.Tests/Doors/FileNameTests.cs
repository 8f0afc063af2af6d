using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace NnService.Api.Tests.Doors;

/// <summary>A form without a name is called after its file.</summary>
public sealed class FileNameTests(TestService service) : IClassFixture<TestService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("prices.csv", "prices")]
    [InlineData("Sale Prices (2024).CSV", "sale-prices-2024")]
    [InlineData("a.b_c-d.csv", "a.b_c-d")]
    [InlineData("zipped.csv.gz", "zipped")]
    [InlineData("_hidden.csv", "hidden")]
    [InlineData("-- dashes --.csv", "dashes")]
    [InlineData("C:\\data\\windows.csv", "windows")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("München größe.csv", "m-nchen-gr-e")]
    [InlineData("noextension", "noextension")]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg.csv", "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg")]
    public async Task The_dataset_is_called_after_the_file(string file, string name)
    {
        var answer = await Upload(file, $"a\n{name.Length}\n");

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal(name, (string?)answer.Json["name"]);
        Assert.Equal($"/api/v1/datasets/{name}", answer.Headers.Location!.ToString());
    }

    [Theory]
    [InlineData("数据.csv")]
    [InlineData("blob")]
    [InlineData("file")]
    [InlineData("-")]
    [InlineData("")]
    [InlineData(".csv")]
    [InlineData("....")]
    public async Task A_file_that_has_no_name_to_speak_of_gets_one_that_is_made(string file)
    {
        var answer = await Upload(file, "a\n1\n");

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.StartsWith("dataset-", (string?)answer.Json["name"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_file_again_is_the_same_dataset_and_another_one_of_its_name_gets_a_name_beside_it()
    {
        Assert.Equal(HttpStatusCode.Created, (await Upload("again.csv", "a\n1\n")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Upload("again.csv", "a\n1\n")).Status);

        var other = await Upload("Again.csv", "a\n2\n");

        Assert.True(other.Status == HttpStatusCode.Created, other.Text);
        var name = (string)other.Json["name"]!;
        Assert.Matches("^again-[0-9a-f]{12}$", name);
        Assert.Equal($"/api/v1/datasets/{name}", other.Headers.Location!.ToString());
        Assert.Equal(
            $"The dataset \"again\" is another table, so this one, whose upload gave no name, is called \"{name}\". Give a name to choose another, for example "
            + "with ?name=.",
            (string?)other.Json["warnings"]![0]);
        Assert.Equal(other.Text, (await _wire.Get($"datasets/{name}")).Text);
        foreach (var _ in (int[])[2, 3])
        {
            var same = await Upload("again.csv", "a\n2\n");
            Assert.Equal((HttpStatusCode.OK, other.Text), (same.Status, same.Text));
        }

        Assert.Equal(name, (string?)(await Upload("again.csv", "a\n2\n", "?types=a:number")).Json["name"]); // says what is found
        var words = await Upload("again.csv", "a\n2\n", "?types=a:category");
        Assert.Equal(HttpStatusCode.Created, words.Status);
        Assert.NotEqual(name, (string?)words.Json["name"]);
        await _wire.Delete("datasets/again");
        Assert.Equal(name, (string?)(await Upload("again.csv", "a\n2\n")).Json["name"]);
    }

    [Fact]
    public async Task A_name_that_is_given_is_the_one_or_refused()
    {
        await Upload("given.csv", "a\n1\n");

        var refused = await Upload("given.csv", "a\n2\n", "?name=given");

        Assert.Equal(
            (HttpStatusCode.Conflict, "There is another dataset \"given\". Datasets do not change: choose a new name, or delete the old one first."),
            (refused.Status, (string?)refused.Json["detail"]));
        Assert.Equal(HttpStatusCode.Created, (await Upload("given.csv", "a\n2\n", "?name=given-2")).Status);
    }

    [Fact]
    public async Task A_long_name_is_cut_for_what_stands_behind_it()
    {
        var file = new string('n', 70) + ".csv";
        await Upload(file, "a\n1\n");

        Assert.Matches("^n{50}-[0-9a-f]{12}$", (string?)(await Upload(file, "a\n2\n")).Json["name"]);
    }

    [Fact]
    public async Task A_name_that_is_given_goes_first()
    {
        Assert.Equal("inside", (string?)(await Upload("outside.json", """{"name":"inside","rows":[{"a":1}]}""")).Json["name"]);
        Assert.Equal("in-query", (string?)(await Upload("outside.csv", "a\n7\n", "?name=in-query")).Json["name"]);
    }

    [Fact]
    public async Task A_name_in_UTF_8_goes_before_the_one_for_old_readers()
    {
        var body = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"old.csv\"; filename*=UTF-8''new%20one.csv\r\n\r\na\n1\n\r\n--b--\r\n";
        using var content = Form(body);

        Assert.Equal("new-one", (string?)(await _wire.Send(HttpMethod.Post, "datasets", content)).Json["name"]);
    }

    // As curl and browsers write it: UTF-8 as it stands, which the framework's own writer would encode.
    private Task<Answer> Upload(string file, string csv, string query = "")
    {
        var written = file.Replace("\\", "\\\\", StringComparison.Ordinal);
        var body = $"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{written}\"\r\n\r\n{csv}\r\n--b--\r\n";
        return _wire.Send(HttpMethod.Post, $"datasets{query}", Form(body));
    }

    private static StringContent Form(string body) =>
        new(body, Encoding.UTF8) { Headers = { ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b") } };
}
