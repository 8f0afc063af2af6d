using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>A service as a process, for what only its own server reads.</summary>
public sealed class LimitedService : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-limits-").FullName;
    private ServiceProcess? _service;

    public Wire Wire => _service!.Wire;

    public async Task InitializeAsync()
    {
        _service = await ServiceProcess.Start(
            _folder, "--Datasets:MaxBytes=1000000", "--Inference:MaxBytes=2000000", "--Models:MaxBytes=800000", "--Kestrel:Limits:MaxRequestBodySize=500000");
        await AddSum(Wire);
        await Wire.PostCsv("datasets?name=heights", "weight,height,gender\n133,65,F\n160,72,M\n152,70,M\n120,60,F\n");
    }

    public static Task AddSum(Wire wire) => wire.Post(
        "models", """{"name":"sum","features":["a","b"],"network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]}}""");

    public Task DisposeAsync()
    {
        _service?.Dispose();
        TemporaryFolder.Remove(_folder);
        return Task.CompletedTask;
    }
}

/// <summary>Every read of a request has a limit of its own, counted after inflating, and nothing in the framing of a request is the service's fault.</summary>
public sealed class RequestLimitTests(LimitedService service) : IClassFixture<LimitedService>
{
    private const string FormType = "multipart/form-data; boundary=B";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("networks", 500_000, "Kestrel:Limits:MaxRequestBodySize")]
    [InlineData("models", 800_000, "Models:MaxBytes")]
    [InlineData("training-jobs", 500_000, "Kestrel:Limits:MaxRequestBodySize")]
    [InlineData("models/sum/predict", 500_000, "Kestrel:Limits:MaxRequestBodySize")]
    [InlineData("models/sum/trace", 500_000, "Kestrel:Limits:MaxRequestBodySize")]
    [InlineData("models/sum/evaluate", 500_000, "Kestrel:Limits:MaxRequestBodySize")]
    [InlineData("datasets", 1_000_000, "Datasets:MaxBytes")]
    [InlineData("/v2/models/sum/infer", 2_000_000, "Inference:MaxBytes")]
    [InlineData("/v1/models/sum:predict", 2_000_000, "Inference:MaxBytes")]
    [InlineData("/invocations", 2_000_000, "Inference:MaxBytes")]
    public async Task A_small_body_that_inflates_to_a_large_one_ends_at_the_limit(string path, int limit, string setting)
    {
        var answer = await Send(path, Gzip(Blanks(limit + 1)), "application/json", "gzip");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Contains($"{limit:N0} bytes", answer.Text, StringComparison.Ordinal);
        Assert.Contains(setting, answer.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(path, Gzip(Blanks(limit)), "application/json", "gzip")).Status); // blanks are no JSON
    }

    [Theory]
    [InlineData("models/sum/predict")]
    [InlineData("models/sum/evaluate")]
    public async Task JSON_in_a_form_has_the_limit_of_JSON(string path)
    {
        var answer = await Send(path, JsonForm(500_001), FormType, null);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.StartsWith("The body has more than 500,000 bytes", (string?)answer.Json["detail"], StringComparison.Ordinal);
        Assert.Contains("the limit Kestrel:Limits:MaxRequestBodySize", answer.Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(path, JsonForm(500_000), FormType, null)).Status); // blanks are no JSON
    }

    [Fact]
    public async Task JSON_in_a_form_may_be_as_large_as_the_limit_says_above_the_default_too()
    {
        using var folder = new TemporaryFolder();
        using var service = await ServiceProcess.Start(folder.Path, "--Kestrel:Limits:MaxRequestBodySize=31000000");
        await LimitedService.AddSum(service.Wire);

        foreach (var path in new[] { "models/sum/predict", "models/sum/evaluate" })
        {
            var answer = await Send(path, JsonForm(31_000_001), FormType, null, service.Wire);

            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
            Assert.StartsWith("The body has more than 31,000,000 bytes", (string?)answer.Json["detail"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_CSV_to_measure_on_has_the_limit_of_tables()
    {
        var rows = string.Concat(Enumerable.Repeat("1,2,5.5\n", 100_000)); // 800,000 bytes, above what other bodies may have

        var measured = await _wire.PostCsv("models/sum/evaluate", "a,b,y\n" + rows);
        var refused = await Send("models/sum/evaluate", Gzip(Encoding.UTF8.GetBytes("a,b,y\n" + rows + rows)), "text/csv", "gzip");

        Assert.Equal((HttpStatusCode.OK, 100_000), (measured.Status, (int)measured.Json["rows"]!));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.Status);
        Assert.Contains("the limit Datasets:MaxBytes", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_door_takes_gzip_and_no_other_encoding()
    {
        var network = """{"name":"zipped","layers":[{"type":"dense","units":1}]}"""u8.ToArray();
        Assert.Equal(HttpStatusCode.Created, (await Send("networks", Gzip(network), "application/json", "GZip")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Send("networks", Gzip(network), "application/json", "x-gzip")).Status);
        Assert.Equal(HttpStatusCode.OK, (await Send("networks", network, "application/json", "identity")).Status);
        var rows = """{"rows":[[1,2]]}"""u8.ToArray();
        await Answers("models/sum/predict", rows, "application/json");
        await Answers("models/sum/predict", "a,b\n1,2\n"u8.ToArray(), "text/csv");
        await Answers("/v2/models/sum/infer", """{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,2]}]}"""u8.ToArray(), "application/json");
        await Answers("/v1/models/sum:predict", """{"instances":[[1,2]]}"""u8.ToArray(), "application/json");
        await Answers("/invocations", "a,b\n1,2\n"u8.ToArray(), "text/csv");
        var job = """{"dataset":"heights","target":"gender"}"""u8.ToArray();
        Assert.Equal(HttpStatusCode.OK, (await Send("training-jobs?validateOnly=true", Gzip(job), "application/json", "gzip")).Status);

        foreach (var path in new[] { "networks", "datasets", "models/sum/predict", "/v2/models/sum/infer", "/invocations" })
        {
            foreach (var encoding in new[] { "br", "deflate", "gzip, gzip" })
            {
                var refused = await Send(path, rows, "application/json", encoding);
                Assert.Equal(HttpStatusCode.UnsupportedMediaType, refused.Status);
                Assert.Contains("is not understood; send gzip or none.", refused.Text, StringComparison.Ordinal);
            }

            foreach (var broken in new[] { rows, Gzip(rows)[..^9] })
            {
                var refused = await Send(path, broken, "application/json", "gzip");
                Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
                Assert.Contains("The body is not valid gzip, or it is cut short.", refused.Text, StringComparison.Ordinal);
            }
        }

        async Task Answers(string path, byte[] body, string type) =>
            Assert.Contains("5.5", (await Send(path, Gzip(body), type, "gzip")).Text, StringComparison.Ordinal); // 1 · 1 + 2 · 2 + 0.5
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_field_of_a_form_is_short(bool isZipped)
    {
        var form = Form(
            $"--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{new string('x', 300_000)}\r\n"
            + "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na\n1\n\r\n--B--\r\n");

        var answer = await Send("datasets", isZipped ? Gzip(form) : form, FormType, isZipped ? "gzip" : null);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
        Assert.Equal("The part \"name\" of the form has more than 262,144 bytes; only the part \"file\" may.", (string?)answer.Json["detail"]);
        Assert.Equal("#/name", (string?)answer.Json["errors"]![0]!["pointer"]);
    }

    [Theory]
    [InlineData("X-A: {0}")]
    [InlineData("Content-Disposition: form-data; name=\"{0}\"")]
    public async Task Headers_of_a_part_are_short(string header)
    {
        var form = Gzip(Form($"--B\r\n{string.Format(header, new string('x', 8_000_000))}\r\n\r\na\r\n--B--\r\n"));

        var answer = await Send("datasets", form, FormType, "gzip");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("A part of the form has headers of more than 65,536 bytes, or there is as much before the first part.", (string?)answer.Json["detail"]);
    }

    [Theory]
    [InlineData(70, 201)]
    [InlineData(71, 400)]
    [InlineData(5_000, 400)]
    public async Task A_boundary_has_at_most_seventy_characters(int length, int status)
    {
        var boundary = new string('b', length);
        var form = Form($"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na\n{length}\n\r\n--{boundary}--\r\n");

        Assert.Equal(status, (int)(await Send("datasets", form, $"multipart/form-data; boundary={boundary}", null)).Status);
    }

    [Theory]
    [InlineData("no form at all")]
    [InlineData("--B\r\n")]
    [InlineData("--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\na\n1\n")] // no last boundary
    [InlineData("--B\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nx")]
    [InlineData("--B\r\nno header\r\n\r\nx\r\n--B--\r\n")]
    [InlineData("{headers}")]
    [InlineData("{longHeader}")]
    [InlineData("{preamble}")]
    [InlineData("{parts}")]
    public async Task A_broken_form_is_the_callers(string form)
    {
        form = form switch
        {
            "{headers}" => $"--B\r\n{string.Concat(Enumerable.Range(0, 1000).Select(i => $"X-{i}: y\r\n"))}\r\nx\r\n--B--\r\n",
            "{longHeader}" => $"--B\r\nX: {new string('x', 200_000)}\r\n\r\nx\r\n--B--\r\n",
            "{preamble}" => $"{new string('x', 300_000)}\r\n--B--\r\n",
            "{parts}" => string.Concat(Enumerable.Repeat("--B\r\n\r\nx\r\n", 300_000)) + "--B--\r\n",
            _ => form,
        };

        var answer = await Send("datasets", Form(form), FormType, null);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("application/problem+json", answer.ContentType);
    }

    [Theory]
    [InlineData("80000000")]
    [InlineData("FFFFFFFF")]
    [InlineData("100000000")]
    [InlineData("FFFFFFFFFFFFFFFFFFFF")]
    [InlineData("-1")]
    [InlineData("zz")]
    [InlineData("0x5")]
    [InlineData(" ")]
    public async Task The_size_of_a_chunk_that_is_none_is_the_callers_mistake(string size)
    {
        foreach (var (path, type) in new[]
        {
            ("/api/v1/networks", "application/json"), ("/api/v1/datasets", "text/csv"), ("/api/v1/datasets", FormType),
            ("/api/v1/models/sum/predict", "application/json"), ("/api/v1/models/sum/predict", "text/csv"),
            ("/v2/models/sum/infer", "application/json"), ("/v1/models/sum:predict", "application/json"), ("/invocations", "application/json"),
        })
        {
            var head = $"POST {path} HTTP/1.1\nHost: localhost\nConnection: close\nContent-Type: {type}\nTransfer-Encoding: chunked";
            var answer = await RawHttp.Send(_wire.Http, $"{head}\n\n{size}\n{{}}\n0\n\n");

            Assert.True(RawHttp.StatusOf(answer) is 400 or 413, answer);
        }
    }

    private Task<Answer> Send(string path, byte[] body, string type, string? encoding, Wire? wire = null)
    {
        var content = new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } };
        if (encoding is not null)
            content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        return (wire ?? _wire).Send(HttpMethod.Post, path, content);
    }

    private static byte[] Form(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] JsonForm(int blanks) =>
    [
        .. Form("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rows.json\"\r\n\r\n"), .. Blanks(blanks), .. Form("\r\n--B--\r\n"),
    ];

    private static byte[] Blanks(int count)
    {
        var blanks = new byte[count];
        Array.Fill(blanks, (byte)' ');
        return blanks;
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }
}
