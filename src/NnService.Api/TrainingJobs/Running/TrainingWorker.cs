using NnService.Api.Data;
using NnService.Api.Limits;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs.Watching;
using Quartz;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Fired by the scheduler, and it means one thing: claim the next job and train it, until the queue is empty.</summary>
internal sealed class TrainingWorker(
    Database database, RunningJobs running, JobFeeds feeds, TrainingRun run, TrainingThreads threads, TimeProvider clock, ILogger<TrainingWorker> log) : IJob
{
    public static readonly JobKey Key = new("claim-the-next-job");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && TryClaim(cancellationToken) is var (id, attempt))
        {
            var started = running.Start(id);
            feeds.Changed(id);
            try
            {
                await OnThreadOfItsOwn(() => run.Execute(id, attempt, started));
            }
            catch (FolderException gone)
            {
                log.LogError("Training job {JobId} could not be brought to an end, and goes on with the next start: {Reason}", id, gone.Message);
            }
            catch (Exception failure)
            {
                // One job's exception never ends the worker; the row stays `running` and the next start queues it again.
                log.LogError(failure, "Training job {JobId} could not be brought to an end", id);
            }
            finally
            {
                running.End(id);
            }
        }
    }

    // An exception that is left to the scheduler is told in its words, with where it came from.
    private (Guid Id, int Attempt)? TryClaim(CancellationToken cancellation)
    {
        (Guid Id, int Attempt)? tried = null; // whose commit may have been done although the connection was lost
        try
        {
            return database.WhenBack(() => Claim(ref tried), () => cancellation.IsCancellationRequested || running.IsStopping);
        }
        catch (Exception failure) when (failure is IOException || database.Failures.In(failure) is not null)
        {
            log.LogError("No training job can be taken on, and those that are queued wait: {Reason}", failure.GetBaseException().Message);
            return null;
        }
    }

    private (Guid Id, int Attempt)? Claim(ref (Guid Id, int Attempt)? tried)
    {
        var before = tried;
        (Guid, int)? now = null;
        try
        {
            return database.Write(db => now = Claim(db, before));
        }
        finally
        {
            tried = now ?? tried;
        }
    }

    private (Guid Id, int Attempt)? Claim(AppDbContext db, (Guid Id, int Attempt)? before)
    {
        if (before is var (id, attempt) && db.TrainingJobs.Any(job => job.Id == id && job.Attempt == attempt && job.State == JobState.Running))
            return before;
        var next = db.TrainingJobs.Where(job => job.State == JobState.Queued)
            .OrderByDescending(job => job.Priority).ThenBy(job => job.Number).FirstOrDefault();
        if (next is null)
            return null;
        next.Claim(clock.GetUtcNow().UtcDateTime);
        return (next.Id, next.Attempt);
    }

    // Arithmetic for minutes has no place on the pool that answers requests.
    private Task OnThreadOfItsOwn(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                if (threads.HaveLowPriority)
                    BackgroundPriority.LowerThisThread(BackgroundPriority.OfTrainings);
                work();
                done.SetResult();
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        })
        {
            IsBackground = true,
            Name = "training",
        }.Start();
        return done.Task;
    }
}
