using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.OpenApi;

/// <summary>
/// Asks whatever the document lets one ask, with plain values and hostile ones, and holds each answer against the document: its status, its content type, its
/// headers and its JSON.
/// </summary>
internal sealed class Walker(Wire wire, ApiDocument document, int seed)
{
    // What an answer may have and then must have said.
    private static readonly string[] s_headers =
        ["Location", "ETag", "Retry-After", "Preference-Applied", "Content-Disposition", "Content-Range", "Inference-Header-Content-Length", "WWW-Authenticate", "X-Warnings"];

    private readonly Random _random = new(seed);
    private readonly DrawnValues _values = new(document, new Random(seed));
    private readonly SchemaRules _rules = new(document);
    private readonly Story _story = new(wire, document);
    private readonly Dictionary<string, int> _seen = [];

    /// <summary>How often each operation answered with each status.</summary>
    public IReadOnlyDictionary<string, int> Seen => _seen;

    /// <summary>Sends requests, the operations in turn. What is wrong with the answers, each with the request.</summary>
    public async Task<IReadOnlyList<string>> Walk(int requests)
    {
        var wrong = new List<string>();
        // What deletes comes last in each turn, so that the others find something.
        ApiOperation[] turn = [.. document.Operations.OrderBy(operation => operation.Verb == "delete")];
        for (var i = 0; i < requests; i++)
        {
            if (i % turn.Length == 0)
                await Restore();
            wrong.AddRange(await Ask(turn[i % turn.Length]));
        }

        return wrong;
    }

    // Whatever has become of the story's own things, they are there again.
    private async Task Restore()
    {
        await wire.CancelAll();
        foreach (var path in (string[])["networks/heights-2-2-1", "datasets/heights", "models/heights", "webhooks/ends"])
            await wire.Delete(path);
        foreach (var operation in _story.Operations.TakeWhile(operation => operation.Verb is "post" or "put"))
            await _story.Press(operation);
    }

    private async Task<IEnumerable<string>> Ask(ApiOperation operation)
    {
        var path = PathOf(operation);
        var (body, sent) = BodyOf(operation);
        using var request = new HttpRequestMessage(operation.Method, path) { Content = body };
        AddHeaders(operation, request);
        using var response = await wire.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var status = $"{(int)response.StatusCode}";
        _seen[$"{operation.Id} {status}"] = _seen.GetValueOrDefault($"{operation.Id} {status}") + 1;
        var problems = await Judge(operation, status, response);
        return problems.Select(problem => $"{operation.Method} {path} {request.Headers.ToString().ReplaceLineEndings(" ")}{sent} → {status}: {problem}");
    }

    private async Task<List<string>> Judge(ApiOperation operation, string status, HttpResponseMessage response)
    {
        var text = await TextOf(response);
        if (status[0] == '5')
            return [$"the service failed: {text}"];
        if (operation.Responses[status] is not JsonObject described)
            return [$"the status is not in the document: {text}"];
        var problems = s_headers.Where(name => (response.Headers.NonValidated.Contains(name) || response.Content.Headers.NonValidated.Contains(name)) && described["headers"]![name] is null)
            .Select(name => $"the header {name} is not in the document").ToList();
        if (response.Content.Headers.ContentType?.MediaType is not { } type)
            return described["content"] is null && text.Length == 0 ? problems : [.. problems, "no content type"];
        if (described["content"]?[type] is not JsonObject media)
            return [.. problems, $"the content type {type} is not in the document: {text}"];
        if (type.EndsWith("json", StringComparison.Ordinal) && (string?)media["schema"]!["format"] != "binary"
            && _rules.WhyNot(operation, status, type, text) is { } off)
            problems.Add($"off its schema: {off}: {text}");
        return problems;
    }

    // Of the events of a job under way there is no end to wait for.
    private static Task<string> TextOf(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType == "text/event-stream" ? Task.FromResult("") : response.Content.ReadAsStringAsync();

    private string PathOf(ApiOperation operation)
    {
        var (path, query) = (_random.Next(2) == 0 ? operation.Path : _story.WithKey(operation.Path), new StringBuilder());
        foreach (var parameter in operation.Parameters)
        {
            var (name, isHostile) = ((string)parameter["name"]!, _random.Next(6) == 0);
            var example = parameter["example"]?.ToString();
            if ((string?)parameter["in"] == "path")
                path = path.Replace($"{{{name}}}", Uri.EscapeDataString(
                    isHostile ? HostilePart() : _random.Next(5) > 0 ? example! : _values.Text(parameter["schema"]!) is { Length: > 0 } drawn ? drawn : "none"));
            else if ((string?)parameter["in"] == "query" && _random.Next(6) == 0)
                query.Append($"{(query.Length == 0 ? '?' : '&')}{name}={Uri.EscapeDataString(isHostile ? _values.Hostile() : _values.Text(parameter["schema"]!))}");
        }

        if (_random.Next(40) == 0)
            query.Append(query.Length == 0 ? "?unknown=1" : "&unknown=1");
        return path + query;
    }

    // Without NUL, which Kestrel refuses before anything of ours sees the request; and never nothing, for without its last part a path is another one.
    private string HostilePart() => _values.Hostile().Replace("\0", "", StringComparison.Ordinal) is { Length: > 0 } part ? part : "none";

    private void AddHeaders(ApiOperation operation, HttpRequestMessage request)
    {
        foreach (var name in operation.Parameters.Where(parameter => (string?)parameter["in"] == "header").Select(parameter => (string)parameter["name"]!))
            if (name == "Prefer" || _random.Next(4) == 0)
                request.Headers.TryAddWithoutValidation(name, name switch
                {
                    "Prefer" => _values.Pick(["wait=1", "wait=0", "wait=\"1\"", "respond-async", "wait=1, handling=strict"]),
                    "If-None-Match" => _values.Pick(["*", "\"0\"", "W/\"0\"", "nonsense"]),
                    "Idempotency-Key" => _values.Pick(["key-1", "key-2", "a b", new string('k', 300)]),
                    "Last-Event-ID" => _values.Pick(["0", "1", "20000000001", "-1", "x", "99999999999999999999"]),
                    _ => _values.Pick(["0", "10", "100000", "-1", "x"]),
                });
        var forms = operation.Responses.SelectMany(response => response.Value!["content"]?.AsObject() ?? []).Select(media => media.Key).ToList();
        if (_random.Next(3) == 0)
            request.Headers.TryAddWithoutValidation("Accept", _values.Pick([.. forms, "*/*", "text/*", "image/png", "nonsense"]));
        if (_random.Next(20) == 0)
            request.Headers.TryAddWithoutValidation("X-Request-Id", "walk-1");
    }

    private (HttpContent? Content, string Sent) BodyOf(ApiOperation operation)
    {
        if (operation.Bodies.Count == 0)
            return (null, "");
        var (type, media) = _values.Pick([.. operation.Bodies]);
        if (type == "multipart/form-data")
            return (new MultipartFormDataContent { { new StringContent("a,b\n1,2\n"), "file", "table.csv" } }, "a form");
        var text = type == "application/json" ? JsonOf(operation, media!) : CsvOf(media!);
        var content = new StringContent(text, Encoding.UTF8);
        content.Headers.ContentType = _random.Next(25) == 0 ? new MediaTypeHeaderValue("application/odd") : new MediaTypeHeaderValue(type);
        return (content, $"{content.Headers.ContentType} {text[..Math.Min(text.Length, 1500)]}");
    }

    private string JsonOf(ApiOperation operation, JsonNode media)
    {
        var text = _values.Json(media["schema"]!, Story.ExampleOf(media));
        return operation.Id == "startTraining" ? BoundedJob.Of(text) : text;
    }

    private string CsvOf(JsonNode media)
    {
        var text = (string?)Story.ExampleOf(media) ?? "{\"weight\":128,\"height\":63}\n";
        return _random.Next(3) switch
        {
            0 => text,
            1 => text.Replace("1", _values.Hostile(), StringComparison.Ordinal),
            _ => text[..(text.Length - _random.Next(text.Length))],
        };
    }
}
