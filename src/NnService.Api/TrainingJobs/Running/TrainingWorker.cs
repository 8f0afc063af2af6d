using NnService.Api.Data;
using Quartz;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Fired by the scheduler, and it means one thing: claim the next job and train it, until the queue is empty.</summary>
internal sealed class TrainingWorker(
    Database database, RunningJobs running, AttemptRunner attempts, TimeProvider clock, ILogger<TrainingWorker> log) : IJob
{
    public static readonly JobKey Key = new("claim-the-next-job");

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && TryClaim(cancellationToken) is var (id, attempt))
            await attempts.RunAsync(id, attempt);
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
}
