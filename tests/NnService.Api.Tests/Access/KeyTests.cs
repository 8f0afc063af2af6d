using System.Data.Common;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Http;
using NnService.Api.Startup;

namespace NnService.Api.Tests;

/// <summary>Keys, from when they are made to when they are revoked.</summary>
public sealed partial class KeyTests : IDisposable
{
    private readonly KeyedService _service = new();

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task A_key_is_shown_once_and_kept_as_its_hash()
    {
        var made = await _service.Admin.Post("api-keys", """{"name":"Ann's notebook","scopes":["predict","read"],"expiresAt":"2031-01-01T00:00:00Z"}""");
        var (id, key) = ((string)made.Json["id"]!, (string)made.Json["key"]!);

        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal($"/api/v1/api-keys/{id}", made.Headers.Location!.ToString());
        Assert.Matches(Form(), key);
        Assert.StartsWith($"nn_{id}_", key, StringComparison.Ordinal);
        Assert.Equal("""["read","predict"]""", made.Json["scopes"]!.ToJsonString());
        Assert.Equal("2031-01-01T00:00:00Z", (string?)made.Json["expiresAt"]);
        var listed = (await _service.Admin.Get("api-keys")).Json["items"]!.AsArray().Single()!;
        Assert.Equal(["id", "name", "scopes", "createdAt", "expiresAt", "lastUsedAt"], listed.AsObject().Select(member => member.Key));
        Assert.Null(listed["lastUsedAt"]);
        Assert.Equal(listed.ToJsonString(), (await _service.Admin.Get($"api-keys/{id}")).Json.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, (await _service.With(key).Get("networks")).Status);
        Assert.Equal("2030-01-01T12:00:00Z", (string?)(await _service.Admin.Get($"api-keys/{id}")).Json["lastUsedAt"]);
        var secret = Encoding.UTF8.GetBytes(key[^43..]);
        foreach (var file in _service.DatabaseFiles())
            Assert.True(file.AsSpan().IndexOf(secret) < 0);
    }

    [Fact]
    public async Task The_last_use_is_the_latest_of_any_node_and_no_node_saves_an_older_one_over_it()
    {
        var (id, key) = await _service.MakeKey(Scope.Read);
        await _service.With(key).Get("networks"); // at 12:00:00, which this node saves a minute later
        var later = new DateTime(2030, 1, 1, 12, 0, 30, DateTimeKind.Utc).Ticks;
        _service.Services.GetRequiredService<Database>().Execute($"""UPDATE "ApiKeys" SET "LastUsedAt" = {later}"""); // as another node does

        Assert.Equal("2030-01-01T12:00:30Z", await LastUse());
        _service.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("2030-01-01T12:00:30Z", await LastUse());

        await _service.With(key).Get("networks");
        _service.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("2030-01-01T12:01:00Z", await LastUse());

        async Task<string?> LastUse() => (string?)(await _service.Admin.Get($"api-keys/{id}")).Json["lastUsedAt"];
    }

    [Fact]
    public async Task Who_may_only_ask_models_gets_predictions_of_a_stored_dataset_without_its_columns()
    {
        await _service.Admin.PostCsv("datasets?name=secret", "a,b,salary\n1,2,70000\n3,4,80000\n");
        await _service.Admin.Post(
            "models", """{"name":"asked","features":["a","b"],"network":{"layers":[{"type":"dense","weights":[[1],[1]],"bias":[0]}]} }""");
        var asking = _service.With((await _service.MakeKey(Scope.Predict)).Key);
        var made = await _service.Admin.Post("api-keys", """{"name":"both","scopes":["read","predict"]}""");
        var reading = _service.With((string?)made.Json["key"]);
        const string Path = "models/asked/predict", Body = """{"dataset":"secret"}""";

        var refused = await asking.Post(Path, Body, ("Accept", "text/csv"));

        Assert.Equal(
            (HttpStatusCode.Forbidden, "As CSV the answer would hold the dataset's own columns, which needs a key with the scope \"read\" too. Ask for application/json."),
            (refused.Status, (string?)refused.Json["detail"]));
        Assert.Equal([3.0, 7.0], (await asking.Post(Path, Body)).Json["predictions"]!.AsArray().Select(prediction => (double)prediction!["value"]!));
        Assert.Equal("a,b,prediction\r\n1,1,2\r\n", (await asking.PostCsv(Path, "a,b\n1,1\n", ("Accept", "text/csv"))).Text); // what the caller has sent
        foreach (var wire in (Wire[])[reading, _service.Admin])
            Assert.Equal("a,b,salary,prediction\r\n1,2,70000,3\r\n3,4,80000,7\r\n", (await wire.Post(Path, Body, ("Accept", "text/csv"))).Text);
    }

    [Theory]
    [InlineData("""{"scopes":["read"]}""", "#/name")]
    [InlineData("""{"name":"","scopes":["read"]}""", "#/name")]
    [InlineData("""{"name":"a\nb","scopes":["read"]}""", "#/name")]
    [InlineData("""{"name":"a"}""", "#/scopes")]
    [InlineData("""{"name":"a","scopes":[]}""", "#/scopes")]
    [InlineData("""{"name":"a","scopes":["root"]}""", "#/scopes/0")]
    [InlineData("""{"name":"a","scopes":["predict,write"]}""", "#/scopes/0")] // as numbers 1 | 2, which is admin's
    [InlineData("""{"name":"a","scopes":["read","Write"]}""", "#/scopes/1")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAt":"2030-01-01T11:59:59Z"}""", "#/expiresAt")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAt":"tomorrow"}""", "#/expiresAt")]
    [InlineData("""{"name":"a","scopes":["read"],"key":"nn_mine"}""", "#/key")]
    public async Task A_wrong_request_is_told_where_it_is_wrong(string body, string pointer)
    {
        var refused = await _service.Admin.Post("api-keys", body);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(pointer, (string?)refused.Json["errors"]![0]!["pointer"]);
        Assert.Empty((await _service.Admin.Get("api-keys")).Json["items"]!.AsArray());
    }

    [Theory]
    [InlineData("\"read\"", "#/scopes", "Expected an array; scopes is \"read\". Write [\"read\"].")]
    [InlineData("\"rea\"", "#/scopes", "Expected an array; scopes is \"rea\".")]
    [InlineData("7", "#/scopes", "Expected an array; scopes is 7.")]
    [InlineData("[\"write\",\"rea\"]", "#/scopes/1",
        "scopes[1] is \"rea\"; expected one of \"read\", \"predict\", \"write\", \"admin\". Did you mean \"read\"?")]
    public async Task Scopes_are_a_list_of_a_few_words(string scopes, string pointer, string says)
    {
        var refused = await _service.Admin.Post("api-keys", $$"""{"name":"a","scopes":{{scopes}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal((pointer, says), ((string?)refused.Json["errors"]![0]!["pointer"], (string?)refused.Json["errors"]![0]!["detail"]));
    }

    [Theory]
    [InlineData("Authorization", "Bearer {0}")]
    [InlineData("Authorization", "bearer   {0}")]
    [InlineData("X-API-Key", "{0}")]
    [InlineData("x-api-key", "{0}")]
    public async Task A_key_that_was_revoked_is_refused_with_the_next_request_however_it_is_sent(string header, string value)
    {
        var (id, key) = await _service.MakeKey(Scope.Read);
        var (_, other) = await _service.MakeKey(Scope.Read);
        var shown = (header, value.Replace("{0}", key, StringComparison.Ordinal));
        foreach (var path in new[] { "networks", "/v2", "/metrics", "/v1/models/none" })
            Assert.NotEqual(HttpStatusCode.Unauthorized, (await _service.With(null).Get(path, shown)).Status); // its text is remembered now

        Assert.Equal(HttpStatusCode.NoContent, (await _service.Admin.Delete($"api-keys/{id}")).Status);

        foreach (var path in new[] { "networks", "/v2", "/metrics", "/v1/models/none", "/nowhere" })
            Assert.Equal(HttpStatusCode.Unauthorized, (await _service.With(null).Get(path, shown)).Status);
        Assert.Equal(HttpStatusCode.OK, (await _service.With(other).Get("networks")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _service.Admin.Delete($"api-keys/{id}")).Status);
        Assert.DoesNotContain(id, (await _service.Admin.Get("api-keys")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nearly_right_keys_are_wrong()
    {
        var (id, key) = await _service.MakeKey(Scope.Admin);
        await _service.With(key).Get("networks");
        string[] wrong =
        [
            key[..^1], key + "a", key.ToUpperInvariant(), key.Replace(id, Guid.NewGuid().ToString(), StringComparison.Ordinal), $"nn_{id}_{new string('A', 43)}",
            $"nn_{id}_", $"nn_{id}", "nn_", "nn", key[3..], new string('n', 5000), $"{key},{key}", KeyedService.AdminKey[1..], KeyedService.AdminKey + "=", "é",
        ];

        foreach (var text in wrong)
        {
            var refused = await _service.With(null).Get("networks", ("X-API-Key", text));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
            Assert.Equal("Bearer realm=\"NnService\", error=\"invalid_token\"", refused.Headers.WwwAuthenticate.ToString());
            Assert.DoesNotContain(key[^43..], refused.Text, StringComparison.Ordinal);
        }

        foreach (var basic in new[] { $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"any:{key}"))}", "Digest a", "Bearer", "Bearer ", key })
            Assert.Equal("Bearer realm=\"NnService\"", (await _service.With(null).Get("networks", ("Authorization", basic))).Headers.WwwAuthenticate.ToString());
        Assert.Equal(HttpStatusCode.OK, (await _service.With(key).Get("networks")).Status);
    }

    [Fact]
    public async Task A_browser_can_give_the_key_as_a_password_and_only_for_pages()
    {
        var (_, key) = await _service.MakeKey(Scope.Read);
        var password = ("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"any:{key}"))}");

        var asked = await _service.With(null).Get("/swagger/index.html");
        Assert.Equal(HttpStatusCode.Unauthorized, asked.Status);
        Assert.Equal(["Bearer", "Basic"], asked.Headers.WwwAuthenticate.Select(way => way.Scheme));
        foreach (var path in new[] { "/", "/page/app.js", "/swagger/index.html", "/swagger/v1/swagger.json", "/swagger/swagger-ui.css" })
            Assert.Equal(HttpStatusCode.OK, (await _service.With(null).Get(path, password)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _service.With(null).Get("networks", password)).Status);
        foreach (var broken in new[] { "Basic", "Basic %%%", "Basic bm9jb2xvbg==", "Basic " + new string('A', 8000) })
            Assert.Equal(HttpStatusCode.Unauthorized, (await _service.With(null).Get("/swagger/index.html", ("Authorization", broken))).Status);
    }

    [Fact]
    public async Task An_expired_key_is_told_so()
    {
        var (_, key) = await _service.MakeKey(Scope.Admin, _service.Clock.GetUtcNow().AddMinutes(10));
        Assert.Equal(HttpStatusCode.OK, (await _service.With(key).Get("networks")).Status);
        _service.Clock.Advance(TimeSpan.FromMinutes(10));

        var refused = await _service.With(key).Get("networks");

        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Equal("The key \"for Admin\" expired at 2030-01-01T12:10:00Z.", (string?)refused.Json["detail"]);
    }

    [Fact]
    public async Task Many_wrong_keys_from_one_address_have_to_wait_and_right_ones_do_not()
    {
        using var service = new KeyedService(null, "Access:FailuresPerMinute=3");
        var (_, key) = await service.MakeKey(Scope.Read);
        for (var i = 0; i < 3; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, (await service.With("nn_wrong").Get("networks")).Status);

        var slowed = await service.With("nn_wrong").Get("networks");
        var door = await service.With("nn_wrong").Get("/v2");

        Assert.Equal(HttpStatusCode.TooManyRequests, slowed.Status);
        Assert.InRange(slowed.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        Assert.Contains("Access:FailuresPerMinute", (string?)slowed.Json["detail"], StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.TooManyRequests, "application/json"), (door.Status, door.ContentType));
        Assert.Equal(HttpStatusCode.OK, (await service.With(key).Get("networks")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.With(null).Get("networks")).Status); // nothing was tried
        Assert.Equal(HttpStatusCode.OK, (await service.With(null).Get("/health/ready")).Status);
    }

    [Fact]
    public async Task A_stream_of_events_ends_with_its_key()
    {
        await RunAJob(_service);
        var (id, key) = await _service.MakeKey(Scope.Read);
        await using var stream = await Listen(_service, key);

        await _service.Revoke(id);

        await HasEnded(stream);
        await _service.Admin.CancelAll();
    }

    [Fact]
    public async Task It_does_so_too_where_the_keys_were_read_anew_in_between()
    {
        var reading = new Reading();
        using var service = new KeyedService(reading.Watch);
        await RunAJob(service);
        var (id, key) = await service.MakeKey(Scope.Read);
        await using var stream = await Listen(service, key);
        await reading.FailWith(() => service.Services.GetRequiredService<NewsFeed>().Hear($"1 {Guid.NewGuid():N} keys"));
        var before = reading.Times;
        while (reading.Times == before)
            Assert.Equal(HttpStatusCode.OK, (await service.With(key).Get("networks")).Status);

        await service.Revoke(id);

        await HasEnded(stream);
        await service.Admin.CancelAll();
    }

    [Fact]
    public async Task It_does_so_too_where_another_node_has_revoked_it_and_the_keys_could_not_be_read_at_once()
    {
        var reading = new Reading();
        using var service = new KeyedService(reading.Watch);
        await RunAJob(service);
        var (id, key) = await service.MakeKey(Scope.Read);
        await using var stream = await Listen(service, key);
        service.Services.GetRequiredService<Database>().Write(db => db.ApiKeys.Where(row => row.Id == Guid.Parse(id)).ExecuteDelete());
        await reading.FailWith(() => service.Services.GetRequiredService<NewsFeed>().Hear($"1 {Guid.NewGuid():N} keys"));

        await HasEnded(stream);
        await service.Admin.CancelAll();
    }

    [Fact]
    public async Task A_probe_needs_no_key_however_it_is_asked()
    {
        using var service = new KeyedService();

        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await service.With(null).Post("/health/live", "")).Status);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await service.With(null).Delete("/health/ready")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.With(null).Post("/metrics", "")).Status);
    }

    [Fact]
    public async Task Preflights_need_no_key_and_what_they_ask_for_does()
    {
        using var service = new KeyedService(null, "Access:AllowedOrigins=https://page.example");

        var preflight = await service.With(null).Send(
            HttpMethod.Options, "/api/v1/networks", null,
            ("Origin", "https://page.example"), ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization"));
        var refused = await service.With(null).Get("networks", ("Origin", "https://page.example"));

        Assert.Equal(HttpStatusCode.NoContent, preflight.Status);
        Assert.Equal("authorization", preflight.Headers.GetValues("Access-Control-Allow-Headers").Single());
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Equal("https://page.example", refused.Headers.GetValues("Access-Control-Allow-Origin").Single()); // the page can read why
        Assert.Equal(HttpStatusCode.Unauthorized, (await service.With(null).Send(HttpMethod.Options, "/api/v1/networks")).Status);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "10.0.0.1", 401)]
    [InlineData("x-forwarded-proto", "https", 401)]
    [InlineData("X-Forwarded-Anything", "1", 401)]
    [InlineData("Forwarded", "for=10.0.0.1", 401)]
    [InlineData("X-Forwarder", "1", 200)]
    [InlineData("Via", "1.1 proxy", 200)]
    public async Task On_loopback_what_a_proxy_has_brought_needs_a_key(string header, string value, int status)
    {
        using var open = new KeyedService(null, "Access:RequireKey=false");

        var answer = await open.With(null).Get("networks", (header, value));

        Assert.Equal(status, (int)answer.Status);
        if (status == 401)
            Assert.Contains("A proxy that itself keeps callers out can be named in the setting Proxy:TrustedProxies", (string?)answer.Json["detail"], StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await open.Admin.Get("networks", (header, value))).Status);
        Assert.Equal(HttpStatusCode.OK, (await open.With("nn_wrong").Get("networks")).Status); // none is asked for, so none is looked at
    }

    private static async Task RunAJob(KeyedService service)
    {
        await service.Admin.PostCsv("datasets?name=line", "x,y\n1,2\n2,4\n3,6\n4,8\n5,10\n");
        await service.Admin.Post("training-jobs", EndlessJob.Of("""{"dataset":"line","target":"y","task":"regression"}"""));
    }

    private static async Task<Stream> Listen(KeyedService service, string key)
    {
        var answer = await service.With(key).Http.GetAsync("/api/v1/training-jobs/latest/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var stream = await answer.Content.ReadAsStreamAsync();
        Assert.True(await stream.ReadAsync(new byte[10]) > 0);
        return stream;
    }

    private static async Task HasEnded(Stream stream)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await stream.ReadAsync(new byte[1000], deadline.Token) > 0)
            {
            }
        });
        Assert.False(deadline.IsCancellationRequested);
    }

    /// <summary>Reading of the keys, which fails when a test wants it.</summary>
    private sealed class Reading
    {
        private volatile TaskCompletionSource? _failed;
        private int _times;

        /// <summary>How often they were read.</summary>
        public int Times => Volatile.Read(ref _times);

        public void Watch(IServiceCollection services) => services.AddSingleton(provider => new PlainQueries(() => Open(provider)));

        /// <summary>Does something that has them read, which fails once.</summary>
        public async Task FailWith(Action act)
        {
            var failed = _failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            act();
            await failed.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }

        private DbConnection Open(IServiceProvider provider)
        {
            if (Interlocked.Exchange(ref _failed, null) is { } failed)
            {
                failed.SetResult();
                throw new IOException("The database is away.");
            }

            Interlocked.Increment(ref _times);
            return provider.GetRequiredService<DatabaseEngine>().OpenToRead();
        }
    }

    [GeneratedRegex("^nn_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}_[A-Za-z0-9_-]{43}$")]
    private static partial Regex Form();
}
