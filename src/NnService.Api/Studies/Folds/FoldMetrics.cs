using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Lists;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.Studies.Folds;

/// <summary>A cross-validation's figures, from the metrics of its jobs and the answers of their models.</summary>
internal sealed class FoldMetrics(Database database, OutOfFold outOfFold)
{
    /// <summary>Each metric by its name, and <c>outOfFold</c> beside them; why there is none of those where all folds have models, as a sentence. Errors as of
    /// <see cref="OutOfFold.Of"/>.</summary>
    public (JsonObject Metrics, string? Warning) Of(Study study, StudyRequest request, IReadOnlyList<StudyTrial> trials)
    {
        var metrics = new JsonObject();
        IReadOnlyDictionary<string, double?>[] figures; // and not the metrics, which of a thousand labels are tens of megabytes a fold
        using (var db = database.Read())
        {
            var jobs = db.TrainingJobs.Where(job => job.StudyId == study.Id && job.Trial != null && job.Metrics != null)
                .Select(job => new { job.Trial, job.Id }).ToDictionary(job => job.Trial!.Value, job => job.Id);
            figures = [.. trials.Select(trial => JobFigure.Of(db, jobs.GetValueOrDefault(trial.Trial)))];
        }

        foreach (var (name, _, _, least, largest) in MetricFigure.All)
            if (FoldFigures.Of([.. figures.Select(own => own.GetValueOrDefault($"test.{name}"))], 1.0 / (request.Folds!.Value - 1), least, largest) is { } figure)
                metrics[name] = JsonSerializer.SerializeToNode(figure, SpecJson.Options);
        metrics["outOfFold"] = null;
        if (!trials.All(trial => trial.State == JobState.Succeeded))
            return (metrics, null);
        using var folds = outOfFold.Of(study, out var why);
        metrics["outOfFold"] = folds?.Metrics();
        return (metrics, why is null ? null : $"There are no out-of-fold metrics of all rows. {why}");
    }
}
