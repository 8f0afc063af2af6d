using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models;
using NnService.Api.Networks;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Watching;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>What a second training of a version came to.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Expected">Hash of the version's parameters.</param>
/// <param name="Actual">Hash of those trained again; null: there are none, or not yet.</param>
/// <param name="Matches">Whether the two are the same; null: not known yet.</param>
/// <param name="JobId">The job that trained again.</param>
/// <param name="State">Its state.</param>
public sealed record VerificationResponse(string Model, int Version, string Expected, string? Actual, bool? Matches, Guid JobId, JobState State);

/// <summary>Trains versions again, as jobs among the others, and compares the hashes.</summary>
internal sealed class ModelVerification(Database database, CreateTrainingJob create, JobWaiter ends)
{
    /// <summary>What the names of the models begin with that are trained again.</summary>
    public const string Noun = "verify";

    /// <summary>Characters of such a name.</summary>
    public static readonly int NameLength = ResourceName.New(Noun).Length;

    public static Task<IResult> AnswerAsync(ModelPath path, HttpContext context, ModelVerification verification) =>
        path.AnswerAsync(loaded => verification.RunAsync(loaded, context));

    private async Task<IResult> RunAsync(LoadedModel loaded, HttpContext context)
    {
        if (ConfigurationOf(loaded).IsRefused(out var refusal, out var trained))
            return refusal;
        var configuration = trained with { Model = ResourceName.New(Noun), MaxSeconds = null };
        var seconds = JobWaiter.WaitSeconds(context.Request, left: JobWaiter.MaxSeconds);
        var made = await create.RunAsync(configuration, key: null, context.RequestAborted);
        if (made.IsRefused(out var unfit, out var queued))
            return unfit.Problem.Status == 400 ? Refusal.Conflict($"The training cannot be repeated: {unfit.Problem.Detail}") : unfit;
        if (await ends.WaitAsync(queued.Id, seconds, context.RequestAborted) is not { } job)
            return Refusal.Result(404, $"Training job {queued.Id}, which trained the version again, was deleted meanwhile.");
        var actual = job.HasEnded ? await TakeAwayAsync(job) : null;
        var expected = loaded.Model.Sha256;
        var response = new VerificationResponse(loaded.Name, loaded.Version, expected, actual, job.HasEnded ? actual == expected : null, job.Id, job.State);
        return job.HasEnded ? TypedResults.Ok(response) : TypedResults.Accepted($"/api/v1/training-jobs/{job.Id}", response);
    }

    private Outcome<TrainingConfiguration> ConfigurationOf(LoadedModel loaded)
    {
        var named = $"Version {loaded.Version} of model \"{loaded.Name}\"";
        using var db = database.Read();
        if (ModelStore.Brief(ModelStore.Versions(db, loaded.Name, loaded.Version)).FirstOrDefault() is not { } row)
            return Refusal.Result(404, $"There is no model version \"{loaded.Name}/{loaded.Version}\".");
        var lineage = ModelLineage.Of(row, loaded.Model.Description);
        if (lineage.Configuration is null)
            return Refusal.Conflict($"{named} has no training to repeat: its source is {lineage.Source}, and no configuration is kept with it.");
        if (lineage.StopReason is "stopped" or "timeLimit")
            return Refusal.Conflict(
                $"{named} was ended by {(lineage.StopReason == "stopped" ? "hand" : "its time limit")}, which cannot be repeated to the step.");
        if (!db.Datasets.Any(dataset => dataset.Name == lineage.Dataset && dataset.Sha256 == lineage.DatasetSha256))
            return Refusal.Conflict(
                $"Dataset \"{lineage.Dataset}\" with SHA-256 {lineage.DatasetSha256} is gone; upload the same bytes under that name to verify.");
        var (configuration, network) = StoredConfiguration.Of(lineage.Configuration, lineage.Network!);
        return configuration with { Network = new NetworkChoice(null, network) };
    }

    // The hash of what the job has trained; the model goes, the job stays.
    private async Task<string?> TakeAwayAsync(TrainingJob job)
    {
        string? hash;
        using (var db = database.Read())
            hash = ModelStore.Versions(db, job.ModelName, job.ModelVersion).Select(row => row.Sha256).FirstOrDefault();
        if (hash is not null)
            await database.WriteFromReserveAsync(
                db =>
                {
                    db.ChangesModels = true;
                    return db.Models.Where(model => model.Name == job.ModelName).ExecuteDelete();
                },
                CancellationToken.None);
        return hash;
    }
}
