using System.Runtime.ExceptionServices;
using NnService.Api.Errors;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>
/// The last stage of a run, after its training: baselines and metrics. It keeps the row's etaSeconds true, and a run that leaves it goes on here,
/// from a checkpoint of where the training had ended.
/// </summary>
/// <param name="attempt">Whose.</param>
/// <param name="estimate">How long it takes, roughly.</param>
/// <param name="ending">Writes the checkpoint.</param>
internal sealed class RunEvaluation(JobAttempt attempt, EvaluationEstimate estimate, Action<Stream> ending)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan FullDiskPause = TimeSpan.FromSeconds(1);

    private readonly long _started = attempt.Clock.GetTimestamp();

    // Shared with the thread that computes, under the lock.
    private readonly Lock _gate = new();
    private TimeSpan? _answersBegan;
    private int _answered;
    private volatile ExceptionDispatchInfo? _failure;

    /// <summary>Has something computed for it, and tells meanwhile how long it still takes. Errors: those of the work.</summary>
    public TResult Compute<TResult>(Func<TResult> work) => attempt.Threads.Compute(work, Interval, Tell);

    /// <summary>Whether others have asked to leave it; to be asked again and again.</summary>
    public bool IsLeft()
    {
        _failure?.Throw();
        return attempt.Control.Request is TrainingRequest.Pause or TrainingRequest.Interrupt or TrainingRequest.Cancel;
    }

    /// <summary>The model has answered so many more rows of those that it is measured on.</summary>
    /// <exception cref="OperationCanceledException">Others have asked to leave.</exception>
    public void Answered(int rows)
    {
        lock (_gate)
        {
            _answersBegan ??= attempt.Clock.GetElapsedTime(_started);
            _answered += rows;
        }

        if (IsLeft())
            throw new OperationCanceledException("The run was asked to leave its evaluation.");
    }

    /// <summary>Saves where the run is, so that it goes on here.</summary>
    public void Leave(DateTime now)
    {
        if (attempt.Control.Request == TrainingRequest.Cancel)
            return;
        Save();
        var latest = attempt.LatestGeneration; // asked for before the transaction: it may be a request to another machine
        if (attempt.Control.Request == TrainingRequest.Pause)
            attempt.WriteWhenBack((_, job) => job.Interrupted(now, latest));
        else
            attempt.Leave(latest);
    }

    private void Save()
    {
        for (var isSaved = false; !isSaved;)
        {
            try
            {
                attempt.Checkpoints.Write(attempt.JobId, ending);
                isSaved = true;
            }
            catch (Exception full) when (attempt.Database.Failures.IsFullDisk(full) && attempt.Control.Request == TrainingRequest.Pause)
            {
                Thread.Sleep(FullDiskPause); // a pause can wait for room, an end of the process cannot
            }
        }
    }

    private void Tell()
    {
        var elapsed = attempt.Clock.GetElapsedTime(_started);
        double etaSeconds;
        lock (_gate)
            etaSeconds = estimate.Rest(elapsed.TotalSeconds, (elapsed - _answersBegan)?.TotalSeconds, _answered);
        try
        {
            if (!attempt.Write((_, job) => job.Evaluate(etaSeconds)))
                attempt.Lose();
        }
        catch (Exception passing) when (
            attempt.Database.Failures.IsFullDisk(passing) || attempt.Database.Failures.IsAway(passing) || NoMemory.Caused(passing))
        {
            // An estimate is not worth a job.
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure); // the work is to end first
        }
    }
}
