using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Models.Explanations;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs.Comparisons;
using NnService.Api.TrainingJobs.Lists;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Running;
using NnService.Api.TrainingJobs.Watching;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

internal static class TrainingJobEndpoints
{
    public static void MapTrainingJobs(this RouteGroupBuilder api)
    {
        var jobs = api.MapGroup("/training-jobs").WithTags("Training jobs");
        jobs.MapPost("", Create).RequireScope(Scope.Write)
            .Describe(
                "Start a training",
                "Answers 202 at once and trains in the background. Everything but dataset and target may be left out. "
                + "The header `Prefer: wait=20` holds the answer until the job ends or the time is up. "
                + "With the header `Idempotency-Key`, the same request sent again within a day answers with the job it has made the first time, "
                + "or 409 where that was deleted. "
                + "With `?validateOnly=true` nothing is started: the answer is 200 with the configuration in full, parameterCount, memoryBytes, "
                + "seconds and warnings.\n\n" + TrainingFields.Help)
            .Named("startTraining")
            .With(new QueryParameter("validateOnly", "`true`: think the job through and start nothing.", null) { Form = ValueForm.Flag })
            .With(s_wait, IdempotencyKey.Header)
            .TakesJson<TrainingConfiguration>(("every number given", TrainingJobExamples.Job), ("in short", TrainingJobExamples.Brief))
            .Returns<TrainingAnswer>(202).Returns<TrainingAnswer>(200)
            .ReturnsLocation(202).ReturnsHeader("Retry-After", "Seconds after which to look at the job.", 202)
            .ReturnsHeader("Content-Location", "The path of the job, where its end was waited for.", 200)
            .ReturnsHeader("Preference-Applied", "How long was waited: `wait=20`.", 200, 202)
            .Refuses(400, 409, 415, 422, 429);
        jobs.MapGet("", List).RequireScope(Scope.Read)
            .Describe(
                "List training jobs, newest first or in another order",
                "Without their configurations, and without confusion matrices and figures of each label where there are more than 20 labels, "
                + "unless `fields` asks for them.")
            .Named("listTrainingJobs")
            .With(PageQuery.Parameters).With(JobFilter.Parameters)
            .With(
                new QueryParameter(
                    "sort",
                    "`createdAt`, `trainLoss`, `validationLoss` or a metric as `test.accuracy`; with `-` in front from the largest down. "
                        + "Left out: `-createdAt`.",
                    null),
                new QueryParameter("fields", "Only these members of each job, separated by commas, as `id,state,metrics.test.accuracy`.", null))
            .Returns<Page<TrainingJobItem>>(200).Refuses(400, 429);
        ById(jobs.MapGet("/{id}", Get)).RequireScope(Scope.Read).Describe("Show a training job", "Where it is, what it does, and once it has succeeded how good its model is.")
            .Named("getTrainingJob").Returns<TrainingJobResponse>(200);
        ById(jobs.MapGet("/{id}/history", History)).RequireScope(Scope.Read)
            .Describe("Show the loss history", "Also while it runs; as text/csv where `Accept` asks for it.")
            .Named("getTrainingHistory")
            .With(
                new QueryParameter("from", "The first epoch wanted.", "0") { Form = ValueForm.Whole(0) },
                new QueryParameter("maxPoints", "Points at the most: thinned evenly, and the first, the last and the best stay.", "20")
                {
                    Form = ValueForm.Whole(3),
                })
            .Returns<HistoryResponse>(200, "application/json", "text/csv").ReturnsHeader("Content-Disposition", "What the file is called, of a CSV.", 200).Refuses(400, 429);
        ById(jobs.MapGet("/{id}/loss.svg", Chart)).RequireScope(Scope.Read).Describe("See the loss curve", "Also while it runs.").Named("getLossCurve")
            .ReturnsFile(200, LossChart.MediaType).WithMetadata(new AnswerExample(200, LossChart.MediaType, TrainingJobExamples.Chart)).Refuses(429);
        ById(jobs.MapGet("/{id}/events", Events)).RequireScope(Scope.Read).EndsWithKey()
            .Describe(
                "Watch a training",
                "Server-Sent Events: `history` with the points as they come, `state`, and `done`, after which the stream ends; "
                + "an ended job replays everything. 204 where `Last-Event-ID` is that of `done`: nothing is left to be told. "
                + "An id beyond what has happened, as after a restored backup, has everything replayed.")
            .Named("watchTraining")
            .With(new HeaderParameter("Last-Event-ID", "Replay from after this event: the last one that was received."))
            .With(new QueryParameter("lastEventId", "Replay from after this event; for callers that cannot send the header `Last-Event-ID`.", null))
            .Returns(200, "text/event-stream").Returns(204).Refuses(400);
        ById(jobs.MapPost("/{id}/trace", Trace)).RequireScope(Scope.Predict)
            .Describe("Take a job's network apart for one row",
                "At its latest checkpoint while it is under way, at its model once it has succeeded. "
                + "A running job that was asked about writes a checkpoint soon: ask again to see it move. "
                + ExplainEndpoints.TraceHelp)
            .Named("traceTraining")
            .TakesJson<TraceRequest>(ModelExamples.Trace).ReturnsTrace().Refuses(400, 406, 409, 415, 429);
        Moves("cancel", "cancelTraining", (control, id, cancellation) => control.CancelAsync(id, cancellation), "Cancel a training", "Nothing is kept. Repeated: unchanged.");
        Moves("stop", "stopTraining", (control, id, cancellation) => control.StopAsync(id, cancellation),
            "Stop a training early",
            "The model is kept, of the best epoch so far where early stopping restores it, otherwise as it is; a job that has not started is cancelled.");
        Moves("pause", "pauseTraining", (control, id, cancellation) => control.PauseAsync(id, cancellation),
            "Hold a training", "It goes on from exactly there when it is resumed, also after a restart.");
        Moves("resume", "resumeTraining", (control, id, cancellation) => control.ResumeAsync(id, cancellation),
            "Go on with a paused training", "It waits for its turn in the queue first.");
        ById(jobs.MapDelete("/{id}", Delete)).RequireScope(Scope.Write)
            .Describe("Delete an ended training job and its history", "Its models stay. 409 for a job of a study that has not ended.")
            .Named("deleteTrainingJob")
            .Returns(204).Refuses(409);
        jobs.MapDelete("", DeleteSeveral).RequireScope(Scope.Write)
            .Describe(
                "Delete several ended training jobs and their histories",
                "Those that the filter lets through, at most 10,000 in a call. Jobs that have not ended or whose study has not are kept, "
                + "and so are all models.")
            .Named("deleteTrainingJobs")
            .With([.. JobFilter.Parameters.Select(filter => filter.Name == "state" ? filter with { Example = "failed" } : filter), Deletion.DryRun])
            .Returns<DeletionResponse>(200).Refuses(400);
        jobs.MapPost("/compare", Compare).RequireScope(Scope.Predict)
            .Describe(
                "Set jobs side by side",
                "Up to 20 of them: the settings that differ, losses and metrics, and, where the test rows are the same, "
                + "what each job's test metrics are above those of the first, with 95 % intervals that take the rows in pairs.")
            .Named("compareTrainingJobs")
            .TakesJson<ComparisonRequest>(TrainingJobExamples.Comparison).TakesLong().Returns<ComparisonResponse>(200).Refuses(400, 404, 409, 415, 429);
        jobs.MapOtherVerbs("/compare", "POST").RequireScope(Scope.Predict); // of a job called "compare" otherwise

        void Moves(string verb, string operation, Func<JobControl, string, CancellationToken, Task<IResult>> move, string summary, string description) =>
            ById(jobs.MapPost($"/{{id}}/{verb}", (string id, JobControl control, CancellationToken cancellation) => move(control, id, cancellation)).RequireScope(Scope.Write))
                .Describe(summary, description).Named(operation).Returns<TrainingJobResponse>(202).ReturnsLocation(202).Refuses(409);
    }

    /// <summary>What is asked of a model and done by a job.</summary>
    public static void MapVerifications(this RouteGroupBuilder api) =>
        VersionedRoutes.MapVersioned(path => api.MapPost($"/models{path}/verify", ModelVerification.AnswerAsync).RequireScope(Scope.Write), Verify, Verify, VerifyHelp, "verifyModel")
            .WithTags("Models").With(s_wait).Returns<VerificationResponse>(200).Returns<VerificationResponse>(202).ReturnsLocation(202)
            .Refuses(404, 409, 429);

    private static readonly HeaderParameter s_wait =
        new("Prefer", $"`wait=20` holds the answer until the job ends or so many seconds are over, at most {JobWaiter.MaxSeconds} (RFC 7240).");

    private const string Verify = "Train a version again and compare";

    private const string VerifyHelp =
        "A job of the same configuration on the same dataset; its model is compared by the SHA-256 of the weights and thrown away. "
        + "Answers when it has ended, or 202 after 300 seconds or those of `Prefer: wait=20`; the last transition of the job says then whether the weights are the same.";

    private static RouteHandlerBuilder ById(RouteHandlerBuilder endpoint) => endpoint.PathExample("id", JobLookup.Latest, "The job's id, or `latest`.")
        .Refuses(404);

    private static async Task<IResult> Create(
        Body<TrainingConfiguration> body, HttpContext context, CreateTrainingJob create, JobWaiter ends, CancellationToken cancellation)
    {
        if (QueryValue.Flag(context.Request, "validateOnly"))
            return (await create.ValidateAsync(body.Value, cancellation)).Answer(TypedResults.Ok);
        var waitSeconds = JobWaiter.WaitSeconds(context.Request, left: 0);
        var made = await create.RunAsync(body.Value, IdempotencyKey.Of(context.Request), cancellation);
        if (made.IsRefused(out var refusal, out var job))
            return refusal;
        if (waitSeconds > 0)
        {
            context.Response.Headers["Preference-Applied"] = $"wait={waitSeconds}";
            if (await ends.WaitAsync(job.Id, waitSeconds, cancellation) is not { } waited)
                return Refusal.NotFound("training job", job.Id.ToString());
            job = waited;
            if (job.HasEnded)
            {
                context.Response.Headers.ContentLocation = $"/api/v1/training-jobs/{job.Id}"; // nothing is made any more by the time it is answered
                return TypedResults.Ok(TrainingJobResponse.Of(job));
            }
        }

        context.Response.Headers.RetryAfter = "1";
        return TypedResults.Accepted($"/api/v1/training-jobs/{job.Id}", TrainingJobResponse.Of(job));
    }

    private static IResult List(HttpRequest request, Database database, LongAnswers answers)
    {
        var (filter, sort, fields, limit) = (JobFilter.Of(request), JobSort.Of(request), JobFields.Of(request), PageQuery.LimitOf(request));
        var after = JobCursor.Of(request, sort);
        using var db = database.Read();
        var list = JobList.Of(db, filter, sort, after, limit);
        if (fields is null)
            return TypedResults.Ok(new Page<TrainingJobResponse>([.. list.Summaries(db)], list.Next));
        var some = new JobFieldsResult(database, list, fields);
        return fields.NeedConfigurations ? answers.Of(() => some) : some;
    }

    private static IResult Get(string id, Database database)
    {
        using var db = database.Read();
        return db.FindJob(id) is { } job ? TypedResults.Ok(TrainingJobResponse.Of(job)) : Refusal.NotFound("training job", id);
    }

    private static IResult History(string id, HttpRequest request, Database database, LongAnswers answers)
    {
        using var db = database.Read();
        if (db.TrainingJobs.ById(id, job => new { job.Number, job.Id, job.ModelName, job.Configuration }) is not { } job)
            return Refusal.NotFound("training job", id);
        var from = QueryValue.Int(request, "from", 0, 0, int.MaxValue);
        var most = QueryValue.Int(request, "maxPoints", int.MaxValue, 3, int.MaxValue);
        var csvName = Acceptable.PrefersCsv(request) ? $"{job.ModelName}-{job.Id}-history.csv" : null;
        var result = new HistoryResult(database, job.Number, from, most, IsClassification(job.Configuration), csvName);
        return JobHistory.Count(db, job.Number) <= HistoryBlock.Capacity ? result : answers.Of(() => result);
    }

    private static async Task<IResult> Events(
        string id, HttpContext context, Database database, JobFeeds feeds, TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        if (database.LookAtJobs(jobs => jobs.ById(
            id, job => new { job.Id, job.Configuration, job.Epochs, HasEnded = job.EndedAt != null, Transitions = job.Transitions.Count })) is not { } job)
            return Refusal.NotFound("training job", id);
        var last = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : context.Request.Query["lastEventId"].ToString();
        if ((last.Length == 0 ? EventCursor.Start : EventCursor.Parse(last)) is not { } told)
            return Refusal.Result(400, $"\"{Echo.Cut(last)}\" is no id of an event of this stream; leave Last-Event-ID out to have everything.");
        if (JobEvents.From(told, job.HasEnded, job.Transitions, job.Epochs) is not { } from)
            return TypedResults.NoContent(); // which tells an EventSource not to come back

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // a proxy must not collect them
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var listener = feeds.Listen(job.Id);
        try
        {
            await new JobEvents(job.Id, IsClassification(job.Configuration), database, listener, context.Response).WriteAsync(from, clock, gone.Token);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
        }

        return TypedResults.Empty;
    }

    private static IResult Chart(string id, Database database, LongAnswers answers)
    {
        using var db = database.Read();
        if (db.TrainingJobs.ById(id, job => new { job.Number, job.ModelName, job.BestEpoch }) is not { } job)
            return Refusal.NotFound("training job", id);
        return JobHistory.Count(db, job.Number) <= HistoryBlock.Capacity ? Draw() : answers.Of(Draw);

        IResult Draw()
        {
            using var reading = database.Read();
            IReadOnlyList<HistoryPoint> points = [.. HistorySelection.Of(reading, job.Number, 0, LossChart.MaxPoints).Points(reading)];
            return TypedResults.Text(LossChart.Draw(points, $"Loss of {job.ModelName}", job.BestEpoch), $"{LossChart.MediaType}; charset=utf-8");
        }
    }

    private static async Task<IResult> Trace(
        string id, Body<TraceRequest> body, HttpRequest request, JobTrace trace, LongAnswers answers, CancellationToken cancellation) =>
        await trace.WaitAsync(id, cancellation) is { } job
            ? answers.Of(() => trace.Find(job).Answer(traced => TraceResult.Of(request, traced, body.Value)))
            : Refusal.NotFound("training job", id);

    private static async Task<IResult> Delete(string id, Database database, CheckpointStore checkpoints, CancellationToken cancellation)
    {
        var deleted = await database.WriteFromReserveAsync<Outcome<Guid>>(
            db =>
            {
                if (db.TrainingJobs.ById(id) is not { } job)
                    return Refusal.NotFound("training job", id);
                if (!job.HasEnded)
                    return Refusal.Conflict("The job has not ended; cancel it first.");
                if (job.StudyId is { } study && db.UnendedStudies().Contains(study))
                    return Refusal.Conflict($"The job belongs to study {study}, which has not ended; cancel the study first.");
                db.TrainingJobs.Remove(job);
                return job.Id;
            },
            cancellation);
        if (deleted.IsRefused(out var refusal, out var gone))
            return refusal;
        checkpoints.Forget(gone);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> DeleteSeveral(HttpRequest request, Database database, CheckpointStore checkpoints, CancellationToken cancellation)
    {
        var filter = JobFilter.Of(request);
        if (filter.IsEmpty)
            return new ProblemResult(Deletion.NoFilter("training jobs", JobFilter.Parameters));
        Guid[] gone = [];
        var answer = await Deletion.RunAsync(
            request,
            database,
            db => [.. filter.Apply(db.TrainingJobs).OrderBy(job => job.Number).Take(Deletion.MostItems)
                .Select(job => new { job.Number, job.Id, job.EndedAt, IsNeeded = job.StudyId != null && db.UnendedStudies().Contains(job.StudyId.Value) })
                .AsEnumerable()
                .Select(job => new Deletable(
                    job.Number,
                    job.Id.ToString(),
                    job.EndedAt is null ? "It has not ended; cancel it first."
                        : job.IsNeeded ? "It belongs to a study that has not ended; cancel the study first." : null))],
            (db, numbers) =>
            {
                var going = db.TrainingJobs.Where(job => EF.Parameter(numbers).Contains(job.Number));
                gone = [.. going.Select(job => job.Id)];
                going.ExecuteDelete();
            },
            cancellation);
        foreach (var id in gone)
            checkpoints.Forget(id); // after the commit
        return answer;
    }

    private static IResult Compare(Body<ComparisonRequest> body, JobComparison comparison) => comparison.Run(body.Value).Answer(TypedResults.Ok);

    private static bool IsClassification(string configuration) => StoredConfiguration.ConfigurationOf(configuration).Task != TaskKind.Regression;
}
