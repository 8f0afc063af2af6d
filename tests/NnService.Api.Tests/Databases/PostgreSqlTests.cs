using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;
using NnService.Api.Data.PostgreSql;
using NnService.Api.TrainingJobs.Running.Clusters;
using Npgsql;

namespace NnService.Api.Tests.Databases;

/// <summary>The service on PostgreSQL, its server restarted under it; and, by default, the service without it.</summary>
public sealed class PostgreSqlTests(PostgreSqlService service) : IClassFixture<PostgreSqlService>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [PostgreSqlFact]
    public async Task A_job_outlasts_a_kill_and_a_server_that_is_away_and_ends_with_the_same_bits()
    {
        string[] settings = [.. service.Settings(service.NewDatabase()), "--Training:CheckpointSeconds=0.1"];
        string id;
        using (var first = await ServiceProcess.Start(_folder.Path, settings))
        {
            await first.Wire.Upload("digits", "digits.csv");
            id = (string)(await first.Wire.Post("training-jobs", EndlessJob.OnDigits("digits", "outlasting"))).Json["id"]!;
            await first.Wire.Until(id, job => (int)job["epoch"]! > 0);
            await first.Kill();
        }

        using var second = await ServiceHere.Start(_folder.Path, settings);
        var left = (int)(await second.Wire.Get($"training-jobs/{id}")).Json["epoch"]!;
        await second.Wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > left); // the new run has saved something
        var before = (await second.Wire.Get($"training-jobs/{id}")).Json;
        service.Server.Stop();

        var refused = await second.Wire.Post("networks", """{"name":"meanwhile","layers":[{"type":"dense","units":1}]}""");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.StartsWith("The database cannot be used at the moment.", (string)refused.Json["detail"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await second.Wire.Get("training-jobs")).Status);
        var probe = await second.Wire.Get("/health/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The database cannot be reached."), (probe.Status, (string?)probe.Json["detail"]));
        Assert.Equal(HttpStatusCode.OK, (await second.Wire.Get("/health/live")).Status);
        await second.Line("goes on, and saves when it is back"); // the run has met it

        service.Server.Begin();
        await second.Line("is there again");
        Assert.Equal(HttpStatusCode.OK, (await second.Wire.Get("/health/ready")).Status);
        var ended = await EndlessJob.StopAndCompare(second.Wire, before);
        Assert.Equal(2, (int)ended["attempt"]!);
        Assert.True((bool)(await second.Wire.Get("audit/verification")).Json["holds"]!);
        await second.Stop();
    }

    [PostgreSqlFact]
    public async Task What_has_ended_is_found_in_the_scheduler_by_the_index_of_those_that_have_not()
    {
        var database = service.NewDatabase();
        using (var first = await ServiceHere.Start(_folder.Path, service.Settings(database)))
            await first.Stop();
        service.Server.Execute("CREATE TABLE qrtz_job_details (job_name text); CREATE TABLE qrtz_fired_triggers (job_name text)", database);
        await using var connection = new NpgsqlConnection(service.Server.ConnectionString(database));
        await connection.OpenAsync();
        await using (var few = new NpgsqlCommand("SET enable_seqscan = off", connection)) // or it would read so few rows as they lie
            await few.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand($"EXPLAIN {ClusterTrainingQueue.Ended}", connection);
        await using var rows = await explain.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await rows.ReadAsync())
            plan.Add(rows.GetString(0));

        Assert.Contains(plan, line => line.Contains("IX_TrainingJobs_State", StringComparison.Ordinal));
    }

    [PostgreSqlFact]
    public async Task A_queued_job_is_taken_on_when_the_server_is_back()
    {
        using var process = await ServiceHere.Start(_folder.Path, [.. service.Settings(service.NewDatabase()), "--Training:MaxConcurrentJobs=1"]);
        await process.Wire.Upload("heights", "toy_heights.csv");
        var first = (string)(await process.Wire.Post("training-jobs", EndlessJob.OnHeights("heights", "first"))).Json["id"]!;
        await process.Wire.Until(first, "running");
        var job = JsonNode.Parse(EndlessJob.OnHeights("heights", "next"))!;
        job["epochs"] = 1;
        var next = (string)(await process.Wire.Post("training-jobs", job.ToJsonString())).Json["id"]!;

        await process.Wire.Post($"training-jobs/{first}/stop", "");
        service.Server.Stop();
        service.Server.Begin();
        await process.Line("is there again");

        await process.Wire.Until(first, "succeeded");
        await process.Wire.Until(next, "succeeded");
    }

    [PostgreSqlFact]
    public async Task Writers_wait_for_each_other_whatever_process_they_are_in_and_readers_do_not()
    {
        var database = service.NewDatabase();
        using var process = await ServiceHere.Start(_folder.Path, service.Settings(database));
        await using var other = new NpgsqlConnection(service.Server.ConnectionString(database));
        await other.OpenAsync();
        await using var writes = await other.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand(AdvisoryLocks.TakeWriter, other))
            await command.ExecuteNonQueryAsync();

        var made = process.Wire.Post("networks", """{"name":"waits","layers":[{"type":"dense","units":1}]}""");
        const string Waits = """
            SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """;
        Assert.True(SpinWait.SpinUntil(() => service.Server.Execute(Waits, database) is 1L, TimeSpan.FromSeconds(60)));
        Assert.Equal(HttpStatusCode.OK, (await process.Wire.Get("networks")).Status);
        Assert.False(made.IsCompleted);

        await writes.CommitAsync();
        Assert.Equal(HttpStatusCode.Created, (await made).Status);
    }

    [PostgreSqlFact]
    public void What_is_committed_stands_where_the_folder_is_lost_meanwhile()
    {
        var (server, name) = (service.Server, service.NewDatabase());
        using var host = new WebApplicationFactory<Program>().WithWebHostBuilder(builder => builder.UseSetting("Data:Path", _folder.Path)
            .UseSetting("Database:Provider", "PostgreSql").UseSetting("Database:ConnectionString", server.ConnectionString(name)).UseSetting("Serilog:MinimumLevel", "Fatal"));
        var database = host.Services.GetRequiredService<Database>();
        var moved = $"{_folder.Path}-moved";

        var made = database.Write(db =>
        {
            Directory.Move(_folder.Path, moved);
            return db.Database.ExecuteSqlRaw("CREATE TABLE made (a int)");
        });

        Directory.Move(moved, _folder.Path);
        Assert.Equal(-1, made);
        Assert.Equal(0L, server.Execute("SELECT COUNT(*) FROM made", name));
    }

    [PostgreSqlFact]
    public void A_connection_that_is_lost_in_the_middle_of_a_transaction_is_a_database_that_is_away()
    {
        var (server, name) = (service.Server, service.NewDatabase());
        using var host = new WebApplicationFactory<Program>().WithWebHostBuilder(builder => builder.UseSetting("Data:Path", _folder.Path)
            .UseSetting("Database:Provider", "PostgreSql").UseSetting("Database:ConnectionString", server.ConnectionString(name)).UseSetting("Serilog:MinimumLevel", "Fatal"));
        var database = host.Services.GetRequiredService<Database>();

        var failure = Record.Exception(() => database.Write(db =>
        {
            Assert.ThrowsAny<Exception>(() => db.Database.ExecuteSqlRaw("SELECT pg_terminate_backend(pg_backend_pid())"));
            return db.Networks.Any();
        }));

        Assert.True(database.Failures.IsAway(failure!), failure!.ToString());
        Assert.False(database.Write(db => db.Networks.Any()));
    }

    [PostgreSqlFact]
    public async Task Who_changes_the_audit_log_is_refused_and_who_does_it_all_the_same_is_found_out()
    {
        var database = service.NewDatabase();
        using var process = await ServiceHere.Start(_folder.Path, service.Settings(database));
        for (var i = 0; i < 3; i++)
            await process.Wire.Post("networks", $$"""{"name":"audited-{{i}}","layers":[{"type":"dense","units":1}]}""");
        Assert.Equal(3, (int)(await process.Wire.Get("audit/verification")).Json["entries"]!);
        foreach (var change in (string[])["DELETE FROM \"AuditEntries\"", "UPDATE \"AuditEntries\" SET \"Who\" = 'x'", "TRUNCATE \"AuditEntries\""])
            Assert.Equal(
                "The audit log is append-only.", Assert.Throws<PostgresException>(() => service.Server.Execute(change, database)).MessageText);

        service.Server.Execute("""ALTER TABLE "AuditEntries" DISABLE TRIGGER USER; DELETE FROM "AuditEntries" WHERE "Number" = 3""", database);

        var verified = (await process.Wire.Get("audit/verification")).Json;
        Assert.Equal((false, "The log has had 3 entries and has 2: the last ones were deleted."), ((bool)verified["holds"]!, (string?)verified["detail"]));
    }

    [LinuxFact]
    public async Task A_service_on_its_own_file_has_nothing_of_it_in_memory()
    {
        using var process = await ServiceProcess.Start(_folder.Path, "--Database:Provider=Sqlite", "--Database:ConnectionString=");
        await process.Wire.Upload("heights", "toy_heights.csv");
        await process.Wire.Train("""{"dataset":"heights","target":"gender","features":["weight_lb","height_in"],"epochs":1,"recipe":"fast"}""");

        var loaded = await File.ReadAllTextAsync($"/proc/{process.ProcessId}/maps");

        Assert.Contains("Microsoft.Data.Sqlite.dll", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("Npgsql", loaded, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("3D000", "Inaccessible")]
    [InlineData("28P01", "Inaccessible")]
    [InlineData("42501", "Inaccessible")]
    [InlineData("53100", "Full")]
    [InlineData("53300", "Busy")]
    [InlineData("40001", "Busy")]
    [InlineData("40P01", "Busy")]
    [InlineData("55P03", "Busy")]
    [InlineData("57P01", "Unreachable")]
    [InlineData("57P03", "Unreachable")]
    [InlineData("08006", "Unreachable")]
    [InlineData("25P03", "Unreachable")]
    [InlineData("XX001", "Damaged")]
    [InlineData("23505", "Other")]
    public void A_failure_is_told_by_its_kind(string state, string kind) =>
        Assert.Equal(kind, PostgreSqlFailures.FaultOf(new PostgresException("text", "ERROR", "ERROR", state)).Kind.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("\0")]
    [InlineData("\u001a")]
    [InlineData("\u001a0\0\u001a1")]
    [InlineData("a\0\u001a\0b")]
    public void Every_text_comes_back_as_it_was(string text)
    {
        Assert.DoesNotContain('\0', StoredText.Write(text));
        Assert.Equal(text, StoredText.Read(StoredText.Write(text)));
    }

    public void Dispose()
    {
        _folder.Dispose();
        if (PostgreSqlServer.WhyMissing is null && !service.Server.IsRunning)
            service.Server.Begin(); // a test that has failed has left it so
    }
}
