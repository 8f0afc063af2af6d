using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace NnService.Api.Tests.Doors;

/// <summary>What may stand around a body, or be it: a byte order mark, gzip, one of several names of a content type, a file that is no table.</summary>
[Collection(SharedService.Name)]
public sealed class BodyFormTests(TestService service) : IAsyncLifetime
{
    private const string Csv = "a,b\n1,2\n3,4\n";

    private readonly Wire _wire = service.Wire;

    public async Task InitializeAsync()
    {
        await _wire.Post("models", """{"name":"forms","features":["a","b"],"network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]}}""");
        await _wire.PostCsv("datasets?name=forms", "a,b,y\n1,2,5.5\n2,1,4.5\n3,3,9.5\n");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("networks", """{"name":"forms-mark","layers":[{"type":"dense","units":1}]}""", null)]
    [InlineData("datasets", """{"name":"forms-mark","rows":[{"a":1}]}""", null)]
    [InlineData("training-jobs?validateOnly=true", """{"dataset":"forms","target":"y"}""", null)]
    [InlineData("models", """{"name":"forms-mark","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""", null)]
    [InlineData("models/forms/predict", """{"rows":[[1,2]]}""", "5.5")]
    [InlineData("models/forms/predict", """{"rows":[{"a":1,"b":2}]}""", "5.5")]
    [InlineData("models/forms/evaluate", """{"dataset":"forms","target":"y"}""", null)]
    [InlineData("models/forms/trace", """{"row":[1,2],"target":5}""", null)]
    [InlineData("models/forms/explain", """{"row":[1,2]}""", null)]
    [InlineData("/v1/models/forms:predict", """{"instances":[[1,2]]}""", "5.5")]
    [InlineData("/invocations?model=forms", """{"dataframe_split":{"columns":["a","b"],"data":[[1,2]]}}""", "5.5")]
    [InlineData("/v2/models/forms/infer", """{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,2]}]}""", "5.5")]
    public async Task A_byte_order_mark_before_JSON_is_passed_over(string path, string json, string? says)
    {
        var answer = await Send(path, [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(json)], "application/json");

        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, answer.Text);
        Assert.Contains(says ?? "", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_belongs_to_the_JSON_in_front_of_binary_tensors()
    {
        byte[] json =
        [
            0xEF, 0xBB, 0xBF,
            .. """{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"parameters":{"binary_data_size":16}}]}"""u8,
        ];
        using var content = new ByteArrayContent([.. json, .. BitConverter.GetBytes(1.0), .. BitConverter.GetBytes(2.0)]);
        content.Headers.Add("Inference-Header-Content-Length", $"{json.Length}");

        var answer = await _wire.Send(HttpMethod.Post, "/v2/models/forms/infer", content);

        Assert.Contains("5.5", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_of_JSON_UTF_16_and_UTF_32_are_known_by_their_marks()
    {
        Assert.Equal(
            HttpStatusCode.Created, (await Send("datasets?name=forms-lines", "\uFEFF{\"a\":1}\n{\"a\":2}\n"u8.ToArray(), "application/x-ndjson")).Status);
        var utf16 = await Send("networks", Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("{}")).ToArray(), "application/json");
        Assert.Equal((HttpStatusCode.BadRequest, "The body is UTF-16; send it as UTF-8."), (utf16.Status, (string?)utf16.Json["detail"]));
        var utf32 = await Send("networks", Encoding.UTF32.GetPreamble().Concat(Encoding.UTF32.GetBytes("{}")).ToArray(), "application/json");
        Assert.Equal((HttpStatusCode.BadRequest, "The body is UTF-32; send it as UTF-8."), (utf32.Status, (string?)utf32.Json["detail"]));
        var table = await Send("datasets", Encoding.UTF32.GetPreamble().Concat(Encoding.UTF32.GetBytes("{\"rows\":[{\"a\":1}]}")).ToArray(), "application/json");
        Assert.Equal((HttpStatusCode.BadRequest, "The text is UTF-32; send it as UTF-8."), (table.Status, (string?)table.Json["detail"]));
    }

    [Theory]
    [InlineData("text/csv", Csv)]
    [InlineData("Text/CSV; charset=utf-8", Csv)]
    [InlineData("application/csv", Csv)]
    [InlineData("text/tab-separated-values", "a\tb\n1\t2\n3\t4\n")]
    [InlineData("application/x-ndjson", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n")]
    [InlineData("application/ndjson", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n")]
    [InlineData("application/jsonl", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n")]
    [InlineData("application/x-jsonlines", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n")]
    [InlineData("application/jsonlines", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n")]
    public async Task Every_name_of_a_form_is_taken_for_an_upload(string type, string body)
    {
        var answer = await Send("datasets", Encoding.UTF8.GetBytes(body), type);

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal("""{"columns":["a","b"],"rows":[[1,2],[3,4]],"total":2}""", (await _wire.Get($"datasets/{answer.Json["name"]}/rows")).Text);
    }

    [Theory]
    [InlineData("models/forms/predict")]
    [InlineData("/invocations?model=forms")]
    public async Task Every_name_of_CSV_is_taken_for_a_prediction(string path)
    {
        foreach (var (type, body) in new[]
        {
            ("text/csv", Csv), ("TEXT/CSV", Csv), ("application/csv", Csv), ("text/tab-separated-values", "a\tb\n1\t2\n3\t4\n"),
        })
        {
            var answer = await Send(path, Encoding.UTF8.GetBytes(body), type);
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
            Assert.Contains("11.5", answer.Text, StringComparison.Ordinal);
            Assert.Contains("11.5", (await Send(path, Gzip(Encoding.UTF8.GetBytes(body)), type)).Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Tabs_separate_cells_also_where_there_are_more_commas_unless_something_else_is_said()
    {
        const string Commas = "a\tb\nx,y,z\t1\nu,v,w\t2\n";
        var tabs = await Send("datasets?name=forms-tabs", Encoding.UTF8.GetBytes(Commas), "text/tab-separated-values");
        var said = await Send("datasets?name=forms-said&delimiter=%3B", "a;b\n1;2\n"u8.ToArray(), "text/tab-separated-values");

        Assert.Equal(2, tabs.Json["columns"]!.AsArray().Count);
        Assert.Equal("\t", (string?)tabs.Json["reading"]!["delimiter"]);
        Assert.Equal(2, said.Json["columns"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("text/csv")]
    [InlineData("application/json")]
    [InlineData("application/jsonl")]
    public async Task Gzip_is_known_by_its_first_bytes_in_an_upload(string type)
    {
        var body = type switch
        {
            "text/csv" => Csv,
            "application/json" => """{"columns":["a","b"],"rows":[[1,2],[3,4]]}""",
            _ => "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n",
        };

        var plain = await Send("datasets", Encoding.UTF8.GetBytes(body), type);
        var zipped = await Send("datasets", Gzip(Encoding.UTF8.GetBytes(body)), type);

        Assert.Equal(HttpStatusCode.Created, zipped.Status);
        Assert.Equal((string?)plain.Json["sha256"], (string?)zipped.Json["sha256"]); // of what came out
    }

    [Theory]
    [InlineData("table.csv.gz", Csv)]
    [InlineData("table.tsv.gz", "a\tb\n1\t2\n3\t4\n")]
    [InlineData("table.json.gz", """{"columns":["a","b"],"rows":[[1,2],[3,4]]}""")]
    [InlineData("table.JSONL.GZ", "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n")]
    [InlineData("table", Csv)]
    public async Task Gzip_is_known_by_its_first_bytes_in_a_form(string file, string body)
    {
        using var form = new MultipartFormDataContent
        {
            { new StringContent($"forms-zipped-{Guid.NewGuid():N}"), "name" },
            { new ByteArrayContent(Gzip(Encoding.UTF8.GetBytes(body))) { Headers = { ContentType = new("application/gzip") } }, "file", file },
        };

        var answer = await _wire.Send(HttpMethod.Post, "datasets", form);

        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        Assert.Equal("""{"columns":["a","b"],"rows":[[1,2],[3,4]],"total":2}""", (await _wire.Get($"datasets/{answer.Json["name"]}/rows")).Text);
    }

    [Theory]
    [InlineData("datasets")]
    [InlineData("models/forms/predict")]
    [InlineData("/invocations?model=forms")]
    public async Task Gzip_that_is_cut_short_is_refused_without_its_header_too(string path)
    {
        var answer = await Send(path, Gzip(Encoding.UTF8.GetBytes(Csv))[..^9], "text/csv");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("The body is not valid gzip, or it is cut short.", answer.Text, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string> Files => new()
    {
        { "t.xlsx", Zip("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"),
            "This is an Excel workbook (xlsx), not a table in text: save its sheet as \"CSV UTF-8\"" },
        { "t.xlsx", Zip("docProps/app.xml", "docProps/core.xml", "xl/theme/theme1.xml"), "This is an Excel workbook (xlsx)" },
        { "t.docx", Zip("[Content_Types].xml", "word/document.xml"), "This is an Office document" },
        { "t.ods", Zip("mimetype=application/vnd.oasis.opendocument.spreadsheet"), "This is a spreadsheet of LibreOffice (ods)" },
        { "t.zip", Zip("table.csv"), "This is a zip archive, not a table in text: unpack it and send the table inside." },
        { "t.xls", [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0], "This is an Excel workbook of the old kind (xls)" },
        { "t.parquet", [.. "PAR1"u8, 0x15, 0, 0x15], "This is a Parquet file, not a table in text: write it as CSV, for example with pandas: pd.read_parquet" },
        { "t.pdf", "%PDF-1.7\n"u8.ToArray(), "This is a PDF" },
        { "t.csv", "\n<!DOCTYPE html>\n<html>"u8.ToArray(), "This is a web page (HTML)" },
        { "t.csv.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 1], "This is compressed by xz" },
        { "t.csv.gz", Gzip(Gzip("a\n1\n"u8.ToArray())), "This is gzip" }, // twice
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_that_is_no_table_is_called_what_it_is_with_what_to_do(string file, byte[] bytes, string says)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", file } };
        var inForm = await _wire.Send(HttpMethod.Post, "datasets", form);
        Refused(inForm, 400, says);
        Assert.Equal("#/file", (string?)inForm.Json["errors"]![0]!["pointer"]);
        Refused(await Send("datasets", bytes, "application/json"), 400, says);
        Refused(await Send("datasets", bytes, "text/csv"), 400, says);
        Refused(await Send("datasets", bytes, "application/x-www-form-urlencoded"), 415, says);
        Refused(await Send("datasets", bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), 415, says);
        Refused(await Send("models/forms/predict", bytes, "application/octet-stream"), 415, says);
        Refused(await Send("models/forms/predict", bytes, "text/csv"), 400, says);
        Refused(await Send("/invocations?model=forms", bytes, "text/csv"), 400, says);
    }

    [Theory]
    [InlineData("datasets", "x/y", "The content type is \"x/y\"; this path takes application/json, multipart/form-data, text/csv, application/csv, "
        + "text/tab-separated-values, application/x-ndjson, application/ndjson, application/jsonl, application/x-jsonlines and application/jsonlines. "
        + "Send one of them with the header Content-Type.")]
    [InlineData("datasets", null, "The request says no content type; this path takes application/json, multipart/form-data, text/csv")]
    [InlineData("networks", "text/csv", "The content type is \"text/csv\"; this path takes application/json. Send that with the header Content-Type.")]
    [InlineData("networks", null, "The request says no content type; this path takes application/json.")]
    [InlineData("models/forms/predict", "text/plain", "The content type is \"text/plain\"; this path takes application/json, multipart/form-data, text/csv, application/csv "
        + "and text/tab-separated-values.")]
    [InlineData("models/forms/predict", null, "The request says no content type; this path takes application/json, multipart/form-data, text/csv")]
    [InlineData("models/forms/versions/1/predict", "application/x-ndjson", "The content type is \"application/x-ndjson\"; this path takes application/json")]
    [InlineData("training-jobs/compare", "text/csv", "The content type is \"text/csv\"; this path takes application/json.")]
    [InlineData("models/forms/trace", "multipart/form-data", "The content type is \"multipart/form-data\"; this path takes application/json")]
    public async Task A_content_type_that_is_not_taken_is_answered_with_those_that_are(string path, string? type, string says) =>
        Refused(await Send(path, "x"u8.ToArray(), type), 415, says);

    [Fact]
    public async Task What_is_offered_in_place_of_a_content_type_is_taken()
    {
        foreach (var path in new[] { "networks", "datasets", "training-jobs", "models", "models/forms/predict", "models/forms/evaluate", "models/forms/trace" })
        {
            var refusal = (string)(await Send(path, "x"u8.ToArray(), "x/y")).Json["detail"]!;
            var offered = refusal.Split("takes ")[1].Split(". ")[0].Split([", ", " and "], StringSplitOptions.None);
            Assert.All(offered, type => Assert.NotEqual(
                HttpStatusCode.UnsupportedMediaType, Send(path, "x"u8.ToArray(), type == "multipart/form-data" ? $"{type}; boundary=b" : type).Result.Status));
        }
    }

    [Theory]
    [InlineData("networks")]
    [InlineData("models/forms/predict")]
    [InlineData("/v2/models/forms/infer")]
    public async Task A_content_encoding_that_is_not_understood_is_named_and_the_one_that_is_is_said(string path)
    {
        using var content = new StringContent("x", Encoding.UTF8, "application/json") { Headers = { ContentEncoding = { "zstd" } } };
        using var request = new HttpRequestMessage(HttpMethod.Post, path.StartsWith('/') ? path : $"/api/v1/{path}") { Content = content };

        using var answer = await _wire.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
        Assert.Contains("zstd", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(["gzip"], answer.Headers.GetValues("Accept-Encoding"));
    }

    private Task<Answer> Send(string path, byte[] body, string? type)
    {
        var content = new ByteArrayContent(body);
        if (type is not null)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return _wire.Send(HttpMethod.Post, path, content);
    }

    private static void Refused(Answer answer, int status, string says)
    {
        Assert.True((int)answer.Status == status, $"{answer.Status}: {answer.Text}");
        Assert.Contains(says, (string)(answer.Json["detail"] ?? answer.Json["error"])!, StringComparison.Ordinal);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return packed.ToArray();
    }

    // An entry "name=text" has the text, stored as it is, as the first entry of an OpenDocument file has.
    private static byte[] Zip(params string[] entries)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var entry in entries)
            {
                var (name, text) = entry.Split('=') is [var named, var said] ? (named, said) : (entry, "<x/>");
                using var writer = new StreamWriter(zip.CreateEntry(name, CompressionLevel.NoCompression).Open());
                writer.Write(text);
            }

        return packed.ToArray();
    }
}
