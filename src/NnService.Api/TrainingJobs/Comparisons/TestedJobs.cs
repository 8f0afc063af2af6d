using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Models;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Comparisons;

/// <summary>Finds again what the models of jobs were tested on.</summary>
internal sealed class TestedJobs(Database database, DatasetTables tables, ModelStore models)
{
    /// <summary>The model of a job with the rows of its test part; null, and why not, where the model or the dataset is not there any more as it was.</summary>
    public (TestedJob? Tested, string? Why) Of(TrainingJob job)
    {
        if (job.ModelVersion is not { } version)
            return (null, "it has no model");
        if (models.Load(job.ModelName, version, job.Id) is not { } loaded)
            return (null, $"its model, version {version} of \"{job.ModelName}\", was deleted");
        if (DatasetOf(job, version) is not { } dataset || tables.Find(dataset) is not { } table)
            return (null, $"its dataset \"{job.DatasetName}\" is not there any more as it was");
        var configuration = StoredConfiguration.ConfigurationOf(job);
        return (new TestedJob(loaded.Model, dataset.Sha256, table, StoredConfiguration.PartsOf(configuration, table).Test, configuration.RowWeights), null);
    }

    // Another dataset may have its name by now, or its bytes may be read as another table.
    private Dataset? DatasetOf(TrainingJob job, int version)
    {
        using var db = database.Read();
        return ModelStore.Brief(ModelStore.Versions(db, job.ModelName, version)).FirstOrDefault() is { } row
            && ModelLineage.Stored(row) is var lineage && lineage.FindBytes(db) is { } dataset && lineage.IsReadAsThen(dataset) ? dataset : null;
    }
}

/// <summary>The model of a job with the rows of its test part.</summary>
/// <param name="Model">The model.</param>
/// <param name="DatasetSha256">Hash of the dataset's bytes, which are those that it was trained on.</param>
/// <param name="Table">The dataset.</param>
/// <param name="Rows">The rows, in ascending order.</param>
/// <param name="Weights">The column that weighs the rows; null: none.</param>
internal sealed record TestedJob(TrainedModel Model, string DatasetSha256, Table Table, ReadOnlyMemory<int> Rows, string? Weights)
{
    private const double Rounding = 1e-9;

    /// <summary>How the target is encoded; its labels are those of the whole dataset.</summary>
    public TargetEncoding Target => Model.Description.Target;

    /// <summary>[rows, outputs] what the model answers.</summary>
    public double[] Answer() => Answers.Of(Model.Description.Features, Table, Rows, null, Model)[0];

    /// <summary>What the rows really are.</summary>
    public Truth Truth() => new(Target, Table, Rows.Span, RowWeights.Of(Table, Weights, Rows.Span));

    /// <summary>Whether its test metrics are those of the job: the proof that these are the rows it was tested on, and that the model answers as it did.</summary>
    public static bool IsAsReported(IReadOnlyDictionary<string, double?> figures, JsonObject metrics)
    {
        var name = metrics.ContainsKey("logLoss") ? "logLoss" : "rootMeanSquaredError";
        var (reported, now) = (figures.GetValueOrDefault($"test.{name}"), (double?)metrics[name]);
        return reported is { } then && now is { } again ? Math.Abs(again - then) <= Rounding * Math.Abs(then) : reported is null && now is null;
    }
}
