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
        var deleted = await database.WriteFromReserveAsync<Outcome<Gone>>(
            db =>
            {
                if (db.FindStudy(id) is not { } study)
                    return Refusal.NotFound("study", id);
                if (!study.HasEnded)
                    return Refusal.Conflict("The study has not ended; cancel it first.");
                var jobs = db.TrainingJobs.Where(job => job.StudyId == study.Id);
                if (jobs.Any(job => job.EndedAt == null))
                    return Refusal.Conflict("A job of the study has not ended; cancel it first.");
                Guid[] ids = [.. jobs.Select(job => job.Id)];
                var versions = VersionsOf(db, study, [.. ids]);
                if (versions.Count > 0 && db.Needs.WhoStartsFrom(study.TrialModelName) is { } who)
                    return Refusal.Conflict(
                        $"{who} has not ended and starts from model \"{study.TrialModelName}\", which goes with the study. "
                            + "Wait for it, or cancel it first.");
                Delete(db, study.TrialModelName, [.. versions.Select(version => version.Number)]);
                jobs.ExecuteDelete();
                db.Studies.Remove(study);
                return new Gone(ids, study.TrialModelName, [.. versions.Select(version => version.Version)]);
            },
            cancellation);
        if (deleted.IsRefused(out var refusal, out var gone))
            return refusal;
        foreach (var job in gone.Jobs)
            checkpoints.Forget(job);
        foreach (var version in gone.Versions)
            models.Deleted(gone.Model, version);
        return TypedResults.NoContent();
    }

    // Those that its jobs have trained, which others may have replaced since, but for those that an alias stands for.
    private static List<(long Number, int Version)> VersionsOf(AppDbContext db, Study study, HashSet<Guid> jobs)
    {
        var versions = ModelStore.Versions(db, study.TrialModelName, null).Where(row => !db.ModelAliases.Any(alias => alias.VersionNumber == row.Number));
        return
        [
            .. ModelStore.Brief(versions).AsEnumerable() // one at a time: a lineage can be large
                .Where(row => ModelLineage.Stored(row).JobId is { } job && jobs.Contains(job)).Select(row => (row.Number, row.Version)),
        ];
    }

    private static void Delete(AppDbContext db, string model, long[] versions)
    {
        db.News.Models = true;
        db.ModelVersions.Where(row => EF.Parameter(versions).Contains(row.Number)).ExecuteDelete();
        db.Models.Where(row => row.Name == model && !db.ModelVersions.Any(version => version.ModelNumber == row.Number)).ExecuteDelete();
    }

    private sealed record Gone(Guid[] Jobs, string Model, int[] Versions);
}
