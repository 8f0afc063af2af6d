using System.Net;

namespace NnService.Api.Tests;

/// <summary>A service of its own with a thing of each kind.</summary>
public sealed class HeadService : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-head-").FullName;
    private ServiceHere? _service;

    public Wire Wire => _service!.Wire;

    public async Task InitializeAsync()
    {
        _service = await ServiceHere.Start(_folder);
        await Wire.Post("models", """{"name":"head","network":{"layers":[{"type":"dense","weights":[[1],[2]],"bias":[0.5]}]},"precision":"float64"}""");
        await Wire.PostCsv("datasets?name=head", "a,b\n1,2\n2,5\n3,6\n");
        await Wire.Train("""{"dataset":"head","target":"b","task":"regression","epochs":2,"model":"head-trained"}""");
    }

    public Task DisposeAsync()
    {
        _service?.Dispose();
        TemporaryFolder.Remove(_folder);
        return Task.CompletedTask;
    }
}

/// <summary>HEAD wherever there is a GET: the same status and headers, no body.</summary>
public sealed class HeadTests(HeadService service) : IClassFixture<HeadService>
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("/")]
    [InlineData("/page/app.js")]
    [InlineData("/page/none.js")]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/ping")]
    [InlineData("/v2")]
    [InlineData("/v2/health/live")]
    [InlineData("/v2/models/head")]
    [InlineData("/v2/models/none")]
    [InlineData("/swagger/v1/swagger.json")]
    [InlineData("/swagger/index.html")]
    [InlineData("/api/v1/catalogue")]
    [InlineData("/api/v1/networks")]
    [InlineData("/api/v1/networks?limit=0")]
    [InlineData("/api/v1/networks/none")]
    [InlineData("/api/v1/datasets")]
    [InlineData("/api/v1/datasets/head")]
    [InlineData("/api/v1/datasets/head/rows")]
    [InlineData("/api/v1/datasets/head/content")]
    [InlineData("/api/v1/models")]
    [InlineData("/api/v1/models/head/versions/1")]
    [InlineData("/api/v1/models/head/export/onnx")]
    [InlineData("/api/v1/models/head/export/c")]
    [InlineData("/api/v1/training-jobs/latest")]
    [InlineData("/api/v1/training-jobs/latest/history")]
    [InlineData("/api/v1/training-jobs/latest/loss.svg")]
    [InlineData("/api/v1/training-jobs/latest/events")]
    [InlineData("/nowhere")]
    [InlineData("/api/v1/models/head/predict")]
    public async Task HEAD_answers_as_GET_does_without_the_body(string path)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var http = new HttpClient(handler) { BaseAddress = _wire.Http.BaseAddress };
        using var get = await http.GetAsync(path);
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Equal(get.Headers.Location, head.Headers.Location);
        Assert.Equal(get.Headers.CacheControl, head.Headers.CacheControl);
        Assert.Equal(get.Content.Headers.ContentDisposition, head.Content.Headers.ContentDisposition);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        var raw = await RawHttp.Send(http, $"HEAD {path} HTTP/1.1\nHost: localhost\nConnection: close\n\n");
        Assert.EndsWith("\r\n\r\n", raw, StringComparison.Ordinal);
        if (path.EndsWith("/events", StringComparison.Ordinal) || get.StatusCode >= HttpStatusCode.BadRequest)
            return; // of no known length; a refusal carries an id of its own
        Assert.Equal((await get.Content.ReadAsByteArrayAsync()).Length, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task HEAD_of_the_events_of_a_job_under_way_is_answered_at_once()
    {
        await _wire.Post("training-jobs", """{"dataset":"head","target":"b","task":"regression","epochs":2000000,"optimizer":"sgd","model":"head-long"}""");

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var head = await _wire.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/api/v1/training-jobs/latest/events"), deadline.Token);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal("text/event-stream", head.Content.Headers.ContentType!.MediaType);
        await _wire.Post("training-jobs/latest/cancel", "");
    }

    [Fact]
    public async Task Where_GET_is_allowed_HEAD_is_named_beside_it_and_nowhere_else()
    {
        using var both = await _wire.Http.SendAsync(new HttpRequestMessage(HttpMethod.Patch, "/api/v1/networks"));
        using var post = await _wire.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/api/v1/models/head/predict"));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, both.StatusCode);
        Assert.Equal(["DELETE", "GET", "HEAD", "POST"], both.Content.Headers.Allow.Order());
        Assert.Contains("HEAD", await both.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
        Assert.Equal(["POST"], post.Content.Headers.Allow);
    }
}
