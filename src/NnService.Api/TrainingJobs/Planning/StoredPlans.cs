using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Models;
using NnService.Engine.Data;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Plans saved jobs again.</summary>
internal sealed class StoredPlans(Database database, DatasetTables tables, ModelStore models)
{
    /// <summary>The plan of a job; null where its dataset or initial model was deleted since.</summary>
    /// <param name="job">The job.</param>
    /// <param name="change">What it is planned as; null: as it was saved.</param>
    public StoredPlan? Of(TrainingJob job, Func<TrainingConfiguration, TrainingConfiguration>? change = null)
    {
        var (configuration, network) = StoredConfiguration.Of(job);
        configuration = change?.Invoke(configuration) ?? configuration;
        var dataset = DatasetOf(job);
        var initialModel = configuration.InitialModel is { } start ? models.Load(start.Name!, start.Version) : null;
        if (dataset is null || tables.Find(dataset) is not { } table || (configuration.InitialModel is not null && initialModel is null))
            return null;
        var findings = new Findings();
        var request = new PlanRequest(configuration, network, initialModel is null ? null : new WarmStart(initialModel), table, IsNew: false);
        return TrainingPlan.Of(request, findings) is { } plan
            ? new StoredPlan(plan, table, dataset, initialModel)
            : throw new InvalidOperationException($"A stored configuration no longer fits: {findings.Problems[0].Pointer} {findings.Problems[0].Detail}");
    }

    private Dataset? DatasetOf(TrainingJob job)
    {
        using var db = database.Read();
        return db.Datasets.FirstOrDefault(row => row.Name == job.DatasetName);
    }
}

/// <summary>The plan of a saved job, made again from what was saved with it; the same as it was made of at first.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Table">The rows.</param>
/// <param name="Dataset">Whose they are.</param>
/// <param name="InitialModel">The model to start from; null: none.</param>
internal sealed record StoredPlan(TrainingPlan Plan, Table Table, Dataset Dataset, LoadedModel? InitialModel);
