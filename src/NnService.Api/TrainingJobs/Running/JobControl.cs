using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>
/// Cancel, stop, pause, resume. What is asked for is in the job's row before the answer goes out, so that a crash does not forget it; a run that is under way
/// is told, and looks before its next minibatch. Whoever else is to know hears of it with the commit.
/// </summary>
internal sealed class JobControl(
    Database database, RunningJobs running, CheckpointStore checkpoints, TimeProvider clock)
{
    public Task<IResult> CancelAsync(string id, CancellationToken cancellation) =>
        ApplyAsync(id, (job, now) => job.Cancel(now), "there is nothing to cancel", cancellation);

    public Task<IResult> StopAsync(string id, CancellationToken cancellation) =>
        ApplyAsync(id, (job, now) => job.Stop(now), "there is nothing to stop", cancellation);

    public Task<IResult> PauseAsync(string id, CancellationToken cancellation) =>
        ApplyAsync(id, (job, now) => job.Pause(now), "there is nothing to pause", cancellation);

    public Task<IResult> ResumeAsync(string id, CancellationToken cancellation) =>
        ApplyAsync(id, (job, now) => job.Resume(now), "there is nothing to resume", cancellation);

    /// <summary>Tells the runs of jobs what their rows have been changed to, before that is answered, and drops the checkpoints of those that have ended.</summary>
    public void Follow(IReadOnlyCollection<TrainingJob> jobs)
    {
        foreach (var job in jobs)
            running.Follow(job.Id, job);
        checkpoints.Delete([.. jobs.Where(job => job.HasEnded).Select(job => job.Id)]); // last: each may be a request to another machine
    }

    private async Task<IResult> ApplyAsync(
        string id, Func<TrainingJob, DateTime, bool> move, string nothing, CancellationToken cancellation)
    {
        var (job, isMoved) = await database.WriteFromReserveAsync(
            db => db.FindJob(id) is { } found ? (found, move(found, clock.GetUtcNow().UtcDateTime)) : (null, false), cancellation);
        if (job is null)
            return Refusal.NotFound("training job", id);
        if (!isMoved)
            return Refusal.Conflict(job.HasEnded
                ? $"The job has already ended ({EnumNames<JobState>.Of(job.State)}); {nothing}."
                : $"The job has been asked to stop; {nothing}.");

        Follow([job]);
        return TypedResults.Accepted($"/api/v1/training-jobs/{job.Id}", TrainingJobResponse.Of(job));
    }
}
