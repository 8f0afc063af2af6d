using System.Diagnostics;
using System.Numerics;
using System.Text.Json;
using NnService.Api.Data;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Kernels;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs;

/// <summary>One attempt at one job, from the claimed row to its end. Runs on a thread of its own.</summary>
internal sealed class TrainingRun(Database database, DatasetTables tables, ModelStore models, TrainingThreads threads, TimeProvider clock, ILogger<TrainingRun> log)
{
    /// <summary>Trains the job and writes how it ended. Returns early, leaving the row as it is, where the process is ending or the row was ended by others.</summary>
    public void Execute(Guid id, int attempt, TrainingControl control)
    {
        TrainingJob job;
        Dataset dataset;
        using (var db = database.Read())
        {
            job = db.TrainingJobs.Single(row => row.Id == id);
            dataset = db.Datasets.Single(row => row.Name == job.DatasetName);
        }

        try
        {
            var configuration = JsonSerializer.Deserialize<TrainingConfiguration>(job.Configuration, SpecJson.Options)!;
            var network = JsonSerializer.Deserialize<NetworkSpec>(job.NetworkSpec, SpecJson.Options)!;
            var table = tables.Get(dataset);
            var problems = new List<SpecProblem>();
            var plan = TrainingPlanner.Make(configuration, network, table, problems)
                ?? throw new InvalidOperationException($"A stored configuration no longer fits: {problems[0].Pointer} {problems[0].Detail}");
            var writer = new HistoryWriter(database, clock, job.Number, attempt, control);
            if (configuration.Precision == Precision.Float32)
                Train<float>(job, attempt, plan, table, dataset, writer, control);
            else
                Train<double>(job, attempt, plan, table, dataset, writer, control);
        }
        catch (Exception failure)
        {
            log.LogError(failure, "Training job {JobId} failed", id);
            Write(job.Number, attempt, running => running.Fail(Now, StopReason.Error, Problem(
                500, "The training failed inside the service; the log has more under the job's id.")));
        }
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private void Train<T>(TrainingJob job, int attempt, TrainingPlan plan, Table table, Dataset dataset, HistoryWriter history, TrainingControl control)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var configuration = plan.Configuration;
        var started = clock.GetTimestamp();
        var rowsTrained = 0L;
        using var team = threads.PerJob > 1 ? new Team(threads.PerJob) : null;
        var samples = TrainingSamples.Of<T>(plan, table);
        var trainer = PlannedTraining.TrainerOf(plan, samples, team, rows =>
        {
            rowsTrained += rows;
            if (configuration.MaxSeconds is { } most && clock.GetElapsedTime(started).TotalSeconds >= most)
                control.Ask(TrainingRequest.TimeLimit);
            history.Tick(rowsTrained / Math.Max(clock.GetElapsedTime(started).TotalSeconds, 1e-9));
        });

        if (configuration.InitialModel is { } start)
        {
            var initial = models.Load(start.Name!, start.Version)
                ?? throw new InvalidOperationException($"The initial model {start.Name}/{start.Version} is gone.");
            InitialWeights.Copy<T>(initial.Model, trainer.Parameters, trainer.State);
        }

        var outcome = trainer.Run(
            result => history.Add(new HistoryPoint(
                result.Epoch, result.Step, result.TrainLoss, result.ValidationLoss, result.LearningRate,
                result.TrainScore, result.ValidationScore, clock.GetElapsedTime(started).TotalSeconds)),
            control);
        history.Flush(rowsTrained / Math.Max(clock.GetElapsedTime(started).TotalSeconds, 1e-9));
        switch (outcome.End)
        {
            case TrainingEnd.Cancelled or TrainingEnd.Interrupted:
                return;
            case TrainingEnd.Diverged:
                Write(job.Number, attempt, running => running.Fail(Now, StopReason.Diverged, Problem(
                    422, $"{InDatasetRows(outcome.Divergence!, plan)} Lower the learning rate, clip the gradient (gradientClipNorm), or scale the inputs.")));
                return;
        }

        var isLeft = () => control.Request is TrainingRequest.Cancel or TrainingRequest.Interrupt;
        var baselines = PlannedTraining.BaselinesOf(plan, table, samples, team, isLeft);
        if (isLeft())
            return; // in the middle of a baseline: nobody may see half of one
        var model = PlannedTraining.ModelOf(plan, trainer, baselines);
        var metrics = PlannedTraining.MetricsOf(model, plan, table);
        var lineage = LineageOf(job, configuration, dataset, model, outcome);
        Write(job.Number, attempt, (db, running) =>
        {
            var version = ModelStore.Add(db, running.ModelName, model, metrics, lineage, Now);
            running.Succeed(Now, ReasonOf(outcome.End), version.Version, metrics, outcome.Kept?.TrainLoss, outcome.Kept?.ValidationLoss);
        });
    }

    // The trainer counts the rows of the training part; people count those of their table.
    private static Divergence InDatasetRows(Divergence divergence, TrainingPlan plan) =>
        divergence with { Rows = [.. divergence.Rows.Select(row => plan.Split.Train.Span[row])] };

    private static string LineageOf(TrainingJob job, TrainingConfiguration configuration, Dataset dataset, TrainedModel model, TrainingOutcome outcome) =>
        JsonSerializer.Serialize(
            new
            {
                source = "trainingJob",
                jobId = job.Id,
                dataset = dataset.Name,
                datasetSha256 = dataset.Sha256,
                configuration.Seed,
                epoch = outcome.ModelEpoch,
                weightsSha256 = model.Sha256,
                codeVersion = typeof(TrainingRun).Assembly.GetName().Version!.ToString(3),
            },
            SpecJson.Options);

    private static StopReason ReasonOf(TrainingEnd end) => end switch
    {
        TrainingEnd.EarlyStopping => StopReason.EarlyStopping,
        TrainingEnd.Stopped => StopReason.Stopped,
        TrainingEnd.TimeLimit => StopReason.TimeLimit,
        TrainingEnd.Completed => StopReason.Completed,
        _ => throw new UnreachableException(),
    };

    private static string Problem(int status, string detail) => JsonSerializer.Serialize(Refusal.Of(status, detail), SpecJson.Options);

    private void Write(long number, int attempt, Action<TrainingJob> change) => Write(number, attempt, (_, job) => change(job));

    // Fenced: only while the row still belongs to this attempt. A cancelled job, or one claimed anew, is left alone.
    private void Write(long number, int attempt, Action<AppDbContext, TrainingJob> change) => database.Write(db =>
    {
        var job = db.TrainingJobs.SingleOrDefault(row => row.Number == number && row.Attempt == attempt && row.State == JobState.Running);
        if (job is not null)
            change(db, job);
        return job is not null;
    });
}
