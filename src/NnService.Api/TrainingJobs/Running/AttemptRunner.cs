using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Storage;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Runs an attempt that has been claimed to its end, on a thread of its own.</summary>
internal sealed class AttemptRunner(
    RunningJobs running, TrainingRun run, Database database, CheckpointStore checkpoints, TimeProvider clock, ILogger<AttemptRunner> log)
{
    private const string BrokeOff = "its run broke off";

    /// <summary>Does it; nothing is thrown. Why the run broke off where that may pass, and the row may still say <c>running</c>; null otherwise.</summary>
    /// <param name="id">Of the job.</param>
    /// <param name="attempt">The claim.</param>
    public async Task<Exception?> RunAsync(Guid id, int attempt)
    {
        var started = running.Start(id);
        try
        {
            await OnThreadOfItsOwn(() => run.Execute(id, attempt, started));
            return null;
        }
        catch (Exception failure) when (FolderException.Caused(failure) is { } gone)
        {
            log.LogError("Training job {JobId} broke off, and is taken on again when its files can be reached: {Reason}", id, gone.Message);
            return failure;
        }
        catch (Exception failure) when (IsPassing(failure))
        {
            log.LogError(failure, "Training job {JobId} broke off, and goes on from its last checkpoint", id);
            return failure;
        }
        catch (Exception failure)
        {
            // One job's exception never ends the worker. Waiting does not help: the row stays `running`, and the next start or another node queues it again.
            log.LogError(failure, "Training job {JobId} could not be brought to an end", id);
            return null;
        }
        finally
        {
            running.End(id, started);
        }
    }

    /// <summary>Whether a failure says nothing of the job: the database, files or memory are missing.</summary>
    public bool IsPassing(Exception failure) => database.Failures.IsPassing(failure) || Mendable.Reason(failure) is not null;

    /// <summary>Whether a job may itself be why its run broke off. What is away is waited for, however often.</summary>
    public bool MayBeTheJob(Exception why) =>
        NoMemory.Caused(why) || (database.Failures.In(why) is not null && !database.Failures.IsAway(why) && !database.Failures.IsFullDisk(why));

    /// <summary>
    /// Queues a job again whose run broke off, where its row still says <c>running</c>; it goes on from its last checkpoint. Where the job itself may be why, it
    /// is as after a death of the process: the fifth in a row without a new checkpoint between them ends it.
    /// </summary>
    /// <param name="id">Of the job.</param>
    /// <param name="attempt">The claim.</param>
    /// <param name="why">Why it broke off; null: the process ends.</param>
    public void GiveBack(Guid id, int attempt, Exception? why)
    {
        var generation = checkpoints.ReachableGeneration(id); // before the transaction: it may be a request to another machine
        var hasEnded = database.Write(db =>
        {
            if (db.TrainingJobs.FirstOrDefault(job => job.Id == id && job.Attempt == attempt && job.State == JobState.Running) is not { } left)
                return false;
            if (why is not null && MayBeTheJob(why))
                left.TakeBack(Now, generation, TrainingQueue.DiedTooOften, NoMemory.Caused(why) ? "no memory was left" : BrokeOff);
            else
                left.GiveBack(Now, generation, BrokeOff);
            return left.HasEnded;
        });
        if (hasEnded)
            checkpoints.Delete(id);
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    // It waits for minutes, which has no place on the pool that answers requests. Its priority is theirs: it ends with news, and writes while others wait.
    private static Task OnThreadOfItsOwn(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
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
            Name = "attempt",
        }.Start();
        return done.Task;
    }
}
