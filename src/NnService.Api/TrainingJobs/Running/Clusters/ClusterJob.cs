using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Storage;
using Quartz;

namespace NnService.Api.TrainingJobs.Running.Clusters;

/// <summary>
/// Fired for one training job, on one node at a time: claims it and trains it. A row that says <c>running</c> when this is fired belongs to a node that has
/// died, or that everybody takes for dead: whatever that one still writes is refused, since the claim has another number.
/// </summary>
[DisallowConcurrentExecution]
internal sealed class ClusterJob(
    Database database, RunningJobs running, AttemptRunner attempts, CheckpointStore checkpoints, ClusterTrainingQueue queue,
    ClusterScheduler scheduler, Node node, TimeProvider clock, ILogger<ClusterJob> log) : IJob
{
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var id = Guid.Parse(context.JobDetail.Key.Name);
        using var execution = scheduler.Enter();
        try
        {
            var why = queue.WhyUnfit();
            if (why is null && Claim(id) is { } attempt)
            {
                var broken = await attempts.RunAsync(id, attempt);
                if (broken is not null || running.IsStopping)
                    attempts.GiveBack(id, attempt, broken);
                why = queue.WhyUnfit() ?? WhyPassedOn(id) ?? broken?.GetBaseException().Message;
            }

            if (why is not null)
                await queue.RestAsync(why); // or it would take one job after another and get none done
            await LeaveAsync(id);
        }
        catch (Exception failure) when (failure is SchedulerException || attempts.IsPassing(failure))
        {
            // The row says where it is, and the next look at the queue has it fired again.
            log.LogWarning("Training job {JobId} could not be taken on: {Reason}", id, failure.GetBaseException().Message);
            if (failure is IOException)
                await GiveToOthersAsync(id, failure);
        }
    }

    private async Task GiveToOthersAsync(Guid id, Exception failure)
    {
        try
        {
            await queue.RestAsync(failure.Message);
            await LeaveAsync(id);
        }
        catch (Exception away) when (away is SchedulerException || attempts.IsPassing(away))
        {
            log.LogDebug(away, "The next look at the queue finds training job {JobId}", id);
        }
    }

    // The number of the claim; null where there is nothing to be trained.
    private int? Claim(Guid id)
    {
        if (running.IsStopping)
            return null;
        var generation = checkpoints.LatestGeneration(id); // before the transaction: it may be a request to another machine
        int? tried = null; // whose commit may have been done although the connection was lost
        string? from = null;
        var (attempt, isEnded) = database.WhenBack(
            () => database.Write(db =>
            {
                if (db.TrainingJobs.Include(job => job.Transitions).FirstOrDefault(job => job.Id == id) is not { } job)
                    return (null, true);
                if (job.State == JobState.Running && job.Attempt == tried)
                    return (tried, false);
                if (job.State == JobState.Running)
                {
                    from = job.ClaimedBy();
                    job.TakeBack(Now, generation, TrainingQueue.DiedTooOften);
                }

                if (job.State == JobState.Queued)
                {
                    job.Claim(Now, node.Name);
                    tried = job.Attempt;
                    return (job.Attempt, false);
                }

                return ((int?)null, job.HasEnded);
            }),
            () => running.IsStopping);
        if (isEnded)
            checkpoints.Delete(id);
        if (attempt is not null && from is not null)
            log.LogWarning("Training job {JobId} is taken over from {Node}, which is taken for dead, as attempt {Attempt}", id, from, attempt);
        else if (attempt is not null)
            log.LogInformation("Training job {JobId} is claimed, attempt {Attempt}", id, attempt);
        return attempt;
    }

    private string? WhyPassedOn(Guid id)
    {
        using var db = database.Read();
        var last = db.TrainingJobs.Where(job => job.Id == id).SelectMany(job => job.Transitions).OrderByDescending(transition => transition.Number)
            .Select(transition => transition.Reason).FirstOrDefault();
        return last?.StartsWith(TrainingJob.PassedOn, StringComparison.Ordinal) == true ? last : null;
    }

    private async Task LeaveAsync(Guid id)
    {
        TrainingJob? job;
        using (var db = database.Read())
            job = db.TrainingJobs.FirstOrDefault(row => row.Id == id);
        if (job is null or { HasEnded: true })
            await scheduler.ForgetAsync(id);
        else if (job.State == JobState.Queued)
            await queue.PutBackAsync(job);
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;
}
