using System.Numerics;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models;
using NnService.Api.Storage;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Plans new jobs: finds what a request names, thinks it through, and holds it against the limits.</summary>
internal sealed class NewPlans(Database database, DatasetTables tables, ModelStore models, JobLimits limits, BlobStore blobs, Node node)
{
    /// <summary>The plan; refused with everything that is wrong.</summary>
    public Outcome<NewPlan> Of(TrainingConfiguration asked)
    {
        if (TooManyNames(asked) is { } tooMany)
            return Refusal.Invalid([tooMany]); // each would be looked for among the columns
        var findings = new Findings();
        if (new PlanningStep<TrainingConfiguration>(asked, findings).Then(Find).Then(Plan).Made is not { } plan)
            return Refusal.Invalid([.. findings.Problems.Select(problem => NewReading.Advise(problem, asked.Dataset ?? ""))]);
        // Of several nodes another one may train it.
        if (plan.Memory.FileBytes is > 0 and var bytes && node.IsAlone && blobs.FreeBytes is var free && free < bytes)
            return Refusal.Result(507, $"The encoded rows do not fit into memory ({limits.MemorySetting}), and the files to read them from would take "
                + $"{bytes:N0} bytes of the data folder, where {free:N0} are free. Make room, take a smaller table, or raise the limit.");
        return plan;
    }

    private Sources? Find(TrainingConfiguration asked, Findings findings)
    {
        findings.Refuse(
            SpecCheck.Problems(asked with { Ensemble = null }).Where(problem => !problem.Pointer.StartsWith("#/network", StringComparison.Ordinal)));
        findings.Refuse((asked.Ensemble ?? []).SelectMany((network, i) => network.Problems($"#/ensemble/{i}")));
        if (asked.Ensemble?.Count > TrainingConfiguration.MostOthers)
            findings.Refuse(
                "#/ensemble", $"ensemble has {asked.Ensemble.Count:N0} networks; at most {TrainingConfiguration.MostOthers} are trained after the first.");
        findings.Refuse(new[] { ResourceName.Problem(asked.Model, "#/model") }.OfType<SpecProblem>());
        using var db = database.Read();
        var dataset = asked.Dataset is null ? null : db.Datasets.FirstOrDefault(row => row.Name == asked.Dataset);
        if (asked.Dataset is null)
        {
            findings.Refuse("#/dataset", "dataset is missing; give the name of an uploaded dataset.");
            if (asked.Target is not { Columns.Count: > 0 })
                findings.Refuse("#/target", "target is missing; name the column to predict.");
        }
        else if (dataset is null)
            findings.Refuse("#/dataset", NoDataset(db, asked.Dataset));
        var ofNetwork = new List<SpecProblem>();
        var network = asked.Network?.Find(db, ofNetwork);
        findings.Refuse(ofNetwork);
        var initialModel = asked.InitialModel is { } start ? FindInitialModel(db, start, findings) : null;
        if (initialModel is not null)
            asked = asked with { InitialModel = new InitialModel { Name = initialModel.Name, Version = initialModel.Version } };
        return dataset is null ? null : new Sources(asked, dataset, network, initialModel);
    }

    private LoadedModel? FindInitialModel(AppDbContext db, InitialModel start, Findings findings)
    {
        var found = start.Name is null ? null : models.Load(start.Name, start.Version);
        if (found is null)
            findings.Refuse($"#/initialModel{(start.Name is null ? "" : start.Version is null ? "/name" : "/version")}", start.Name is null
                ? "initialModel needs the name of a model."
                : $"There is no model \"{Echo.Cut(start.Name)}\"{(start.Version is { } version ? $" with version {version}" : "")}."
                    + db.NamesOfModels().Where(name => name != start.Name).SuggestionFor(start.Name));
        if (found?.Model.Parts.Count > 1)
            findings.Refuse(
                "#/initialModel",
                $"Version {found.Version} of model \"{found.Name}\" is an ensemble of {found.Model.Parts.Count} networks; start from a model of one.");
        return found;
    }

    private NewPlan? Plan(Sources sources, Findings findings)
    {
        var (asked, dataset, network, initialModel) = sources;
        if (tables.Find(dataset) is not { } table)
        {
            using var db = database.Read();
            findings.Refuse("#/dataset", NoDataset(db, dataset.Name)); // deleted since
            return null;
        }

        var request = new PlanRequest(asked, network, initialModel is null ? null : new WarmStart(initialModel), table, IsNew: true);
        if (TrainingPlan.Of(request, findings) is not { } plan)
            return null;
        if (initialModel is not null && WhyUnfit(initialModel.Model, plan, table) is { } why)
            findings.Refuse("#/initialModel", why);
        if (initialModel is not null)
            using (var db = database.Read())
                findings.Warn(new[] { LearntRows.Warning(db, initialModel, dataset, table, plan.Split) }.OfType<string>());
        var memory = JobMemory.Of(plan, table, limits);
        var (largest, most) = (Math.Max(Math.Max(plan.Split.Train.Length, plan.Split.Validation.Length), plan.Split.Test.Length), Answers.MostRows(plan.Outputs));
        if (largest > most)
            findings.Refuse("#/split", $"A part of the split has {largest:N0} rows, and of {plan.Outputs:N0} outputs the answers to no more than {most:N0} can be "
                + "measured at a time. Take a smaller part or table, or fewer labels.");
        else if (memory.Bytes > limits.MostMemoryBytes)
            findings.Refuse("#", $"The job would need about {memory.Bytes:N0} bytes of memory; {limits.MemorySetting} allows {limits.MostMemoryBytes:N0}. "
                + $"Take fewer units, a smaller batch or table, {(plan.Configuration.StepsPerEpoch is null ? "" : "fewer steps per epoch, ")}or raise the limit.");
        else if (memory.WindowBytes is not null)
            findings.Warn($"The encoded rows take {memory.RowBytes:N0} bytes, and with what else the job needs that is more than {limits.MemorySetting} allows "
                + $"({limits.MostMemoryBytes:N0}), or a part of them is more than an array holds: they are kept in files of the data folder, {memory.FileBytes:N0} bytes until the run ends, and each "
                + "epoch reads them from there. The model is the same to the bit; it takes longer.");
        return new NewPlan(plan, table, memory, dataset, initialModel, [.. TargetReading.Warnings(plan, dataset, table).Concat(findings.Warnings).Concat(OtherTarget(plan))
            .Select(warning => Echo.Shorten(NewReading.Advise(warning, dataset.Name)))]);
    }

    // Two targets of one table are two models, but both have the table's name where no other is given.
    private IEnumerable<string> OtherTarget(TrainingPlan plan)
    {
        var name = plan.Configuration.Model!;
        if (models.TargetOfLatest(name) is var (version, target) && (target.Task != plan.Target.Task || !target.Columns.SequenceEqual(plan.Target.Columns)))
            yield return $"Version {version} of the model \"{name}\" predicts {NearestNames.List(target.Columns)}; this job makes the next version of it, "
                + $"which predicts {NearestNames.List(plan.Target.Columns)}. Give the job another \"model\" to keep the two apart.";
    }

    private static string? WhyUnfit(TrainedModel model, TrainingPlan plan, Table table) =>
        InitialWeights.WhyUnfit(model, plan.Network, plan.Features.InputLayout(), plan.Outputs)
        ?? (plan.Configuration.Precision == Precision.Float32 ? WhyNotEncoded<float>(plan, table) : WhyNotEncoded<double>(plan, table));

    // The encodings were fitted on other rows: a cell of these may be of another kind, without a logarithm, or too large.
    private static string? WhyNotEncoded<T>(TrainingPlan plan, Table table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var encoder = new SampleEncoder(plan.Features, plan.Target, plan.Outputs);
        return encoder.WhyNot<T>(table, plan.Split.Train) ?? encoder.WhyNot<T>(table, plan.Split.Validation) ?? encoder.WhyNot<T>(table, plan.Split.Test);
    }

    private static string NoDataset(AppDbContext db, string name) => $"There is no dataset \"{Echo.Cut(name)}\"; upload it first."
        + db.NamesOfDatasets().SuggestionFor(name);

    private static SpecProblem? TooManyNames(TrainingConfiguration asked)
    {
        var most = TableReadOptions.Default.MaxColumns;
        (string Member, int? Count)[] lists =
        [
            ("target", asked.Target?.Columns.Count), ("features", asked.Features?.Count), ("ignore", asked.Ignore?.Count),
            ("classWeights", asked.ClassWeights?.Weights?.Count), ("preprocessing/columns", asked.Preprocessing?.Columns?.Count),
        ];
        return lists.Where(list => list.Count > most)
            .Select(list => new SpecProblem($"#/{list.Member}", $"There are {list.Count:N0} names; a table has at most {most:N0} columns."))
            .FirstOrDefault();
    }

    // What the request names; the network is null where it names none.
    private sealed record Sources(TrainingConfiguration Asked, Dataset Dataset, NetworkSpec? Network, LoadedModel? InitialModel);
}

/// <summary>The plan of a job that is being made.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Table">The rows.</param>
/// <param name="Memory">What it takes.</param>
/// <param name="Dataset">Whose they are.</param>
/// <param name="InitialModel">The model to start from; null: none.</param>
/// <param name="Warnings">What was left out or looks wrong.</param>
internal sealed record NewPlan(
    TrainingPlan Plan, Table Table, JobMemory Memory, Dataset Dataset, LoadedModel? InitialModel, IReadOnlyList<string> Warnings);
