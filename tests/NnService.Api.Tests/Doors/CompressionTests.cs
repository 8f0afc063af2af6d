using System.IO.Compression;
using System.Net;
using System.Text;

namespace NnService.Api.Tests.Doors;

/// <summary>Answers come compressed where Accept-Encoding asks for it, and are the same answers.</summary>
[Collection(Files.Name)]
public sealed class CompressionTests(FileService service)
{
    private const string Get = "GET";

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip;q=1, br;q=0.5", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("*", "br")]
    [InlineData("deflate", null)]
    [InlineData("identity", null)]
    [InlineData("gzip;q=0", null)]
    [InlineData(null, null)]
    public async Task The_encoding_is_one_that_is_asked_for(string? asked, string? encoding)
    {
        var (answer, body) = await service.Send(HttpMethod.Get, "catalogue", null, asked is null ? [] : [("Accept-Encoding", asked)]);
        var (_, plain) = await service.Send(HttpMethod.Get, "catalogue");

        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal(plain, Inflated(body, encoding));
        if (encoding is not null)
            Assert.True(body.Length < plain.Length / 3, $"{body.Length} of {plain.Length} bytes");
    }

    [Theory]
    [InlineData(Get, "networks?limit=0", false)] // a refusal
    [InlineData(Get, "datasets/files", true)]
    [InlineData(Get, "datasets/files/rows?limit=500", true)]
    [InlineData(Get, "datasets/files/content", true)]
    [InlineData(Get, "datasets/files-tabs/content", false)] // a few bytes
    [InlineData(Get, "training-jobs/latest/history", true)]
    [InlineData(Get, "training-jobs/latest/loss.svg", true)]
    [InlineData(Get, "models/files-trained/export/json", true)]
    [InlineData(Get, "models/files-trained/export/onnx", false)] // no text
    [InlineData(Get, "models/files-trained/export/c", false)]
    [InlineData(Get, "training-jobs/latest/events", false)] // must not wait in a buffer
    [InlineData(Get, "/health/live", false)]
    [InlineData(Get, "/health/ready", false)]
    [InlineData(Get, "/v2/health/ready", false)]
    [InlineData(Get, "/ping", false)]
    [InlineData(Get, "/swagger/v1/swagger.json", true)]
    [InlineData(Get, "/swagger/index.html", true)]
    [InlineData(Get, "/", true)]
    [InlineData(Get, "/page/app.css", true)]
    [InlineData(Get, "/page/views/train.js", true)]
    [InlineData("rows 1", "models/files/predict", false)] // costs more than it saves
    [InlineData("rows 1", "/v1/models/files:predict", false)]
    [InlineData("rows 1000", "models/files/predict", true)]
    [InlineData("rows 1000", "/v1/models/files:predict", true)]
    [InlineData("rows 1000", "/invocations?model=files", true)]
    [InlineData("rows 20000", "models/files/predict", true)] // by a worker
    [InlineData("csv 5000", "models/files/predict", true)]
    [InlineData("lines 1000", "/invocations?model=files", true)]
    public async Task What_is_text_and_not_tiny_is_compressed_and_says_the_same(string what, string path, bool isCompressed)
    {
        var (plain, plainBody) = await Ask(what, path);
        var (answer, body) = await Ask(what, path, ("Accept-Encoding", "gzip"));

        Assert.Equal(plain.StatusCode, answer.StatusCode);
        Assert.Equal(isCompressed ? ["gzip"] : [], answer.Content.Headers.ContentEncoding);
        Assert.Equal(plain.Content.Headers.ContentType, answer.Content.Headers.ContentType);
        Assert.Equal(plain.Content.Headers.ContentDisposition, answer.Content.Headers.ContentDisposition);
        if (isCompressed)
            Assert.Contains("Accept-Encoding", answer.Headers.Vary);
        if (plain.StatusCode == HttpStatusCode.OK) // a refusal has an id of its own
            Assert.Equal(plainBody, Inflated(body, isCompressed ? "gzip" : null));
    }

    [Theory]
    [InlineData("datasets/files")]
    [InlineData("datasets/files/content")]
    [InlineData("models/files/versions/1")]
    [InlineData("models/files-trained/export/json")]
    public async Task A_compressed_thing_has_a_weak_tag_of_its_own_and_is_known_by_it(string path)
    {
        var (plain, _) = await service.Send(HttpMethod.Get, path);
        var (zipped, _) = await service.Send(HttpMethod.Get, path, null, ("Accept-Encoding", "gzip"));

        Assert.False(plain.Headers.ETag!.IsWeak);
        Assert.Equal($"W/{plain.Headers.ETag}", zipped.Headers.ETag!.ToString());
        Assert.Contains("Accept-Encoding", plain.Headers.Vary); // a cache must not give the one for the other
        Assert.Contains("Accept-Encoding", zipped.Headers.Vary);
        foreach (var tag in new[] { plain.Headers.ETag.ToString(), zipped.Headers.ETag.ToString() })
        {
            var (known, body) = await service.Send(HttpMethod.Get, path, null, ("Accept-Encoding", "gzip"), ("If-None-Match", tag));
            Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
            Assert.Equal(tag, known.Headers.ETag!.ToString());
            Assert.Contains("Accept-Encoding", known.Headers.Vary);
            Assert.Empty(body);
        }
    }

    [Theory]
    [InlineData("catalogue")]
    [InlineData("datasets/files")]
    [InlineData("datasets/files/content")]
    [InlineData("models/files-trained/export/json")]
    [InlineData("training-jobs/latest/history")]
    [InlineData("/health/live")]
    public async Task HEAD_says_what_GET_says(string path)
    {
        var (get, body) = await service.Send(HttpMethod.Get, path, null, ("Accept-Encoding", "gzip"));
        var (head, none) = await service.Send(HttpMethod.Head, path, null, ("Accept-Encoding", "gzip"));

        Assert.Empty(none);
        Assert.Equal(get.Content.Headers.ContentEncoding, head.Content.Headers.ContentEncoding);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Equal(get.Headers.Vary, head.Headers.Vary);
        Assert.Equal(get.Headers.AcceptRanges, head.Headers.AcceptRanges);
        Assert.Equal(body.Length, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_refusal_half_way_through_a_compressed_answer_is_whole()
    {
        var csv = FileService.Table + "x,1\n"; // the last row is no good

        var (answer, body) = await service.Send(
            HttpMethod.Post, "models/files/predict", new StringContent(csv, Encoding.UTF8, "text/csv"), ("Accept-Encoding", "gzip"), ("Accept", "text/csv"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Null(answer.Content.Headers.ContentDisposition);
        var text = Encoding.UTF8.GetString(Inflated(body, answer.Content.Headers.ContentEncoding.SingleOrDefault()));
        Assert.Contains("Line 5002", text, StringComparison.Ordinal);
    }

    private Task<(HttpResponseMessage Answer, byte[] Body)> Ask(string what, string path, params (string Name, string Value)[] headers)
    {
        if (what == Get)
            return service.Send(HttpMethod.Get, path, null, headers);
        var count = int.Parse(what.Split(' ')[1]);
        if (what.StartsWith("csv", StringComparison.Ordinal))
            return service.Send(HttpMethod.Post, path, new StringContent(FileService.Table, Encoding.UTF8, "text/csv"), [("Accept", "text/csv"), .. headers]);
        if (what.StartsWith("lines", StringComparison.Ordinal))
        {
            var lines = new StringContent(string.Concat(Enumerable.Range(0, count).Select(i => $"[{i},{i % 5}]\n")), Encoding.UTF8, "application/jsonlines");
            return service.Send(HttpMethod.Post, path, lines, [("Accept", "application/jsonlines"), .. headers]);
        }

        var rows = string.Join(',', Enumerable.Range(0, count).Select(i => $"[{i},{i % 5}]"));
        var name = path.StartsWith('/') ? "instances" : "rows";
        return service.Send(HttpMethod.Post, path, new StringContent($$"""{"{{name}}":[{{rows}}]}""", Encoding.UTF8, "application/json"), headers);
    }

    private static byte[] Inflated(byte[] body, string? encoding)
    {
        if (encoding is null)
            return body;
        using var packed = new MemoryStream(body);
        using Stream stream = encoding == "br" ? new BrotliStream(packed, CompressionMode.Decompress) : new GZipStream(packed, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        return plain.ToArray();
    }
}
