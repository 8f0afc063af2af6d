using System.IO.Compression;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace NnService.Api.Tests.Soak;

/// <summary>One caller's requests, drawn at random from a list: too large, too deep, too slow, malformed, foreign, or many at once where few are
/// meant.</summary>
internal sealed class HostileRequests
{
    private static readonly byte[] Bomb = Gzip(new byte[256 << 20]);
    private static readonly byte[] ManyRows = Utf8(
        $$"""{"columns":["c0","c1","c2","c3"],"rows":[{{string.Join(',', Enumerable.Repeat("[0.123456,1.5,2.25,3.125]", 1_100_000))}}]}""");
    private static readonly string[] Texts = ["", "\0", "a\nb", "' Path: $.x | LineNumber: 1",
        "\ud800", "../../etc/passwd", "<script>", "{0}", "%s%n", "𝒳", new('x', 5000)];
    private static readonly string[] Values = ["null", "true", "-1", "1e999",
        "1e-999", "99999999999999999999", "[]", "{}", "[[[[]]]]", "\"\"", "\"x\"", "0.1", "2.0", "{\"type\":\"dense\"}", "[null]"];
    private static readonly string[] Members = ["name", "dataset", "target", "network",
        "layers", "inputs", "epochs", "batchSize", "optimizer", "split", "rows", "columns", "features", "seed", "loss", "version", "inputs", "instances"];
    private static readonly string[] Posts = ["networks", "datasets", "training-jobs",
        "training-jobs?validateOnly=true", "models", "models/large/predict", "models/large/evaluate", "models/large/trace", "models/large/explain"];
    private static readonly string[] Doors = ["/v2/models/large/infer", "/v1/models/large:predict", "/invocations"];
    private static readonly string[] Gets =
    [
        "networks", "datasets", "training-jobs", "models", "catalogue",
        "datasets/large", "datasets/large/rows?limit=1000&offset=199000", "training-jobs/latest/loss.svg", "training-jobs/latest/history?maxPoints=10",
        "models/large/export/onnx", "models/large/export/c", "models/large/export/json",
        "models/large/lineage", "/swagger/v1/swagger.json", "/v2", "/v2/models/large", "models/long/formula",
    ];

    private readonly HttpClient _http;
    private readonly Random _random;
    private readonly (int Weight, string Kind, Func<Task<Outcome>> Send)[] _kinds;

    public HostileRequests(HttpClient http, Random random)
    {
        (_http, _random) = (http, random);
        _kinds =
        [
            (6, "evaluate a large table", () => Json("models/large/evaluate", """{"dataset":"large"}""")),
            (4, "predict a large table, read slowly", () => ReadSlowly("models/large/predict", """{"dataset":"large"}""")),
            (2, "predict 30 MB of rows", () => Post("models/large/predict", ManyRows, "application/json")),
            (2, "infer ten million numbers", InferMuch),
            (3, "validate a network of 10^8 parameters", () => Json("training-jobs?validateOnly=true",
                """{"dataset":"large","target":"y","network":{"layers":[{"type":"dense","units":9990},{"type":"dense","units":9990},{"type":"dense"}]}}""")),
            (3, "history of 10^5 epochs", () => Get("training-jobs/latest/history")),
            (3, "history as CSV, read slowly", () => ReadSlowly("training-jobs/latest/history", null)),
            (4, "a message full of \" Path: \"", () => Json("networks", $$"""{"{{string.Concat(Enumerable.Repeat(" Path: ", 32_000))}}":1}""")),
            (2, "a form field of 256 MiB in gzip", () => Post("datasets", Bomb, "multipart/form-data; boundary=x", "gzip")),
            (2, "a table of 256 MiB of zeros in gzip", () => Post("datasets?name=bomb", Bomb, "text/csv", "gzip")),
            (2, "600,000 layers", () => Json("networks",
                $$"""{"layers":[{{string.Join(',', Enumerable.Repeat("""{"type":"dropout","rate":0.1}""", 600_000))}},{"type":"dense","units":1}]}""")),
            (4, "deep nesting", () => Json(Any(Posts), new string('[', 100_000))),
            (20, "drawn JSON", () => Json(Any(Posts), Drawn(3))),
            (10, "drawn JSON at another door", () => Json(Any(Doors), Drawn(3))),
            (6, "drawn bytes as a table", () => Post($"datasets?name=drawn-{_random.Next(50)}", Bytes(3000), "text/csv")),
            (6, "drawn bytes as a gzip body", () => Post(Any(Posts), Bytes(300), "application/json", "gzip")),
            (10, "a drawn path", () => Get($"models/{DrawnName()}/versions/{_random.Next(-1, 3)}")),
            (20, "a plain read", () => Get(Any(Gets))),
            (10, "make and delete what others read", MakeAndDelete),
            (6, "start and cancel a job", StartAndCancel),
            (6, "listen and leave", () => Leave("training-jobs/latest/events")),
            (6, "from a page of another origin", () => Foreign("Origin", "http://evil.example")),
            (6, "by another host's name", () => Foreign("Host", "evil.example")),
            (6, "a chunk of 2 GiB",
                () => Raw("POST /api/v1/networks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "80000000\r\n{}\r\n0\r\n\r\n")),
            (6, "a boundary of 5,000 bytes",
                () => Raw($"POST /api/v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary={new string('b', 5000)}\r\n"
                + $"Content-Length: 2\r\n\r\n{{}}")),
            (6, "a request that never ends",
                () => Raw("POST /api/v1/models/large/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
                + "{\"rows\":")),
            (6, "headers of 64 KiB", () => Raw($"GET /api/v1/models HTTP/1.1\r\nHost: localhost\r\nX-Long: {new string('x', 65_536)}\r\n\r\n")),
            (6, "drawn bytes in place of HTTP", () => Raw(Encoding.Latin1.GetString(Bytes(200)))),
        ];
    }

    /// <summary>Sends one and waits for its end.</summary>
    public async Task<(string Kind, Outcome Outcome)> SendOne()
    {
        var at = _random.Next(_kinds.Sum(kind => kind.Weight));
        var (_, name, send) = _kinds.First(kind => (at -= kind.Weight) < 0);
        try
        {
            return (name, await send());
        }
        catch (HttpRequestException gone) when (gone.InnerException is IOException or SocketException or HttpIOException
            || gone.HttpRequestError == HttpRequestError.ResponseEnded)
        {
            return (name, Outcome.Closed); // a refusal may come, and the connection go, while the body is still on its way
        }
        catch (OperationCanceledException)
        {
            return (name, new Outcome("no answer", "no answer within two minutes"));
        }
    }

    private Task<Outcome> Get(string path) => Send(new HttpRequestMessage(HttpMethod.Get, Full(path)));

    private Task<Outcome> Json(string path, string json) => Post(path, Encoding.UTF8.GetBytes(json), "application/json");

    private Task<Outcome> Post(string path, byte[] body, string type, string? encoding = null)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
            content.Headers.ContentEncoding.Add(encoding);
        return Send(new HttpRequestMessage(HttpMethod.Post, Full(path)) { Content = content });
    }

    // What an answer says is of interest where it is a refusal; of the others the end is waited for and the bytes are dropped.
    private async Task<Outcome> Send(HttpRequestMessage request)
    {
        using (request)
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if ((int)answer.StatusCode >= 400)
                return Outcome.Of((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
            await answer.Content.CopyToAsync(Stream.Null);
            return Outcome.Of((int)answer.StatusCode, "");
        }
    }

    private async Task<Outcome> ReadSlowly(string path, string? json)
    {
        using var request = new HttpRequestMessage(json is null ? HttpMethod.Get : HttpMethod.Post, Full(path));
        request.Headers.Accept.ParseAdd("text/csv");
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode)
            return Outcome.Of((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        await using var stream = await answer.Content.ReadAsStreamAsync();
        var some = new byte[4096];
        for (var piece = 0; piece < 20 && await stream.ReadAsync(some) > 0; piece++)
            await Task.Delay(100);
        return Outcome.Left;
    }

    private async Task<Outcome> Leave(string path)
    {
        using var leave = new CancellationTokenSource(_random.Next(1, 500));
        try
        {
            using var answer = await _http.GetAsync(Full(path), HttpCompletionOption.ResponseHeadersRead, leave.Token);
            if (!answer.IsSuccessStatusCode)
                return Outcome.Of((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(CancellationToken.None));
            await answer.Content.CopyToAsync(Stream.Null, leave.Token);
        }
        catch (Exception left) when (leave.IsCancellationRequested && left is OperationCanceledException or HttpRequestException or IOException)
        {
        }

        return Outcome.Left;
    }

    private async Task<Outcome> InferMuch()
    {
        const int Rows = 2_500_000;
        var header = Utf8($$"""{"inputs":[{{string.Join(',', Enumerable.Range(0, 4).Select(Column))}}]}""");
        static string Column(int column) =>
            $$$"""{"name":"c{{{column}}}","datatype":"FP32","shape":[{{{Rows}}},1],"parameters":{"binary_data_size":{{{Rows * 4}}}}}""";
        var body = new byte[header.Length + (Rows * 16)];
        header.CopyTo(body, 0);
        using var request = new HttpRequestMessage(HttpMethod.Post, Full("/v2/models/large/infer")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Headers.Add("Inference-Header-Content-Length", header.Length.ToString());
        using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode)
            return Outcome.Of((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        await answer.Content.CopyToAsync(Stream.Null);
        return Outcome.Of(200, "");
    }

    private async Task<Outcome> MakeAndDelete()
    {
        var name = $"fleeting-{_random.Next(4)}";
        var weights = $$$"""{"name":"{{{name}}}","network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0]}]}}""";
        return _random.Next(8) switch
        {
            0 => await Json("models", weights),
            1 => await Send(new HttpRequestMessage(HttpMethod.Delete, Full($"models/{name}"))),
            2 => await Json($"models/{name}/predict", """{"rows":[[1,2]]}"""),
            3 => await Get($"models/{name}/export/json"),
            4 => await Post($"datasets?name={name}", "a,b\n1,2\n3,4\n"u8.ToArray(), "text/csv"),
            5 => await Send(new HttpRequestMessage(HttpMethod.Delete, Full($"datasets/{name}"))),
            6 => await Get($"datasets/{name}/rows"),
            _ => await Get($"datasets/{name}/content"),
        };
    }

    private async Task<Outcome> StartAndCancel()
    {
        using var answer = await _http.PostAsync(
            Full("training-jobs"), new StringContent(
            """{"dataset":"heights","target":"gender","ignore":["name"],"epochs":100000,"model":"fleeting"}""", Encoding.UTF8, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
            return Outcome.Of((int)answer.StatusCode, text);
        var path = answer.Headers.Location!.OriginalString;
        await Send(new HttpRequestMessage(HttpMethod.Post, $"{path}/cancel"));
        return await Send(new HttpRequestMessage(HttpMethod.Delete, path));
    }

    private async Task<Outcome> Foreign(string header, string value)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, Full("datasets?name=foreign"))
        { Content = new StringContent("a\n1\n2\n", Encoding.UTF8, "text/csv") };
        request.Headers.TryAddWithoutValidation(header, value);
        using var answer = await _http.SendAsync(request);
        return answer.IsSuccessStatusCode ? new Outcome("taken", $"{header}: {value} was let in")
            : Outcome.Of((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    // Bytes as they are on the wire; the caller listens for two seconds and leaves.
    private async Task<Outcome> Raw(string request)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.ConnectAsync(_http.BaseAddress!.Host, _http.BaseAddress.Port, patience.Token);
            await socket.SendAsync(Encoding.Latin1.GetBytes(request), patience.Token);
            var answer = new byte[1024];
            var length = await socket.ReceiveAsync(answer, patience.Token);
            var text = Encoding.Latin1.GetString(answer, 0, length);
            return text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? Outcome.Of(int.Parse(text[9..12]), text) : Outcome.Closed;
        }
        catch (OperationCanceledException)
        {
            return Outcome.Left;
        }
        catch (SocketException)
        {
            return Outcome.Closed;
        }
    }

    private string Drawn(int depth)
    {
        if (depth == 0 || _random.Next(4) == 0)
            return Any(Values);
        var members = Enumerable.Range(0, _random.Next(1, 5))
            .Select(_ => $"{Quoted(_random.Next(6) == 0 ? Any(Texts) : Any(Members))}:{(_random.Next(3) == 0 ? Quoted(Any(Texts)) : Drawn(depth - 1))}");
        return _random.Next(5) == 0 ? $"[{Drawn(depth - 1)},{Drawn(depth - 1)}]" : $"{{{string.Join(',', members)}}}";
    }

    private string DrawnName() => Uri.EscapeDataString(Any(Texts) is { Length: < 1000 } text && !text.Contains('\ud800') ? text : "a");

    private static string Quoted(string text) => $"\"{string.Concat(text.Select(Escaped))}\"";

    private static string Escaped(char letter) =>
        letter is '"' or '\\' or < ' ' ? $"\\u{(int)letter:x4}" : letter == '\ud800' ? "\\ud800" : letter.ToString();

    private byte[] Bytes(int most)
    {
        var bytes = new byte[_random.Next(1, most)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private T Any<T>(T[] some) => some[_random.Next(some.Length)];

    private static Uri Full(string path) => new(path.StartsWith('/') ? path : $"/api/v1/{path}", UriKind.Relative);

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write("--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n"u8);
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
