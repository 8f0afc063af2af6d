using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;

namespace NnService.Api.TrainingJobs.Lists;

/// <summary>A page of jobs in an order.</summary>
/// <param name="Numbers">The jobs.</param>
/// <param name="Next">The cursor of the next page; null on the last one.</param>
internal sealed record JobList(IReadOnlyList<long> Numbers, string? Next)
{
    /// <summary>Looks the page up.</summary>
    /// <param name="db">The database.</param>
    /// <param name="filter">Which jobs.</param>
    /// <param name="sort">In which order.</param>
    /// <param name="after">Behind which job; null: from the first.</param>
    /// <param name="limit">Jobs at the most.</param>
    public static JobList Of(AppDbContext db, JobFilter filter, JobSort sort, JobCursor? after, int limit)
    {
        var jobs = filter.Apply(db.TrainingJobs);
        var places = (sort.IsByAge ? ByAge(jobs, sort, after) : ByFigure(jobs, sort, after)).Take(limit + 1).ToList();
        var next = places.Count > limit ? new JobCursor(places[limit - 1].Number, places[limit - 1].Figure).Text(sort) : null;
        return new JobList([.. places.Take(limit).Select(place => place.Number)], next);
    }

    /// <summary>The jobs without their configurations, with their transitions; one that was deleted since is left out.</summary>
    public IEnumerable<TrainingJob> Summaries(AppDbContext db)
    {
        var jobs = db.JobSummaries().Include(job => job.Transitions).Where(job => Numbers.Contains(job.Number)).ToDictionary(job => job.Number);
        return Numbers.Select(jobs.GetValueOrDefault).OfType<TrainingJob>();
    }

    /// <summary>The jobs with their configurations, one at a time: each may be as large as a body.</summary>
    public IEnumerable<TrainingJob> Whole(AppDbContext db) =>
        Numbers.Select(number => db.TrainingJobs.Include(job => job.Transitions).FirstOrDefault(job => job.Number == number)).OfType<TrainingJob>();

    private static IQueryable<Place> ByAge(IQueryable<TrainingJob> jobs, JobSort sort, JobCursor? after)
    {
        if (after is { Number: var last })
            jobs = sort.IsDescending ? jobs.Where(job => job.Number < last) : jobs.Where(job => job.Number > last);
        jobs = sort.IsDescending ? jobs.OrderByDescending(job => job.Number) : jobs.OrderBy(job => job.Number);
        return jobs.Select(job => new Place { Number = job.Number });
    }

    // Jobs without the figure come last, either way; of equals the newest first.
    private static IQueryable<Place> ByFigure(IQueryable<TrainingJob> jobs, JobSort sort, JobCursor? after)
    {
        var path = sort.MetricPath;
        var places = sort.IsByTrainLoss switch
        {
            true => jobs.Select(job => new Place { Number = job.Number, Figure = job.TrainLoss }),
            false => jobs.Select(job => new Place { Number = job.Number, Figure = job.ValidationLoss }),
            null => jobs.Select(job => new Place { Number = job.Number, Figure = StoredJson.Number(job.Metrics, path) }),
        };
        if (after is { } last)
            places = Behind(places, sort, last.Number, last.Figure);
        var behind = places.OrderBy(place => place.Figure == null);
        return (sort.IsDescending ? behind.ThenByDescending(place => place.Figure) : behind.ThenBy(place => place.Figure))
            .ThenByDescending(place => place.Number);
    }

    private static IQueryable<Place> Behind(IQueryable<Place> places, JobSort sort, long number, double? figure) =>
        figure is null ? places.Where(place => place.Figure == null && place.Number < number)
        : sort.IsDescending ? places.Where(place => place.Figure == null || place.Figure < figure || (place.Figure == figure && place.Number < number))
        : places.Where(place => place.Figure == null || place.Figure > figure || (place.Figure == figure && place.Number < number));

    private sealed class Place
    {
        public required long Number { get; init; }

        public double? Figure { get; init; }
    }
}
