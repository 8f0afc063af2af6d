using System.IO.Compression;
using System.Net;
using System.Text;

namespace NnService.Api.Tests.Doors;

/// <summary>A form with one file is taken wherever rows are taken as CSV: <c>curl -F file=@rows.csv</c>.</summary>
public sealed class FormedTableTests(TestService service) : IClassFixture<TestService>
{
    private const string Rows = "x1,x2\n1,2\n3,4\n";

    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task The_file_is_predicted_and_evaluated_as_a_body_is()
    {
        await Prepare();
        var expected = (await _wire.PostCsv("models/formed/predict", Rows)).Text;
        const string Truth = "x1,x2,y\n1,2,3\n3,4,8\n";
        var measured = (await _wire.PostCsv("models/formed/evaluate", Truth)).Text;

        Assert.Equal(expected, (await Send("predict", Rows, "rows.csv")).Text);
        Assert.Equal(expected, (await Send("predict", Rows.Replace(',', '\t'), "rows.tsv")).Text);
        Assert.Equal(expected, (await Send("predict?delimiter=;", Rows.Replace(',', ';'), "rows.csv")).Text);
        Assert.Equal(expected, (await Send("predict", """{"rows":[[1,2],[3,4]]}""", "rows.json")).Text);
        Assert.Equal(expected, (await Send("predict", Gzip(Rows), "rows.csv.gz")).Text);
        Assert.Equal("x1,x2,prediction\n1,2,3\n3,4,7\n", (await Send("predict", Rows, "rows.csv", accept: "text/csv")).Text.Replace("\r", ""));
        Assert.Equal(measured, (await Send("evaluate", Truth, "rows.csv")).Text);
    }

    [Fact]
    public async Task What_is_more_than_the_file_is_refused_with_what_to_type()
    {
        await Prepare();

        Refused("Only the part \"file\" is taken here", await Send("predict", [("delimiter", null, ";"u8.ToArray()), ("file", "a.csv", "x1,x2\n1,2\n"u8.ToArray())]));
        Refused("Only the part \"file\" is taken here", await Send("predict", [("file", "a.csv", "x1,x2\n1,2\n"u8.ToArray()), ("file", "b.csv", "x1,x2\n1,2\n"u8.ToArray())]));
        Refused("The form has no part \"file\"", await _wire.Send(HttpMethod.Post, "models/formed/predict", Raw("--x--\r\n", "multipart/form-data; boundary=x")));
        Refused("The multipart content type names no boundary.", await _wire.Send(HttpMethod.Post, "models/formed/predict", Raw("--x", "multipart/form-data")));
        Refused("The multipart body is broken", await _wire.Send(
            HttpMethod.Post, "models/formed/predict",
            Raw("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nx1,x2\n1,", "multipart/form-data; boundary=x")));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await Send("trace", Rows, "rows.csv")).Status);

        static void Refused(string says, Answer answer)
        {
            Assert.True(answer.Status == HttpStatusCode.BadRequest, answer.Text);
            Assert.StartsWith(says, (string?)answer.Json["detail"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("models/formed/predict")]
    [InlineData("models/formed/evaluate")]
    [InlineData("datasets")]
    public async Task A_content_type_that_cannot_be_read_is_refused_as_one_that_is_not_taken(string path)
    {
        await Prepare();
        using var http = service.CreateClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/{path}") { Content = new ByteArrayContent("--x"u8.ToArray()) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; =x");

        using var answer = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    private async Task Prepare()
    {
        if ((await _wire.Get("models/formed")).Status == HttpStatusCode.NotFound)
            await _wire.Post("models", """
                {"name":"formed","features":["x1","x2"],"target":"y","network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]} }
                """);
    }

    private Task<Answer> Send(string door, string rows, string file, string? accept = null) => Send(door, Encoding.UTF8.GetBytes(rows), file, accept);

    private Task<Answer> Send(string door, byte[] rows, string file, string? accept = null) => Send(door, [("file", file, rows)], accept);

    private Task<Answer> Send(string door, (string Name, string? File, byte[] Content)[] parts, string? accept = null)
    {
        var form = new MultipartFormDataContent("a-boundary");
        foreach (var (name, file, content) in parts)
            if (file is null)
                form.Add(new ByteArrayContent(content), name);
            else
                form.Add(new ByteArrayContent(content), name, file);
        return _wire.Send(HttpMethod.Post, $"models/formed/{door}", form, accept is null ? [] : [("Accept", accept)]);
    }

    private static ByteArrayContent Raw(string body, string type)
    {
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return packed.ToArray();
    }
}
