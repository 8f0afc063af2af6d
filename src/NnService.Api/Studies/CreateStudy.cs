using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Studies.Planning;
using NnService.Api.Studies.Running;
using NnService.Api.Studies.Watching;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine.Specs;

namespace NnService.Api.Studies;

/// <summary>Takes a study in: thinks it through, saves it with its trials, and has it begun.</summary>
internal sealed class CreateStudy(
    NewStudies plans, CreateTrainingJob jobs, Database database, StudyControl control, LongRequests requests, TrainingThreads threads, StudyClock clock)
{
    /// <summary>The saved study.</summary>
    public async Task<Outcome<StudyResponse>> RunAsync(StudyRequest asked, CancellationToken cancellation)
    {
        if ((await requests.RunAsync(() => plans.Of(asked), cancellation)).IsRefused(out var refusal, out var made))
            return refusal;
        var saved = await database.WriteAsync<Outcome<StudyResponse>>(
            db =>
            {
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
                db.SaveChanges();
                return StudyAnswers.Of(db, study, clock);
            },
            cancellation);
        if (!saved.IsRefused(out _, out _))
            control.Tell();
        return saved;
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
