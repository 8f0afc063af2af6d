using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>Takes a job in: thinks its configuration through, saves it, and wakes the worker.</summary>
internal sealed class CreateTrainingJob(Database database, DatasetTables tables, ModelStore models, TrainingQueue queue, TrainingThreads threads, TimeProvider clock, JobLimits limits,
    LongRequests requests, MemoryBudget memory)
{
    private const long QuickTableBytes = 1 << 20;

    /// <summary>The saved job; of a key that has made one already, that one. Errors: <see cref="ProblemException"/>.</summary>
    /// <param name="asked">What to do.</param>
    /// <param name="key">The caller's Idempotency-Key; null: none.</param>
    /// <param name="cancellation">Ends it before the job is saved.</param>
    public async Task<TrainingJob> RunAsync(TrainingConfiguration asked, string? key, CancellationToken cancellation)
    {
        var requestSha256 = key is null ? "" : IdempotencyKey.HashOf(asked);
        if (key is not null)
            using (var db = database.Read())
                if (IdempotencyKey.FindJob(db, key, requestSha256, Now) is { } first)
                    return first; // before anything else is looked at: the dataset may be gone by now, and the first answer is still the right one

        var (job, datasetNumber) = IsQuick(asked) ? Make(asked) : await requests.RunAsync(() => Make(asked), cancellation);
        var saved = await database.WriteAsync(
            db => key is null ? Add(db, job, datasetNumber) : IdempotencyKey.FindJob(db, key, requestSha256, Now) ?? Add(db, job, datasetNumber, key, requestSha256),
            cancellation);
        await queue.WakeAsync(CancellationToken.None);
        return saved;
    }

    // Planned in milliseconds: of such jobs any number may be posted at once.
    private bool IsQuick(TrainingConfiguration asked)
    {
        using var db = database.Read();
        return asked.InitialModel is null && db.Datasets.Where(dataset => dataset.Name == asked.Dataset).Select(dataset => dataset.Bytes).FirstOrDefault() <= QuickTableBytes;
    }

    private (TrainingJob Job, long DatasetNumber) Make(TrainingConfiguration asked)
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
            Warnings = JsonSerializer.Serialize(WarningsOf(plan, asked, dataset, table), SpecJson.Options),
            CreatedAt = Now,
            Epochs = plan.Configuration.Epochs!.Value,
        };
        job.Create();
        return (job, dataset.Number);
    }

    /// <summary>What the job would do, and what it would take; nothing is saved. Errors: <see cref="ProblemException"/>.</summary>
    public Task<TrainingValidationResponse> ValidateAsync(TrainingConfiguration asked, CancellationToken cancellation) =>
        requests.RunAsync(() => Validate(asked), cancellation);

    private TrainingValidationResponse Validate(TrainingConfiguration asked)
    {
        var (plan, dataset, table) = Plan(asked);
        using var taken = memory.Reserve(JobEstimate.BytesOf(plan, table), StatusCodes.Status409Conflict, "Take fewer units, a smaller batch or table"); // some of its steps are tried out
        var estimate = JobEstimate.Of(plan, table, threads);
        return new TrainingValidationResponse(
            plan.Configuration, plan.ParameterCount, estimate.MemoryBytes, estimate.Seconds, WarningsOf(plan, asked, dataset, table));
    }

    private (TrainingPlan Plan, Dataset Dataset, Table Table) Plan(TrainingConfiguration asked)
    {
        if (TooManyNames(asked) is { } tooMany)
            throw Refusal.Exception(400, tooMany.Detail, tooMany.Pointer); // each would be looked for among the columns
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
        var table = tables.Find(dataset!) ?? throw Refusal.Exception(400, $"There is no dataset \"{dataset!.Name}\"; upload it first.", "#/dataset");
        var plan = TrainingPlanner.Make(asked, network, initialModel, table, problems);
        if (plan is not null && initialModel is not null && InitialWeights.WhyUnfit(initialModel.Model, plan, table) is { } why)
            problems.Add(new SpecProblem("#/initialModel", why));
        if (plan is not null && JobEstimate.BytesOf(plan, table) is var bytes && bytes > limits.MostMemoryBytes)
            problems.Add(new SpecProblem("#", $"The job would need about {bytes:N0} bytes of memory; {limits.MemorySetting} allows {limits.MostMemoryBytes:N0}. Take fewer units, a smaller batch or table, or raise the limit."));
        return plan is null || problems.Count > 0 ? throw new ProblemException(Refusal.Of(problems)) : (plan, dataset!, table);
    }

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

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private static List<string> WarningsOf(TrainingPlan plan, TrainingConfiguration asked, Dataset dataset, Table table) =>
        [.. TargetReading.Warnings(plan, dataset, table).Concat(plan.Warnings)
            .Concat(TrainingWarnings.Of(plan, table, isNetworkAsked: asked.Network is not null || asked.InitialModel is not null)).Select(Echo.Shorten)];

    private LoadedModel? FindInitialModel(InitialModel start, List<SpecProblem> problems)
    {
        var found = start.Name is null ? null : models.Load(start.Name, start.Version);
        if (found is null)
            problems.Add(new SpecProblem("#/initialModel", start.Name is null
                ? "initialModel needs the name of a model."
                : $"There is no model \"{Echo.Cut(start.Name)}\"{(start.Version is { } version ? $" with version {version}" : "")}."));
        return found;
    }

    private TrainingJob Add(AppDbContext db, TrainingJob job, long datasetNumber, string key, string requestSha256)
    {
        var forgotten = Now - IdempotencyKey.Life;
        db.IdempotencyKeys.Where(row => row.CreatedAt <= forgotten).ExecuteDelete();
        Add(db, job, datasetNumber);
        db.SaveChanges(); // the job's number is needed
        db.IdempotencyKeys.Add(new IdempotencyKey { Key = key, RequestSha256 = requestSha256, JobNumber = job.Number, CreatedAt = job.CreatedAt });
        return job;
    }

    private TrainingJob Add(AppDbContext db, TrainingJob job, long datasetNumber)
    {
        if (!db.Datasets.Any(dataset => dataset.Number == datasetNumber))
            throw Refusal.Exception(409, $"Dataset \"{job.DatasetName}\" was deleted while the job was being made.", "#/dataset");
        if (db.TrainingJobs.Count(queued => queued.State == JobState.Queued) >= limits.MostQueued)
            throw Refusal.Exception(429, $"{limits.MostQueued:N0} jobs are waiting, the limit Training:MaxQueuedJobs. Try again when some have ended.");
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
            problems.Add(new SpecProblem("#/dataset", $"There is no dataset \"{Echo.Cut(asked.Dataset)}\"; upload it first."));
        return (dataset, asked.Network?.Find(db, problems));
    }
}
