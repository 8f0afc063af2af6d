using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs.Watching;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>
/// Cancel, stop, pause, resume. What is asked for is in the job's row before the answer goes out, so that a crash does not forget it; a run that is under way
/// is told, and looks before its next minibatch.
/// </summary>
internal sealed class JobControl(
    Database database, RunningJobs running, JobFeeds feeds, TrainingQueue queue, CheckpointStore checkpoints, TimeProvider clock)
{
    public Task<IResult> CancelAsync(string id, CancellationToken cancellation) =>
        ApplyAsync(id, (job, now) => job.Cancel(now), TrainingRequest.Cancel, "there is nothing to cancel", cancellation);

    public Task<IResult> StopAsync(string id, CancellationToken cancellation) =>
        ApplyAsync(id, (job, now) => job.Stop(now), TrainingRequest.Stop, "there is nothing to stop", cancellation);

    public Task<IResult> PauseAsync(string id, CancellationToken cancellation) =>
        ApplyAsync(id, (job, now) => job.Pause(now), TrainingRequest.Pause, "there is nothing to pause", cancellation);

    public Task<IResult> ResumeAsync(string id, CancellationToken cancellation) =>
        ApplyAsync(id, (job, now) => job.Resume(now), TrainingRequest.None, "there is nothing to resume", cancellation);

    /// <summary>Tells the runs of jobs what their rows have been changed to, after that was committed, and drops the checkpoints of those that have ended.</summary>
    public async Task FollowAsync(IReadOnlyCollection<TrainingJob> jobs, TrainingRequest request)
    {
        foreach (var job in jobs)
            running.Ask(job.Id, request);
        await queue.WakeAsync(jobs);
        foreach (var job in jobs)
            feeds.Changed(job.Id);
        checkpoints.Delete([.. jobs.Where(job => job.HasEnded).Select(job => job.Id)]); // last: each may be a request to another machine
    }

    private async Task<IResult> ApplyAsync(
        string id, Func<TrainingJob, DateTime, bool> move, TrainingRequest request, string nothing, CancellationToken cancellation)
    {
        var (job, isMoved) = await database.WriteFromReserveAsync(
            db => db.FindJob(id) is { } found ? (found, move(found, clock.GetUtcNow().UtcDateTime)) : (null, false), cancellation);
        if (job is null)
            return Refusal.NotFound("training job", id);
        if (!isMoved)
            return Refusal.Conflict(job.HasEnded
                ? $"The job has already ended ({EnumNames<JobState>.Of(job.State)}); {nothing}."
                : $"The job has been asked to stop; {nothing}.");

        await FollowAsync([job], request);
        return TypedResults.Accepted($"/api/v1/training-jobs/{job.Id}", TrainingJobResponse.Of(job));
    }
}
