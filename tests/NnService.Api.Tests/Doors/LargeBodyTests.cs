using System.IO.Compression;
using System.Net;
using System.Text;

namespace NnService.Api.Tests.Doors;

/// <summary>Tables of more than 30 MB, the server's own limit of a body, which is meant for small JSON: tables have limits of their own.</summary>
[Collection(Files.Name)]
public sealed class LargeBodyTests(FileService service)
{
    private const int Rows = 32_000, ServersLimit = 30_000_000;

    private static readonly byte[] s_table = Table("a,b,note\n", i => $"{i % 10},{i % 7},{new string('x', 1000)}\n");

    [Theory]
    [InlineData(false, "")]
    [InlineData(false, "the file")]
    [InlineData(false, "the body")]
    [InlineData(true, "")]
    [InlineData(true, "the file")]
    [InlineData(true, "the body")]
    public async Task Uploads_are_taken(bool inForm, string zipped)
    {
        HttpContent content = new ByteArrayContent(zipped == "the file" ? Gzip(s_table) : s_table) { Headers = { ContentType = new("text/csv") } };
        if (inForm)
            content = new MultipartFormDataContent { { content, "file", "table.csv" } };
        if (zipped == "the body")
            content = new ByteArrayContent(Gzip(await content.ReadAsByteArrayAsync()))
            {
                Headers = { ContentType = content.Headers.ContentType, ContentEncoding = { "gzip" } },
            };

        var answer = await service.Wire.Send(HttpMethod.Post, "datasets?name=large", content);

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal((Rows, s_table.Length), ((int)answer.Json["rows"]!, (int)answer.Json["bytes"]!));
        await service.Wire.Delete("datasets/large");
    }

    [Theory]
    [InlineData("models/files/predict?ignoreUnknown=true")]
    [InlineData("models/files-trained/evaluate?ignoreUnknown=true")]
    [InlineData("/invocations?model=files")]
    public async Task A_CSV_to_work_on_is_taken_zipped_or_not(string path)
    {
        var table = path[0] == '/' ? Table("a,b\n", i => $"{i % 10},{i % 7}.{new string('0', 1000)}\n") : s_table; // it refuses other columns

        foreach (var body in new[] { table, Gzip(table) })
        {
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new("text/csv") } };
            var answer = await service.Wire.Send(HttpMethod.Post, path, content);
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text[..Math.Min(answer.Text.Length, 500)]);
        }
    }

    private static byte[] Table(string header, Func<int, string> row)
    {
        var table = new StringBuilder(header);
        for (var i = 0; i < Rows; i++)
            table.Append(row(i));
        return Encoding.ASCII.GetBytes(table.ToString());
    }

    // Nothing is made smaller, so that what is sent is beyond the limit too.
    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.NoCompression, leaveOpen: true))
            gzip.Write(bytes);
        Assert.True(packed.Length > ServersLimit);
        return packed.ToArray();
    }
}
