using System.Data.Common;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Access.Audit;
using NnService.Api.Data;
using NnService.Api.Http;
using NnService.Api.Tests.Databases;

namespace NnService.Api.Tests;

/// <summary>The audit log: what is in it, what is not, and what happens to who changes it.</summary>
public sealed class AuditTests : IDisposable
{
    private const string Network = """{"name":"audited","layers":[{"type":"dense","units":1}]}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_change_has_an_entry_that_says_who_what_by_which_request_and_what_was_answered()
    {
        using var service = new KeyedService();
        var (id, key) = await service.MakeKey(Scope.Write);
        var writer = service.With(key);

        await writer.Post("networks", Network, ("X-Request-Id", "make-it"));
        await writer.Delete("networks/none");
        await writer.Delete("networks?prefix=audited&dryRun=false");

        var entries = (await service.Admin.Get("audit")).Json["items"]!.AsArray();
        Assert.Equal(3, entries.Count);
        var (deleted, missing, made) = (entries[0]!, entries[1]!, entries[2]!);
        Assert.Equal((1, id, "for Write", "POST", "/api/v1/networks", "make-it", 201, "/api/v1/networks/audited"), Told(made));
        Assert.Equal("2030-01-01T12:00:00Z", (string?)made["at"]);
        Assert.Equal((2, id, "for Write", "DELETE", "/api/v1/networks/none", (string?)missing["requestId"], 404, null), Told(missing));
        Assert.Equal((3, id, "for Write", "DELETE", "/api/v1/networks?prefix=audited&dryRun=false", (string?)deleted["requestId"], 200, null), Told(deleted));
    }

    [Fact]
    public async Task What_changes_nothing_has_none()
    {
        using var service = new KeyedService();
        await service.Admin.Post("models", """{"name":"sum","features":["a"],"network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        var reader = service.With((await service.MakeKey(Scope.Read)).Key);

        await service.Admin.Post("networks", """{"layers":[]}""");
        await service.Admin.Post("models/sum/predict", """{"rows":[[1]]}""");
        await service.Admin.Get("networks");
        await service.Admin.Delete("networks?prefix=a&dryRun=true");
        await reader.Post("networks", Network);
        await service.With(null).Post("networks", Network);

        Assert.Equal("/api/v1/models", (string?)(await service.Admin.Get("audit")).Json["items"]!.AsArray().Single()!["target"]);
    }

    [Fact]
    public async Task No_secret_and_no_cell_is_in_it()
    {
        using var service = new KeyedService();
        var made = (await service.Admin.Post("api-keys", """{"name":"Ann","scopes":["read"]}""")).Json;
        await service.Admin.PostCsv("datasets?name=secret", "column-of-mine,b\ncell-of-mine,2\n");
        await service.Admin.Post("networks", """{"name":"described","description":"words-of-mine","layers":[{"type":"dense","units":1}]}""");

        var log = (await service.Admin.Get("audit")).Text;

        Assert.Equal(3, JsonNode.Parse(log)!["items"]!.AsArray().Count);
        foreach (var secret in new[] { ((string)made["key"]!)[^43..], KeyedService.AdminKey, "-of-mine" })
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        Assert.Contains("\"who\":\"setting\",\"name\":\"Access:AdminKey\"", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_entry_has_a_hash_over_itself_and_the_one_before()
    {
        using var service = new TestService();
        var wire = service.Wire;
        for (var i = 0; i < 5; i++)
            await wire.Post("networks", Network.Replace("audited", $"audited-{i}", StringComparison.Ordinal), ("X-Request-Id", $"request-{i}"));
        var newest = (await wire.Get("audit?limit=2")).Json;
        var middle = (await wire.Get($"audit?limit=2&cursor={newest["nextCursor"]}")).Json;
        var oldest = (await wire.Get($"audit?limit=2&cursor={middle["nextCursor"]}")).Json;
        Assert.Null(oldest["nextCursor"]);

        var last = "";
        foreach (var (i, entry) in new[] { oldest, middle, newest }.SelectMany(page => page["items"]!.AsArray().Reverse()).Index())
        {
            var at = DateTime.Parse((string)entry!["at"]!).ToUniversalTime();
            var text = $"{last}\n{i + 1}\n{at:yyyy-MM-dd'T'HH:mm:ss.fffffff}Z\nlocal\n\nPOST\n/api/v1/networks\nrequest-{i}\n201\n/api/v1/networks/audited-{i}";
            last = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
            Assert.Equal(last, (string?)entry["hash"]);
        }

        var found = (await wire.Get($"audit/verification?hash={last}")).Json;
        Assert.Equal($$"""{"holds":true,"entries":5,"lastHash":"{{last}}"}""", found.ToJsonString());
        Assert.False((bool)(await wire.Get($"audit/verification?hash={new string('0', 64)}")).Json["holds"]!);
        foreach (var none in (string[])["", "abc", $"{last}0", $"x{last[1..]}", $"{last}&hash={last}"]) // is no hash, which says nothing of the log
        {
            var refused = await wire.Get($"audit/verification?hash={none}");
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
            Assert.Contains("64 hexadecimal digits", (string?)refused.Json["detail"], StringComparison.Ordinal);
        }
    }

    [SqliteTheory]
    [InlineData("UPDATE AuditEntries SET Target = '/api/v1/networks/innocent' WHERE Number = 2", "Entry 2 is not what was written, or the one before it is not.")]
    [InlineData("UPDATE AuditEntries SET Who = 'somebody-else' WHERE Number = 1", "Entry 1 is not what was written, or the one before it is not.")]
    [InlineData("UPDATE AuditEntries SET At = At + 1 WHERE Number = 3", "Entry 3 is not what was written, or the one before it is not.")]
    [InlineData("DELETE FROM AuditEntries WHERE Number = 2", "Entry 2 is missing.")]
    [InlineData("DELETE FROM AuditEntries WHERE Number = 3", "The log has had 3 entries and has 2: the last ones were deleted.")]
    [InlineData("DELETE FROM AuditEntries", "The log has had 3 entries and has 0: the last ones were deleted.")]
    [InlineData(
        "DELETE FROM AuditEntries WHERE Number = 3; UPDATE sqlite_sequence SET seq = 2 WHERE name = 'AuditEntries'", "No entry has the hash that was noted")]
    public async Task Who_changes_it_is_found_out(string sql, string says)
    {
        await PreparedFolder.Copy("three audited networks", _folder.Path, async wire =>
        {
            for (var i = 0; i < 3; i++)
                await wire.Post("networks", Network.Replace("audited", $"audited-{i}", StringComparison.Ordinal));
            Assert.Equal(3, (int)(await wire.Get("audit/verification")).Json["entries"]!);
        });
        var noted = LastHash();
        Assert.Equal(0, (await ProgramHere.Run(_folder.Path, "audit", "verify", noted)).ExitCode);
        var refused = Assert.Throws<SqliteException>(() => Change(sql));
        Assert.Contains("The audit log is append-only.", refused.Message, StringComparison.Ordinal);
        Change($"DROP TRIGGER AuditEntries_stay; DROP TRIGGER AuditEntries_stay_as_they_are; {sql}");

        var (exitCode, output, _) = await ProgramHere.Run(_folder.Path, "audit", "verify", noted);

        Assert.Equal(1, exitCode);
        Assert.StartsWith(says, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_whose_request_a_crash_has_ended_has_its_entry_all_the_same()
    {
        using (var service = await ServiceProcess.Start(_folder.Path))
        {
            await service.Wire.PostCsv("datasets?name=line", "x,y\n1,2\n2,4\n3,6\n4,8\n5,10\n");
            var waiting = service.Wire.Post(
                "training-jobs", EndlessJob.Of("""{"dataset":"line","target":"y","task":"regression","recipe":"fast"}"""), ("Prefer", "wait=300"), ("X-Request-Id", "unanswered"));
            await service.Wire.Until("latest", job => (string?)job["state"] == "running");
            Assert.Single((await service.Wire.Get("audit")).Json["items"]!.AsArray()); // the job's request is under way
            await service.Kill();
            await Assert.ThrowsAsync<HttpRequestException>(() => waiting);
        }

        using var again = await ServiceHere.Start(_folder.Path);
        var entry = (await again.Wire.Get("audit")).Json["items"]![0]!;

        Assert.Equal((2, "local", null, "POST", "/api/v1/training-jobs", "unanswered", null, null), Told(entry));
        Assert.True((bool)(await again.Wire.Get("audit/verification")).Json["holds"]!);
        await again.Wire.CancelAll();
    }

    [Fact]
    public async Task Commands_from_the_shell_and_the_first_key_have_theirs()
    {
        var key = (await ServiceProcess.RunCommand(_folder.Path, "keys", "create", "--name=Ann", "--scopes=read")).Output.Trim();
        await ServiceProcess.RunCommand(_folder.Path, "keys", "revoke", key.Split('_')[1]);
        using var service = await ServiceProcess.Start(_folder.Path, "--Access:RequireKey=true");
        var first = (await service.ErrorLine("Bearer"))["Authorization: Bearer ".Length..];

        var entries = (await service.Wire.Get("audit", ("X-API-Key", first))).Json["items"]!.AsArray();

        Assert.Equal(
            [$"service first key {first.Split('_')[1]}", $"shell keys revoke {key.Split('_')[1]}", "shell keys create read"],
            entries.Select(entry => $"{entry!["who"]} {entry["target"]}"));
    }

    [SqliteFact]
    public async Task A_folder_that_is_not_there_is_told_and_not_made()
    {
        var (exitCode, _, error) = await ServiceProcess.RunCommand(Path.Combine(_folder.Path, "none"), "audit", "verify");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("There is no nnservice.db in ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, "none")));
    }

    [Fact]
    public async Task A_job_that_was_waited_for_is_named()
    {
        using var service = new TestService();
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        var job = await wire.Post("training-jobs", """{"dataset":"heights","target":"gender","epochs":2,"recipe":"fast"}""", ("Prefer", "wait=60"));

        var entry = (await wire.Get("audit?limit=1")).Json["items"]![0]!;

        Assert.Equal(200, (int)job.Status);
        Assert.Equal($"/api/v1/training-jobs/{job.Json["id"]}", (string?)entry["resource"]);
    }

    [SqliteTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_entry_that_could_not_be_sealed_at_once_is_sealed_with_the_next_and_once(bool isCommitted)
    {
        using var plain = new TestService();
        var failing = new FailingSeal(isCommitted);
        using var service = plain.WithWebHostBuilder(host => host.ConfigureTestServices(
            services => services.ConfigureDbContext<AppDbContext>(options => options.AddInterceptors(failing))));
        var wire = new Wire(service.CreateClient());
        failing.IsArmed = true;
        Assert.Equal(HttpStatusCode.OK, (await wire.Post("backups", "", ("X-Request-Id", "taken"))).Status); // writes nothing itself
        await wire.Get("audit");
        Assert.False(failing.IsArmed);

        await wire.Post("networks", Network, ("X-Request-Id", "made"));

        var entries = (await wire.Get("audit")).Json["items"]!.AsArray();
        Assert.Equal(["made", "taken"], entries.Select(entry => (string)entry!["requestId"]!).Order());
        Assert.True((bool)(await wire.Get("audit/verification")).Json["holds"]!);
    }

    private static (int, string?, string?, string?, string?, string?, int?, string?) Told(JsonNode entry) => (
        (int)entry["number"]!, (string?)entry["who"], (string?)entry["name"], (string?)entry["method"], (string?)entry["target"],
        (string?)entry["requestId"], (int?)entry["status"], (string?)entry["resource"]);

    private void Change(string sql) => Ask(sql);

    private string LastHash() => (string)Ask("SELECT Hash FROM AuditEntries ORDER BY Number DESC LIMIT 1")!;

    private object? Ask(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "nnservice.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    /// <summary>Fails once to commit what is sealed, or to say that it was.</summary>
    private sealed class FailingSeal(bool isCommitted) : DbTransactionInterceptor
    {
        public bool IsArmed { get; set; }

        public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result)
        {
            Fail(!isCommitted, eventData);
            return result;
        }

        public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Fail(isCommitted, eventData);

        private void Fail(bool isNow, DbContextEventData eventData)
        {
            if (!isNow || !IsArmed || !eventData.Context!.ChangeTracker.Entries<AuditEntry>().Any())
                return;
            IsArmed = false;
            throw new IOException("No space left on device");
        }
    }
}
