using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Access.Keys;

namespace NnService.Api.Tests;

/// <summary>How a service that others can reach comes to its first key, and keys from the shell.</summary>
public sealed class KeyCommandTests : IDisposable
{
    private const string Everywhere = "--urls=http://0.0.0.0:0";
    private const string Told = "Authorization: Bearer ";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_start_where_others_can_connect_makes_an_admin_key_and_tells_it_once()
    {
        string key;
        using (var first = await ServiceProcess.Start(_folder.Path, Everywhere))
        {
            key = (await first.ErrorLine(Told))[Told.Length..];
            await RefusesAllButHealth(first.Wire.Http);
            Assert.Equal(HttpStatusCode.OK, await StatusWith(first.Wire.Http, key));
            Assert.Equal(0, await first.Terminate());
            Assert.DoesNotContain(first.SaidBefore.Concat(await first.Rest()), line => line.Contains(key[^43..], StringComparison.Ordinal)); // not in the log
        }

        using var second = await ServiceProcess.Start(_folder.Path, Everywhere);
        Assert.Equal(HttpStatusCode.OK, await StatusWith(second.Wire.Http, key));
        using var listed = await Ask(second.Wire.Http, "/api/v1/api-keys", key);
        Assert.Contains("\"lastUsedAt\":\"", await listed.Content.ReadAsStringAsync(), StringComparison.Ordinal); // saved at the stop
        await second.Terminate();
        Assert.Empty(await second.RestOfErrors());
    }

    [Fact]
    public async Task A_key_of_the_settings_makes_a_first_one_unnecessary_and_goes_with_its_setting()
    {
        using (var first = await ServiceProcess.Start(_folder.Path, Everywhere, $"--Access:AdminKey={KeyedService.AdminKey}"))
        {
            Assert.Equal(HttpStatusCode.OK, await StatusWith(first.Wire.Http, KeyedService.AdminKey));
            using var listed = await Ask(first.Wire.Http, "/api/v1/api-keys", KeyedService.AdminKey);
            Assert.Equal("""{"items":[],"nextCursor":null}""", await listed.Content.ReadAsStringAsync());
            await first.Terminate();
            Assert.Empty(await first.RestOfErrors());
        }

        using var second = await ServiceProcess.Start(_folder.Path, Everywhere);
        var made = (await second.ErrorLine(Told))[Told.Length..];
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusWith(second.Wire.Http, KeyedService.AdminKey));
        Assert.Equal(HttpStatusCode.OK, await StatusWith(second.Wire.Http, made));
    }

    [Fact]
    public async Task Not_to_ask_for_keys_is_no_choice_where_others_can_connect()
    {
        using var service = await ServiceProcess.Start(_folder.Path, Everywhere, "--Access:RequireKey=false", $"--Access:AdminKey={KeyedService.AdminKey}");

        await RefusesAllButHealth(service.Wire.Http);
        Assert.StartsWith("Access:RequireKey=false has no effect", await service.ErrorLine("RequireKey"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Proxy:TrustedProxies=127.0.0.1", "Behind the proxy that Proxy:* tells of, no key is asked for: ")]
    [InlineData("--Proxy:PathBase=/nn", "Behind the proxy that Proxy:PathBase tells of, no key is asked for where it sends neither Forwarded nor X-Forwarded-*: ")]
    public async Task Who_stands_open_behind_a_proxy_is_told_at_the_start(string proxy, string open)
    {
        foreach (var (settings, says) in new (string[], string?)[]
        {
            ([proxy], open),
            ([proxy, "--Access:RequireKey=false"], null),
            ([proxy, "--Access:RequireKey=true", $"--Access:AdminKey={KeyedService.AdminKey}"], null),
            ([], null),
        })
        {
            using var service = await ServiceHere.Start(_folder.Path, settings);

            var told = service.Services.GetRequiredService<FirstKey>().Make();

            Assert.Equal(says is null, told is null);
            Assert.StartsWith(says ?? "", told ?? "", StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_quickstart_has_a_key_of_its_own_and_asks_past_a_proxy()
    {
        using var service = await ServiceProcess.StartUnder(
            ["env", "HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1"], _folder.Path, "quickstart", Everywhere, $"--Access:AdminKey={KeyedService.AdminKey}");

        await service.Line("networks' -H \"Authorization: Bearer $KEY\" -H");
        await service.Line("Emily: F");
        await service.Line("The service goes on running.");
        using var listed = await Ask(service.Wire.Http, "/api/v1/api-keys", KeyedService.AdminKey);
        Assert.Equal("""{"items":[],"nextCursor":null}""", await listed.Content.ReadAsStringAsync());
        using var audit = await Ask(service.Wire.Http, "/api/v1/audit", KeyedService.AdminKey);
        Assert.Equal(3, (await audit.Content.ReadAsStringAsync()).Split("\"name\":\"quickstart\"").Length - 1); // network, table, job
    }

    [Fact]
    public async Task A_quickstart_that_is_ended_in_the_middle_stops_as_any_service_does()
    {
        string id;
        using (var before = await ServiceProcess.Start(_folder.Path))
        {
            await before.Wire.Upload("endless", "toy_heights.csv");
            id = (string)(await before.Wire.Post("training-jobs", EndlessJob.OnHeights("endless", "endless"))).Json["id"]!;
            await before.Wire.Until(id, job => (int)job["epoch"]! > 0);
            await before.Terminate();
        }

        using (var service = await ServiceProcess.Start(_folder.Path, "quickstart", "--Training:MaxConcurrentJobs=1"))
        {
            await service.Line("/history'"); // its job waits behind the other, so that the walk does not end by itself
            await service.Wire.Until(id, job => (string?)job["state"] == "running");
            Assert.Equal(0, await service.Terminate());
            Assert.Empty(await service.RestOfErrors());
        }

        using var after = await ServiceHere.Start(_folder.Path);
        var transitions = (await after.Wire.Get($"training-jobs/{id}")).Json["transitions"]!.AsArray();
        Assert.Equal(2, transitions.Count(transition => (string?)transition!["reason"] == "the service was stopped"));
        await after.Wire.CancelAll();
    }

    [Fact]
    public async Task Keys_are_made_listed_and_revoked_from_the_shell()
    {
        var (exitCode, output, error) = await ServiceProcess.RunCommand(
            _folder.Path, "keys", "create", "--name=Ann", "--scopes=read,predict", "--expires-at=2099-12-31");
        var key = output.Trim();
        var id = key.Split('_')[1];
        Assert.Equal(0, exitCode);
        Assert.StartsWith($"nn_{id}_", key, StringComparison.Ordinal);
        Assert.Contains($"Key {id} \"Ann\" was made", error, StringComparison.Ordinal);
        var listed = (await ServiceProcess.RunCommand(_folder.Path, "keys", "list")).Output;
        Assert.StartsWith($"{id}  read,predict ", listed, StringComparison.Ordinal);
        Assert.Contains("expires 2099-12-31 00:00", listed, StringComparison.Ordinal);
        using (var service = await ServiceProcess.Start(_folder.Path, "--Access:RequireKey=true"))
        {
            await service.ErrorLine(Told); // a key that may only read opens no door to others
            Assert.Equal(HttpStatusCode.OK, await StatusWith(service.Wire.Http, key));
            await service.Terminate();
        }

        Assert.Equal((0, "", ""), await ServiceProcess.RunCommand(_folder.Path, "keys", "revoke", id));
        using (var service = await ServiceHere.Start(_folder.Path, "--Access:RequireKey=true"))
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusWith(service.Wire.Http, key));
        Assert.Equal((1, "", $"There is no key {id}.{Environment.NewLine}"), await ServiceProcess.RunCommand(_folder.Path, "keys", "revoke", id));
    }

    [Fact]
    public async Task Beside_a_running_service_the_shell_says_how_to_do_it()
    {
        using var service = await ServiceHere.Start(_folder.Path);

        foreach (var command in new[] { "list", "create --name=a --scopes=read", "revoke 01890a5d-ac96-774b-bcce-b302099a8057" })
        {
            var (exitCode, output, error) = await ProgramHere.Run(_folder.Path, ["keys", .. command.Split(' ')]);
            Assert.Equal((1, ""), (exitCode, output));
            Assert.Contains("A running service does this itself, with an admin key: POST, GET and DELETE /api/v1/api-keys.", error, StringComparison.Ordinal);
        }

        Assert.Contains("GET /api/v1/audit/verification", (await ProgramHere.Run(_folder.Path, "audit", "verify")).Error, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await service.Wire.Get("networks")).Status);
    }

    [Theory]
    [InlineData("keys", "keys takes create, list or revoke.")]
    [InlineData("keys make", "keys takes create, list or revoke.")]
    [InlineData("keys create --name=a", "Say what the key may be used for, for example --scopes read,predict")]
    [InlineData("keys create --name=a --scopes=read,root", "\"read,root\" is no list of scopes. Say what the key may be used for, for example --scopes read,predict")]
    [InlineData("keys create --scopes=read", "Give the key a name of 1 to 100 characters")]
    [InlineData("keys create --name=a --scopes=read --expires-at=soon", "\"soon\" is no time; write it as 2027-01-31")]
    [InlineData("keys create --name=a --scopes=read --expires-at=2001-01-01", "The key would have expired already")]
    [InlineData("keys revoke", "Name the key to be revoked by its id")]
    [InlineData("keys revoke me", "Name the key to be revoked by its id")]
    [InlineData("audit", "audit takes verify.")]
    public async Task A_wrong_command_is_told(string command, string says)
    {
        var (exitCode, output, error) = await ProgramHere.Run(_folder.Path, command.Split(' '));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith(says, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Access:AdminKey=short", "The setting Access:AdminKey has 5 characters; it must have 43 to 200 letters")]
    [InlineData("--Access:AdminKey=with blanks and more than forty-three characters", "The setting Access:AdminKey has 48 characters")]
    [InlineData("--Access:RequireKey=maybe", "The setting Access:RequireKey is \"maybe\"; it must be true or false.")]
    [InlineData("--Access:FailuresPerMinute=0", "The setting Access:FailuresPerMinute is \"0\"; it must be a whole number, at least 1.")]
    [InlineData("--Limits:RequestsPerSecond=-1", "The setting Limits:RequestsPerSecond is \"-1\"; it must be a whole number, at least 0.")]
    [InlineData("--Limits:Uploads=x", "The setting Limits:Uploads is \"x\"; it must be a whole number, at least 0.")]
    [InlineData("--Limits:LeastBytesPerSecond=0", "The setting Limits:LeastBytesPerSecond is \"0\"; it must be a whole number, at least 1.")]
    [InlineData("--Limits:HeaderSeconds=0", "The setting Limits:HeaderSeconds is \"0\"; it must be a whole number, at least 1.")]
    public async Task A_wrong_setting_is_told_in_a_sentence_that_does_not_repeat_a_key(string setting, string says)
    {
        var (exitCode, error) = await ProgramHere.RunToEnd(_folder.Path, setting);

        Assert.Equal(1, exitCode);
        Assert.StartsWith(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain("blanks", error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    private static async Task RefusesAllButHealth(HttpClient http)
    {
        foreach (var path in new[] { "/", "/swagger/index.html", "/swagger/v1/swagger.json", "/metrics", "/api/v1/networks", "/v2", "/v2/health/ready", "/ping", "/nowhere" })
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusWith(http, null, path));
        foreach (var path in new[] { "/health/live", "/health/ready" })
            Assert.Equal(HttpStatusCode.OK, await StatusWith(http, null, path));
    }

    private static async Task<HttpStatusCode> StatusWith(HttpClient http, string? key, string path = "/api/v1/networks")
    {
        using var answer = await Ask(http, path, key);
        return answer.StatusCode;
    }

    private static Task<HttpResponseMessage> Ask(HttpClient http, string path, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return http.SendAsync(request);
    }
}
