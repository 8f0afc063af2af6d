using System.Net;
using System.Text;

namespace NnService.Api.Tests.Doors;

/// <summary>Files to take away: in pieces, under a name, and refused in words where a piece is not there.</summary>
[Collection(Files.Name)]
public sealed class DownloadTests(FileService service)
{
    private static readonly byte[] s_table = Encoding.UTF8.GetBytes(FileService.Table);

    [Theory]
    [InlineData("bytes=0-9", 0, 10)]
    [InlineData("bytes=10-10", 10, 1)]
    [InlineData("bytes=20000-", 20000, -1)]
    [InlineData("bytes=-5", -5, 5)]
    [InlineData("bytes=100-99999999", 100, -1)]
    [InlineData("bytes=-99999999", 0, -1)]
    public async Task A_range_of_a_table_is_answered_with_that_piece(string range, int start, int length)
    {
        start = start < 0 ? s_table.Length + start : start;
        length = length < 0 ? s_table.Length - start : length;

        var (answer, body) = await service.Send(HttpMethod.Get, "datasets/files/content", null, ("Range", range), ("Accept-Encoding", "gzip"));

        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(s_table[start..(start + length)], body);
        Assert.Equal($"bytes {start}-{start + length - 1}/{s_table.Length}", answer.Content.Headers.ContentRange!.ToString());
        Assert.Equal(["bytes"], answer.Headers.AcceptRanges);
        Assert.Empty(answer.Content.Headers.ContentEncoding); // a range counts the bytes of the file
        Assert.False(answer.Headers.ETag!.IsWeak);
    }

    [Theory]
    [InlineData("onnx")]
    [InlineData("safetensors")]
    [InlineData("json")]
    [InlineData("c")]
    public async Task An_export_comes_in_pieces_that_fit(string format)
    {
        var path = $"models/files-trained/export/{format}";
        var (whole, file) = await service.Send(HttpMethod.Get, path);
        Assert.Equal(["bytes"], whole.Headers.AcceptRanges);
        var tag = whole.Headers.ETag!.ToString();

        var (first, start) = await service.Send(HttpMethod.Get, path, null, ("Range", "bytes=0-99"));
        var (second, rest) = await service.Send(HttpMethod.Get, path, null, ("Range", "bytes=100-"), ("If-Range", tag));

        Assert.Equal((HttpStatusCode.PartialContent, HttpStatusCode.PartialContent), (first.StatusCode, second.StatusCode));
        Assert.Equal(file, start.Concat(rest));
        Assert.Equal(whole.Content.Headers.ContentDisposition, second.Content.Headers.ContentDisposition);
    }

    [Theory]
    [InlineData("\"another\"")]
    [InlineData("W/{tag}")] // a weak tag says nothing of single bytes
    [InlineData("Wed, 21 Oct 2015 07:28:00 GMT")]
    public async Task A_piece_of_what_has_changed_is_the_whole(string condition)
    {
        var (whole, _) = await service.Send(HttpMethod.Get, "datasets/files/content");
        condition = condition.Replace("{tag}", whole.Headers.ETag!.ToString(), StringComparison.Ordinal);

        var (answer, body) = await service.Send(HttpMethod.Get, "datasets/files/content", null, ("Range", "bytes=5-9"), ("If-Range", condition));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(s_table, body);
    }

    [Theory]
    [InlineData("datasets/files/content")]
    [InlineData("models/files-trained/export/onnx")]
    public async Task A_range_behind_the_end_is_refused_with_the_length(string path)
    {
        var (whole, file) = await service.Send(HttpMethod.Get, path);

        var (answer, body) = await service.Send(HttpMethod.Get, path, null, ("Range", "bytes=99999999-"));

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, answer.StatusCode);
        Assert.Equal($"bytes */{file.Length}", answer.Content.Headers.ContentRange!.ToString());
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        var says = $"The file has {file.Length:N0} bytes; no byte of the range that is asked for is among them.";
        Assert.Contains(says, Encoding.UTF8.GetString(body), StringComparison.Ordinal);
        Assert.Null(answer.Headers.ETag);
        Assert.Null(answer.Content.Headers.ContentDisposition);
        Assert.NotNull(whole.Headers.ETag);
    }

    [Theory]
    [InlineData("lines=1-2")]
    [InlineData("bytes=5-2")]
    [InlineData("bytes=0-1,5-9")] // several pieces at once: the whole is an answer that RFC 9110 allows
    [InlineData("garbage")]
    public async Task A_range_that_is_none_is_passed_over(string range)
    {
        var (answer, body) = await service.Send(HttpMethod.Get, "datasets/files/content", null, ("Range", range));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(s_table, body);
    }

    [Fact]
    public async Task HEAD_knows_no_range_and_says_that_there_are_some()
    {
        var (answer, body) = await service.Send(HttpMethod.Head, "datasets/files/content", null, ("Range", "bytes=0-9"));

        Assert.Equal((HttpStatusCode.OK, s_table.Length), (answer.StatusCode, (int)answer.Content.Headers.ContentLength!));
        Assert.Equal(["bytes"], answer.Headers.AcceptRanges);
        Assert.Empty(body);
    }

    [Theory]
    [InlineData("If-None-Match", 304)]
    [InlineData("If-Match", 206)]
    [InlineData("If-Match other", 412)]
    public async Task Conditions_go_before_a_range(string condition, int status)
    {
        var (whole, _) = await service.Send(HttpMethod.Get, "datasets/files/content");
        var tag = condition.EndsWith("other", StringComparison.Ordinal) ? "\"other\"" : whole.Headers.ETag!.ToString();

        var (answer, body) = await service.Send(HttpMethod.Get, "datasets/files/content", null, ("Range", "bytes=0-9"), (condition.Split(' ')[0], tag));

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 412)
            Assert.Contains("If-Match", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("datasets/files/content", "text/csv", "files.csv")]
    [InlineData("datasets/files-tabs/content", "text/tab-separated-values", "files-tabs.tsv")]
    [InlineData("datasets/files-json/content", "application/json", "files-json.json")]
    [InlineData("datasets/files-lines/content", "application/x-ndjson", "files-lines.ndjson")]
    [InlineData("models/files-trained/export/onnx", "application/octet-stream", "files-trained-1.onnx")]
    [InlineData("models/files-trained/export/c", "application/zip", "files-trained-1-c.zip")]
    public async Task A_file_has_a_name(string path, string type, string name)
    {
        var (answer, _) = await service.Send(HttpMethod.Get, path);

        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("attachment", answer.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal(name, answer.Content.Headers.ContentDisposition.FileName);
        Assert.Equal(name, answer.Content.Headers.ContentDisposition.FileNameStar);
    }

    [Fact]
    public async Task Predictions_and_histories_as_CSV_have_names_and_JSON_has_none()
    {
        var csv = new StringContent("a,b\n1,2\n", Encoding.UTF8, "text/csv");
        Assert.Equal("files-1-predictions.csv", await Name(HttpMethod.Post, "models/files/predict", csv, "text/csv"));
        csv = new StringContent("a,b\n1,2\n", Encoding.UTF8, "text/csv");
        Assert.Equal("files-1-predictions.csv", await Name(HttpMethod.Post, "/invocations?model=files", csv, "text/csv"));
        csv = new StringContent("a,b\n1,2\n", Encoding.UTF8, "text/csv");
        Assert.Null(await Name(HttpMethod.Post, "models/files/predict", csv, "application/json"));
        var id = (string)(await service.Wire.Get("training-jobs/latest")).Json["id"]!;
        Assert.Equal($"files-trained-{id}-history.csv", await Name(HttpMethod.Get, "training-jobs/latest/history", null, "text/csv"));
        Assert.Null(await Name(HttpMethod.Get, "training-jobs/latest/history", null, "application/json"));
    }

    private async Task<string?> Name(HttpMethod method, string path, HttpContent? content, string accept) =>
        (await service.Send(method, path, content, ("Accept", accept))).Answer.Content.Headers.ContentDisposition?.FileName;
}
