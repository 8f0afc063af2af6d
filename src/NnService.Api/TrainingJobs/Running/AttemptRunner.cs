using NnService.Api.Errors;
using NnService.Api.Storage;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>Runs an attempt that has been claimed to its end, on a thread of its own.</summary>
internal sealed class AttemptRunner(RunningJobs running, TrainingRun run, ILogger<AttemptRunner> log)
{
    /// <summary>Does it; nothing is thrown. False where the run broke off for what may pass, and the row may still say <c>running</c>.</summary>
    /// <param name="id">Of the job.</param>
    /// <param name="attempt">The claim.</param>
    public async Task<bool> RunAsync(Guid id, int attempt)
    {
        var started = running.Start(id);
        try
        {
            await OnThreadOfItsOwn(() => run.Execute(id, attempt, started));
            return true;
        }
        catch (Exception failure) when (FolderException.Caused(failure) is { } gone)
        {
            log.LogError("Training job {JobId} broke off, and is taken on again when its files can be reached: {Reason}", id, gone.Message);
            return false;
        }
        catch (Exception failure)
        {
            // One job's exception never ends the worker. Where waiting does not help, the row stays `running`, and the next start or another node queues it again.
            log.LogError(failure, "Training job {JobId} could not be brought to an end", id);
            return Mendable.Reason(failure) is null;
        }
        finally
        {
            running.End(id, started);
        }
    }

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
