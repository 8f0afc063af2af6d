using System.Diagnostics;
using System.Net;

namespace NnService.Api.Tests;

/// <summary>The service as a process: ended, killed, started again.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    [Fact]
    public async Task After_kill_9_in_the_middle_of_a_job_the_job_ends_and_older_models_still_predict()
    {
        string id, answer;
        using (var first = await ServiceProcess.Start(_folder))
        {
            await first.Wire.Upload("heights", "toy_heights.csv");
            await first.Wire.Train(Job("older", 200));
            answer = (await first.Wire.Post("models/older/predict", Emily)).Text;
            id = (string)(await first.Wire.Post("training-jobs", Job("longer", 60_000))).Json["id"]!;
            await first.Wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > 0);
            await first.Kill();
        }

        using var second = await ServiceProcess.Start(_folder);
        Assert.Equal(answer, (await second.Wire.Post("models/older/predict", Emily)).Text);
        var job = await second.Wire.Until(id, job => (string?)job["state"] is not ("queued" or "running"));
        Assert.Equal("succeeded", (string?)job["state"]);
        Assert.Equal(2, (int)job["attempt"]!);
        Assert.Equal(
            ["queued", "running", "queued", "running", "succeeded"], job["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!));
        var history = (await second.Wire.Get($"training-jobs/{id}/history")).Json;
        Assert.Equal(60_001, (int)history["total"]!);
        Assert.Equal(Enumerable.Range(0, 60_001), history["points"]!.AsArray().Select(point => (int)point!["epoch"]!));
    }

    [Fact]
    public async Task SIGTERM_leaves_a_running_job_to_the_next_start_and_exits_0()
    {
        if (OperatingSystem.IsWindows())
            return; // there is no SIGTERM
        string id;
        using (var first = await ServiceProcess.Start(_folder))
        {
            await first.Wire.Upload("heights", "toy_heights.csv");
            id = (string)(await first.Wire.Post("training-jobs", Job("longer", 60_000))).Json["id"]!;
            await first.Wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > 0);
            var clock = Stopwatch.StartNew();
            Assert.Equal(0, await first.Terminate());
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
        }

        using var second = await ServiceProcess.Start(_folder);
        var job = await second.Wire.Until(id, job => (string?)job["state"] is not ("queued" or "running"));
        Assert.Equal("succeeded", (string?)job["state"]);
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_exits_1_and_says_why()
    {
        using var first = await ServiceProcess.Start(_folder);

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.Contains("Is another NnService running on it?", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_health_check_command_tells_a_ready_service_from_none()
    {
        using var service = await ServiceProcess.Start(_folder);
        var url = service.Wire.Http.BaseAddress!.ToString().TrimEnd('/');

        Assert.Equal(0, (await ServiceProcess.RunToEnd(_folder, "healthcheck", url)).ExitCode);
        Assert.Equal(1, (await ServiceProcess.RunToEnd(_folder, "healthcheck", "http://127.0.0.1:1")).ExitCode);
    }

    [Fact]
    public async Task A_stale_migration_lock_does_not_hang_the_start()
    {
        using (var first = await ServiceProcess.Start(_folder))
            await first.Kill();
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder, "nnservice.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO __EFMigrationsLock (Id, Timestamp) VALUES (1, '2026-01-01')";
            command.ExecuteNonQuery();
        }

        using var second = await ServiceProcess.Start(_folder);

        Assert.Equal(HttpStatusCode.OK, (await second.Wire.Get("/health/ready")).Status);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private const string Emily = """{"rows":[{"weight_lb":128,"height_in":63}]}""";

    private static string Job(string model, int epochs) => $$"""
        {"dataset":"heights","target":"gender","features":["weight_lb","height_in"],
         "network":{"inputs":2,"layers":[{"type":"dense","units":2,"activation":"sigmoid"},{"type":"dense","units":1,"activation":"sigmoid"}]},
         "optimizer":{"type":"sgd","learningRate":0.1},"batchSize":1,"epochs":{{epochs}},"model":"{{model}}"}
        """;
}
