using System.Numerics;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Models.Explanations;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Watching;

/// <summary>The network of a job as it stands: of its latest checkpoint while it is under way, of its model once it has succeeded.</summary>
internal sealed class JobTrace(
    Database database, StoredPlans plans, CheckpointStore checkpoints, ModelStore models, RunningJobs running, LongRequests requests, TimeProvider clock)
{
    private static readonly TimeSpan MostWaiting = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(320);

    private volatile Described? _latest; // one at most, so that nothing piles up

    /// <summary>
    /// Waits for the first checkpoint of a run, before a worker takes the request: a worker that waits is one less for the others.
    /// </summary>
    /// <returns>The job's id; null where there is no such job.</returns>
    public async Task<Guid?> WaitAsync(string id, CancellationToken cancellation)
    {
        if (database.LookAtJobs(jobs => jobs.ById(id, job => new { job.Id, job.State })) is not { } job)
            return null;
        if (!running.LookAt(job.Id) && job.State == JobState.Running)
            database.Tell(new News { Looks = { job.Id } }); // another node trains it
        var (begin, pause) = (clock.GetTimestamp(), FirstPause);
        while (IsRunning(job.Id) && !await HasCheckpointAsync(job.Id, cancellation) && clock.GetElapsedTime(begin) + pause <= MostWaiting)
        {
            await Task.Delay(pause, clock, cancellation);
            pause = pause < LongestPause ? 2 * pause : pause;
        }

        return job.Id;
    }

    /// <summary>The network; refused with 404 where there is no such job, with 409 where there is nothing to trace.</summary>
    public Outcome<TracedModel> Find(Guid id)
    {
        var job = JobOf(id);
        if (job is { HasEnded: false })
        {
            if (AtCheckpoint(job) is { } traced)
                return traced;
            job = JobOf(id); // it may have ended meanwhile, and its checkpoints with it
        }

        if (job is null)
            return Refusal.NotFound("training job", id.ToString());
        if (!job.HasEnded)
            return Refusal.Conflict(job.StartedAt is null
                ? "The job has not begun, so there is no checkpoint to trace; ask again when it runs."
                : "The job has no checkpoint yet; it writes one now. Ask again.");
        if (job.ModelVersion is not { } version)
            return Refusal.Conflict("The job has ended without a model, and its checkpoints are gone; there is nothing to trace.");
        return models.Load(job.ModelName, version, job.Id) is { } loaded
            ? TracedModel.Of(loaded)
            : Refusal.Conflict($"The job's model, version {version} of \"{job.ModelName}\", has been deleted; there is nothing to trace.");
    }

    // The look has the run write a checkpoint, so that who asks again sees it move (decision 69). A job that was just claimed has its run in a moment.
    private bool IsRunning(Guid id) =>
        running.LookAt(id) || database.LookAtJobs(jobs => jobs.Any(job => job.Id == id && job.State == JobState.Running));

    // Where checkpoints are no files of this machine the look is a request, and a worker's, but no longer than it takes.
    private async Task<bool> HasCheckpointAsync(Guid id, CancellationToken cancellation) => checkpoints.IsShared
        ? await requests.RunAsync(() => checkpoints.LatestGeneration(id) > 0, cancellation) : checkpoints.LatestGeneration(id) > 0;

    private TrainingJob? JobOf(Guid id) => database.LookAtJobs(jobs => jobs.FirstOrDefault(job => job.Id == id));

    private TracedModel? AtCheckpoint(TrainingJob job)
    {
        if (checkpoints.LatestGeneration(job.Id) == 0)
            return null;
        return StoredConfiguration.ConfigurationOf(job).Precision == Precision.Float32 ? Read<float>(job) : Read<double>(job);
    }

    private TracedModel? Read<T>(TrainingJob job)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var checkpoint = checkpoints.ReadLatest(job.Id, Checkpoint<T>.Read);
        // Without a plan the run has ended, and its dataset or initial model was deleted since the checkpoint was read.
        if (checkpoint is null || DescriptionsOf(job) is not { } descriptions)
            return null;
        var description = descriptions[checkpoint.Finished.Count];
        return new TracedModel(job.ModelName, null, checkpoint.Step, TrainedModel.Create(description, checkpoint.Parameters, checkpoint.State));
    }

    // Planning reads the whole table, and who looks asks twice a second: what does not change during a job is taken from its run, or kept from the last look.
    private IReadOnlyList<ModelDescription>? DescriptionsOf(TrainingJob job)
    {
        if (_latest is { } latest && latest.Job == job.Id)
            return latest.Descriptions;
        var descriptions = running.DescriptionsOf(job.Id);
        if (descriptions is null && plans.Of(job)?.Plan is { } plan)
            descriptions = ModelFactory.DescribeAll(plan);
        _latest = descriptions is null ? null : new Described(job.Id, descriptions);
        return descriptions;
    }

    private sealed record Described(Guid Job, IReadOnlyList<ModelDescription> Descriptions);
}
