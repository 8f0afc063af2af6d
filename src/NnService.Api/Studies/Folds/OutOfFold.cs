using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Comparisons;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Training;

namespace NnService.Api.Studies.Folds;

/// <summary>Has the models of a cross-validation's folds answer the rows that they have not seen.</summary>
internal sealed class OutOfFold(Database database, TestedJobs tested)
{
    /// <summary>The answers; null where a job, its model or the dataset is not there any more as it was.</summary>
    /// <param name="study">The cross-validation.</param>
    /// <param name="why">Why there are none; null where there are.</param>
    public OutOfFoldAnswers? Of(Study study, out string? why)
    {
        List<TrainingJob> jobs;
        using (var db = database.Read())
            jobs = db.TrainingJobs.Where(job => job.StudyId == study.Id && job.Trial != null).OrderBy(job => job.Trial).ToList();
        why = null;
        var folds = new List<FoldAnswers>();
        TestedJob? first = null;
        for (var trial = 0; trial < study.Trials; trial++)
        {
            var job = jobs.Find(row => row.Trial == trial);
            why = job is null ? $"The job of fold {trial} was deleted."
                : job.ModelVersion is null ? $"Fold {trial} has no model."
                : null;
            if (why is not null)
                return null;
            if (tested.Of(job!).Tested is not { } fold)
            {
                why = $"The model of fold {trial}, or the dataset, was deleted.";
                return null;
            }

            first ??= fold;
            folds.Add(new FoldAnswers(trial, fold.Rows.ToArray(), fold.Answer()));
        }

        return new OutOfFoldAnswers(first!.Target, first.Table, first.Weights, folds);
    }
}

/// <summary>What the model of a fold answers to its test rows.</summary>
/// <param name="Trial">The fold's number in the study.</param>
/// <param name="Rows">The rows, in ascending order.</param>
/// <param name="Values">[rows, outputs]</param>
internal sealed record FoldAnswers(int Trial, int[] Rows, double[] Values);

/// <summary>All out-of-fold answers of a cross-validation.</summary>
/// <param name="Target">How the target is encoded; its labels are those of the whole dataset.</param>
/// <param name="Table">The dataset.</param>
/// <param name="Weights">The column that weighs the rows; null: none.</param>
/// <param name="Folds">By their numbers.</param>
internal sealed record OutOfFoldAnswers(TargetEncoding Target, Table Table, string? Weights, IReadOnlyList<FoldAnswers> Folds)
{
    /// <summary>Metrics of all of them together; in several repeats a row counts once in each.</summary>
    public JsonObject Metrics()
    {
        int[] rows = [.. Folds.SelectMany(fold => fold.Rows)];
        return new Truth(Target, Table, rows, RowWeights.Of(Table, Weights, rows)).Metrics([.. Folds.SelectMany(fold => fold.Values)]);
    }

    /// <summary>Outputs of a row.</summary>
    public int Outputs => Folds[0].Rows.Length == 0 ? 1 : Folds[0].Values.Length / Folds[0].Rows.Length;
}
