using System.Net;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests;

/// <summary>The service as a process: ended, killed, and started again, in this process where nothing more is done to it.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");

    [Fact]
    public async Task After_kill_9_in_the_middle_of_a_job_the_job_ends_with_the_same_bits_and_older_models_still_predict()
    {
        string id, answer;
        JsonNode before, killed;
        using (var first = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=0.1"))
        {
            await first.Wire.Upload("digits", "digits.csv");
            await first.Wire.Train(EndlessJob.OnDigits("digits", "older", epochs: 2));
            var predicted = await first.Wire.Post("models/older/predict", Digit);
            Assert.Equal(HttpStatusCode.OK, predicted.Status);
            answer = predicted.Text;
            id = await Start(first.Wire, "killed");
            await first.Wire.Until(id, job => (int)job["epoch"]! > 0);
            await LaterCheckpoint();
            before = (await first.Wire.Get($"training-jobs/{id}/history")).Json["points"]!;
            killed = (await first.Wire.Get($"training-jobs/{id}")).Json;
            await first.Kill();
        }

        using var second = await ServiceHere.Start(_folder);
        Assert.Equal(answer, (await second.Wire.Post("models/older/predict", Digit)).Text);
        var job = await EndlessJob.StopAndCompare(second.Wire, killed);
        Assert.Equal(2, (int)job["attempt"]!);
        Assert.Equal(
            ["queued", "running", "queued", "running", "succeeded"], job["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!));
        var history = (await second.Wire.Get($"training-jobs/{id}/history")).Json["points"]!;
        Assert.Equal(before[1]!.ToJsonString(), history[1]!.ToJsonString()); // with its elapsedSeconds: it was not trained again
        using var deadline = new CancellationTokenSource(Wire.Patience);
        while (Checkpoints() > 0) // which go after the commit that was waited for
            await Task.Delay(20, deadline.Token);
    }

    [Fact]
    public async Task A_damaged_checkpoint_is_passed_over_for_the_one_before_it()
    {
        string id;
        JsonNode? paused = null;
        using (var first = await ServiceProcess.Start(_folder, "--Training:CheckpointSeconds=3600"))
        {
            await first.Wire.Upload("digits", "digits.csv");
            id = await Start(first.Wire, "damaged");
            for (var pause = 1; pause <= 2; pause++) // each leaves a checkpoint
            {
                await first.Wire.Until(id, job => (int)job["attempt"]! == pause && (string?)job["state"] == "running" && (int)job["epoch"]! > 0);
                await first.Wire.Post($"training-jobs/{id}/pause", "");
                paused = await first.Wire.Until(id, "paused");
                if (pause == 1)
                    await first.Wire.Post($"training-jobs/{id}/resume", "");
            }

            Assert.Equal(2, Checkpoints());
            await first.Kill();
        }

        var latest = CheckpointFiles().Max()!;
        var bytes = await File.ReadAllBytesAsync(latest);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(latest, bytes);

        using var second = await ServiceHere.Start(_folder);
        await second.Wire.Post($"training-jobs/{id}/resume", "");
        await EndlessJob.StopAndCompare(second.Wire, paused!);
        Assert.Contains($"of training job {id} is damaged", (await second.Wire.Get("/health/ready")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pause_outlives_a_restart_and_a_resumed_job_ends_with_the_same_bits()
    {
        string id;
        using (var first = await ServiceProcess.Start(_folder))
        {
            await first.Wire.Upload("digits", "digits.csv");
            id = await Start(first.Wire, "paused");
            await first.Wire.Until(id, job => (int)job["epoch"]! > 0);
            Assert.Equal(HttpStatusCode.Accepted, (await first.Wire.Post($"training-jobs/{id}/pause", "")).Status);
            await first.Wire.Until(id, "paused");
            await first.Kill();
        }

        using var second = await ServiceHere.Start(_folder);
        var paused = (await second.Wire.Get($"training-jobs/{id}")).Json;
        Assert.Equal("paused", (string?)paused["state"]);
        Assert.Equal(HttpStatusCode.Accepted, (await second.Wire.Post($"training-jobs/{id}/resume", "")).Status);
        var job = await EndlessJob.StopAndCompare(second.Wire, paused);
        Assert.Equal(
            ["queued", "running", "paused", "queued", "running", "succeeded"],
            job["transitions"]!.AsArray().Select(transition => (string)transition!["state"]!));
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
                id = await Start(service.Wire, "deadly");
            }

            await service.Wire.Until(id, "running");
            await service.Kill();
        }

        using var last = await ServiceHere.Start(_folder);
        var job = (await last.Wire.Get($"training-jobs/{id}")).Json;
        Assert.Equal("failed", (string?)job["state"]);
        Assert.Equal("error", (string?)job["stopReason"]);
        Assert.Contains("5 times in a row", (string?)job["error"]!["detail"], StringComparison.Ordinal);
        Assert.Equal(5, (int)job["attempt"]!);
    }

    [UnixFact]
    public async Task SIGTERM_leaves_a_running_job_to_the_next_start_and_exits_0()
    {
        JsonNode left;
        using (var first = await ServiceProcess.Start(_folder))
        {
            await first.Wire.Upload("digits", "digits.csv");
            var id = await Start(first.Wire, "stopped");
            left = await first.Wire.Until(id, job => (int)job["epoch"]! > 0);
            Assert.Equal(0, await first.Terminate());
            Assert.False(File.Exists(Path.Combine(_folder, "nnservice.db-wal")));
        }

        Assert.NotEqual(0, Checkpoints()); // the one that the run has left

        using var second = await ServiceHere.Start(_folder);
        var job = await EndlessJob.StopAndCompare(second.Wire, left);
        Assert.Contains("the service was stopped", job["transitions"]!.AsArray().Select(transition => (string)transition!["reason"]!));
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_exits_1_and_says_why()
    {
        using var first = await ServiceHere.Start(_folder);

        var (exitCode, error) = await ServiceProcess.RunToEnd(_folder);

        Assert.Equal(1, exitCode);
        Assert.Contains("Is another NnService running on it?", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_health_check_command_tells_a_ready_service_from_none()
    {
        using var service = await ServiceHere.Start(_folder);
        var url = service.Wire.Http.BaseAddress!.ToString().TrimEnd('/');

        Assert.Equal(0, (await ServiceProcess.RunToEnd(_folder, "healthcheck", url)).ExitCode);
        Assert.Equal(1, (await ServiceProcess.RunToEnd(_folder, "healthcheck", "http://127.0.0.1:1")).ExitCode);
    }

    [Fact]
    public async Task The_health_check_command_asks_past_a_proxy_takes_a_slash_and_says_what_was_answered()
    {
        using var service = await ServiceHere.Start(_folder);
        var url = service.Wire.Http.BaseAddress!.ToString().TrimEnd('/');

        var slash = await ServiceProcess.RunToEndUnder(["env", "HTTP_PROXY=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1"], _folder, "healthcheck", $"{url}/");
        var missing = await ServiceProcess.RunToEnd(_folder, "healthcheck", $"{url}/nowhere");

        Assert.Equal((0, ""), slash);
        Assert.Equal((1, $"{url}/nowhere/health/ready answered 404.{Environment.NewLine}"), missing);
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
        await service.Line("Warmed up in", patience: Wire.Patience);

        Assert.Empty((await service.Wire.Get("datasets")).Json["items"]!.AsArray());
        Assert.Empty((await service.Wire.Get("training-jobs")).Json["items"]!.AsArray());
        Assert.Equal(0, await service.Terminate());
        Assert.False(File.Exists(Path.Combine(_folder, "nnservice.db-wal"))); // the last connection has been closed
    }

    [Fact]
    public async Task Addresses_of_the_configuration_are_the_services_and_not_those_of_its_warm_up()
    {
        using var service = await ServiceProcess.StartUnder(
            ["env", "Kestrel__Endpoints__Http__Url=http://127.0.0.1:0"], _folder, "--WarmUp:Enabled=true");

        await service.Wire.Get("datasets");

        Assert.Contains("Warmed up in", await service.Line("the first job", patience: Wire.Patience), StringComparison.Ordinal); // or it has failed
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            TemporaryFolder.Remove(_folder);
    }

    private static async Task<string> Start(Wire wire, string model) =>
        (string)(await wire.Post("training-jobs", EndlessJob.OnDigits("digits", model))).Json["id"]!;

    private IEnumerable<string> CheckpointFiles() =>
        Directory.GetFiles(Path.Combine(_folder, "checkpoints")).Where(file => !file.EndsWith(".tmp", StringComparison.Ordinal));

    private int Checkpoints() => CheckpointFiles().Count();

    // One that was begun after this was called: the next may have been under way already.
    private async Task LaterCheckpoint()
    {
        var seen = CheckpointFiles().ToHashSet();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var glance = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var isLater = 0; isLater < 2; await glance.WaitForNextTickAsync(deadline.Token))
            if (CheckpointFiles().Max() is { } latest && seen.Add(latest))
                isLater++;
    }

    // Three of the 64 pixels are the same in every row and no features.
    private static readonly string Digit = $"{{\"rows\":[[{string.Join(',', Enumerable.Range(0, 61).Select(i => i % 17))}]]}}";
}
