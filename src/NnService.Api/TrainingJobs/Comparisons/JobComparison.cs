using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Api.TrainingJobs.Lists;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Comparisons;

/// <summary>Sets jobs side by side.</summary>
internal sealed class JobComparison(Database database, TestAnswersOfJobs tests)
{
    private const int MostJobs = 20;
    private const string OtherRows =
        "they were tested on different rows, weights or targets. Train on the same dataset with the same split and seed to compare row by row";

    private const int FewestRows = 3; // that intervals are drawn from

    private const ulong Seed = 0; // of the intervals: the same comparison gives the same figures

    /// <summary>The comparison.</summary>
    public Outcome<ComparisonResponse> Run(ComparisonRequest request)
    {
        if (Find(request.Ids).IsRefused(out var refusal, out var jobs))
            return refusal;
        var warnings = new List<string>();
        List<IReadOnlyDictionary<string, double?>> figures;
        using (var db = database.Read())
            figures = jobs.ConvertAll(job => JobFigure.Of(db, job.Id));
        return new ComparisonResponse(
            [.. jobs.Select(Describe)],
            SettingDifferences.Of([.. jobs.Select(job => JsonSerializer.SerializeToNode(StoredConfiguration.ConfigurationOf(job), SpecJson.Options))]),
            MetricsOf(jobs, figures),
            Differences(jobs, figures, warnings),
            warnings);
    }

    private static ComparedJob Describe(TrainingJob job) => new(
        job.Id,
        job.State,
        job.StopReason,
        job.Epoch,
        job.BestEpoch,
        job.CreatedAt,
        job.ModelVersion is { } version ? new JobModel(job.ModelName, version) : null);

    private Outcome<List<TrainingJob>> Find(IReadOnlyList<string>? ids)
    {
        if (ids is null || ids.Count is < 1 or > MostJobs)
            return Refusal.Result(
                400, $"{(ids is null ? "ids is missing" : $"There are {ids.Count:N0} ids")}; give the ids of up to {MostJobs} training jobs.", "#/ids");
        using var db = database.Read();
        var jobs = new List<TrainingJob>();
        for (var i = 0; i < ids.Count; i++)
        {
            if (db.JobsWithoutMetrics().ById(ids[i]) is not { } job)
                return Refusal.Result(404, $"There is no training job \"{Echo.Cut(ids[i])}\".", $"#/ids/{i}");
            if (jobs.Any(other => other.Id == job.Id))
                return Refusal.Result(400, $"Training job {job.Id} is named twice; name each once.", $"#/ids/{i}");
            jobs.Add(job);
        }

        return jobs;
    }

    private static Dictionary<string, IReadOnlyList<double?>> MetricsOf(List<TrainingJob> jobs, List<IReadOnlyDictionary<string, double?>> figures)
    {
        var metrics = new Dictionary<string, IReadOnlyList<double?>>
        {
            ["trainLoss"] = [.. jobs.Select(job => job.TrainLoss)],
            ["validationLoss"] = [.. jobs.Select(job => job.ValidationLoss)],
        };
        foreach (var (part, name) in JobFigure.Shown)
            metrics[$"{part}.{name}"] = [.. figures.Select(own => own.GetValueOrDefault($"{part}.{name}"))];
        return metrics.Where(metric => metric.Value.Any(value => value is not null)).ToDictionary();
    }

    private List<MetricDifferences> Differences(
        List<TrainingJob> jobs, List<IReadOnlyDictionary<string, double?>> figures, List<string> warnings)
    {
        var differences = new List<MetricDifferences>();
        var (first, whyNot) = tests.Of(jobs[0], figures[0]);
        if (first is null)
        {
            warnings.Add($"No job is compared with job {jobs[0].Id}: {whyNot}.");
            return differences;
        }

        foreach (var (job, own) in jobs.Zip(figures).Skip(1))
        {
            var (answers, why) = tests.Of(job, own);
            if (answers?.IsOfSameRows(first) == false)
                (answers, why) = (null, OtherRows);
            if (answers is null)
            {
                warnings.Add($"Job {job.Id} is not compared with job {jobs[0].Id}: {why}.");
                continue;
            }

            var metrics = first.Truth.Differences(answers.Values, first.Values, Seed);
            differences.Add(new MetricDifferences(job.Id, jobs[0].Id, first.Rows.Length, metrics));
            string[] silent = [.. metrics.Where(metric => metric.Value.Interval is null).Select(metric => metric.Key)];
            if (silent.Length > 0)
                warnings.Add(
                    $"Of the difference between job {job.Id} and job {jobs[0].Id} in {string.Join(", ", silent)} no interval can be told: "
                    + (first.Rows.Length < FewestRows ? $"{FigureText.Rows(first.Rows.Length)} to test on are too few."
                        : $"it comes out the same whichever of the {FigureText.Rows(first.Rows.Length)} are drawn."));
        }

        return differences;
    }
}
