using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Studies.Planning;
using NnService.Api.Studies.Watching;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine.Specs;

namespace NnService.Api.Studies;

/// <summary>Takes a study in: thinks it through, saves it with its trials, and has it begun.</summary>
internal sealed class CreateStudy(
    NewStudies plans, CreateTrainingJob jobs, Database database, LongRequests requests, TrainingThreads threads, StudyClock clock)
{
    /// <summary>The saved study; of a key that has made one already, that one.</summary>
    /// <param name="asked">What to do.</param>
    /// <param name="key">The caller's Idempotency-Key; null: none.</param>
    /// <param name="cancellation">Ends it before the study is saved.</param>
    public async Task<Outcome<StudyResponse>> RunAsync(StudyRequest asked, string? key, CancellationToken cancellation)
    {
        var requestSha256 = key is null ? "" : IdempotencyKey.HashOf(asked);
        if (key is not null)
            using (var db = database.Read())
                if (OfKey(db) is { } first)
                    return first; // before anything else is looked at: the dataset may be gone by now, and the first answer is still the right one
        if ((await requests.RunAsync(() => plans.Of(asked), cancellation)).IsRefused(out var refusal, out var made))
            return refusal;
        return await database.WriteAsync<Outcome<StudyResponse>>(
            db =>
            {
                if (OfKey(db) is { } first)
                    return first; // made at the same instant
                var study = made.Study;
                if (db.Studies.Any(there => there.Name == study.Name))
                    return Refusal.Conflict("#/name", $"There is a study \"{study.Name}\". Choose another name, or delete it first.");
                if (made.Sources.WhyGone(db, made.Request.Job!) is { } gone)
                    return gone;
                db.Studies.Add(study);
                db.SaveChanges(); // its number is needed
                for (var trial = 0; trial < made.Parameters.Count; trial++)
                    db.StudyTrials.Add(new StudyTrial { StudyNumber = study.Number, Trial = trial, Parameters = made.Parameters[trial] });
                StudyLog.State(db, study, study.CreatedAt);
                if (key is not null)
                    IdempotencyKey.Remember(db, key, requestSha256, study.Number, study.CreatedAt);
                db.SaveChanges();
                return StudyAnswers.Of(db, study, clock);
            },
            cancellation);

        Outcome<StudyResponse>? OfKey(AppDbContext db) =>
            key is null
            || IdempotencyKey.Find(db, key, requestSha256, clock.Now.Utc, "study", number => db.Studies.FirstOrDefault(row => row.Number == number)) is not { } known ? null
            : known.IsRefused(out var why, out var study) ? why : StudyAnswers.Of(db, study, clock);
    }

    /// <summary>What the study would do, and what it would take; nothing is saved.</summary>
    public async Task<Outcome<StudyValidationResponse>> ValidateAsync(StudyRequest asked, CancellationToken cancellation)
    {
        if ((await requests.RunAsync(() => plans.Of(asked), cancellation)).IsRefused(out var refusal, out var made)
            || (await jobs.ValidateAsync(made.First, cancellation)).IsRefused(out refusal, out var first))
            return refusal;
        var request = made.Request;
        var whole = made.Study.Trials * ShareOfEpochs(request, made.Study.Trials, first.Configuration.Epochs!.Value)
            + (request.Keep == StudyKeep.Refit ? request.Folds!.Value / (request.Folds.Value - 1.0) : 0);
        var seconds = first.Seconds * whole / Math.Min(threads.Jobs, made.Study.Trials);
        return new StudyValidationResponse(
            JsonNode.Parse(made.Study.Request)!,
            [.. made.Parameters.Select((parameters, trial) => TrialResponse.Of(new StudyTrial { Trial = trial, Parameters = parameters }))],
            made.Study.Trials + (request.Keep == StudyKeep.Refit ? 1 : 0),
            first.MemoryBytes,
            Math.Min(seconds, request.MaxSeconds ?? double.MaxValue),
            JsonSerializer.Deserialize<IReadOnlyList<string>>(made.Study.Warnings, SpecJson.Options)!);
    }

    // Of successive halving, what share of all epochs is trained.
    private static double ShareOfEpochs(StudyRequest request, int trials, int epochs)
    {
        if (request.Method != SearchMethod.SuccessiveHalving)
            return 1;
        var (trained, before, left) = (0.0, 0, trials);
        foreach (var rung in HalvingRungs.Of(request.MinEpochs!.Value, request.Eta!.Value, epochs))
        {
            trained += (double)left * (rung - before);
            (before, left) = (rung, HalvingRungs.Survivors(left, request.Eta.Value));
        }

        return (trained + ((double)left * (epochs - before))) / ((double)trials * epochs);
    }
}
