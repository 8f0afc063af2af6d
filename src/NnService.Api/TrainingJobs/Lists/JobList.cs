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
        var places = sort.IsByAge ? [.. ByAge(filter.Apply(db.TrainingJobs), sort, after).Take(limit + 1)] : ByFigure(db, filter, sort, after, limit + 1);
        var next = places.Count > limit ? new JobCursor(places[limit - 1].Number, places[limit - 1].Figure).Text(sort) : null;
        return new JobList([.. places.Take(limit).Select(place => place.Number)], next);
    }

    /// <summary>The jobs without their configurations and large tables, with their transitions; one that was deleted since is left out.</summary>
    public IEnumerable<TrainingJobResponse> Summaries(AppDbContext db)
    {
        var jobs = new Dictionary<long, TrainingJobResponse>();
        // Each is a summary before the next is read: the metrics of one may be megabytes.
        foreach (var job in WithTransitions(db.JobSummaries()).Where(job => Numbers.Contains(job.Number)).AsEnumerable())
            jobs.Add(job.Number, TrainingJobResponse.SummaryOf(job));
        return Numbers.Select(jobs.GetValueOrDefault).OfType<TrainingJobResponse>();
    }

    /// <summary>The jobs with all their tables, one at a time.</summary>
    /// <param name="db">The database.</param>
    /// <param name="withConfigurations">Whether they have their configurations too, each of which may be as large as a body.</param>
    public IEnumerable<TrainingJobResponse> Whole(AppDbContext db, bool withConfigurations) => Numbers
        .Select(number => WithTransitions(withConfigurations ? db.TrainingJobs : db.JobsWithoutConfigurations()).FirstOrDefault(job => job.Number == number))
        .OfType<TrainingJob>().Select(TrainingJobResponse.Of);

    private static IQueryable<TrainingJob> WithTransitions(IQueryable<TrainingJob> jobs) => jobs.Include(job => job.Transitions);

    private static IQueryable<Place> ByAge(IQueryable<TrainingJob> jobs, JobSort sort, JobCursor? after)
    {
        if (after is { Number: var last })
            jobs = sort.IsDescending ? jobs.Where(job => job.Number < last) : jobs.Where(job => job.Number > last);
        jobs = sort.IsDescending ? jobs.OrderByDescending(job => job.Number) : jobs.OrderBy(job => job.Number);
        return jobs.Select(job => new Place { Number = job.Number });
    }

    // Jobs without the figure come last, either way; of equals the newest first. The two are asked for one after the other, each in the order of an index.
    private static List<Place> ByFigure(AppDbContext db, JobFilter filter, JobSort sort, JobCursor? after, int count)
    {
        // By a condition that says the same of them, and for which no index is preferred to that of the losses.
        var jobs = IsOfSucceeded(filter) ? db.TrainingJobs.Where(job => job.ModelVersion != null) : filter.Apply(db.TrainingJobs);
        var (have, lack) = sort.IsByTrainLoss switch
        {
            true => (jobs.Where(job => job.TrainLoss != null).Select(job => new Place { Number = job.Number, Figure = job.TrainLoss }),
                jobs.Where(job => job.TrainLoss == null)),
            false => (jobs.Where(job => job.ValidationLoss != null).Select(job => new Place { Number = job.Number, Figure = job.ValidationLoss }),
                jobs.Where(job => job.ValidationLoss == null)),
            null => ByMetric(db, filter, sort.Name),
        };
        List<Place> places = after is { Figure: null } ? [] : [.. InOrder(Behind(have, sort, after), sort).Take(count)];
        if (places.Count == count)
            return places;
        if (after is { Figure: null, Number: var last })
            lack = lack.Where(job => job.Number < last);
        places.AddRange(lack.OrderByDescending(job => job.Number).Take(count - places.Count).Select(job => new Place { Number = job.Number }));
        return [.. places.DistinctBy(place => place.Number)]; // one may have changed in between
    }

    // A job has metrics when it has succeeded, so that the figures alone know which those are.
    private static (IQueryable<Place> Have, IQueryable<TrainingJob> Lack) ByMetric(AppDbContext db, JobFilter filter, string path)
    {
        var (jobs, figures) = (filter.Apply(db.TrainingJobs), db.JobFigures.Where(figure => figure.Path == path));
        var lack = jobs.Where(job => !figures.Any(figure => figure.JobNumber == job.Number));
        var have = figures.Select(figure => new Place { Number = figure.JobNumber, Figure = figure.Value });
        return (filter.IsEmpty || IsOfSucceeded(filter)
            ? have
            : have.Join(jobs, place => place.Number, job => job.Number, (place, _) => place), lack);
    }

    private static bool IsOfSucceeded(JobFilter filter) => filter == new JobFilter(JobState.Succeeded, null, null, null, null);

    private static IQueryable<Place> InOrder(IQueryable<Place> places, JobSort sort) =>
        (sort.IsDescending ? places.OrderByDescending(place => place.Figure) : places.OrderBy(place => place.Figure)).ThenByDescending(place => place.Number);

    // The first condition follows from the second; by it an index is entered where the page begins.
    private static IQueryable<Place> Behind(IQueryable<Place> places, JobSort sort, JobCursor? after) =>
        after is not { Number: var number, Figure: { } figure } ? places
        : sort.IsDescending ? places.Where(place => place.Figure <= figure && (place.Figure < figure || place.Number < number))
        : places.Where(place => place.Figure >= figure && (place.Figure > figure || place.Number < number));

    private sealed class Place
    {
        public required long Number { get; init; }

        public double? Figure { get; init; }
    }
}
