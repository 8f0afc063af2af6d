using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;

namespace NnService.Api.Tests;

/// <summary>Whatever names and values a body brings, the answer speaks of them in bounded time and bounded length, and never of the code behind it.</summary>
public sealed class HostileNameTests(TestService service) : IClassFixture<TestService>, IAsyncLifetime
{
    private const int MostBytes = 1 << 16;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(10); // a scan takes milliseconds; what is quadratic took minutes
    private static readonly string[] Inside = ["System.", "NnService.", ".NET", "   at ", "JsonException", "Int32"];

    private readonly Wire _wire = service.Wire;

    // By a word for each: a test's name is no place for them.
    private static readonly Dictionary<string, string> Names = new()
    {
        ["a line break"] = "a\nb",
        ["a line break of Windows"] = "a\r\nb",
        ["quotes"] = "a'b\"c",
        ["control characters"] = "\u0001\u001b[31m\u007f\u0085",
        ["separators"] = "\u2028\u2029\u202e",
        ["signs of pointers"] = "a/b~c~1d",
        ["signs of paths"] = "a.b['c'][0]",
        ["an end of a path"] = "'] x['",
        ["what the reader adds"] = " Path: $.x | LineNumber: 0 | BytePositionInLine: 1.",
        ["what the reader says"] = "' could not be mapped to any member contained in type 'x'.",
        ["what the reader says of repetitions"] = "' encountered during deserialization of type 'x'.",
        ["nothing"] = "",
        ["very long"] = new string('x', 300_000),
        ["very long in surrogate pairs"] = string.Concat(Enumerable.Repeat("😀", 60_000)),
        ["many paths"] = string.Concat(Enumerable.Repeat(" Path: ", 32_000)),
        ["many endings"] = string.Concat(Enumerable.Repeat(" | LineNumber: 0 | BytePositionInLine: 1.", 6_000)),
        ["many quotes"] = string.Concat(Enumerable.Repeat("' could not be mapped to any member", 7_000)),
    };

    public static TheoryData<string> Kinds => [.. Names.Keys];

    public async Task InitializeAsync()
    {
        await _wire.Upload("hostile-heights", "toy_heights.csv");
        await _wire.Post("models", """{"name":"hostile","features":["a"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Names_and_values_are_refused_in_few_words(string kind)
    {
        var name = Names[kind];
        var quoted = JsonSerializer.Serialize(name);
        string[] bodies =
        [
            """{NAME:1}""", """{NAME:1,NAME:2}""", """{NAME:{NAME:[NAME]}}""", """[NAME]""", "NAME",
            """{"name":NAME,"description":NAME,"layers":[{"type":"dense","units":1}]}""", """{"layers":[{"type":"dense",NAME:1}]}""",
            """{"layers":[{"type":NAME}]}""", """{"layers":[{"type":"dense","units":NAME}]}""",
            """{"layers":[{"type":"dense","activation":{"type":"elu",NAME:1}}]}""", """{"layers":[{"type":"dense",NAME:1,NAME:1}]}""",
            """{"dataset":NAME,"target":NAME}""", """{"dataset":"hostile-heights","target":NAME,"features":[NAME],"ignore":[NAME]}""",
            """{"dataset":"hostile-heights","target":"gender","classWeights":{NAME:1},"optimizer":NAME,"split":{"column":NAME}}""",
            """{"dataset":"hostile-heights","target":"gender","preprocessing":{"columns":{NAME:{"shift":NAME}}}}""",
            """{"dataset":"hostile-heights","target":"gender","network":NAME}""",
            """{"dataset":"hostile-heights","target":"gender","initialModel":{"name":NAME},"task":NAME}""", """{"rows":[{NAME:1}]}""",
            """{"rows":[{NAME:1,NAME:2}]}""", """{"rows":[[NAME]]}""", """{"columns":[NAME,NAME],"rows":[[1,2]]}""",
            """{"row":{NAME:1},"target":NAME}""", """{"inputs":[{"name":NAME,"datatype":NAME,"shape":[1,1],"data":[1]}]}""",
            """{"inputs":[{"name":NAME,"datatype":"FP32","shape":[1,1],"data":[1]}],"outputs":[{"name":NAME}]}""",
            """{"inputs":[{"name":"a","datatype":"FP32","shape":[1,1],"data":[NAME]}],NAME:1,NAME:2}""", """{"instances":[{NAME:1}]}""",
            """{"instances":[NAME],"signature_name":NAME}""", """{"dataframe_split":{"columns":[NAME],"data":[[1]]}}""", """{"inputs":{NAME:[1]}}""",
            """{"version":NAME}""", """{"format":NAME,"description":{NAME:1},"parameters":{NAME:1}}""",
            """{"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]},"labels":[NAME,NAME]}""",
        ];
        var doors = new List<(HttpMethod Method, string Path)>
        {
            (HttpMethod.Post, "networks"), (HttpMethod.Post, "datasets"), (HttpMethod.Post, "training-jobs?validateOnly=true"),
            (HttpMethod.Post, "models"), (HttpMethod.Put, "models/hostile/aliases/x"), (HttpMethod.Post, "models/hostile/predict"),
            (HttpMethod.Post, "models/hostile/predict?ignoreUnknown=false"), (HttpMethod.Post, "models/hostile/evaluate"),
            (HttpMethod.Post, "models/hostile/trace"), (HttpMethod.Post, "models/hostile/explain"), (HttpMethod.Post, "/v2/models/hostile/infer"),
            (HttpMethod.Post, "/v1/models/hostile:predict"), (HttpMethod.Post, "/invocations?model=hostile"),
        };

        foreach (var (method, path) in doors)
            foreach (var body in bodies.Select(template => template.Replace("NAME", quoted, StringComparison.Ordinal)))
                await Sent(method, path, body, "application/json");
        var cell = $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        await Sent(HttpMethod.Post, "datasets", $"{{{quoted}:1}}\n{{{quoted}:[1]}}", "application/x-ndjson");
        await Sent(HttpMethod.Post, "datasets", $"{cell},{cell}\n1,2\n", "text/csv");
        await Sent(HttpMethod.Post, "models/hostile/predict", $"{cell}\n1\n", "text/csv");

        async Task Sent(HttpMethod method, string path, string body, string type) =>
            Check(kind, name, await Timed(() => _wire.Send(method, path, new StringContent(body, Encoding.UTF8, type)), $"{path} {kind}"));
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a'b")]
    [InlineData("x' could not be mapped to any .NET member contained in type 'Y'. z")]
    [InlineData("a.b['c']")]
    [InlineData("'] x['")]
    [InlineData(" Path: $.x | LineNumber: 0 | BytePositionInLine: 1.")]
    public async Task An_unknown_property_is_called_by_its_whole_name(string name)
    {
        var quoted = JsonSerializer.Serialize(name);
        foreach (var (body, at) in new[] { ($$"""{{{quoted}}:1}""", "#"), ($$"""{"layers":[{"type":"dense",{{quoted}}:1}]}""", "#/layers/0") })
        {
            var refused = (await _wire.Post("networks", body)).Json;

            Assert.Equal($"Unknown property \"{name}\". Check its spelling and its place, or leave it out.", (string?)refused["detail"]);
            Assert.Equal($"{at}/{name}", (string?)refused["errors"]![0]!["pointer"]);
        }
    }

    [Fact]
    public async Task Paths_headers_and_queries_are_repeated_in_few_words_too()
    {
        var x = new string('x', 3000);
        Answer[] answers =
        [
            await _wire.Get($"networks/{x}"), await _wire.Get($"models/{x}/versions/{x}"), await _wire.Get($"/{x}"),
            await _wire.Get($"training-jobs/{x}"), await _wire.Get($"networks?{x}=1"), await _wire.Get($"networks?limit={x}"),
            await _wire.Get($"networks?cursor={x}"), await _wire.Get($"training-jobs?state={x}"),
            await _wire.PostCsv($"datasets?types={x}", "a\n1\n"), await _wire.PostCsv($"datasets?delimiter={x}", "a\n1\n"),
            await _wire.PostCsv($"datasets?name={x}", "a\n1\n"), await _wire.Get($"/v2/models/{x}"), await _wire.Get($"models/hostile/export/{x}"),
            await _wire.Post($"models/hostile/predict?threshold={x}", """{"rows":[[1]]}"""), await _wire.Send(new HttpMethod(x), "networks"),
            await _wire.Send(HttpMethod.Post, "networks", new ByteArrayContent([1]) { Headers = { { "Content-Type", $"text/{x}" } } }),
            await _wire.Send(HttpMethod.Post, "datasets", new ByteArrayContent([1]) { Headers = { { "Content-Type", $"text/{x}" } } }),
            await _wire.Send(
                HttpMethod.Post, "networks", new ByteArrayContent([1]) { Headers = { { "Content-Type", "application/json" }, { "Content-Encoding", x } } }),
            await _wire.Send(HttpMethod.Post, "/v2/models/hostile/infer", new ByteArrayContent([1]), ("Inference-Header-Content-Length", x)),
            await _wire.Post("training-jobs", """{"dataset":"hostile-heights","target":"gender"}""", ("Idempotency-Key", x)),
        ];

        Assert.All(answers, answer => Assert.InRange((int)answer.Status, 400, 499));
        Assert.All(answers, answer => Assert.True(answer.Text.Length < 3000, answer.Text));
        var unknown = await _wire.Get("networks", ("X-Request-Id", x), ("Prefer", x));
        Assert.Equal(HttpStatusCode.OK, unknown.Status);
        Assert.DoesNotContain("xxx", unknown.Headers.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_thousand_mistakes_are_counted_and_some_of_them_shown()
    {
        var network = $$"""{"layers":[{{string.Join(',', Enumerable.Repeat("""{"type":"dense","units":0}""", 900))}}]}""";
        var many = await _wire.Post("networks", network);
        var features = string.Join(',', Enumerable.Repeat("\"n\"", 200_000));
        var names = await _wire.Post("training-jobs", $$"""{"dataset":"hostile-heights","target":"gender","features":[{{features}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, many.Status);
        Assert.StartsWith("900 things in the request need a change; the first: units is 0", (string?)many.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(50, many.Json["errors"]!.AsArray().Count);
        Assert.Equal("There are 200,000 names; a table has at most 16,384 columns.", (string?)names.Json["detail"]);
        Assert.Equal("#/features", (string?)names.Json["errors"]![0]!["pointer"]);
    }

    private static async Task<Answer> Timed(Func<Task<Answer>> send, string what)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await send();
        Assert.True(Stopwatch.GetElapsedTime(started) < MostTime, $"{what} took {Stopwatch.GetElapsedTime(started)}");
        return answer;
    }

    private static void Check(string kind, string name, Answer answer)
    {
        Assert.True((int)answer.Status < 500, $"{kind}: {answer.Text[..Math.Min(answer.Text.Length, 2000)]}");
        if ((int)answer.Status < 400)
            return;
        Assert.True(Encoding.UTF8.GetByteCount(answer.Text) < MostBytes, $"{kind}: {answer.Text.Length} characters");
        using var read = JsonDocument.Parse(answer.Text); // also refuses half of a surrogate pair
        foreach (var text in TextsOf(read.RootElement))
            foreach (var word in Inside)
                Assert.False(text.Contains(word, StringComparison.Ordinal) && !name.Contains(word, StringComparison.Ordinal), $"{kind}: {text}");
    }

    private static IEnumerable<string> TextsOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(TextsOf),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => TextsOf(member.Value)),
        _ => [],
    };
}
