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
    private TimeSpan _told; // the recorder has told the estimate itself
    private TimeSpan? _answersBegan;
    private int _answered;

    /// <summary>Whether others have asked to leave it; to be asked again and again.</summary>
    public bool IsLeft()
    {
        if (attempt.Control.Request is TrainingRequest.Pause or TrainingRequest.Interrupt or TrainingRequest.Cancel)
            return true;
        var elapsed = attempt.Clock.GetElapsedTime(_started);
        if (elapsed - _told >= Interval)
        {
            _told = elapsed;
            Tell(estimate.Rest(elapsed.TotalSeconds, (elapsed - _answersBegan)?.TotalSeconds, _answered));
        }

        return false;
    }

    /// <summary>The model has answered so many more rows of those that it is measured on.</summary>
    /// <exception cref="OperationCanceledException">Others have asked to leave.</exception>
    public void Answered(int rows)
    {
        _answersBegan ??= attempt.Clock.GetElapsedTime(_started);
        _answered += rows;
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

    private void Tell(double etaSeconds)
    {
        try
        {
            if (!attempt.Write((_, job) => job.Evaluate(etaSeconds)))
                attempt.Control.Ask(TrainingRequest.Cancel); // the row belongs to somebody else now
        }
        catch (Exception passing) when (attempt.Database.Failures.IsFullDisk(passing) || attempt.Database.Failures.IsAway(passing))
        {
            // An estimate is not worth a job.
        }
    }
}
