using System.Net.Mime;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Data;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs;

internal static class TrainingJobEndpoints
{
    private const string LatestId = "latest";
    private const int MaxWaitSeconds = 300;

    public static void MapTrainingJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/training-jobs").WithTags("Training jobs");
        jobs.MapPost("", Create)
            .Describe(
                "Start a training",
                "Answers 202 at once and trains in the background. Everything but dataset and target may be left out. "
                + "The header `Prefer: wait=20` holds the answer until the job ends or the time is up. "
                + "With `?validateOnly=true` nothing is started: the answer is 200 with the configuration in full, parameterCount, memoryBytes, seconds and warnings.")
            .With(new QueryParameter("validateOnly", "`true`: think the job through and start nothing.", null))
            .TakesJson<TrainingConfiguration>(Examples.Job)
            .Returns<TrainingJobResponse>(202).Returns<TrainingJobResponse>(200).Refuses(400, 409, 415, 429);
        jobs.MapGet("", List).Describe("List training jobs, newest first").With(PageQuery.Parameters)
            .With(
                new QueryParameter("state", "Only jobs in this state.", null),
                new QueryParameter("dataset", "Only jobs on this dataset.", null),
                new QueryParameter("network", "Only jobs with this network.", null),
                new QueryParameter("model", "Only jobs that train this model.", null))
            .Returns<Page<TrainingJobResponse>>(200).Refuses(400);
        ById(jobs.MapGet("/{id}", Get)).Describe("Show a training job").Returns<TrainingJobResponse>(200);
        ById(jobs.MapGet("/{id}/history", History))
            .Describe("Show the loss history", "Also while it runs; as text/csv where `Accept` asks for it.")
            .With(
                new QueryParameter("from", "The first epoch wanted.", "0"),
                new QueryParameter("maxPoints", "Points at the most: thinned evenly, and the first, the last and the best stay.", "20"))
            .Returns<HistoryResponse>(200);
        ById(jobs.MapGet("/{id}/loss.svg", Chart)).Describe("See the loss curve", "Also while it runs.").Returns(200, "image/svg+xml");
        ById(jobs.MapPost("/{id}/cancel", Cancel)).Describe("Cancel a training", "Queued or running; nothing is kept. Repeated: unchanged.")
            .Returns<TrainingJobResponse>(202).Refuses(409);
        ById(jobs.MapDelete("/{id}", Delete)).Describe("Delete an ended training job and its history", "Its models stay.").Returns(204).Refuses(409);
    }

    private static RouteHandlerBuilder ById(RouteHandlerBuilder endpoint) => endpoint.PathExample("id", LatestId).Refuses(404);

    private static async Task<IResult> Create(
        Body<TrainingConfiguration> body, HttpContext context, CreateTrainingJob create, Database database, RunningJobs running, TimeProvider clock, CancellationToken cancellation)
    {
        if (QueryValue.Flag(context.Request, "validateOnly"))
            return TypedResults.Ok(create.Validate(body.Value));
        var waitSeconds = WaitSeconds(context.Request);
        var job = await create.RunAsync(body.Value, cancellation);
        if (waitSeconds > 0)
        {
            context.Response.Headers["Preference-Applied"] = $"wait={waitSeconds}";
            await WaitForEnd(job.Id, waitSeconds, database, running, clock, cancellation);
            using var db = database.Read();
            job = Find(db, job.Id.ToString())!;
            if (job.HasEnded)
                return TypedResults.Ok(TrainingJobResponse.Of(job, clock));
        }

        context.Response.Headers.RetryAfter = "1";
        return TypedResults.Accepted($"/api/v1/training-jobs/{job.Id}", TrainingJobResponse.Of(job, clock));
    }

    private static async Task WaitForEnd(Guid id, int seconds, Database database, RunningJobs running, TimeProvider clock, CancellationToken cancellation)
    {
        var deadline = Task.Delay(TimeSpan.FromSeconds(seconds), clock, cancellation);
        while (!deadline.IsCompleted)
        {
            var ended = running.WhenEnded(id); // asked for before the row is looked at, or an end in between is missed
            using (var db = database.Read())
                if (Find(db, id.ToString()) is not { HasEnded: false })
                {
                    running.SignalEnd(id); // the run may have ended before it was asked for: nobody else would clear that away
                    return;
                }

            await Task.WhenAny(ended, deadline);
        }
    }

    // RFC 7240: Prefer: wait=20
    private static int WaitSeconds(HttpRequest request)
    {
        foreach (var preference in request.Headers["Prefer"].SelectMany(value => (value ?? "").Split(',', ';', StringSplitOptions.TrimEntries)))
            if (preference.StartsWith("wait=", StringComparison.OrdinalIgnoreCase) && int.TryParse(preference.AsSpan(5), out var seconds))
                return Math.Clamp(seconds, 0, MaxWaitSeconds);
        return 0;
    }

    private static Page<TrainingJobResponse> List(PageQuery page, HttpRequest request, Database database, TimeProvider clock)
    {
        using var db = database.Read();
        var query = db.TrainingJobs.Include(job => job.Transitions).Where(job => job.Number < page.Before);
        if (Filter(request, "state") is { } stateName)
        {
            if (!Enum.TryParse<JobState>(stateName, ignoreCase: true, out var state) || !Enum.IsDefined(state) || char.IsAsciiDigit(stateName[0]))
                throw Refusal.Exception(400, $"\"{stateName}\" is no state. Known: {string.Join(", ", Enum.GetNames<JobState>().Select(JsonNamingPolicy.CamelCase.ConvertName))}.");
            query = query.Where(job => job.State == state);
        }

        if (Filter(request, "dataset") is { } dataset)
            query = query.Where(job => job.DatasetName == dataset);
        if (Filter(request, "network") is { } network)
            query = query.Where(job => job.NetworkName == network);
        if (Filter(request, "model") is { } model)
            query = query.Where(job => job.ModelName == model);
        var rows = query.OrderByDescending(job => job.Number).Take(page.Limit + 1).ToList();
        return page.Of(rows, job => job.Number, job => TrainingJobResponse.Of(job, clock));
    }

    private static string? Filter(HttpRequest request, string name) => request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    private static IResult Get(string id, Database database, TimeProvider clock)
    {
        using var db = database.Read();
        return Find(db, id) is { } job ? TypedResults.Ok(TrainingJobResponse.Of(job, clock)) : Refusal.NotFound("training job", id);
    }

    private static IResult History(string id, HttpRequest request, Database database)
    {
        using var db = database.Read();
        if (Find(db, id) is not { } job)
            return Refusal.NotFound("training job", id);
        var (points, total) = JobHistory.Read(
            db, job.Number, QueryValue.Int(request, "from", 0, 0, int.MaxValue), QueryValue.Int(request, "maxPoints", int.MaxValue, 3, int.MaxValue));
        var isClassification = IsClassification(job);
        return request.GetTypedHeaders().Accept.Any(accepted => accepted.MediaType == MediaTypeNames.Text.Csv)
            ? TypedResults.Text(JobHistory.ToCsv(points, isClassification), "text/csv; charset=utf-8")
            : TypedResults.Ok(new HistoryResponse([.. points.Select(point => Describe(point, isClassification))], total));
    }

    private static IResult Chart(string id, Database database)
    {
        using var db = database.Read();
        if (Find(db, id) is not { } job)
            return Refusal.NotFound("training job", id);
        var (points, _) = JobHistory.Read(db, job.Number, 0, LossChart.MaxPoints);
        return TypedResults.Text(LossChart.Draw(points, $"Loss of {job.ModelName}"), "image/svg+xml; charset=utf-8");
    }

    private static async Task<IResult> Cancel(string id, Database database, RunningJobs running, TimeProvider clock, CancellationToken cancellation)
    {
        var job = await database.WriteAsync(
            db =>
            {
                var found = Find(db.TrainingJobs.Include(row => row.Transitions), id);
                if (found is { HasEnded: false })
                    found.Cancel(clock.GetUtcNow().UtcDateTime);
                return found;
            },
            cancellation);
        if (job is null)
            return Refusal.NotFound("training job", id);
        if (job.State != JobState.Cancelled)
            return Refusal.Conflict($"The job has {JsonNamingPolicy.CamelCase.ConvertName(job.State.ToString())} already; there is nothing to cancel.");
        running.Ask(job.Id, TrainingRequest.Cancel);
        running.SignalEnd(job.Id);
        return TypedResults.Accepted($"/api/v1/training-jobs/{job.Id}", TrainingJobResponse.Of(job, clock));
    }

    private static async Task<IResult> Delete(string id, Database database, CancellationToken cancellation) =>
        await database.WriteAsync<IResult>(
            db =>
            {
                if (Find(db.TrainingJobs, id) is not { } job)
                    return Refusal.NotFound("training job", id);
                if (!job.HasEnded)
                    return Refusal.Conflict("The job has not ended; cancel it first.");
                db.TrainingJobs.Remove(job);
                return TypedResults.NoContent();
            },
            cancellation);

    private static TrainingJob? Find(AppDbContext db, string id) => Find(db.TrainingJobs.Include(job => job.Transitions), id);

    private static TrainingJob? Find(IQueryable<TrainingJob> jobs, string id) =>
        id == LatestId ? jobs.OrderByDescending(job => job.Number).FirstOrDefault()
        : Guid.TryParse(id, out var guid) ? jobs.FirstOrDefault(job => job.Id == guid)
        : null;

    private static bool IsClassification(TrainingJob job) =>
        JsonSerializer.Deserialize<TrainingConfiguration>(job.Configuration, SpecJson.Options)!.Task != TaskKind.Regression;

    private static HistoryPointResponse Describe(HistoryPoint point, bool isClassification) => new(
        point.Epoch,
        point.Step,
        point.TrainLoss,
        point.ValidationLoss,
        point.LearningRate,
        new Dictionary<string, double?>
        {
            [isClassification ? "trainAccuracy" : "trainR2"] = point.TrainScore,
            [isClassification ? "validationAccuracy" : "validationR2"] = point.ValidationScore,
        },
        point.ElapsedSeconds);
}
