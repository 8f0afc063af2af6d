using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Studies.Watching;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine.Specs;

namespace NnService.Api.Studies.Running;

/// <summary>Cancel, stop, pause, resume: a study and all its jobs in one write; then the runs are told.</summary>
internal sealed class StudyControl(Database database, JobControl jobs, StudyClock clock)
{
    private static readonly Move s_cancel = new(
        (study, now) => study.Cancel(now), (job, now) => job.Cancel(now), "there is nothing to cancel");

    private static readonly Move s_stop = new(
        (study, now) => study.Stop(now, StudyStopReason.Stopped), (job, now) => job.Stop(now), "there is nothing to stop");

    public Task<IResult> CancelAsync(string id, CancellationToken cancellation) => AnswerAsync(id, s_cancel, cancellation);

    public Task<IResult> StopAsync(string id, CancellationToken cancellation) => AnswerAsync(id, s_stop, cancellation);

    public Task<IResult> PauseAsync(string id, CancellationToken cancellation) => AnswerAsync(
        id, new Move((study, now) => study.Pause(now), (job, now) => job.Pause(now), "there is nothing to pause"), cancellation);

    public Task<IResult> ResumeAsync(string id, CancellationToken cancellation) => AnswerAsync(
        id,
        new Move((study, now) => study.Resume(now), (job, now) => !job.IsAtHold && job.Resume(now), "there is nothing to resume"),
        cancellation);

    /// <summary>Ends it with the best so far, for another reason than that somebody has asked for it.</summary>
    public Task EndEarlyAsync(Guid id, StudyStopReason reason) =>
        ApplyAsync(id.ToString(), s_stop with { OfStudy = (study, now) => study.Stop(now, reason) }, CancellationToken.None);

    /// <summary>Ends it and its jobs, of which nothing is to come any more.</summary>
    public Task FailAsync(Guid id, string why) =>
        ApplyAsync(id.ToString(), s_cancel with { OfStudy = (study, now) => Fail(study, now, why) }, CancellationToken.None);

    private async Task<IResult> AnswerAsync(string id, Move move, CancellationToken cancellation)
    {
        var (study, isMoved) = await ApplyAsync(id, move, cancellation);
        if (study is null)
            return Refusal.NotFound("study", id);
        if (!isMoved)
            return Refusal.Conflict(study.HasEnded
                ? $"The study has already ended ({EnumNames<JobState>.Of(study.State)}); {move.Nothing}."
                : $"The study has been asked to stop; {move.Nothing}.");
        using var db = database.Read();
        return TypedResults.Accepted($"/api/v1/studies/{study.Id}", StudyAnswers.Of(db, study, clock));
    }

    private async Task<(Study? Study, bool IsMoved)> ApplyAsync(string id, Move move, CancellationToken cancellation)
    {
        var (study, moved) = await database.WriteFromReserveAsync<(Study?, List<TrainingJob>?)>(
            db =>
            {
                if (db.FindStudy(id) is not { } found)
                    return (null, null);
                var (now, before) = (clock.Now, (found.State, found.StopReason));
                if (!move.OfStudy(found, now))
                    return (found, null);
                var under = db.TrainingJobs.Include(job => job.Transitions).Where(job => job.StudyId == found.Id && job.EndedAt == null).ToList();
                under.RemoveAll(job => !move.OfJob(job, now.Utc)); // also where it is asked for again: a job may have been held since
                if (before == (found.State, found.StopReason))
                    return (found, under);
                if (found.HasEnded)
                    EndTrials(db, found);
                StudyLog.State(db, found, now.Utc);
                return (found, under);
            },
            cancellation);
        if (study is null || moved is null)
            return (study, false);
        jobs.Follow(moved);
        return (study, true);
    }

    private static bool Fail(Study study, StudyMoment now, string why)
    {
        if (study.HasEnded)
            return false;
        study.Fail(now, why);
        return true;
    }

    private static void EndTrials(AppDbContext db, Study study)
    {
        foreach (var trial in db.TrialsOf(study).ToList().Where(trial => !trial.HasEnded))
        {
            trial.End(JobState.Cancelled, trial.Epochs, null, null, null);
            StudyLog.Trial(db, study, trial);
        }
    }

    private sealed record Move(Func<Study, StudyMoment, bool> OfStudy, Func<TrainingJob, DateTime, bool> OfJob, string Nothing);
}
