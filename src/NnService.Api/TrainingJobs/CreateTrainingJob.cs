using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>Takes a job in: thinks its configuration through and saves it. The queue hears of it with the commit.</summary>
internal sealed class CreateTrainingJob(
    Database database, NewPlans plans, RunPlans ofRuns, TrainingThreads threads, TimeProvider clock, JobLimits limits,
    LongRequests requests, MemoryBudget memory)
{
    private const long QuickTableBytes = 1 << 20;
    private const int MostQuickFolds = 20; // of groups, which are each compared with all of them

    /// <summary>The saved job; of a key that has made one already, that one.</summary>
    /// <param name="asked">What to do.</param>
    /// <param name="key">The caller's Idempotency-Key; null: none.</param>
    /// <param name="cancellation">Ends it before the job is saved.</param>
    /// <param name="why">The reason of its first transition.</param>
    public async Task<Outcome<TrainingJob>> RunAsync(TrainingConfiguration asked, string? key, CancellationToken cancellation, string why = "created")
    {
        var requestSha256 = key is null ? "" : IdempotencyKey.HashOf(asked);
        if (key is not null)
            using (var db = database.Read())
                if (IdempotencyKey.FindJob(db, key, requestSha256, Now) is { } first)
                    return first; // before anything else is looked at: the dataset may be gone by now, and the first answer is still the right one

        var made = IsQuick(asked) ? Make(asked, null, why) : await requests.RunAsync(() => Make(asked, null, why), cancellation);
        if (made.IsRefused(out var refusal, out var unsaved))
            return refusal;
        var (job, plan) = unsaved;
        return await database.WriteAsync(
            db => key is null ? Add(db, job, plan)
                : IdempotencyKey.FindJob(db, key, requestSha256, Now) ?? Add(db, job, plan, key, requestSha256),
            cancellation);
    }

    /// <summary>The same of a study's job, planned on the caller's thread.</summary>
    /// <param name="asked">What to do.</param>
    /// <param name="place">Its place in the study.</param>
    /// <param name="attach">Notes the job in the study's rows, within the same write; false: the study has no use for it any more.</param>
    /// <returns>Null where it was not wanted any more.</returns>
    public async Task<Outcome<TrainingJob>?> RunAsync(TrainingConfiguration asked, StudyPlace place, Func<AppDbContext, TrainingJob, bool> attach)
    {
        if (Make(asked, place).IsRefused(out var refusal, out var unsaved))
            return refusal;
        var (job, plan) = unsaved;
        return await database.WriteAsync<Outcome<TrainingJob>?>(
            db =>
            {
                var added = Add(db, job, plan);
                if (added.IsRefused(out _, out _) || attach(db, job))
                    return added;
                db.ChangeTracker.Clear();
                return null;
            },
            CancellationToken.None);
    }

    // Planned in milliseconds: of such jobs any number may be posted at once.
    private bool IsQuick(TrainingConfiguration asked)
    {
        if (asked.InitialModel is not null || asked.Split is { GroupBy: not null, Folds: > MostQuickFolds })
            return false;
        using var db = database.Read();
        return db.Datasets.Where(dataset => dataset.Name == asked.Dataset)
            .Select(dataset => dataset.Bytes).FirstOrDefault() <= QuickTableBytes;
    }

    private Outcome<(TrainingJob Job, NewPlan Plan)> Make(TrainingConfiguration asked, StudyPlace? place, string why = "created")
    {
        if (plans.Of(asked).IsRefused(out var refusal, out var made))
            return refusal;
        var (plan, _, _, dataset, _, warnings) = made;
        var job = new TrainingJob
        {
            Id = Guid.CreateVersion7(),
            Priority = plan.Configuration.Priority!.Value,
            DatasetName = dataset.Name,
            NetworkName = plan.Configuration.Network!.Name,
            InitialModelName = plan.Configuration.InitialModel?.Name,
            ModelName = plan.Configuration.Model!,
            Configuration = JsonSerializer.Serialize(plan.Configuration, SpecJson.Options),
            NetworkSpec = JsonSerializer.Serialize(plan.Network, SpecJson.Options),
            Warnings = JsonSerializer.Serialize(warnings, SpecJson.Options),
            CreatedAt = Now,
            Epochs = checked(plan.Configuration.Epochs!.Value * plan.Networks.Count),
            StudyId = place?.StudyId,
            Trial = place?.Trial,
        };
        job.Create(place?.HoldsAfter, why);
        return (job, made);
    }

    /// <summary>What the job would do, and what it would take; nothing is saved.</summary>
    public Task<Outcome<TrainingValidationResponse>> ValidateAsync(TrainingConfiguration asked, CancellationToken cancellation) =>
        requests.RunAsync(() => Validate(asked), cancellation);

    private Outcome<TrainingValidationResponse> Validate(TrainingConfiguration asked)
    {
        if (plans.Of(asked).IsRefused(out var refusal, out var made))
            return refusal;
        var (plan, table, needed, _, _, warnings) = made;
        // Some of its steps are tried out
        using var taken = memory.Reserve(needed.Bytes, StatusCodes.Status409Conflict, "Take fewer units, a smaller batch or table");
        var estimate = JobEstimate.Of(plan, table, needed, threads);
        return new TrainingValidationResponse(
            plan.Configuration, plan.Networks.Sum(network => network.ParameterCount), estimate.MemoryBytes, estimate.Seconds, warnings);
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private Outcome<TrainingJob> Add(AppDbContext db, TrainingJob job, NewPlan plan, string key, string requestSha256)
    {
        if (Add(db, job, plan).IsRefused(out var refusal, out _))
            return refusal;
        db.SaveChanges(); // the job's number is needed
        IdempotencyKey.Remember(db, key, requestSha256, job.Number, job.CreatedAt);
        return job;
    }

    // The rows that the job was planned with may be gone when it is saved. Another dataset or version may have their names by then.
    private Outcome<TrainingJob> Add(AppDbContext db, TrainingJob job, NewPlan plan)
    {
        if (!db.Datasets.Any(dataset => dataset.Number == plan.Dataset.Number))
            return Refusal.Result(409, $"Dataset \"{job.DatasetName}\" was deleted while the job was being made.", "#/dataset");
        if (plan.InitialModel is { } start && !db.ModelVersions.Any(row => row.Number == start.Number))
            return Refusal.Result(409, $"Model \"{job.InitialModelName}\" was deleted while the job was being made.", "#/initialModel");
        if (db.TrainingJobs.Count(queued => queued.State == JobState.Queued) >= limits.MostQueued)
            return Refusal.Result(429, $"{limits.MostQueued:N0} jobs are waiting, the limit Training:MaxQueuedJobs. Try again when some have ended.");
        db.TrainingJobs.Add(job);
        ofRuns.Keep(job, plan); // before the commit, with which a run may begin
        return job;
    }
}
