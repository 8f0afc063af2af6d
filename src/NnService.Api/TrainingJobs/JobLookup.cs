using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.TrainingJobs.Running;

namespace NnService.Api.TrainingJobs;

/// <summary>Finds jobs as callers name them.</summary>
internal static class JobLookup
{
    /// <summary>Stands for the newest job wherever an id is asked for: of those that were posted, or where there is none, of all.</summary>
    public const string Latest = "latest";

    /// <summary>Looks at what is wanted of the jobs alone.</summary>
    public static TResult LookAtJobs<TResult>(this Database database, Func<IQueryable<TrainingJob>, TResult> look)
    {
        using var db = database.Read();
        return look(db.TrainingJobs);
    }

    /// <summary>The job with its transitions; null where there is none.</summary>
    public static TrainingJob? FindJob(this AppDbContext db, string id) => db.TrainingJobs.Include(job => job.Transitions).ById(id);

    /// <summary>Jobs as lists show them: without their configurations, and where large tables of metrics were left out when they were written, without
    /// those.</summary>
    public static IQueryable<TrainingJob> JobSummaries(this AppDbContext db) => db.Without<TrainingJob>(property => property switch
    {
        nameof(TrainingJob.Metrics) => $"""COALESCE("{nameof(TrainingJob.Summary)}", "{nameof(TrainingJob.Metrics)}")""",
        nameof(TrainingJob.Summary) => "NULL",
        _ => EmptyConfiguration(property),
    });

    /// <summary>Jobs whose configuration and network's spec, which may be as large as a body, are not read and come empty.</summary>
    public static IQueryable<TrainingJob> JobsWithoutConfigurations(this AppDbContext db) => db.Without<TrainingJob>(EmptyConfiguration);

    /// <summary>Jobs without their metrics, which of many labels are tens of megabytes: they come null.</summary>
    public static IQueryable<TrainingJob> JobsWithoutMetrics(this AppDbContext db) =>
        db.Without<TrainingJob>(property => property == nameof(TrainingJob.Metrics) ? "NULL" : null);

    /// <summary>The job of an id, or the latest; null where there is none.</summary>
    public static TrainingJob? ById(this IQueryable<TrainingJob> jobs, string id) => jobs.ById(id, job => job);

    /// <summary>What is wanted of that job: a whole one may be megabytes.</summary>
    public static TWanted? ById<TWanted>(this IQueryable<TrainingJob> jobs, string id, Expression<Func<TrainingJob, TWanted>> wanted)
        where TWanted : class =>
        id == Latest ? jobs.Posted().Newest(wanted) ?? jobs.Newest(wanted)
        : Guid.TryParse(id, out var guid) ? jobs.Where(job => job.Id == guid).Select(wanted).FirstOrDefault()
        : null;

    private static string? EmptyConfiguration(string property) => property is nameof(TrainingJob.Configuration) or nameof(TrainingJob.NetworkSpec) ? "''" : null;

    // Studies and verifications make jobs of their own, which nobody waits for under this word.
    private static IQueryable<TrainingJob> Posted(this IQueryable<TrainingJob> jobs) =>
        jobs.Where(job => job.StudyId == null
            && !(job.ModelName.StartsWith(ModelVerification.Noun + "-") && job.ModelName.Length == ModelVerification.NameLength));

    private static TWanted? Newest<TWanted>(this IQueryable<TrainingJob> jobs, Expression<Func<TrainingJob, TWanted>> wanted)
        where TWanted : class => jobs.OrderByDescending(job => job.Number).Select(wanted).FirstOrDefault();
}
