using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Http;
using NnService.Api.Models;
using NnService.Api.Studies.Planning;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.Studies.Running;

/// <summary>Makes one model of several: of the trials of a search that fit the validation part best together, or of all folds of a cross-validation.</summary>
internal sealed class StudyEnsembles(Database database, StoredPlans plans, ModelStore models)
{
    private const int MostCandidates = 64; // the best trials: their answers stand in memory

    /// <summary>The model with its metrics and where it comes from; null where the jobs, their models or the dataset are not there any more.</summary>
    public Made? Of(StudyView view)
    {
        var candidates = view.Ranked.Take(MostCandidates)
            .Select(trial => (Trial: trial, Loaded: ModelOf(view, trial)))
            .Where(candidate => candidate.Loaded is not null).Select(candidate => (candidate.Trial, candidate.Loaded!.Model)).ToList();
        if (candidates.Count == 0 || JobOf(candidates[0].Trial) is not { } job || plans.Of(job) is not var (plan, table, dataset, _))
            return null;
        var encoding = EncodingOf(candidates[0].Model);
        candidates = [.. candidates.Where(candidate => EncodingOf(candidate.Model) == encoding)];
        var rows = plan.Split.Validation;
        var answers = Answers.Of(plan.Features, table, rows, null, candidates.Select(candidate => candidate.Model));
        var truth = new Truth(plan.Target, table, rows.Span, plan.WeightsOf(table, rows.Span));
        var counts = GreedySelection.Choose(answers, truth, ModelFactory.MostNetworks);
        var chosen = candidates.Zip(counts, (candidate, weight) => (candidate.Trial, candidate.Model, Weight: weight)).Where(part => part.Weight > 0).ToList();
        if (chosen.Count == 0)
            return null;
        return Make(view, chosen, new StoredPlan(plan, table, dataset, null));
    }

    /// <summary>
    /// The mean of what the folds' models answer, each as often as the others; its figures are those of rows that most of them were trained on. Null as
    /// <see cref="Of"/>.
    /// </summary>
    public Made? OfFolds(StudyView view)
    {
        var parts = view.Trials
            .Select(trial => (Trial: trial, Loaded: ModelOf(view, trial))).ToList();
        if (parts.Exists(part => part.Loaded is null) || JobOf(parts[0].Trial) is not { } job
            || plans.Of(job, TrialJobs.Whole) is not { } whole)
            return null;
        return Make(view, [.. parts.Select(part => (part.Trial, part.Loaded!.Model, 1))], whole);
    }

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
