using Microsoft.AspNetCore.Http.HttpResults;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.Limits;
using NnService.Api.Studies.Folds;
using NnService.Api.Studies.Running;
using NnService.Api.Studies.Watching;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Watching;
using NnService.Engine.Specs;

namespace NnService.Api.Studies;

internal static class StudyEndpoints
{
    private const string CreateHelp =
        "`search` draws settings for each trial (any field of the job, by its JSON pointer) and keeps the best; with `successiveHalving` only the better part of "
        + "the trials goes on after few epochs. `crossValidation` tests each row by a model that has not seen it. Each trial or fold is a training job, and shows "
        + "`study` and `trial`. The same study gives the same trials and the same winner, whatever the order in which jobs end. "
        + "With the header `Idempotency-Key`, the same request sent again within a day answers with the study it has made the first time, "
        + "or 409 where that was deleted. "
        + "With `?validateOnly=true` nothing is started: the answer is 200 with the number of trials, memory, time and warnings.";

    public static void MapStudies(this RouteGroupBuilder api)
    {
        var studies = api.MapGroup("/studies").WithTags("Studies");
        studies.MapPost("", Create).RequireScope(Scope.Write)
            .Describe("Start a study: many trainings for one question", CreateHelp)
            .Named("startStudy")
            .With(new QueryParameter("validateOnly", "`true`: think the study through and start nothing.", null) { Form = ValueForm.Flag })
            .With(IdempotencyKey.Header)
            .TakesJson<StudyRequest>(("a search", StudyExamples.Search), ("a cross-validation", StudyExamples.CrossValidation))
            .Returns<StudyAnswer>(202).Returns<StudyAnswer>(200)
            .ReturnsLocation(202).ReturnsHeader("Retry-After", "Seconds after which to look at the study.", 202)
            .Refuses(400, 409, 415, 422, 429);
        studies.MapGet("", List).RequireScope(Scope.Read).Describe("List studies, newest first", "Without their configurations and trials.").Named("listStudies")
            .With(PageQuery.Parameters).Returns<Page<StudyResponse>>(200);
        ById(studies.MapGet("/{id}", Get)).RequireScope(Scope.Read).Describe("Show a study", "Its trials, the best one, and what has come of it.")
            .Named("getStudy").Returns<StudyResponse>(200);
        ById(studies.MapGet("/{id}/trials", Trials)).RequireScope(Scope.Read)
            .Describe("List the trials of a study by their numbers", "As text/csv where `Accept` asks for it: all of them unless `limit` or `cursor` say otherwise, with a column for each parameter.")
            .Named("listTrials").With(PageQuery.Parameters)
            .Returns<Page<TrialResponse>>(200, "application/json", "text/csv").ReturnsHeader("Content-Disposition", "What the file is called, of a CSV.", 200);
        ById(studies.MapGet("/{id}/predictions", Predictions)).RequireScope(Scope.Read)
            .Describe(
                "Take the out-of-fold predictions of a cross-validation away",
                "A line for each row (counted from 0) and repeat, with what it is and what a model that has not seen it says. 409 before all folds have ended.")
            .Named("getOutOfFoldPredictions").Returns(200, "text/csv").ReturnsHeader("Content-Disposition", "What the file is called.", 200).Refuses(409, 429);
        ById(studies.MapGet("/{id}/events", Events)).RequireScope(Scope.Read).EndsWithKey()
            .Describe(
                "Watch a study",
                "Server-Sent Events: `trial` where a trial's job is made, is let go on or has ended, with the number of the best so far; `state`, and `done`, after which "
                + "the stream ends; an ended study replays everything. 204 where `Last-Event-ID` is that of `done`. "
                + "An id beyond what has happened, as after a restored backup, has everything replayed.")
            .Named("watchStudy")
            .With(new HeaderParameter("Last-Event-ID", "Replay from after this event: the last one that was received."))
            .With(new QueryParameter("lastEventId", "Replay from after this event; for callers that cannot send the header `Last-Event-ID`.", null))
            .Returns(200, "text/event-stream").Returns(204).Refuses(400);
        Moves("cancel", "cancelStudy", (control, id, cancellation) => control.CancelAsync(id, cancellation), "Cancel a study", "Its jobs are cancelled; no model is kept.");
        Moves("stop", "stopStudy", (control, id, cancellation) => control.StopAsync(id, cancellation), "Stop a study early",
            "Jobs under way are stopped with what they have learned; the best so far is kept.");
        Moves("pause", "pauseStudy", (control, id, cancellation) => control.PauseAsync(id, cancellation), "Hold a study", "With all its jobs.");
        Moves("resume", "resumeStudy", (control, id, cancellation) => control.ResumeAsync(id, cancellation), "Go on with a paused study", "With all its jobs.");
        ById(studies.MapDelete("/{id}", (string id, DeleteStudy delete, CancellationToken cancellation) => delete.AnswerAsync(id, cancellation))).RequireScope(Scope.Write)
            .Describe(
                "Delete an ended study, its jobs and the models of its trials",
                "The model that it has kept stays, and a trial's that an alias stands for. 409 while a job or a study that has not ended starts from a trial's model.")
            .Named("deleteStudy").Returns(204).Refuses(409);

        void Moves(string verb, string operation, Func<StudyControl, string, CancellationToken, Task<IResult>> move, string summary, string description) =>
            ById(studies.MapPost($"/{{id}}/{verb}", (string id, StudyControl control, CancellationToken cancellation) => move(control, id, cancellation)))
                .RequireScope(Scope.Write).Describe(summary, description).Named(operation).Returns<StudyResponse>(202).ReturnsLocation(202).Refuses(409);
    }

    private static RouteHandlerBuilder ById(RouteHandlerBuilder endpoint) =>
        endpoint.PathExample("id", JobLookup.Latest, "The study's id, or `latest`.").Refuses(404);

    private static async Task<IResult> Create(Body<StudyRequest> body, HttpContext context, CreateStudy create, CancellationToken cancellation)
    {
        if (QueryValue.Flag(context.Request, "validateOnly"))
            return (await create.ValidateAsync(body.Value, cancellation)).Answer(TypedResults.Ok);
        if ((await create.RunAsync(body.Value, IdempotencyKey.Of(context.Request), cancellation)).IsRefused(out var refusal, out var study))
            return refusal;
        context.Response.Headers.RetryAfter = "1";
        return TypedResults.Accepted($"/api/v1/studies/{study.Id}", study);
    }

    private static Ok<Page<StudyResponse>> List(PageQuery page, Database database, StudyClock clock)
    {
        using var db = database.Read();
        var rows = db.StudySummaries().Where(study => study.Number < page.Before).OrderByDescending(study => study.Number).Take(page.Limit + 1).ToList();
        var answers = StudyAnswers.SummariesOf(db, rows, clock).ToDictionary(answer => answer.Id);
        return TypedResults.Ok(page.Of(rows, study => study.Number, study => answers[study.Id]));
    }

    private static IResult Get(string id, Database database, StudyClock clock)
    {
        using var db = database.Read();
        return db.FindStudy(id) is { } study ? TypedResults.Ok(StudyAnswers.Of(db, study, clock)) : Refusal.NotFound("study", id);
    }

    private static IResult Trials(string id, PageQuery page, HttpRequest request, Database database)
    {
        using var db = database.Read();
        if (db.FindStudy(id) is not { } study)
            return Refusal.NotFound("study", id);
        if (Acceptable.PrefersCsv(request))
        {
            var isPage = request.Query.ContainsKey("limit") || request.Query.ContainsKey("cursor");
            return new TrialsCsv(StudyAnswers.TrialsOf(db, study, isPage ? [.. PageOf(page.Limit)] : db.TrialsOf(study).ToList()), study.Name);
        }

        var rows = PageOf(page.Limit + 1).ToList();
        return TypedResults.Ok(page.Of(StudyAnswers.TrialsOf(db, study, rows), trial => study.Trials - trial.Number, trial => trial));

        // Cursors count down, trials up.
        IQueryable<StudyTrial> PageOf(int most)
        {
            var after = page.Before == long.MaxValue ? -1 : study.Trials - page.Before;
            return db.TrialsOf(study).Where(trial => trial.Trial > after).Take(most);
        }
    }

    private static IResult Predictions(string id, Database database, OutOfFold outOfFold, LongAnswers answers)
    {
        using var db = database.Read();
        if (db.FindStudy(id) is not { } study)
            return Refusal.NotFound("study", id);
        if (study.Kind != StudyKind.CrossValidation)
            return Refusal.Conflict("The study is a search; out-of-fold predictions are those of a cross-validation.");
        if (!study.HasEnded)
            return Refusal.Conflict("The study has not ended; ask again when it has.");
        return answers.Of(() => outOfFold.Of(study, out var why) is { } folds
            ? new OutOfFoldCsv(folds, StudyView.RequestOf(study).Folds!.Value, study.Name)
            : Refusal.Conflict($"There are no out-of-fold predictions of all rows. {why}"));
    }

    private static async Task<IResult> Events(
        string id, HttpContext context, Database database, JobFeeds feeds, TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        var last = context.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } header ? header : context.Request.Query["lastEventId"].ToString();
        Study study;
        long from;
        using (var db = database.Read())
        {
            if (db.FindStudy(id) is not { } found)
                return Refusal.NotFound("study", id);
            if (StudyEventStream.Parse(last) is not { } told)
                return Refusal.Result(400, $"\"{Echo.Cut(last)}\" is no id of an event of this stream; leave Last-Event-ID out to have everything.");
            if (StudyEventStream.From(db, found, told) is not { } after)
                return TypedResults.NoContent(); // which tells an EventSource not to come back
            (study, from) = (found, after);
        }

        context.Response.ContentType = "text/event-stream";
        context.Response.Headers["X-Accel-Buffering"] = "no"; // a proxy must not collect them
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        using var listener = feeds.Listen(study.Id);
        try
        {
            await new StudyEventStream(study, database, listener, context.Response).WriteAsync(from, clock, gone.Token);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
        }

        return TypedResults.Empty;
    }
}
