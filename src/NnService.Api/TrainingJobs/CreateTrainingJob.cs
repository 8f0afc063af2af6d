using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>Takes a job in: thinks its configuration through, saves it, and wakes the worker.</summary>
internal sealed class CreateTrainingJob(Database database, DatasetTables tables, ModelStore models, TrainingQueue queue, TrainingThreads threads, TimeProvider clock, QueueLimit limit)
{
    /// <summary>The saved job. Errors: <see cref="ProblemException"/>.</summary>
    public async Task<TrainingJob> RunAsync(TrainingConfiguration asked, CancellationToken cancellation)
    {
        var (plan, dataset, table) = Plan(asked);
        var job = new TrainingJob
        {
            Id = Guid.CreateVersion7(),
            Priority = plan.Configuration.Priority!.Value,
            DatasetName = dataset.Name,
            NetworkName = plan.Configuration.Network!.Name,
            InitialModelName = plan.Configuration.InitialModel?.Name,
            ModelName = plan.Configuration.Model!,
            Configuration = JsonSerializer.Serialize(plan.Configuration, SpecJson.Options),
            NetworkSpec = JsonSerializer.Serialize(plan.Network, SpecJson.Options),
            Warnings = JsonSerializer.Serialize(WarningsOf(plan, table), SpecJson.Options),
            CreatedAt = clock.GetUtcNow().UtcDateTime,
            Epochs = plan.Configuration.Epochs!.Value,
        };
        job.Create();
        await database.WriteAsync(db => Add(db, job, dataset.Number), cancellation);
        await queue.WakeAsync(CancellationToken.None);
        return job;
    }

    /// <summary>What the job would do, and what it would take; nothing is saved. Errors: <see cref="ProblemException"/>.</summary>
    public TrainingValidationResponse Validate(TrainingConfiguration asked)
    {
        var (plan, _, table) = Plan(asked);
        var estimate = JobEstimate.Of(plan, table, threads);
        return new TrainingValidationResponse(plan.Configuration, plan.ParameterCount, estimate.MemoryBytes, estimate.Seconds, WarningsOf(plan, table));
    }

    private (TrainingPlan Plan, Dataset Dataset, Table Table) Plan(TrainingConfiguration asked)
    {
        var problems = new List<SpecProblem>();
        problems.AddRange(SpecCheck.Problems(asked).Where(problem => !problem.Pointer.StartsWith("#/network", StringComparison.Ordinal)));
        if (ResourceName.Problem(asked.Model, "#/model") is { } badName)
            problems.Add(badName);
        var (dataset, network) = Find(asked, problems);
        var initialModel = asked.InitialModel is { } start ? FindInitialModel(start, problems) : null;
        if (initialModel is not null)
            asked = asked with { InitialModel = new InitialModel { Name = initialModel.Name, Version = initialModel.Version } };
        if (problems.Count > 0)
            throw new ProblemException(Refusal.Of(problems));
        var table = tables.Get(dataset!);
        var plan = TrainingPlanner.Make(asked, network, table, problems);
        if (plan is not null && initialModel is not null && InitialWeights.WhyUnfit(initialModel.Model, plan) is { } why)
            problems.Add(new SpecProblem("#/initialModel", why));
        return plan is null || problems.Count > 0 ? throw new ProblemException(Refusal.Of(problems)) : (plan, dataset!, table);
    }

    private static List<string> WarningsOf(TrainingPlan plan, Table table) => [.. plan.Warnings, .. TrainingWarnings.Of(plan, table)];

    private LoadedModel? FindInitialModel(InitialModel start, List<SpecProblem> problems)
    {
        var found = start.Name is null ? null : models.Load(start.Name, start.Version);
        if (found is null)
            problems.Add(new SpecProblem("#/initialModel", start.Name is null
                ? "initialModel needs the name of a model."
                : $"There is no model \"{start.Name}\"{(start.Version is { } version ? $" with version {version}" : "")}."));
        return found;
    }

    private TrainingJob Add(AppDbContext db, TrainingJob job, long datasetNumber)
    {
        if (!db.Datasets.Any(dataset => dataset.Number == datasetNumber))
            throw Refusal.Exception(409, $"Dataset \"{job.DatasetName}\" was deleted while the job was being made.", "#/dataset");
        if (db.TrainingJobs.Count(queued => queued.State == JobState.Queued) >= limit.MostQueued)
            throw Refusal.Exception(429, $"{limit.MostQueued:N0} jobs are waiting, the limit Training:MaxQueuedJobs. Try again when some have ended.");
        db.TrainingJobs.Add(job);
        return job;
    }

    private (Dataset? Dataset, NetworkSpec? Network) Find(TrainingConfiguration asked, List<SpecProblem> problems)
    {
        using var db = database.Read();
        var dataset = asked.Dataset is null ? null : db.Datasets.FirstOrDefault(there => there.Name == asked.Dataset);
        if (asked.Dataset is null)
            problems.Add(new SpecProblem("#/dataset", "dataset is missing; give the name of an uploaded dataset."));
        else if (dataset is null)
            problems.Add(new SpecProblem("#/dataset", $"There is no dataset \"{asked.Dataset}\"; upload it first."));
        return (dataset, asked.Network?.Find(db, problems));
    }
}
