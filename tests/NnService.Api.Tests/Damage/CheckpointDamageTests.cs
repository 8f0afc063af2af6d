using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Storage;

namespace NnService.Api.Tests.Damage;

/// <summary>Checkpoints, damaged or gone.</summary>
public sealed class CheckpointDamageTests : DamagedFolder
{
    [Fact]
    public async Task A_job_without_a_whole_checkpoint_says_so_and_starts_over()
    {
        string id;
        using (var first = await ServiceHere.Start(Folder, "--Training:CheckpointSeconds=0.05"))
        {
            await first.Wire.Upload("iris", "iris.csv");
            id = (string)(await first.Wire.Post(
                "training-jobs", """{"dataset":"iris","target":"species","epochs":1000000,"batchSize":8,"network":{"layers":[{"type":"dense","units":128},"""
                + """{"type":"dense","activation":"softmax"}]},"earlyStopping":{"patience":0},"model":"m"}""")).Json["id"]!;
            await first.Wire.Until(id, job => (int)job["epoch"]! > 5);
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (Checkpoints.Count < 2)
                await Task.Delay(20, deadline.Token);
            await first.Wire.Post($"training-jobs/{id}/pause", "");
            await first.Wire.Until(id, "paused");
            await first.Stop();
        }

        var files = Checkpoints;
        Assert.Equal(2, files.Count);
        files.ForEach(file => Flip(file, new FileInfo(file).Length / 2));
        using var second = await ServiceHere.Start(Folder);
        await second.Wire.Post($"training-jobs/{id}/resume", "");
        using var taking = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        List<string> reasons;
        while ((reasons = Reasons(await second.Wire.Get("/health/ready"))).Count < 2)
            await Task.Delay(20, taking.Token);
        Assert.Equal(2, reasons.Count);
        Assert.Single(reasons, reason => reason.EndsWith("is damaged; the job goes on from the one before it.", StringComparison.Ordinal));
        Assert.Single(reasons, reason => reason.EndsWith("is damaged; the job starts over.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_is_whole_but_does_not_fit_its_job_is_not_called_damaged()
    {
        using var service = await ServiceHere.Start(Folder, "--Training:CheckpointSeconds=3600");
        var id = await Paused(service, pauses: 1);
        var checkpoints = service.Services.GetRequiredService<CheckpointStore>();
        foreach (var generation in (int[])[1, 2])
            checkpoints.Write(Guid.Parse(id), file => file.WriteByte((byte)generation)); // as another version may have written them

        await service.Wire.Post($"training-jobs/{id}/stop", "");
        var held = await service.Wire.Until(id, job => (string?)job["state"] == "paused" && job["transitions"]!.AsArray().Count > 4);
        Assert.Contains("do not fit this version of the service. Put those back that belong to it, or the version that wrote them, or let it start over. Then resume the job",
            (string?)held["transitions"]!.AsArray()[^1]!["reason"], StringComparison.Ordinal);
        await service.Wire.Post($"training-jobs/{id}/resume", "");
        await service.Wire.Until(id, job => job["warnings"]!.AsArray().Any(
            warning => (string?)warning == "The training has begun again, since its checkpoints do not fit this version of the service."));

        Assert.Empty(Reasons(await service.Wire.Get("/health/ready")));
        await service.Wire.Post($"training-jobs/{id}/cancel", "");
    }

    [Fact]
    public async Task A_directory_in_place_of_a_checkpoint_is_named_and_passed_over()
    {
        using var service = await ServiceHere.Start(Folder, "--Training:CheckpointSeconds=3600");
        var id = await Paused(service, pauses: 2);
        var latest = Checkpoints.Max()!;
        Damage(latest, "a directory");

        await service.Wire.Post($"training-jobs/{id}/resume", "");
        await service.Wire.Until(id, "running");
        await service.Wire.Post($"training-jobs/{id}/pause", "");
        var job = await service.Wire.Until(id, "paused");
        Assert.Equal("paused", (string?)job["transitions"]!.AsArray()[^1]!["reason"]);
        Assert.EndsWith($"of training job {id} is a directory; the job goes on from the one before it.",
            Assert.Single(Reasons(await service.Wire.Get("/health/ready"))), StringComparison.Ordinal);
        Assert.Equal(2, Checkpoints.Count);

        await service.Wire.Post($"training-jobs/{id}/stop", "");
        await service.Wire.Until(id, "succeeded");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Checkpoints.Count > 0)
            await Task.Delay(20, deadline.Token);
        Assert.Single(Directory.GetFiles(latest)); // what somebody had put into the directory
    }

    [Fact]
    public async Task A_paused_job_whose_checkpoints_are_removed_is_named_and_not_made_a_model_of()
    {
        string id;
        using (var first = await ServiceHere.Start(Folder, "--Training:CheckpointSeconds=3600"))
        {
            id = await Paused(first, pauses: 1);
            await first.Stop();
        }

        var checkpoint = Assert.Single(Checkpoints);
        File.Move(checkpoint, Path.Combine(Folder, "backup"));
        using var second = await ServiceHere.Start(Folder);
        var lost = $"The checkpoints of training job {id} are missing: it starts over, unless they are put back before it goes on.";
        Assert.Equal(lost, Assert.Single(Reasons(await second.Wire.Get("/health/ready"))));

        await second.Wire.Post($"training-jobs/{id}/stop", "");
        var held = await second.Wire.Until(id, now => (string?)now["state"] is "paused" or "succeeded" && now["transitions"]!.AsArray().Count > 3);
        Assert.Equal("paused", (string?)held["state"]);
        Assert.Contains("its checkpoints are missing or damaged", (string?)held["transitions"]!.AsArray()[^1]!["reason"], StringComparison.Ordinal);

        PutBack(checkpoint);
        await second.Wire.Post($"training-jobs/{id}/stop", "");
        await second.Wire.Until(id, "succeeded");
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await second.Wire.Get("/health/ready")).Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_that_starts_over_for_want_of_its_checkpoint_is_named(bool isPaused)
    {
        string id;
        string before;
        using (var first = await ServiceHere.Start(Folder, "--Training:CheckpointSeconds=3600"))
        {
            id = isPaused ? await Paused(first, pauses: 1) : await Running(first);
            before = await FirstPoint(first.Wire, but: null);
            await first.Stop();
        }

        File.Delete(Assert.Single(Checkpoints));
        using var second = await ServiceProcess.Start(Folder, "--Training:CheckpointSeconds=3600"); // to be killed
        if (isPaused)
            await second.Wire.Post($"training-jobs/{id}/resume", "");
        await FirstPoint(second.Wire, but: before);
        Assert.StartsWith($"The checkpoints of training job {id} are missing: it starts over",
            Assert.Single(Reasons(await second.Wire.Get("/health/ready"))), StringComparison.Ordinal);

        await second.Kill();
        using var third = await ServiceHere.Start(Folder); // it had none yet when it was killed
        await third.Wire.Until(id, job => (string?)job["state"] == "running" && (int)job["epoch"]! > 0);
        Assert.Equal("""{"status":"ready","reasons":[]}""", (await third.Wire.Get("/health/ready")).Text);

        // With its elapsedSeconds, which are others each time. The row may count an epoch a moment before the history has a point.
        async Task<string> FirstPoint(Wire wire, string? but)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (true)
            {
                var points = (await wire.Get($"training-jobs/{id}/history")).Json["points"]!.AsArray();
                if (points.FirstOrDefault()?.ToJsonString() is { } first && first != but)
                    return first;
                await Task.Delay(20, deadline.Token);
            }
        }
    }

    private static async Task<string> Running(ServiceHere service)
    {
        await service.Wire.Upload("iris", "iris.csv");
        var id = (string)(await service.Wire.Post("training-jobs", EndlessJob.OnIris("iris", "m"))).Json["id"]!;
        await service.Wire.Until(id, job => (int)job["epoch"]! > 0);
        return id;
    }

    // Each pause leaves a checkpoint.
    private static async Task<string> Paused(ServiceHere service, int pauses)
    {
        var id = await Running(service);
        for (var pause = 1; pause <= pauses; pause++)
        {
            await service.Wire.Until(id, job => (int)job["attempt"]! == pause && (string?)job["state"] == "running");
            await service.Wire.Post($"training-jobs/{id}/pause", "");
            await service.Wire.Until(id, "paused");
            if (pause < pauses)
                await service.Wire.Post($"training-jobs/{id}/resume", "");
        }

        return id;
    }
}
