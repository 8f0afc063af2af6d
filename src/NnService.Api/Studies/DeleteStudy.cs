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
                var versions = DeleteVersions(db, study, [.. jobs.Where(job => job.ModelName == study.TrialModelName && job.ModelVersion != null)
                    .Select(job => job.ModelVersion!.Value)]);
                jobs.ExecuteDelete();
                db.Studies.Remove(study);
                return new Gone(ids, study.TrialModelName, versions);
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

    // A version that an alias stands for stays.
    private static int[] DeleteVersions(AppDbContext db, Study study, int[] versions)
    {
        db.ChangesModels = true;
        if (db.Models.FirstOrDefault(model => model.Name == study.TrialModelName) is not { Number: var number })
            return [];
        db.ModelVersions.Where(row => row.ModelNumber == number && EF.Parameter(versions).Contains(row.Version)
            && !db.ModelAliases.Any(alias => alias.VersionNumber == row.Number)).ExecuteDelete();
        if (!db.ModelVersions.Any(row => row.ModelNumber == number))
            db.Models.Where(model => model.Number == number).ExecuteDelete();
        return versions;
    }

    private sealed record Gone(Guid[] Jobs, string Model, int[] Versions);
}
