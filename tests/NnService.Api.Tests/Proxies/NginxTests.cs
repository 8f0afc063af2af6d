using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Proxies;

/// <summary>Through nginx, below a prefix and without one: whatever an answer leads to is there.</summary>
public sealed class NginxTests(ProxiedService service) : IClassFixture<ProxiedService>
{
    public static TheoryData<string, string> Doors => new()
    {
        { "headers", "/nn" }, // the proxy takes the prefix away and says so
        { "kept", "/nn" }, // it leaves the prefix in the path
        { "taken", "/nn" }, // it takes it away and says nothing
        { "plain", "" },
    };

    [NginxTheory]
    [MemberData(nameof(Doors))]
    public async Task Nobody_gets_through_without_a_key(string door, string prefix)
    {
        using var http = service.StrangerTo(door, "http://example.com");

        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync($"{prefix}/api/v1/models")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.DeleteAsync($"{prefix}/api/v1/datasets/iris")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{prefix}/health/ready")).StatusCode);
    }

    [NginxTheory]
    [MemberData(nameof(Doors))]
    public async Task Redirects_and_pages_stay_below_the_prefix(string door, string prefix)
    {
        using var http = service.ClientOf(door, "http://example.com");

        var root = await http.GetAsync($"{prefix}/");
        Assert.Equal(HttpStatusCode.OK, root.StatusCode);
        Assert.Contains($" src=\"{prefix}/page/app.js\"", await root.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{prefix}/page/app.js")).StatusCode);
        var at = new Uri(http.BaseAddress!, $"{prefix}/swagger");
        HttpResponseMessage page;
        while ((page = await http.GetAsync(at)).Headers.Location is { } next)
            at = new Uri(at, next);

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
        Assert.StartsWith($"{prefix}/swagger/", at.AbsolutePath, StringComparison.Ordinal);
        var document = await http.GetAsync(new Uri(at, "v1/swagger.json")); // as the page asks for it
        var servers = JsonNode.Parse(await document.Content.ReadAsStringAsync())!["servers"]?.AsArray() ?? [];
        Assert.Equal(prefix, servers.Count == 0 ? "" : ((string)servers[0]!["url"]!).TrimEnd('/'));
    }

    [NginxTheory]
    [MemberData(nameof(Doors))]
    public async Task What_is_made_is_found_where_Location_says(string door, string prefix)
    {
        using var http = service.ClientOf(door, "http://example.com");
        var name = $"proxied-{door}";
        var origin = door == "plain" ? null : "http://example.com"; // as a browser sends it that tries Swagger UI out

        var network = await Post(http, $"{prefix}/api/v1/networks", $$"""{"name":"{{name}}","layers":[{"type":"dense","units":1}]}""", origin);
        var dataset = await Post(http, $"{prefix}/api/v1/datasets?name={name}", "a,b\n1,2\n2,3\n3,5\n", origin, "text/csv");
        var job = await Post(
            http, $"{prefix}/api/v1/training-jobs", $$"""{"dataset":"{{name}}","target":"b","task":"regression","epochs":2,"model":"{{name}}"}""", origin);
        var model = await Post(
            http, $"{prefix}/api/v1/models", $$"""{"name":"{{name}}","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]} }""", origin);

        foreach (var (made, path) in new[] { (network, "networks"), (dataset, "datasets"), (job, "training-jobs"), (model, "models") })
        {
            Assert.True(made.StatusCode is HttpStatusCode.Created or HttpStatusCode.Accepted, await made.Content.ReadAsStringAsync());
            Assert.StartsWith($"{prefix}/api/v1/{path}/", made.Headers.Location!.OriginalString, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(made.Headers.Location)).StatusCode);
        }

        var cancelled = await Post(http, $"{job.Headers.Location!.OriginalString}/cancel", "", origin);
        if (cancelled.StatusCode == HttpStatusCode.Accepted)
            Assert.Equal(job.Headers.Location, cancelled.Headers.Location);
        var first = JsonNode.Parse(await http.GetStringAsync($"{prefix}/api/v1/training-jobs?limit=1"))!;
        if (first["nextCursor"] is { } cursor)
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"{prefix}/api/v1/training-jobs?limit=1&cursor={cursor}")).StatusCode);
    }

    [NginxTheory]
    [MemberData(nameof(Doors))]
    public async Task A_refusal_names_the_path_that_was_asked_for(string door, string prefix)
    {
        using var http = service.ClientOf(door, "http://example.com");

        var missing = JsonNode.Parse(await (await http.GetAsync($"{prefix}/api/v1/nothing")).Content.ReadAsStringAsync())!;
        var plain = await http.GetAsync($"{prefix}/v2/models/none");

        Assert.Equal($"{prefix}/api/v1/nothing", (string?)missing["instance"]);
        Assert.Equal($"There is nothing at {prefix}/api/v1/nothing. {prefix}/swagger lists every path.", (string?)missing["detail"]);
        Assert.Equal("application/json", plain.Content.Headers.ContentType!.ToString());
    }

    [NginxTheory]
    [MemberData(nameof(Doors))]
    public async Task Events_come_while_the_job_runs_and_the_stream_goes_on_where_it_broke_off(string door, string prefix)
    {
        using var http = service.ClientOf(door, "http://example.com");
        var name = $"proxied-events-{door}";
        await Post(http, $"{prefix}/api/v1/datasets?name={name}", "a,b\n1,2\n2,3\n3,5\n", null, "text/csv");
        var job = await Post(http, $"{prefix}/api/v1/training-jobs", $$"""
            {"dataset":"{{name}}","target":"b","task":"regression","epochs":10000000,"historyEvery":1000,"optimizer":"sgd","model":"{{name}}"}
            """, null);
        var path = job.Headers.Location!.OriginalString;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        string last = "";
        using (var events = await http.GetAsync($"{path}/events", HttpCompletionOption.ResponseHeadersRead, deadline.Token))
        {
            Assert.Equal("text/event-stream", events.Content.Headers.ContentType!.MediaType);
            using var lines = new StreamReader(await events.Content.ReadAsStreamAsync(deadline.Token));
            for (string? line; (line = await lines.ReadLineAsync(deadline.Token)) != "event: history";) // the job is far from its end
                Assert.NotNull(line);
            last = (await lines.ReadLineAsync(deadline.Token))!;
            Assert.StartsWith("id: ", last, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.Accepted, (await Post(http, $"{path}/cancel", "", null)).StatusCode);
        var rest = await Ask(http, $"{path}/events", ("Last-Event-ID", last[4..]));
        var text = await rest.Content.ReadAsStringAsync(deadline.Token);
        Assert.Contains("event: done", text, StringComparison.Ordinal);
        var done = text.Split("event: done\nid: ")[1].Split('\n')[0];
        Assert.Equal(HttpStatusCode.NoContent, (await Ask(http, $"{path}/events", ("Last-Event-ID", done))).StatusCode);
    }

    [NginxTheory]
    [MemberData(nameof(Doors))]
    public async Task Ranges_compression_and_HEAD_come_through(string door, string prefix)
    {
        using var http = service.ClientOf(door, "http://example.com");
        var name = $"proxied-files-{door}";
        var csv = "a,b\n" + string.Concat(Enumerable.Range(0, 1000).Select(i => $"{i},{i * i}\n"));
        await Post(http, $"{prefix}/api/v1/datasets?name={name}", csv, null, "text/csv");
        var path = $"{prefix}/api/v1/datasets/{name}/content";

        var piece = await Ask(http, path, ("Range", "bytes=4-7"));
        var zipped = await Ask(http, path, ("Accept-Encoding", "gzip"));
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        Assert.Equal((HttpStatusCode.PartialContent, csv[4..8]), (piece.StatusCode, await piece.Content.ReadAsStringAsync()));
        Assert.Equal(["gzip"], zipped.Content.Headers.ContentEncoding);
        Assert.Equal((HttpStatusCode.OK, csv.Length), (head.StatusCode, (int)head.Content.Headers.ContentLength!));
    }

    private static async Task<HttpResponseMessage> Ask(HttpClient http, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return await http.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> Post(HttpClient http, string path, string body, string? origin, string type = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } },
        };
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return await http.SendAsync(request);
    }
}
