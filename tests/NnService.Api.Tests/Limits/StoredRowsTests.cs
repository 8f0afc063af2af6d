using System.Globalization;
using System.Net;
using System.Text;

namespace NnService.Api.Tests.Limits;

/// <summary>Jobs whose encoded rows do not fit into their memory read them from files.</summary>
public sealed class StoredRowsTests : IDisposable
{
    private const int Columns = 30;
    private const string Said = "The encoded rows take";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"nnservice-{Guid.NewGuid():N}");
    private bool _isMounted;

    [Fact]
    public async Task A_job_whose_rows_do_not_fit_trains_the_same_model_from_files_that_go_with_its_run()
    {
        long bytes;
        string? expected;
        using (var first = await ServiceHere.Start(_folder))
        {
            await first.Wire.PostCsv("datasets?name=large", Table());
            bytes = (long)(await first.Wire.Post("training-jobs?validateOnly=true", Job("plain"))).Json["memoryBytes"]!;
            var job = await first.Wire.Train(Job("plain"));
            Assert.DoesNotContain(Said, job["warnings"]!.ToJsonString(), StringComparison.Ordinal);
            expected = await HashOf(first.Wire, "plain");
            await first.Stop();
        }

        var limit = $"--Training:MaxMemoryBytes={bytes - 1_000_000}";
        List<string> left;
        using (var second = await ServiceProcess.Start(_folder, limit))
        {
            var wire = second.Wire;
            var validated = (await wire.Post("training-jobs?validateOnly=true", Job("stored"))).Json;
            Assert.InRange((long)validated["memoryBytes"]!, bytes / 4, bytes - 1_000_000);
            Assert.Contains(Said, validated["warnings"]!.ToJsonString(), StringComparison.Ordinal);

            var job = await wire.Train(Job("stored"));

            Assert.Single(job["warnings"]!.AsArray(), warning => ((string)warning!).StartsWith(Said, StringComparison.Ordinal));
            Assert.Equal(expected, await HashOf(wire, "stored"));
            Assert.Empty(Files());
            var verified = await wire.Post("models/plain/versions/1/verify", "", ("Prefer", "wait=300"));
            Assert.True((bool)verified.Json["matches"]!, verified.Text);

            // Held and gone on with, stopped, killed.
            var endless = EndlessJob.Of(Job("endless")).Replace("10000,", "200,", StringComparison.Ordinal); // visits of an epoch are written one by one
            var id = (string)(await wire.Post("training-jobs", endless)).Json["id"]!;
            await wire.Until(id, running => (int)running["epoch"]! > 0);
            Assert.Equal(3, Files().Count); // training rows, validation rows, and the training rows in the order of the epoch
            Assert.Contains("\"temporary\"", (await wire.Get("storage")).Text, StringComparison.Ordinal);
            await wire.Post($"training-jobs/{id}/pause", "");
            await wire.Until(id, "paused");
            await FilesOnce(files => files.Count == 0);
            await wire.Post($"training-jobs/{id}/resume", "");
            left = await FilesOnce(files => files.Count == 3);
            await second.Kill();
        }

        Assert.Equal(left, Files());
        using var third = await ServiceHere.Start(_folder, limit);
        await third.Wire.CancelAll();
        await FilesOnce(files => files.Count == 0);
        await third.Stop();
    }

    [Fact]
    public async Task What_does_not_fit_even_so_is_refused()
    {
        using var service = await ServiceHere.Start(_folder, "--Training:MaxMemoryBytes=3000000");
        await service.Wire.PostCsv("datasets?name=large", Table());

        var answer = await service.Wire.Post("training-jobs", Job("none"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("#", (string?)answer.Json["errors"]![0]!["pointer"]);
        Assert.Contains("Training:MaxMemoryBytes allows 3,000,000", (string?)answer.Json["detail"], StringComparison.Ordinal);
    }

    [SmallDiskFact]
    public async Task Where_the_files_have_no_room_a_job_is_refused_and_one_that_was_queued_waits()
    {
        _isMounted = SmallDiskFactAttribute.Mount(_folder);
        using var service = await ServiceProcess.Start(_folder, "--Training:MaxMemoryBytes=14000000", "--Training:MaxConcurrentJobs=1");
        var wire = service.Wire;
        await wire.Upload("iris", "iris.csv");
        await wire.PostCsv("datasets?name=large", Table());
        var first = (string)(await wire.Post("training-jobs", EndlessJob.OnIris("iris", "first"))).Json["id"]!;
        var inOrder = InOrder("queued");
        var queued = (string)(await wire.Post("training-jobs", inOrder)).Json["id"]!;
        var ballast = Path.Combine(_folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[new DriveInfo(_folder).AvailableFreeSpace - (4 << 20)]);

        var refused = await wire.Post("training-jobs", inOrder);
        Assert.Equal(HttpStatusCode.InsufficientStorage, refused.Status);
        Assert.Contains("bytes of the data folder, where", (string?)refused.Json["detail"], StringComparison.Ordinal);

        await wire.Post($"training-jobs/{first}/cancel", "");
        await service.Line("waits until there is room for");
        Assert.Equal("running", (string?)(await wire.Get($"training-jobs/{queued}")).Json["state"]);
        File.Delete(ballast);
        await wire.Until(queued, "succeeded");
    }

    [SmallDiskFact]
    public async Task A_study_waits_while_the_files_of_its_next_job_have_no_room()
    {
        _isMounted = SmallDiskFactAttribute.Mount(_folder);
        using var service = await ServiceProcess.Start(_folder, "--Training:MaxMemoryBytes=14000000", "--Training:MaxConcurrentJobs=1");
        var wire = service.Wire;
        await wire.Upload("iris", "iris.csv");
        await wire.PostCsv("datasets?name=large", Table());
        var first = (string)(await wire.Post("training-jobs", EndlessJob.OnIris("iris", "first"))).Json["id"]!; // no trial begins while it trains
        var made = await wire.Post("studies", $$"""
            {"job":{{InOrder("tried")}},"search":{"/batchSize":{"choice":[32,64,128,256,512]} },"trials":3,"keep":"none"}
            """);
        Assert.True(made.Status == HttpStatusCode.Accepted, made.Text);
        var id = (string)made.Json["id"]!;
        var study = await wire.UntilAt($"studies/{id}", now => now["trials"]!.AsArray().Count(trial => trial!["jobId"] is not null) == 2);
        var ballast = Path.Combine(_folder, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[new DriveInfo(_folder).AvailableFreeSpace - (4 << 20)]);

        await wire.Post($"training-jobs/{study["trials"]![0]!["jobId"]}/cancel", ""); // makes a place for the next
        await service.Line("The encoded rows do not fit into memory");
        File.Delete(ballast);
        await wire.Post($"training-jobs/{study["trials"]![1]!["jobId"]}/cancel", ""); // news, at which it is tried again
        study = await wire.UntilAt($"studies/{id}", now => now["trials"]!.AsArray().Count(trial => trial!["jobId"] is not null) == 3);

        Assert.Equal("queued", (string?)study["trials"]![2]!["state"]);
        await wire.Post($"studies/{id}/cancel", "");
        await wire.Post($"training-jobs/{first}/cancel", "");
    }

    public void Dispose()
    {
        if (_isMounted)
            SmallDiskFactAttribute.Unmount(_folder);
        TemporaryFolder.Remove(_folder);
    }

    private List<string> Files() => [.. Directory.EnumerateFiles(Path.Combine(_folder, "blobs"), "*.tmp").Order(StringComparer.Ordinal)];

    // A run's files go when its last row is committed, and a little later for those who look.
    private async Task<List<string>> FilesOnce(Func<List<string>, bool> isWanted)
    {
        using var deadline = new CancellationTokenSource(Wire.Patience);
        while (!isWanted(Files()))
            await Task.Delay(20, deadline.Token);
        return Files();
    }

    private static async Task<string?> HashOf(Wire wire, string model) => (string?)(await wire.Get($"models/{model}/versions/1")).Json["sha256"];

    // One file less.
    private static string InOrder(string model) => Job(model).Replace("\"epochs\"", "\"order\":\"sequential\",\"epochs\"", StringComparison.Ordinal);

    private static string Job(string model) => $$"""
        {"dataset":"large","target":"y","model":"{{model}}","precision":"float64","batchSize":256,"epochs":2,"optimizer":"adam",
         "network":{"layers":[{"type":"dense","units":8,"activation":"tanh"},{"type":"dense"}]} }
        """;

    private static string Table()
    {
        var csv = new StringBuilder();
        csv.AppendJoin(',', Enumerable.Range(0, Columns).Select(column => $"x{column}")).Append(",y\n");
        var random = new Random(1);
        for (var row = 0; row < 40_000; row++)
        {
            var cells = Enumerable.Range(0, Columns).Select(_ => random.Next(100)).ToList();
            csv.AppendJoin(',', cells).Append(CultureInfo.InvariantCulture, $",{cells[0] - cells[1] + random.Next(9)}\n");
        }

        return csv.ToString();
    }
}
