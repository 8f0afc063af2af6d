using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Studies.Planning;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Comparisons;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.Studies.Running;

/// <summary>Makes one model of several: of the trials of a search that fit the validation part best together, or of all folds of a cross-validation.</summary>
internal sealed class StudyEnsembles(Database database, StoredPlans plans, ModelStore models, MemoryBudget memory)
{
    private const int MostCandidates = 64; // the best trials: their answers stand in memory
    private const int CopiesOfModel = 2; // its own, and a part of the one that all become

    /// <summary>The model with its metrics and where it comes from; null where the jobs, their models or the dataset are not there any more, or not even one
    /// model finds room in memory. Errors: <see cref="ProblemException"/> where others have the memory now.</summary>
    /// <param name="view">The study.</param>
    /// <param name="warning">What memory was too small for; null: nothing.</param>
    public Made? Of(StudyView view, out string? warning)
    {
        warning = null;
        var (bytes, chosen) = (0L, new List<StudyTrial>());
        (StoredPlan Stored, string Encoding)? best = null;
        foreach (var trial in view.Ranked.Take(MostCandidates))
        {
            if (Described(view, trial) is not { } model)
                continue;
            if (best is null)
            {
                if (JobOf(trial) is not { } job || plans.Of(job) is not { } planned)
                    return null;
                best = (planned, EncodingOf(model.Description));
                bytes = BytesToMeasure(planned.Plan);
            }

            var (plan, encoding) = (best.Value.Stored.Plan, best.Value.Encoding);
            if (EncodingOf(model.Description) != encoding)
                continue;
            var own = (CopiesOfModel * model.Bytes) + ((long)plan.Split.Validation.Length * plan.Outputs * sizeof(double));
            if (bytes + own > memory.Total)
            {
                warning = $"The models of the best {chosen.Count:N0} trials were compared for the ensemble: "
                    + $"Limits:MemoryBytes leaves {memory.Total:N0} bytes, which are too few for more.";
                break;
            }

            bytes += own;
            chosen.Add(trial);
        }

        if (chosen.Count == 0)
            return null;
        using var taken = memory.Reserve(bytes, StatusCodes.Status409Conflict, "Keep the best trial"); // before the models are there
        return Best(view, best!.Value.Stored, chosen);
    }

    private Made? Best(StudyView view, StoredPlan stored, IReadOnlyList<StudyTrial> trials)
    {
        var (plan, table) = (stored.Plan, stored.Table);
        var rows = plan.Split.Validation;
        var candidates = new List<(StudyTrial Trial, TrainedModel Model)>();
        foreach (var trial in trials)
            if (ModelOf(view, trial) is { } loaded) // and was not deleted meanwhile
                candidates.Add((trial, loaded.Model));
        if (candidates.Count == 0)
            return null;
        var answers = Answers.Of(plan.Features, table, rows, null, candidates.Select(candidate => candidate.Model));
        var truth = new Truth(plan.Target, table, rows.Span, plan.WeightsOf(table, rows.Span));
        var counts = GreedySelection.Choose(answers, truth, ModelFactory.MostNetworks);
        var parts = candidates.Zip(counts, (candidate, weight) => (candidate.Trial, candidate.Model, Weight: weight)).Where(part => part.Weight > 0).ToList();
        return parts.Count == 0 ? null : Make(view, parts, stored);
    }

    /// <summary>
    /// The mean of what the folds' models answer, each as often as the others; its figures are those of rows that most of them were trained on. Null and errors
    /// as of <see cref="Of"/>.
    /// </summary>
    /// <param name="view">The study.</param>
    /// <param name="why">Why there is none, as a sentence; empty where there is.</param>
    public Made? OfFolds(StudyView view, out string why)
    {
        why = "A fold's model, or the dataset, was deleted before the models could be put together.";
        var lengths = view.Trials.Select(trial => Described(view, trial)?.Bytes).ToList();
        if (lengths.Contains(null) || JobOf(view.Trials[0]) is not { } job || plans.Of(job, TrialJobs.Whole) is not { } whole)
            return null;
        var bytes = BytesToMeasure(whole.Plan) + lengths.Sum(length => CopiesOfModel * length!.Value);
        if (bytes > memory.Total)
        {
            why = $"To put the models together would need about {bytes:N0} bytes of memory; Limits:MemoryBytes leaves {memory.Total:N0} for requests and trainings.";
            return null;
        }

        using var taken = memory.Reserve(bytes, StatusCodes.Status409Conflict, "Take fewer folds"); // before the models are there
        var parts = new List<(StudyTrial Trial, TrainedModel Model, int Weight)>();
        foreach (var trial in view.Trials)
            if (ModelOf(view, trial) is { } loaded)
                parts.Add((trial, loaded.Model, 1));
            else
                return null;
        why = "";
        return Make(view, parts, whole);
    }

    // The parts one after the other.
    private static long BytesToMeasure(TrainingPlan plan) => AnswerBytes.Measured(
        Math.Max(plan.Split.Train.Length, Math.Max(plan.Split.Validation.Length, plan.Split.Test.Length)), plan.Outputs, plan.Target);

    private static Made Make(StudyView view, IReadOnlyList<(StudyTrial Trial, TrainedModel Model, int Weight)> chosen, StoredPlan stored)
    {
        var (metrics, measured) = JobMetrics.Of(ModelFactory.Combine([.. chosen.Select(part => (part.Model, part.Weight))]), stored.Plan, stored.Table);
        var lineage = new ModelLineage
        {
            Source = "study",
            Dataset = stored.Dataset.Name,
            DatasetSha256 = stored.Dataset.Sha256,
            TableSha256 = stored.Dataset.TableSha256(stored.Table),
            Seed = view.Request.Seed,
            WeightsSha256 = measured.Sha256,
            CodeVersion = ServiceVersion.Text,
            Origin = new JsonObject
            {
                ["study"] = view.Study.Id.ToString(),
                ["name"] = view.Study.Name,
                ["networks"] = new JsonArray([.. chosen.Select(part => new JsonObject { ["trial"] = part.Trial.Trial, ["jobId"] = part.Trial.JobId.ToString(), ["weight"] = part.Weight })]),
            },
        };
        return new Made(measured, metrics, lineage.ToJson());
    }

    private LoadedModel? ModelOf(StudyView view, StudyTrial trial) =>
        trial is { ModelVersion: { } version, JobId: { } job } ? models.Load(view.Study.TrialModelName, version, job) : null;

    private (ModelDescription Description, long Bytes)? Described(StudyView view, StudyTrial trial) =>
        trial is { ModelVersion: { } version, JobId: { } job } ? models.Describe(view.Study.TrialModelName, version, job) : null;

    // What networks must share to answer together.
    private static string EncodingOf(ModelDescription model) =>
        JsonSerializer.Serialize(new { model.Features, model.Target, model.Precision }, SpecJson.Options);

    private TrainingJob? JobOf(StudyTrial trial)
    {
        using var db = database.Read();
        return db.TrainingJobs.FirstOrDefault(job => job.Id == trial.JobId);
    }

    /// <summary>An ensemble that is not yet a version.</summary>
    /// <param name="Model">The model.</param>
    /// <param name="Metrics">Its metrics.</param>
    /// <param name="Lineage">Where it comes from, as JSON.</param>
    internal sealed record Made(TrainedModel Model, StoredMetrics Metrics, string Lineage);
}
