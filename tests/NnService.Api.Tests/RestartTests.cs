using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>The service as a process: ended, killed, started again.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    [Fact]
    public async Task After_kill_9_in_the_middle_of_a_job_the_job_ends_with_the_same_bits_and_older_models_still_predict()
    {
        string id, answer;
        JsonNode before;
        using (var first = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=0.1"))
        {
            await first.Wire.Upload("digits", "digits.csv");
            await first.Wire.Train(Job("older"));
            answer = (await first.Wire.Post("models/older/predict", Digit)).Text;
            id = (string)(await first.Wire.Post("training-jobs", Job("killed"))).Json["id"]!;
            await first.Wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > 0 && Checkpoints() > 0);
            before = (await first.Wire.Get($"training-jobs/{id}/history")).Json["points"]!;
            await first.Kill();
        }

        using var second = await ServiceProcess.Start(_folder);
        Assert.Equal(answer, (await second.Wire.Post("models/older/predict", Digit)).Text);
        var job = await second.Wire.Until(id, job => (string?)job["state"] is not ("queued" or "running"));
        Assert.Equal("succeeded", (string?)job["state"]);
        Assert.Equal(2, (int)job["attempt"]!);
        Assert.Equal(
            ["queued", "running", "queued", "running", "succeeded"], job["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!));
        var history = (await second.Wire.Get($"training-jobs/{id}/history")).Json;
        Assert.Equal(Enumerable.Range(0, Epochs + 1), history["points"]!.AsArray().Select(point => (int)point!["epoch"]!));
        Assert.Equal(before[1]!.ToJsonString(), history["points"]![1]!.ToJsonString()); // with its elapsedSeconds: it was not trained again
        Assert.Equal(await Sha256("older"), await Sha256("killed"));
        Assert.Equal(0, Checkpoints());

        async Task<string> Sha256(string model) => (string)(await second.Wire.Get($"models/{model}/versions/1")).Json["sha256"]!;
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_passed_over_for_the_one_before_it()
    {
        string id;
        using (var first = await ServiceProcess.Start(_folder))
        {
            await first.Wire.Upload("digits", "digits.csv");
            await first.Wire.Train(Long(Job("whole")));
            id = (string)(await first.Wire.Post("training-jobs", Long(Job("damaged")))).Json["id"]!;
            foreach (var pause in new[] { 1, 2 }) // each leaves a checkpoint
            {
                await first.Wire.Until(id, job => (int)job["attempt"]! == pause && (string?)job["state"] == "running");
                await first.Wire.Post($"training-jobs/{id}/pause", "");
                await first.Wire.Until(id, "paused");
                if (pause == 1)
                    await first.Wire.Post($"training-jobs/{id}/resume", "");
            }

            Assert.Equal(2, Checkpoints());
            await first.Kill();
        }

        var latest = Directory.GetFiles(Path.Combine(_folder, "checkpoints")).Where(file => !file.EndsWith(".tmp", StringComparison.Ordinal)).Max()!;
        var bytes = await File.ReadAllBytesAsync(latest);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(latest, bytes);

        using var second = await ServiceProcess.Start(_folder);
        await second.Wire.Post($"training-jobs/{id}/resume", "");
        await second.Wire.Until(id, "succeeded");
        Assert.Contains($"of training job {id} is damaged", (await second.Wire.Get("/health/ready")).Text, StringComparison.Ordinal);
        Assert.Equal(
            (string?)(await second.Wire.Get("models/whole/versions/1")).Json["sha256"], (string?)(await second.Wire.Get("models/damaged/versions/1")).Json["sha256"]);
    }

    [Fact]
    public async Task A_pause_outlives_a_restart_and_a_resumed_job_ends_with_the_same_bits()
    {
        string id;
        using (var first = await ServiceProcess.Start(_folder))
        {
            await first.Wire.Upload("digits", "digits.csv");
            await first.Wire.Train(Job("whole"));
            id = (string)(await first.Wire.Post("training-jobs", Job("paused"))).Json["id"]!;
            await first.Wire.Until(id, "running");
            Assert.Equal(HttpStatusCode.Accepted, (await first.Wire.Post($"training-jobs/{id}/pause", "")).Status);
            await first.Wire.Until(id, "paused");
            await first.Kill();
        }

        using var second = await ServiceProcess.Start(_folder);
        Assert.Equal("paused", (string?)(await second.Wire.Get($"training-jobs/{id}")).Json["state"]);
        Assert.Equal(HttpStatusCode.Accepted, (await second.Wire.Post($"training-jobs/{id}/resume", "")).Status);
        var job = await second.Wire.Until(id, "succeeded");
        Assert.Equal(
            ["queued", "running", "paused", "queued", "running", "succeeded"], job["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!));
        var epochs = (await second.Wire.Get($"training-jobs/{id}/history")).Json["points"]!.AsArray().Select(point => (int)point!["epoch"]!);
        Assert.Equal(Enumerable.Range(0, Epochs + 1), epochs);
        Assert.Equal(
            (string?)(await second.Wire.Get("models/whole/versions/1")).Json["sha256"], (string?)(await second.Wire.Get("models/paused/versions/1")).Json["sha256"]);
    }

    [Fact]
    public async Task A_job_over_which_the_process_dies_five_times_is_given_up()
    {
        string id = "";
        for (var death = 1; death <= 5; death++)
        {
            using var service = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=3600");
            if (death == 1)
            {
                await service.Wire.Upload("digits", "digits.csv");
                id = (string)(await service.Wire.Post("training-jobs", Job("deadly").Replace($"\"epochs\":{Epochs}", "\"epochs\":1000000", StringComparison.Ordinal))).Json["id"]!;
            }

            await service.Wire.Until(id, "running");
            await service.Kill();
        }

        using var last = await ServiceProcess.Start(_folder);
        var job = (await last.Wire.Get($"training-jobs/{id}")).Json;
        Assert.Equal("failed", (string?)job["state"]);
        Assert.Equal("error", (string?)job["stopReason"]);
        Assert.Contains("five times", (string?)job["error"]!["detail"], StringComparison.Ordinal);
        Assert.Equal(5, (int)job["attempt"]!);
    }

    [Fact]
    public async Task SIGTERM_leaves_a_running_job_to_the_next_start_and_exits_0()
    {
        if (OperatingSystem.IsWindows())
            return; // there is no SIGTERM
        string id;
        using (var first = await ServiceProcess.Start(_folder))
        {
            await first.Wire.Upload("digits", "digits.csv");
            id = (string)(await first.Wire.Post("training-jobs", Job("stopped").Replace($"\"epochs\":{Epochs}", "\"epochs\":400", StringComparison.Ordinal))).Json["id"]!;
            await first.Wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > 0);
            var clock = Stopwatch.StartNew();
            Assert.Equal(0, await first.Terminate());
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
            Assert.False(File.Exists(Path.Combine(_folder, "nnservice.db-wal")));
        }

        var checkpoints = Checkpoints(); // the one that the run has left

        using var second = await ServiceProcess.Start(_folder);
        var job = await second.Wire.Until(id, job => (string?)job["state"] is not ("queued" or "running"));
        Assert.Equal("succeeded", (string?)job["state"]);
        Assert.Contains("the service was stopped", job["transitions"]!.AsArray().Select(transition => (string)transition!["reason"]!));
        Assert.Equal(1, checkpoints);
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

    [Theory]
    [InlineData(1, "Training:MaxConcurrentJobs is \"many\"", "--Training:MaxConcurrentJobs=many")]
    [InlineData(1, "Datasets:MaxBytes is \"-1\"", "--Datasets:MaxBytes=-1")]
    [InlineData(1, "cannot be used", "--Data:Path=/proc/nothing")]
    [InlineData(1, "--urls", "--urls=bogus")]
    [InlineData(2, "There is no command \"quickstrat\"", "quickstrat")]
    [InlineData(1, "is no address", "healthcheck", "nonsense")]
    public async Task A_start_that_cannot_be_says_why_in_a_sentence(int exitCode, string says, params string[] arguments)
    {
        var (actual, error) = await ServiceProcess.RunToEnd(_folder, arguments);

        Assert.Equal(exitCode, actual);
        Assert.Contains(says, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task At_the_first_request_the_service_warms_up_on_a_scratch_folder_that_leaves_no_trace()
    {
        using var service = await ServiceProcess.Start(_folder, "--WarmUp:Enabled=true");

        Assert.Empty((await service.Wire.Get("datasets")).Json["items"]!.AsArray());
        await service.Line("Warmed up in");

        Assert.Empty((await service.Wire.Get("datasets")).Json["items"]!.AsArray());
        Assert.Empty((await service.Wire.Get("training-jobs")).Json["items"]!.AsArray());
        Assert.Equal(0, await service.Terminate());
        Assert.False(File.Exists(Path.Combine(_folder, "nnservice.db-wal"))); // the last connection has been closed
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private int Checkpoints() => Directory.GetFiles(Path.Combine(_folder, "checkpoints")).Count(file => !file.EndsWith(".tmp", StringComparison.Ordinal));

    private const int Epochs = 60;

    private static readonly string Digit = $"{{\"rows\":[[{string.Join(',', Enumerable.Range(0, 64).Select(i => i % 17))}]]}}";

    // Long enough to be caught in the middle: each of the 60 epochs saves its point, and the first ones come within half a second.
    // Two pauses fit into it however busy the machine is.
    private static string Long(string job) => job.Replace($"\"epochs\":{Epochs}", $"\"epochs\":{3 * Epochs}", StringComparison.Ordinal);

    private static string Job(string model) => $$"""
        {"dataset":"digits","target":"digit","features":[{{string.Join(',', Enumerable.Range(0, 64).Select(i => $"\"pixel_{i / 8}_{i % 8}\""))}}],
         "network":{"layers":[{"type":"dense","units":128,"activation":"gelu"},{"type":"dense","units":64,"activation":"gelu"},{"type":"dense","activation":"softmax"}]},
         "split":{"train":1,"validation":0,"test":0},"optimizer":"adam","batchSize":4,"epochs":{{Epochs}},"model":"{{model}}"}
        """;
}
