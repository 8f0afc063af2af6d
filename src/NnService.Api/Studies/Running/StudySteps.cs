using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Errors;
using NnService.Api.Studies.Planning;
using NnService.Api.Studies.Watching;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Running;

namespace NnService.Api.Studies.Running;

/// <summary>Takes a study on, step by step; each is one write, made of what the rows say, so that a process may die between any two.</summary>
internal sealed class StudySteps(
    Database database, CreateTrainingJob create, StudyControl control, StudyHalving halving, StudyEnd end, TrainingThreads threads, Node node,
    StudyClock clock, ILogger<StudySteps> log)
{
    private const int Waiting = 1; // jobs beyond those that can run, so that no worker waits for the next one to be planned

    /// <summary>Does what can be done now; the seconds until its time is up, infinity where it has no limit or no matter.</summary>
    public async Task<double> AdvanceAsync(long number, CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested && StudyView.Read(database, number) is { Study.State: JobState.Queued or JobState.Running } view)
            if (!await StepAsync(view))
                return SecondsLeft(view);

        return double.PositiveInfinity;
    }

    // One that is to stop waits for its jobs alone, whatever its time.
    private double SecondsLeft(StudyView view) =>
        !view.Study.IsStopping && view.Request.MaxSeconds is { } most ? most - view.Study.Seconds(Now) : double.PositiveInfinity;

    // False: there is nothing to do until a job ends.
    private async Task<bool> StepAsync(StudyView view)
    {
        if (Follow(view))
            return true;
        if (!view.Study.IsStopping && view.Study.Seconds(Now) >= view.Request.MaxSeconds)
        {
            await control.EndEarlyAsync(view.Study.Id, StudyStopReason.TimeLimit);
            return true;
        }

        if (view.IsOver)
            return view.Refit is { HasEnded: false } ? false : await TryEndAsync(view);
        if (view.Study.IsStopping)
            return false;
        if (view.Request.Method == SearchMethod.SuccessiveHalving && halving.Decide(view))
            return true;
        return view.Trials.FirstOrDefault(trial => trial is { JobId: null, HasEnded: false }) is { } next && IsTimeForNext(view) && await StartAsync(view, next);
    }

    // No more than can run of one study, and no more of all together that wait, but one of each: else the oldest would keep the others from their first.
    private bool IsTimeForNext(StudyView view)
    {
        var most = (node.IsAlone ? threads.Jobs : node.Size.Slots) + Waiting;
        return view.Active == 0
            || (view.Active < most && database.LookAtJobs(jobs => jobs.Count(job => job.State == JobState.Queued && job.StudyId != null)) < most);
    }

    private StudyMoment Now => clock.Now;

    // What the jobs have come to since, into the rows of their trials.
    private bool Follow(StudyView view)
    {
        var changed = view.Trials.Where(trial => trial is { JobId: not null, HasEnded: false } && (view.JobOf(trial)?.State ?? JobState.Cancelled) != trial.State)
            .Select(trial => trial.Number).ToHashSet();
        return changed.Count > 0 && database.Write(db =>
        {
            var study = db.Studies.First(row => row.Number == view.Study.Number);
            if (study.HasEnded)
                return true;
            var trials = db.TrialsOf(study).ToList();
            var ofChanged = trials.Where(trial => changed.Contains(trial.Number)).ToList();
            foreach (var trial in ofChanged)
                Follow(trial, view);
            if (view.IsSearch)
                study.BestTrial = StudyView.Best(trials, view.Request).FirstOrDefault()?.Trial;
            foreach (var trial in ofChanged.Where(trial => trial.HasEnded))
                StudyLog.Trial(db, study, trial);
            study.KeepTime(Now);
            return true;
        });
    }

    private static void Follow(StudyTrial trial, StudyView view)
    {
        if (view.JobOf(trial) is not { } job)
            trial.End(JobState.Cancelled, trial.Epochs, null, null, "Its job was deleted.");
        else if (job.HasEnded)
            trial.End(job.State, job.Epoch, view.Metric.In(job.Metrics), job.ModelVersion, job.Error is null ? null : (string?)JsonNode.Parse(job.Error)?["detail"]);
        else
            trial.Follow(job.State, job.Epoch);
    }

    private async Task<bool> StartAsync(StudyView view, StudyTrial next)
    {
        var (study, request) = (view.Study, view.Request);
        var job = view.IsSearch
            ? TrialJobs.OfTrial(request, study.Base, JsonNode.Parse(next.Parameters)!.AsObject(), study.TrialModelName)
            : TrialJobs.OfFold(request, next.Trial, study.TrialModelName);
        if (job.IsRefused(out var unfit, out var configuration))
            return Fail(view, next, unfit);
        var holdsAfter = request.Method == SearchMethod.SuccessiveHalving ? request.MinEpochs : null;
        var saved = await create.RunAsync(configuration, new StudyPlace(study.Id, next.Trial, holdsAfter), (db, made) => Wants(db, study, row =>
        {
            var trial = db.StudyTrials.First(there => there.Number == next.Number);
            if (trial.JobId is not null)
                return false; // by a node that led before this one
            trial.Attach(made.Id);
            row.Begin(Now);
            StudyLog.Trial(db, row, trial);
            if (study.State == JobState.Queued)
                StudyLog.State(db, row, Now.Utc);
            return true;
        }));
        if (saved?.IsRefused(out var refusal, out _) != true)
            return true;
        return !Passes(study, refusal!.Problem) && Fail(view, next, refusal);
    }

    // A trial whose job cannot be.
    private bool Fail(StudyView view, StudyTrial next, ProblemResult refusal)
    {
        database.Write(db => Wants(db, view.Study, row =>
        {
            var trial = db.StudyTrials.First(there => there.Number == next.Number);
            trial.End(JobState.Failed, 0, null, null, refusal.Problem.Detail);
            StudyLog.Trial(db, row, trial);
            return true;
        }));
        return true;
    }

    // False where others have the memory that it needs.
    private async Task<bool> TryEndAsync(StudyView view)
    {
        try
        {
            return await EndAsync(view);
        }
        catch (ProblemException full) when (Passes(view.Study, full.Problem))
        {
            return false;
        }
    }

    private async Task<bool> EndAsync(StudyView view)
    {
        if (view.IsSearch)
            return end.OfSearch(view);
        if (view.Study.Metrics is null)
            return end.OfFolds(view);
        if (view.Request.Keep == StudyKeep.Ensemble && !view.Study.IsStopping)
            return end.OfFoldsTogether(view);
        if (view.Study.RefitJobId is not null || view.Study.IsStopping || view.Request.Keep != StudyKeep.Refit)
            return end.OfCrossValidation(view);
        var made = await create.RunAsync(
            TrialJobs.OfRefit(view.Request, end.EpochsOfFolds(view), end.ConfigurationOfFolds(view)), new StudyPlace(view.Study.Id, null, null),
            (db, job) => Wants(db, view.Study, row =>
            {
                if (row.RefitJobId is not null)
                    return false;
                row.RefitJobId = job.Id;
                return true;
            }));
        if (made?.IsRefused(out var refusal, out _) != true)
            return true;
        return !Passes(view.Study, refusal!.Problem) && end.Fail(view, $"The job that trains once more on all rows was refused: {refusal.Problem.Detail}");
    }

    // Whether the same may be done later: the queue, the disk or the memory is full.
    private bool Passes(Study study, Problem refusal)
    {
        if (refusal.Status is not (StatusCodes.Status429TooManyRequests or StatusCodes.Status507InsufficientStorage))
            return false;
        log.LogWarning("Study {Study} waits: {Reason}", study.Name, refusal.Detail);
        return true;
    }

    // Changes the study only while it is to make jobs: somebody may have stopped it since it was looked at.
    private static bool Wants(AppDbContext db, Study seen, Func<Study, bool> change)
    {
        var study = db.Studies.FirstOrDefault(row => row.Number == seen.Number);
        if (study is not { State: JobState.Queued or JobState.Running, IsStopping: false })
            return false;
        return change(study);
    }
}
