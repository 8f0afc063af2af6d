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
        var loaded = view.Ranked.Take(MostCandidates).Select(trial => (Trial: trial, Model: ModelOf(view, trial)?.Model)).Where(candidate => candidate.Model is not null);
        if (loaded.FirstOrDefault() is not ({ } best, { } first) || JobOf(best) is not { } job || plans.Of(job) is not { } stored)
            return null;
        var (plan, table, encoding) = (stored.Plan, stored.Table, EncodingOf(first));
        var rows = plan.Split.Validation;
        var bytes = BytesToMeasure(plan);
        var candidates = new List<(StudyTrial Trial, TrainedModel Model)>();
        foreach (var (trial, model) in loaded)
        {
            if (EncodingOf(model!) != encoding)
                continue;
            var own = (CopiesOfModel * (long)model!.ParameterBytes.Length) + ((long)rows.Length * model.Outputs * sizeof(double));
            if (bytes + own > memory.Total)
            {
                warning = $"The models of the best {candidates.Count:N0} trials were compared for the ensemble: "
                    + $"Limits:MemoryBytes leaves {memory.Total:N0} bytes, which are too few for more.";
                break;
            }

            bytes += own;
            candidates.Add((trial, model));
        }

        if (candidates.Count == 0)
            return null;
        using var taken = memory.Reserve(bytes, StatusCodes.Status409Conflict, "Keep the best trial");
        var answers = Answers.Of(plan.Features, table, rows, null, candidates.Select(candidate => candidate.Model));
        var truth = new Truth(plan.Target, table, rows.Span, plan.WeightsOf(table, rows.Span));
        var counts = GreedySelection.Choose(answers, truth, ModelFactory.MostNetworks);
        var chosen = candidates.Zip(counts, (candidate, weight) => (candidate.Trial, candidate.Model, Weight: weight)).Where(part => part.Weight > 0).ToList();
        return chosen.Count == 0 ? null : Make(view, chosen, stored);
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
        var parts = view.Trials
            .Select(trial => (Trial: trial, Loaded: ModelOf(view, trial))).ToList();
        if (parts.Exists(part => part.Loaded is null) || JobOf(parts[0].Trial) is not { } job
            || plans.Of(job, TrialJobs.Whole) is not { } whole)
            return null;
        var bytes = BytesToMeasure(whole.Plan) + parts.Sum(part => CopiesOfModel * (long)part.Loaded!.Model.ParameterBytes.Length);
        if (bytes > memory.Total)
        {
            why = $"To put the models together would need about {bytes:N0} bytes of memory; Limits:MemoryBytes leaves {memory.Total:N0} for requests and trainings.";
            return null;
        }

        why = "";
        using var taken = memory.Reserve(bytes, StatusCodes.Status409Conflict, "Take fewer folds");
        return Make(view, [.. parts.Select(part => (part.Trial, part.Loaded!.Model, 1))], whole);
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

    // What networks must share to answer together.
    private static string EncodingOf(TrainedModel model) =>
        JsonSerializer.Serialize(new { model.Description.Features, model.Description.Target, model.Description.Precision }, SpecJson.Options);

    private TrainingJob? JobOf(StudyTrial trial)
    {
        using var db = database.Read();
        return db.TrainingJobs.FirstOrDefault(job => job.Id == trial.JobId);
    }

    /// <summary>An ensemble that is not yet a version.</summary>
    /// <param name="Model">The model.</param>
    /// <param name="Metrics">Its metrics as JSON.</param>
    /// <param name="Lineage">Where it comes from, as JSON.</param>
    internal sealed record Made(TrainedModel Model, string Metrics, string Lineage);
}
