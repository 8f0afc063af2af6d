using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Data;

namespace NnService.Api.Tests;

/// <summary>A job that asks for what only a newer version knows.</summary>
public sealed class JobUnreadableTests
{
    [Fact]
    public async Task A_job_that_cannot_be_read_is_held_and_goes_on_when_it_can()
    {
        using var folder = new TemporaryFolder();
        using var service = await ServiceHere.Start(folder.Path);
        var wire = service.Wire;
        await wire.Upload("heights", "toy_heights.csv");
        var id = (string)(await wire.Post("training-jobs", EndlessJob.OnHeights("heights", "m"))).Json["id"]!;
        await wire.Post($"training-jobs/{id}/pause", "");
        await wire.Until(id, "paused");
        Replace(service, "\"epochs\":", "\"ofLater\":1,\"epochs\":");

        await wire.Post($"training-jobs/{id}/resume", "");
        await service.Line($"Training job {id} is held");
        Replace(service, "\"ofLater\":1,", "");
        var held = await wire.Until(id, "paused");

        Assert.Equal(
            "this version could not read what the job is to do: a newer version has written that, or it is damaged; resume the job when it can be read",
            (string?)held["transitions"]!.AsArray()[^1]!["reason"]);
        await wire.Post($"training-jobs/{id}/resume", "");
        await wire.Until(id, "running");
        await wire.Post($"training-jobs/{id}/stop", "");
        await wire.Until(id, "succeeded");
    }

    private static void Replace(ServiceHere service, string old, string replacement) => Assert.Equal(1, service.Services.GetRequiredService<Database>().Write(db =>
        db.TrainingJobs.Where(job => job.Configuration.Contains(old))
            .ExecuteUpdate(jobs => jobs.SetProperty(job => job.Configuration, job => job.Configuration.Replace(old, replacement)))));
}
