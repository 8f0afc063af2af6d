using NnService.Api.Data;
using NnService.Api.TrainingJobs;

namespace NnService.Api.Studies;

/// <summary>Finds studies as callers name them.</summary>
internal static class StudyLookup
{
    /// <summary>The study of an id, or the newest of <c>latest</c>; null where there is none.</summary>
    public static Study? FindStudy(this AppDbContext db, string id) =>
        id == JobLookup.Latest ? db.Studies.OrderByDescending(study => study.Number).FirstOrDefault()
        : Guid.TryParse(id, out var guid) ? db.Studies.FirstOrDefault(study => study.Id == guid)
        : null;

    /// <summary>
    /// Studies as lists show them: what their trials are made of is not read and comes empty, and so is the request but of a cross-validation under way, which
    /// says whether a job on all rows is still to come.
    /// </summary>
    public static IQueryable<Study> StudySummaries(this AppDbContext db) => db.Without<Study>(property => property switch
    {
        nameof(Study.Base) => "''",
        nameof(Study.Request) => $"""CASE WHEN "EndedAt" IS NULL AND "Kind" = '{nameof(StudyKind.CrossValidation)}' THEN "Request" ELSE '' END""",
        _ => null,
    });

    /// <summary>Its trials by their numbers.</summary>
    public static IQueryable<StudyTrial> TrialsOf(this AppDbContext db, Study study)
    {
        var number = study.Number;
        return db.StudyTrials.Where(trial => trial.StudyNumber == number).OrderBy(trial => trial.Trial);
    }
}
