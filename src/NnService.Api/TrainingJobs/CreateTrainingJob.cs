using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine;
using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs;

/// <summary>Takes a job in: thinks its configuration through, saves it, and wakes the worker.</summary>
internal sealed class CreateTrainingJob(Database database, DatasetTables tables, TrainingQueue queue, TimeProvider clock, IConfiguration settings)
{
    private readonly int _mostQueued = settings.GetValue("Training:MaxQueuedJobs", 10_000);

    /// <summary>The saved job. Errors: <see cref="ProblemException"/>.</summary>
    public async Task<TrainingJob> RunAsync(TrainingConfiguration asked, CancellationToken cancellation)
    {
        var problems = new List<SpecProblem>();
        problems.AddRange(SpecCheck.Problems(asked).Where(problem => !problem.Pointer.StartsWith("#/network", StringComparison.Ordinal)));
        if (ResourceName.Problem(asked.Model, "#/model") is { } badName)
            problems.Add(badName);
        var (dataset, network) = Find(asked, problems);
        var plan = problems.Count == 0 ? TrainingPlanner.Make(asked, network, tables.Get(dataset!), problems) : null;
        if (plan is null)
            throw new ProblemException(Refusal.Of(problems));

        var job = new TrainingJob
        {
            Id = Guid.CreateVersion7(),
            Priority = plan.Configuration.Priority!.Value,
            DatasetName = dataset!.Name,
            NetworkName = plan.Configuration.Network!.Name,
            ModelName = plan.Configuration.Model!,
            Configuration = JsonSerializer.Serialize(plan.Configuration, SpecJson.Options),
            NetworkSpec = JsonSerializer.Serialize(plan.Network, SpecJson.Options),
            Warnings = JsonSerializer.Serialize(plan.Warnings, SpecJson.Options),
            CreatedAt = clock.GetUtcNow().UtcDateTime,
            Epochs = plan.Configuration.Epochs!.Value,
        };
        job.Create();
        await database.WriteAsync(db => Add(db, job, dataset.Number), cancellation);
        await queue.WakeAsync(CancellationToken.None);
        return job;
    }

    private TrainingJob Add(AppDbContext db, TrainingJob job, long datasetNumber)
    {
        if (!db.Datasets.Any(dataset => dataset.Number == datasetNumber))
            throw Refusal.Exception(409, $"Dataset \"{job.DatasetName}\" was deleted while the job was being made.", "#/dataset");
        if (db.TrainingJobs.Count(queued => queued.State == JobState.Queued) >= _mostQueued)
            throw Refusal.Exception(429, $"{_mostQueued:N0} jobs are waiting, the limit Training:MaxQueuedJobs. Try again when some have ended.");
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
