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

/// <summary>
/// Trains versions again, as jobs among the others, and compares the hashes. Such a job keeps no model, whoever is still waiting for it when it ends: the
/// reasons of its first and last transition have the hash that is expected and the one that came.
/// </summary>
internal sealed class ModelVerification(Database database, CreateTrainingJob create, JobWaiter ends)
{
    /// <summary>What the names of the models begin with that are trained again.</summary>
    public const string Noun = "verify";

    /// <summary>The version that such a model would have been.</summary>
    public const int OnlyVersion = 1;

    private const string Begin = "created to train again ";
    private const string Hash = "SHA-256 ";

    /// <summary>Characters of such a name.</summary>
    public static readonly int NameLength = ResourceName.New(Noun).Length;

    public static Task<IResult> AnswerAsync(ModelPath path, HttpContext context, ModelVerification verification) =>
        path.AnswerAsync(loaded => verification.RunAsync(loaded, context));

    /// <summary>What is to be said at the end of a job that trains a version again; null: it is another job.</summary>
    /// <param name="db">The job's database.</param>
    /// <param name="job">The job.</param>
    /// <param name="sha256">Of the weights that it has trained.</param>
    public static string? Compare(AppDbContext db, TrainingJob job, string sha256) =>
        db.JobTransitions.Where(transition => transition.JobNumber == job.Number && transition.Reason.StartsWith(Begin))
            .Select(transition => transition.Reason).FirstOrDefault() is { } begun
            ? $"with {(HashIn(begun) == sha256 ? "the same" : "other")} weights: {Hash}{sha256}"
            : null;

    private async Task<IResult> RunAsync(LoadedModel loaded, HttpContext context)
    {
        if (ConfigurationOf(loaded).IsRefused(out var refusal, out var trained))
            return refusal;
        var configuration = trained with { Model = ResourceName.New(Noun), MaxSeconds = null };
        var seconds = JobWaiter.WaitSeconds(context.Request, left: JobWaiter.MaxSeconds);
        var expected = loaded.Model.Sha256;
        var why = $"{Begin}version {loaded.Version} of model \"{loaded.Name}\": {Hash}{expected}";
        var made = await create.RunAsync(configuration, key: null, context.RequestAborted, why);
        if (made.IsRefused(out var unfit, out var queued))
            return unfit.Problem.Status == 400 ? Refusal.Conflict($"The training cannot be repeated: {unfit.Problem.Detail}") : unfit;
        if (await ends.WaitAsync(queued.Id, seconds, context.RequestAborted) is not { } job)
            return Refusal.Result(404, $"Training job {queued.Id}, which trained the version again, was deleted meanwhile.");
        var actual = job.State == JobState.Succeeded ? HashIn(job.Transitions.MaxBy(transition => transition.Number)!.Reason) : null;
        bool? matches = !job.HasEnded || (actual is null && job.State == JobState.Succeeded) ? null : actual == expected;
        var response = new VerificationResponse(loaded.Name, loaded.Version, expected, actual, matches, job.Id, job.State);
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
        if (lineage.FindBytes(db) is not { } dataset)
            return Refusal.Conflict(
                $"Dataset \"{lineage.Dataset}\" with SHA-256 {lineage.DatasetSha256} is gone; upload the same bytes under that name to verify.");
        if (!lineage.IsReadAsThen(dataset))
            return Refusal.Conflict(
                $"Dataset \"{lineage.Dataset}\" has the same bytes as then and is read as another table. To verify, delete it and upload them again with what was "
                    + "said of types, header, decimal, thousands and missing then.");
        var (configuration, network) = StoredConfiguration.Of(lineage.Configuration, lineage.Network!);
        return configuration with { Network = new NetworkChoice(null, network) };
    }

    // Null where a node of an older version has ended the job, which does not say it.
    private static string? HashIn(string reason) =>
        reason.LastIndexOf(Hash, StringComparison.Ordinal) is >= 0 and var at ? reason[(at + Hash.Length)..] : null;
}
