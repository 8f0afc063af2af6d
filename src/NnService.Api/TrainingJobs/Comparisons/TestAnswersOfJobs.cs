using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Comparisons;

/// <summary>Has the models of jobs answer the rows of their test parts once more.</summary>
internal sealed class TestAnswersOfJobs(Database database, DatasetTables tables, ModelStore models, MemoryBudget memory)
{
    private const int BytesAroundARow = 256; // its truth, its place in the order of each metric, a draw's count
    private const int CopiesOfAnswers = 4;
    private const double Rounding = 1e-9;

    /// <summary>The answers; null, and why not, where there are none. Errors: <see cref="Errors.ProblemException"/> where memory is short.</summary>
    public (TestAnswers? Answers, string? Why) Of(TrainingJob job)
    {
        if (job.ModelVersion is not { } version)
            return (null, "it has no model");
        if (models.Load(job.ModelName, version, job.Id) is not { } loaded)
            return (null, $"its model, version {version} of \"{job.ModelName}\", was deleted");
        if (DatasetOf(job, version) is not { } dataset || tables.Find(dataset) is not { } table)
            return (null, $"its dataset \"{job.DatasetName}\" is not there any more as it was");
        var test = TestRows(job, table);
        if (test.IsEmpty)
            return (null, "it has no test part");

        var target = loaded.Model.Description.Target;
        using var taken = memory.Reserve(
            test.Length * (BytesAroundARow + ((long)CopiesOfAnswers * sizeof(double) * Math.Max(loaded.Model.Outputs, target.Labels.Count))),
            StatusCodes.Status409Conflict,
            "Compare jobs with fewer test rows");
        var truth = new Truth(target, table, test.Span, RowWeights.Of(table, StoredConfiguration.ConfigurationOf(job).RowWeights, test.Span));
        var answers = Answers.Of(loaded.Model.Description.Features, table, test, null, loaded.Model)[0];
        if (!answers.All(double.IsFinite))
            return (null, "an answer of its model is not a finite number");
        return IsAsReported(job, truth.Metrics(answers))
            ? (new TestAnswers(dataset.Sha256, test, truth, truth.Comparable(answers)), null)
            : (null, "its test figures come out differently today");
    }

    private Dataset? DatasetOf(TrainingJob job, int version)
    {
        using var db = database.Read();
        var lineage = ModelStore.Versions(db, job.ModelName, version).Select(row => row.Lineage).FirstOrDefault();
        var hash = lineage is null ? null : JsonSerializer.Deserialize<ModelLineage>(lineage, SpecJson.Options)!.DatasetSha256;
        return db.Datasets.FirstOrDefault(dataset => dataset.Name == job.DatasetName && dataset.Sha256 == hash);
    }

    private static ReadOnlyMemory<int> TestRows(TrainingJob job, Table table)
    {
        var configuration = StoredConfiguration.ConfigurationOf(job);
        var targets = configuration.Target!.Columns;
        var classes = configuration.Task == TaskKind.Regression ? null : table.Find(targets[0]);
        return Split.Of(table, configuration.Split, table.RowsWith(targets), classes, configuration.Seed!.Value).Test;
    }

    // The proof that these are the rows the job was tested on, and that the model answers as it did.
    private static bool IsAsReported(TrainingJob job, JsonObject metrics)
    {
        var name = metrics.ContainsKey("logLoss") ? "logLoss" : "rootMeanSquaredError";
        var (reported, now) = ((double?)JsonNode.Parse(job.Metrics!)?["test"]?[name], (double?)metrics[name]);
        return reported is { } then && now is { } again ? Math.Abs(again - then) <= Rounding * Math.Abs(then) : reported is null && now is null;
    }
}
