using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Comparisons;
using NnService.Api.TrainingJobs.Lists;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Training;

namespace NnService.Api.Studies.Folds;

/// <summary>Has the models of a cross-validation's folds answer the rows that they have not seen.</summary>
internal sealed class OutOfFold(Database database, TestedJobs tested, MemoryBudget memory)
{
    /// <summary>The answers; null where a job, its model or the dataset is not there any more as it was, or the answers need more memory than there ever is.
    /// Errors: <see cref="ProblemException"/> where others have it now.</summary>
    /// <param name="study">The cross-validation.</param>
    /// <param name="why">Why there are none; null where there are.</param>
    public OutOfFoldAnswers? Of(Study study, out string? why)
    {
        MemoryBudget.Reservation? taken = null;
        OutOfFoldAnswers? answers = null;
        try
        {
            return answers = Answer(study, ref taken, out why);
        }
        finally
        {
            if (answers is null)
                taken?.Dispose();
        }
    }

    private OutOfFoldAnswers? Answer(Study study, ref MemoryBudget.Reservation? taken, out string? why)
    {
        List<TrainingJob> jobs;
        using (var db = database.Read())
            jobs = db.JobsWithoutMetrics().Where(job => job.StudyId == study.Id && job.Trial != null).OrderBy(job => job.Trial).ToList();
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

            if (first is null)
            {
                taken = Reserve(study, job!, fold, out why);
                if (taken is null)
                    return null;
                first = fold;
            }

            var values = fold.Answer();
            if (values.Length > 0 && values.All(double.IsFinite) && !TestedJob.IsAsReported(FiguresOf(job!), fold.Truth().BriefMetrics(values)))
            {
                why = $"The test figures of fold {trial} come out differently today, as where the dataset is read as another table.";
                return null;
            }

            folds.Add(new FoldAnswers(trial, fold.Rows.ToArray(), values, fold.Model.Description.AnswerPrecision == Precision.Float32));
        }

        return new OutOfFoldAnswers(first!.Target, first.Table, first.Weights, folds, taken!);
    }

    private IReadOnlyDictionary<string, double?> FiguresOf(TrainingJob job)
    {
        using var db = database.Read();
        return JobFigure.Of(db, job.Id);
    }

    // For all folds: each row is answered once in each repeat.
    private MemoryBudget.Reservation? Reserve(Study study, TrainingJob job, TestedJob fold, out string? why)
    {
        var repeats = study.Trials / StoredConfiguration.ConfigurationOf(job).Split!.Folds!.Value;
        var (rows, outputs) = ((long)fold.Table.RowsWith(fold.Target.Columns).Length * repeats, fold.Model.Outputs);
        var bytes = AnswerBytes.Measured(rows, outputs, fold.Target);
        why = rows > Answers.MostRows(outputs)
            ? $"Of {outputs:N0} outputs the answers to no more than {Answers.MostRows(outputs):N0} rows can be measured at a time; there are {rows:N0}."
            : bytes > memory.Total
                ? $"They would need about {bytes:N0} bytes of memory; Limits:MemoryBytes leaves {memory.Total:N0} for requests and trainings."
            : null;
        return why is null ? memory.Reserve(bytes, StatusCodes.Status409Conflict, "Take fewer repeats") : null;
    }
}

/// <summary>What the model of a fold answers to its test rows.</summary>
/// <param name="Trial">The fold's number in the study.</param>
/// <param name="Rows">The rows, in ascending order.</param>
/// <param name="Values">[rows, outputs]</param>
/// <param name="AreSingle">Whether the answers are float32, and written as such.</param>
internal sealed record FoldAnswers(int Trial, int[] Rows, double[] Values, bool AreSingle);

/// <summary>All out-of-fold answers of a cross-validation.</summary>
/// <param name="Target">How the target is encoded; its labels are those of the whole dataset.</param>
/// <param name="Table">The dataset.</param>
/// <param name="Weights">The column that weighs the rows; null: none.</param>
/// <param name="Folds">By their numbers.</param>
/// <param name="Taken">The memory that they take, until they are disposed of.</param>
internal sealed record OutOfFoldAnswers(
    TargetEncoding Target, Table Table, string? Weights, IReadOnlyList<FoldAnswers> Folds, IDisposable Taken) : IDisposable
{
    public void Dispose() => Taken.Dispose();

    /// <summary>Metrics of all of them together; in several repeats a row counts once in each.</summary>
    public JsonObject Metrics()
    {
        int[] rows = [.. Folds.SelectMany(fold => fold.Rows)];
        var (values, at) = (new double[Folds.Sum(fold => fold.Values.Length)], 0);
        foreach (var fold in Folds)
        {
            fold.Values.CopyTo(values, at);
            at += fold.Values.Length;
        }

        return new Truth(Target, Table, rows, RowWeights.Of(Table, Weights, rows)).Metrics(values);
    }

    /// <summary>Outputs of a row.</summary>
    public int Outputs => Folds[0].Rows.Length == 0 ? 1 : Folds[0].Values.Length / Folds[0].Rows.Length;
}
