using NnService.Api.Data;
using Quartz;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Fired by the scheduler, and it means one thing: claim the next job and train it, until the queue is empty.</summary>
internal sealed class TrainingWorker(
    Database database, RunningJobs running, AttemptRunner attempts, TimeProvider clock, ILogger<TrainingWorker> log) : IJob
{
    public static readonly JobKey Key = new("claim-the-next-job");

    private const double PauseSeconds = 1;
    private const double LongestPauseSeconds = 60;

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
    {
        var deaths = 0; // in a row, of whatever jobs
        while (await ClaimAsync(cancellationToken) is var (id, attempt))
        {
            var why = await attempts.RunAsync(id, attempt);
            deaths = why is not null && attempts.MayBeTheJob(why) ? deaths + 1 : 0;
            if (why is not null)
                await GiveBackAsync(id, attempt, why, PauseSecondsAfter(deaths));
        }
    }

    // Some seconds without memory or a thread would otherwise be all the deaths of one job after the other.
    private static double PauseSecondsAfter(int deaths) => Math.Clamp(Math.Pow(2, deaths - 1), PauseSeconds, LongestPauseSeconds);

    // Its row may still say `running`: it is queued again as soon as that can be written, and goes on from its last checkpoint. At a stop that is left to the
    // next start.
    private async Task GiveBackAsync(Guid id, int attempt, Exception why, double seconds)
    {
        await PauseAsync(seconds);
        while (!running.IsStopping && !TryGiveBack(id, attempt, why))
            await PauseAsync(PauseSeconds);
    }

    // A stop ends it.
    private async Task PauseAsync(double seconds) =>
        await running.Stopping.WaitAsync(TimeSpan.FromSeconds(seconds), clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private bool TryGiveBack(Guid id, int attempt, Exception why)
    {
        try
        {
            attempts.GiveBack(id, attempt, why);
            return true;
        }
        catch (Exception failure) when (attempts.IsPassing(failure))
        {
            return false;
        }
        catch (Exception unforeseen)
        {
            // Nobody would go on with the others; the next start queues it again
            log.LogError(unforeseen, "Training job {JobId} could not be queued again", id);
            return true;
        }
    }

    // Nobody fires it again for jobs that are queued already: where none can be claimed now, as with the folder away or its disk full, it waits for that itself.
    private async Task<(Guid Id, int Attempt)?> ClaimAsync(CancellationToken cancellation)
    {
        (Guid Id, int Attempt)? tried = null; // whose commit may have been done although the connection was lost
        var isSaid = false;
        while (!cancellation.IsCancellationRequested && !running.IsStopping)
            try
            {
                return Claim(ref tried);
            }
            catch (Exception failure)
            {
                if (!isSaid && !database.Failures.IsAway(failure))
                {
                    log.LogError(attempts.IsPassing(failure) ? null : failure,
                        "No training job can be taken on, and those that are queued wait: {Reason}", failure.GetBaseException().Message);
                    isSaid = true;
                }

                await PauseAsync(PauseSeconds);
            }

        return null;
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
