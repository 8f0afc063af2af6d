using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Limits;

namespace NnService.Api.Tests.Limits;

/// <summary>While the one worker is busy and the one place in the queue is taken.</summary>
public sealed class LongRequestTests : IClassFixture<LimitedService>, IAsyncLifetime
{
    private readonly LimitedService _service;
    private readonly Wire _wire;

    public LongRequestTests(LimitedService service) => (_service, _wire) = (service, service.Wire);

    public async Task InitializeAsync()
    {
        if ((await _wire.Get("models/held")).Status == HttpStatusCode.OK)
            return;
        await _wire.PostCsv(
            "datasets?name=held", string.Concat(["a,b,y\n", .. Enumerable.Range(0, 40).Select(i => $"{i % 7},{i % 5},{(i % 3 == 0 ? "p" : "q")}\n")]));
        await _wire.Train("""{"dataset":"held","target":"y","features":["a","b"],"epochs":2,"model":"held"}""");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public static TheoryData<string, string, string> LongOnes => new()
    {
        { "POST", "/api/v1/models/held/evaluate", """{"dataset":"held"}""" },
        { "POST", "/api/v1/models/held/predict", """{"dataset":"held"}""" },
        { "POST", "/api/v1/models/held/predict", Rows(20_000) },
        { "POST", "/api/v1/training-jobs?validateOnly=true", """{"dataset":"held","target":"y"}""" },
        { "POST", "/api/v1/models/held/trace", """{"row":[1,2],"target":"p"}""" },
        { "POST", "/api/v1/models/held/explain", """{"row":[1,2]}""" },
        { "GET", "/api/v1/models/held/export/onnx", "" },
        { "GET", "/api/v1/models/held/formula", "" },
        { "GET", "/api/v1/datasets/held/rows", "" },
        { "GET", "/api/v1/datasets/held/content", "" },
    };

    public static TheoryData<string> LongDoors => new("/v2/models/held/infer", "/v1/models/held:predict", "/invocations?model=held");

    [Theory]
    [MemberData(nameof(LongOnes))]
    public async Task A_request_that_may_take_long_is_refused_with_429_and_when_to_come_again(string method, string path, string body)
    {
        await using var busy = await _service.Hold(andTheQueue: true);

        var refused = await _wire.Send(new HttpMethod(method), path, body.Length == 0 ? null : new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.Equal("application/problem+json", refused.ContentType);
        Assert.Equal("5", refused.Headers.RetryAfter!.ToString());
        Assert.Equal(
            "As many requests as may wait are waiting for a worker (Limits:LongRequests, Limits:QueuedRequests). Try again in a moment.",
            (string?)refused.Json["detail"]);
    }

    [Theory]
    [MemberData(nameof(LongDoors))]
    public async Task The_doors_of_others_say_it_in_their_own_form(string door)
    {
        await using var busy = await _service.Hold(andTheQueue: true);

        var refused = await _wire.Send(HttpMethod.Post, door, new StringContent(new string(' ', 300_000), Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.Equal("5", refused.Headers.RetryAfter!.ToString());
        Assert.Equal(
            """{"error":"As many requests as may wait are waiting for a worker (Limits:LongRequests, Limits:QueuedRequests). Try again in a moment."}""",
            refused.Text);
    }

    [Fact]
    public async Task A_job_on_a_large_table_is_planned_by_a_worker_and_one_on_a_small_table_at_once()
    {
        var rows = string.Concat(["a,b,y\n", .. Enumerable.Repeat("0.123456,1.234567,p\n0.234567,1.345678,q\n", 30_000)]); // above a mebibyte
        Assert.Equal(HttpStatusCode.Created, (await _wire.PostCsv("datasets?name=held-large", rows)).Status);
        await using var busy = await _service.Hold(andTheQueue: true);

        var refused = await _wire.Post("training-jobs", """{"dataset":"held-large","target":"y","model":"large"}""");
        var taken = await _wire.Post("training-jobs", """{"dataset":"held","target":"y","epochs":1,"model":"small"}""");

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.Status);
        Assert.Equal("5", refused.Headers.RetryAfter!.ToString());
        Assert.Equal(HttpStatusCode.Accepted, taken.Status);
    }

    [Fact]
    public async Task What_is_answered_at_once_is_answered_meanwhile()
    {
        await using var busy = await _service.Hold(andTheQueue: true);

        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("/health/live")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("/health/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("models/held/predict", """{"rows":[[1,2]]}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("models/held/predict", """{"rows":[{"a":1,"b":2}]} """)).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("/v1/models/held:predict", """{"instances":[[1,2]]}""")).Status);
        Assert.Equal(
            HttpStatusCode.OK, (await _wire.Post(
                "/v2/models/held/infer", """{"inputs":[{"name":"input","datatype":"FP64","shape":[1,2],"data":[1,2]}]}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("training-jobs/latest/history")).Status);
        Assert.Equal(HttpStatusCode.OK, (await _wire.Get("models")).Status);
    }

    [Fact]
    public async Task One_that_waits_is_answered_when_the_worker_is_free()
    {
        Task<Answer> waiting;
        await using (await _service.Hold(andTheQueue: false))
            waiting = _wire.Post("models/held/evaluate", """{"dataset":"held"}""");

        var answer = await waiting;

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(40, (int)answer.Json["rows"]!);
    }

    [Fact]
    public async Task One_whose_caller_has_gone_leaves_its_place_to_the_next()
    {
        await using var busy = await _service.Hold(andTheQueue: false);
        var requests = _service.Services.GetRequiredService<LongRequests>();
        using var gone = new CancellationTokenSource();
        var left = requests.RunAsync(() => { }, gone.Token);
        Assert.Throws<Errors.ProblemException>(requests.RefuseIfFull);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        requests.RefuseIfFull();
    }

    [Fact]
    public async Task An_upload_that_has_come_waits_for_its_turn_even_where_the_queue_is_full()
    {
        Task<Answer> upload;
        await using (await _service.Hold(andTheQueue: true))
            upload = _wire.PostCsv("datasets?name=held-upload", "a\n1\n2\n");

        Assert.Equal(HttpStatusCode.Created, (await upload).Status);
    }

    [Fact]
    public async Task A_refusal_by_a_worker_is_the_same_document_and_the_next_request_is_answered()
    {
        var refused = await _wire.Post("models/held/evaluate", """{"dataset":"nowhere"}""");
        Assert.Equal((HttpStatusCode.NotFound, "#/dataset"), (refused.Status, (string?)refused.Json["errors"]![0]!["pointer"]));

        Assert.Equal(HttpStatusCode.OK, (await _wire.Post("models/held/evaluate", """{"dataset":"held"}""")).Status);
    }

    [Fact]
    public async Task Many_rows_of_JSON_get_the_answers_of_each_row_alone()
    {
        var one = (await _wire.Post("models/held/predict", """{"rows":[[1,2]]}""")).Json["predictions"]![0]!.ToJsonString();

        var many = await _wire.Post("models/held/predict", Rows(20_000));

        Assert.Equal(20_000, many.Json["predictions"]!.AsArray().Count);
        Assert.All(many.Json["predictions"]!.AsArray(), prediction => Assert.Equal(one, prediction!.ToJsonString()));
    }

    [Fact]
    public async Task A_bad_row_far_behind_the_first_is_named()
    {
        var refused = await _wire.Post("models/held/predict", Rows(20_000).Replace("]]", "],[1,\"x\"]]", StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode.BadRequest, "#/rows/20000/1"), (refused.Status, (string?)refused.Json["errors"]![0]!["pointer"]));
    }

    private static string Rows(int count) => $$"""{"rows":[{{string.Join(',', Enumerable.Repeat("[1,2]", count))}}]}""";
}
