using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Studies;

/// <summary>How far studies have got, by three queries for however many there are.</summary>
/// <param name="Jobs">Those that have not ended, by the ids of the studies: what the others have come to stands with their trials.</param>
/// <param name="EndedTrials">How many trials have ended, by the numbers of the studies; of those that have succeeded it is not counted.</param>
/// <param name="Best">The best trials, by the numbers of the studies.</param>
internal sealed record StudyProgress(ILookup<Guid, StudyJob> Jobs, IReadOnlyDictionary<long, int> EndedTrials, IReadOnlyDictionary<long, StudyTrial> Best)
{
    /// <summary>That of some studies.</summary>
    public static StudyProgress Of(AppDbContext db, IReadOnlyList<Study> studies)
    {
        long[] unfinished = [.. studies.Where(study => study.State != JobState.Succeeded).Select(study => study.Number)];
        // A trial ends a moment after its job.
        var ended = db.StudyTrials.Where(trial => EF.Parameter(unfinished).Contains(trial.StudyNumber)
                && (trial.State == JobState.Succeeded || trial.State == JobState.Failed || trial.State == JobState.Cancelled
                    || db.TrainingJobs.Any(job => job.Id == trial.JobId && job.EndedAt != null)))
            .GroupBy(trial => trial.StudyNumber).Select(trials => new { trials.Key, Count = trials.Count() });
        long[] judged = [.. studies.Where(study => study.BestTrial is not null).Select(study => study.Number)];
        var best =
            from study in db.Studies
            where EF.Parameter(judged).Contains(study.Number)
            join trial in db.StudyTrials on new { study.Number, Trial = study.BestTrial } equals new { Number = trial.StudyNumber, Trial = (int?)trial.Trial }
            select trial;
        return new StudyProgress(JobsOf(db, studies), ended.ToDictionary(trials => trials.Key, trials => trials.Count), best.ToDictionary(trial => trial.StudyNumber));
    }

    /// <summary>The jobs of studies that have not ended.</summary>
    public static ILookup<Guid, StudyJob> JobsOf(AppDbContext db, IReadOnlyList<Study> studies)
    {
        Guid[] underWay = [.. studies.Where(study => !study.HasEnded).Select(study => study.Id)];
        return db.TrainingJobs.Where(job => job.StudyId != null && EF.Parameter(underWay).Contains(job.StudyId.Value) && job.EndedAt == null)
            .Select(job => new StudyJob(job.StudyId!.Value, job.Trial, job.State, job.Epoch, job.ShareDone)).ToLookup(job => job.Study);
    }
}

/// <summary>A job of a study under way.</summary>
/// <param name="Study">The study's id.</param>
/// <param name="Trial">Which trial it is; null: it trains once more on all rows.</param>
/// <param name="State">Its state.</param>
/// <param name="Epoch">The epochs it has trained.</param>
/// <param name="ShareDone">Share of its steps that are done.</param>
internal sealed record StudyJob(Guid Study, int? Trial, JobState State, int Epoch, double ShareDone);
