using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Api.Storage;

namespace NnService.Api.Studies;

/// <summary>Deletes ended studies, their jobs and the models of their trials; what the study has kept stays.</summary>
internal sealed class DeleteStudy(Database database, CheckpointStore checkpoints, ModelStore models)
{
    /// <summary>The answer to a request.</summary>
    public async Task<IResult> AnswerAsync(string id, CancellationToken cancellation)
    {
        if (Find(id).IsRefused(out var refusal, out var found))
            return refusal;
        var deleted = await database.WriteFromReserveAsync(db => Delete(db, found), cancellation);
        if (deleted.IsRefused(out refusal, out var gone))
            return refusal;
        foreach (var job in gone.Jobs)
            checkpoints.Forget(job);
        foreach (var version in gone.Versions)
            models.Deleted(gone.Model, version);
        return TypedResults.NoContent();
    }

    // Before the write, in which nobody else could: lineages can be large, and stand behind the parameters. No version is added once all jobs have ended.
    private Outcome<Found> Find(string id)
    {
        using var db = database.Read();
        if (Ended(db, id).IsRefused(out var refusal, out var study))
            return refusal;
        HashSet<Guid?> jobs = [.. db.TrialsOf(study).Select(trial => trial.JobId)]; // some may have been deleted before
        jobs.Remove(null);
        return new Found(
            study.Id,
            [
                .. ModelStore.Brief(ModelStore.Versions(db, study.TrialModelName, null)).AsEnumerable() // one at a time
                    .Where(row => jobs.Contains(ModelLineage.Stored(row).JobId)).Select(row => row.Number),
            ]);
    }

    private static Outcome<Study> Ended(AppDbContext db, string id)
    {
        if (db.FindStudy(id) is not { } study)
            return Refusal.NotFound("study", id);
        if (!study.HasEnded)
            return Refusal.Conflict("The study has not ended; cancel it first.");
        return db.TrainingJobs.Any(job => job.StudyId == study.Id && job.EndedAt == null)
            ? Refusal.Conflict("A job of the study has not ended; cancel it first.")
            : study;
    }

    private static Outcome<Gone> Delete(AppDbContext db, Found found)
    {
        if (Ended(db, found.Study.ToString()).IsRefused(out var refusal, out var study))
            return refusal;
        var (numbers, model) = (found.Versions, study.TrialModelName);
        var going = db.ModelVersions.Where(row => EF.Parameter(numbers).Contains(row.Number) && !db.ModelAliases.Any(alias => alias.VersionNumber == row.Number));
        int[] versions = [.. going.Select(row => row.Version)];
        if (versions.Length > 0 && db.Needs.WhoStartsFrom(model) is { } who)
            return Refusal.Conflict(
                $"{who} has not ended and starts from model \"{model}\", which goes with the study. Wait for it, or cancel it first.");
        db.News.Models = true;
        going.ExecuteDelete();
        db.Models.Where(row => row.Name == model && !db.ModelVersions.Any(version => version.ModelNumber == row.Number)).ExecuteDelete();
        var jobs = db.TrainingJobs.Where(job => job.StudyId == study.Id);
        Guid[] ids = [.. jobs.Select(job => job.Id)];
        jobs.ExecuteDelete();
        db.Studies.Remove(study);
        return new Gone(ids, model, versions);
    }

    // The versions are those that its jobs have trained; others may have replaced some since.
    private sealed record Found(Guid Study, long[] Versions);

    private sealed record Gone(Guid[] Jobs, string Model, int[] Versions);
}
