using System.Diagnostics;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Data.Nodes;
using NnService.Api.Datasets;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.Models;
using NnService.Api.Storage;
using NnService.Api.TrainingJobs.Lists;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Watching;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>One attempt at one job, from the claimed row to its end. Runs on a thread of its own, and has others compute.</summary>
internal sealed class TrainingRun(
    Database database, RunPlans plans, CheckpointStore checkpoints, JobFeeds feeds, TrainingThreads threads, CheckpointInterval interval,
    MemoryBudget memory, JobLimits limits, BlobStore blobs, Damage damage, Node node, TimeProvider clock, ILogger<TrainingRun> log)
{
    private const int ManyNumbers = 5_000_000;
    private const int MostPassedOn = 5; // then it is not the node
    private const string Unreadable = "what the job is to do: a newer version has written that, or it is damaged";

    private readonly RowsOfRun _rows = new(blobs, clock, log);

    /// <summary>
    /// Trains the job, from its latest checkpoint where it has one, and writes how it ended. Where the process is ending or the row was ended by others,
    /// it returns early.
    /// </summary>
    public void Execute(Guid id, int claim, RunningJob running)
    {
        var control = running.Control;
        var job = WhenBack(db => db.TrainingJobs.FirstOrDefault(row => row.Id == id && db.Datasets.Any(dataset => dataset.Name == row.DatasetName)), control);
        if (job is not { State: JobState.Running } || job.Attempt != claim)
            return; // cancelled before it began, and perhaps deleted since, or its dataset
        running.Follow(job); // what was asked for before the control was there to be asked
        var attempt = AttemptAt(job, running);
        try
        {
            var configuration = StoredConfiguration.ConfigurationOf(job);
            attempt = attempt with { MaxSeconds = configuration.MaxSeconds, Best = new BestEpoch(configuration.EarlyStopping!) };
            var (plan, table, dataset, initialModel) = plans.Of(job) ?? throw new InvalidOperationException("The job's dataset or initial model is gone.");
            running.Descriptions = ModelFactory.DescribeAll(plan);
            var needed = JobMemory.Of(plan, table, limits);
            using var taken = memory.ReserveForTraining(
                needed.Bytes, () => control.Request is TrainingRequest.Pause or TrainingRequest.Interrupt or TrainingRequest.Cancel);
            attempt = attempt with
            {
                IsClassification = plan.Target.Task != TaskKind.Regression,
                Evaluation = visitSeconds => EvaluationEstimate.Of(plan, visitSeconds),
            };
            var trained = plan.Configuration.Precision == Precision.Float32
                ? Train<float>(attempt, plan, table, needed, initialModel?.Model)
                : Train<double>(attempt, plan, table, needed, initialModel?.Model);
            if (trained is not null)
            {
                GiveMemoryBack(table.Rows, table.Columns.Count + plan.Outputs); // the encoded rows are nobody's any more
                Keep(job, attempt, plan, table, dataset, trained);
            }
        }
        catch (Exception left) when (control.Request is TrainingRequest.Interrupt or TrainingRequest.Cancel)
        {
            log.LogWarning(left, "Training job {JobId} could not be left in good order; it goes on from its last checkpoint", id);
        }
        catch (Exception away) when (database.Failures.IsAway(away))
        {
            log.LogWarning("Training job {JobId} could not read the database, and is queued again: {Reason}", id, away.GetBaseException().Message);
            var latest = attempt.LatestGeneration; // asked for before the transaction: it may be a request to another machine
            attempt.WriteWhenBack((_, queued) => queued.GiveBack(Now, latest, "the database was away"));
        }
        catch (Exception passing) when (NoMemory.Caused(passing) || (attempt.IsAlone && FolderException.Caused(passing) is not null))
        {
            throw; // nothing is to be written now, and whoever runs it waits a while, or for the folder
        }
        catch (Exception lacking) when (WhyHeld(lacking) is not null)
        {
            // Nothing is final that can be mended: what the job has done so far is kept, and another node or `resume` goes on.
            var latest = attempt.IsAlone ? 0 : attempt.LatestGeneration;
            attempt.WriteWhenBack((db, held) =>
            {
                if (attempt.IsAlone || lacking is DamageException || TrainingJob.TimesPassedOn(db, held) >= MostPassedOn)
                    held.HoldBack(Now, WhyHeld(lacking)!, canStop: lacking is not NothingLearnedException);
                else
                    held.GiveBack(Now, latest, TrainingJob.PassedOn + (lacking is JsonException ? $"read {Unreadable}" : $"read or write its files ({lacking.Message})"));
            });
            log.LogError(lacking, "Training job {JobId} is held, or given to another node", id);
        }
        catch (Exception failure)
        {
            log.LogError(failure, "Training job {JobId} failed", id);
            attempt.WriteWhenBack((_, failed) => failed.Fail(Now, StopReason.Error, Problem(
                500, "The training failed inside the service; the log has more under the job's id.")));
        }

        DropCheckpointsOfEnded(id, control);
    }

    // The one place that does: however the run has come to its end, and whoever ended the job while a last checkpoint was being written.
    private void DropCheckpointsOfEnded(Guid id, TrainingControl control)
    {
        if (control.Request == TrainingRequest.Interrupt)
            return; // the next start sweeps them
        if (WhenBack(db => db.TrainingJobs.FirstOrDefault(row => row.Id == id), control) is not { HasEnded: false })
            checkpoints.Delete(id);
    }

    private TResult WhenBack<TResult>(Func<AppDbContext, TResult> look, TrainingControl control) => database.WhenBack(
        () =>
        {
            using var db = database.Read();
            return look(db);
        },
        () => control.Request == TrainingRequest.Interrupt);

    // A text of the database: what others send is read elsewhere.
    private static string? WhyHeld(Exception failure) => failure is JsonException ? $"this version could not read {Unreadable}; resume the job when it can be read"
        : Mendable.Reason(failure) is not { } reason ? null
        : failure is DamageException ? $"{reason} Then resume the job" : $"{reason}; mend it and resume the job";

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private JobAttempt AttemptAt(TrainingJob job, RunningJob running) => new()
    {
        Database = database,
        Checkpoints = checkpoints,
        Feeds = feeds,
        Damage = damage,
        Threads = threads,
        Clock = clock,
        Log = log,
        Running = running,
        JobNumber = job.Number,
        JobId = job.Id,
        Attempt = job.Attempt,
        HasBeenSaved = job.HasBeenSaved,
        Epochs = job.Epochs,
        HoldsAfter = job.HoldsAfter < job.Epochs ? job.HoldsAfter : null,
        CheckpointSeconds = interval.Seconds,
        IsAlone = node.IsAlone,
    };

    // The model, where there is one to keep; its metrics are not yet known.
    private Trained? Train<T>(JobAttempt attempt, TrainingPlan plan, Table table, JobMemory needed, TrainedModel? initialModel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var team = threads.PerJob > 1 ? threads.Compute(() => new Team(threads.PerJob)) : null; // its workers have the priority of who starts them
        RunRecorder<T>? recorder = null;
        using var encoded = _rows.Encode<T>(attempt, plan, table, needed);
        if (encoded is null)
            return null;
        var (train, validation, _) = encoded;
        GiveMemoryBack(table.Rows, table.Columns.Count); // what planning and encoding have left would stand beside the rows for the whole training
        var networks = threads.Compute(() => new NetworkSequence<T>(plan, train, validation, team, rows => recorder!.Tick(rows)));
        if (needed.WindowBytes is not null)
            GiveMemoryBack(table.Rows, table.Columns.Count); // and the columns that the network has looked at
        var checkpoint = TakeUp(attempt, networks);
        if (checkpoint is null && initialModel is not null)
            InitialWeights.Copy<T>(initialModel, networks.Current.Parameters, networks.Current.State);

        using var recorded = recorder = new RunRecorder<T>(attempt with { VisitsPerEpoch = networks.VisitsPerEpoch }, networks, checkpoint);
        var run = threads.Compute(() => networks.Run(recorder.Add, attempt.Control));
        if (run.HasModel)
        {
            var evaluation = recorder.Evaluate();
            if (evaluation.Compute(() => ModelOf(plan, table, encoded, networks.VisitsPerEpoch, team, run, evaluation)) is { } trained)
                return trained;
            evaluation.Leave(Now); // in the middle of something of which nobody may see half
            return null;
        }

        var outcome = run.Last;
        if (outcome.End is TrainingEnd.Paused or TrainingEnd.Interrupted)
            recorder.Capture();
        recorder.Close();
        switch (outcome.End)
        {
            case TrainingEnd.Paused:
                var ofPause = attempt.LatestGeneration; // asked for before the transaction: it may be a request to another machine
                attempt.WriteWhenBack((_, running) => running.Interrupted(Now, ofPause));
                return null;
            case TrainingEnd.Interrupted:
                var ofEnd = attempt.LatestGeneration;
                attempt.Leave(ofEnd);
                return null;
            case TrainingEnd.Cancelled:
                break;
            case TrainingEnd.Diverged:
                var divergence = InDatasetRows(outcome.Divergence!, plan);
                var advice = divergence.Epoch == 0
                    ? "Begin with smaller weights, or scale the inputs."
                    : "Lower the learning rate, clip the gradient (gradientClipNorm), or scale the inputs.";
                attempt.WriteWhenBack((_, failed) => failed.Fail(Now, StopReason.Diverged, Problem(422, $"{divergence} {advice}")));
                break;
            default:
                throw new UnreachableException();
        }

        return null;
    }

    // Null where others have asked to leave meanwhile.
    private static Trained? ModelOf<T>(
        TrainingPlan plan, Table table, EncodedParts<T> encoded, int visitsPerEpoch, Team? team, SequenceOutcome<T> run, RunEvaluation evaluation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (train, validation, test) = encoded;
        var (baselines, ofLinear) = ModelFactory.Baselines(plan, table, train, (long)visitsPerEpoch * run.Last.Epoch, team, evaluation.IsLeft);
        if (!evaluation.IsLeft())
            try
            {
                var chosen = ModelFactory.Create(plan, table, run.Networks, baselines, evaluation.Answered);
                var ofLoss = FinalLoss.Warning(plan, train, run.Kept ?? run.Last.Last);
                string[] warnings = [.. NetworkNotes.Warnings(run.Networks, plan.Networks.Count), .. new[] { ofLoss, ofLinear }.OfType<string>()];
                var known = new PartAnswers(
                    SampleAnswers.Of(train, evaluation.Answered, chosen.Model)[0],
                    validation is null ? null : SampleAnswers.Of(validation, evaluation.Answered, chosen.Model)[0],
                    test is null ? null : SampleAnswers.Of(test, evaluation.Answered, JobMetrics.Measured(chosen.Model)));
                return new Trained(chosen.Model, run.Last, run.Kept, NetworkNotes.Of(run.Networks, chosen), known, evaluation, warnings);
            }
            catch (OperationCanceledException)
            {
                // Asked to leave while the networks were chosen, or answered.
            }

        return null;
    }

    // Left alone, the collector lets large arrays lie until there are many. This takes some 15 ms, and of gigabytes much longer.
    private static void GiveMemoryBack(long rows, long width)
    {
        if (rows * width >= ManyNumbers)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    private void Keep(TrainingJob job, JobAttempt attempt, TrainingPlan plan, Table table, Dataset dataset, Trained trained)
    {
        var (_, outcome, kept, _, _, evaluation, warnings) = trained;
        StoredMetrics metrics;
        TrainedModel model;
        try
        {
            (metrics, model) = Measure(plan, table, trained);
        }
        catch (OperationCanceledException)
        {
            evaluation.Leave(Now);
            return;
        }

        GiveMemoryBack(table.Rows, plan.Outputs); // nor are the answers to them
        var best = attempt.Best.IsRestored ? outcome.ModelEpoch : attempt.Best.Epoch;
        var lineage = LineageOf(job, plan, dataset, table, model, outcome);
        attempt.WriteWhenBack((db, running) =>
        {
            foreach (var warning in warnings)
                running.Warn(warning);
            var verified = ModelVerification.Compare(db, running, model.Sha256);
            var version = verified is null ? ModelStore.Add(db, running.ModelName, model, metrics, lineage, Now).Version : ModelVerification.OnlyVersion;
            running.Succeed(Now, ReasonOf(outcome.End), version, metrics, kept?.TrainLoss, kept?.ValidationLoss, best, verified);
            JobFigure.Add(db, running.Number, metrics.Summary);
        });
    }

    private static (StoredMetrics Metrics, TrainedModel Model) Measure(TrainingPlan plan, Table table, Trained trained) => trained.Evaluation.Compute(
        () => JobMetrics.Of(trained.Model, plan, table, trained.Evaluation.Answered, trained.Notes, trained.Known));

    // The latest checkpoint that is whole, fits and has its whole history, and that history cut to what belongs to it; null: from the start.
    private Checkpoint<T>? TakeUp<T>(JobAttempt attempt, NetworkSequence<T> networks)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (attempt.Attempt == 1)
            return null; // nobody has left anything
        int stored;
        using (var db = database.Read())
            stored = JobHistory.Count(db, attempt.JobNumber);
        var why = "are missing or damaged";
        var checkpoint = checkpoints.ReadLatest(attempt.JobId, file =>
        {
            why = "do not fit this version of the service";
            var read = Checkpoint<T>.Read(file);
            if (read.HistoryPoints > stored)
            {
                why = "are newer than its rows in the database";
                return null;
            }

            networks.Resume(read);
            return read;
        });
        if (attempt.HasBeenSaved)
            checkpoints.NoteWhetherLost(attempt.JobId);
        if (checkpoint is null && attempt.HasBeenSaved && attempt.Control.Request == TrainingRequest.Stop)
            throw new NothingLearnedException($"training job {attempt.JobId} was to end with what it had learned, but its checkpoints {why}. "
                + "Put those back that belong to it, or the version that wrote them, or let it start over.");
        if (checkpoint is null && stored > 0)
            log.LogWarning(
                "Training job {JobId} has no checkpoint that can be used and begins again; {Points} points of its history go with that",
                attempt.JobId,
                stored);
        var visits = checkpoint?.RowsTrained ?? 0;
        var shareDone = visits / RunProgress.VisitsInAll(visits, networks.VisitsPerEpoch, attempt.Epochs - networks.EpochsSpared);
        var latest = checkpoints.LatestGeneration(attempt.JobId); // of which the row knows none better
        attempt.WriteWhenBack((db, job) =>
        {
            if (checkpoint is null && attempt.HasBeenSaved)
                job.Warn($"The training has begun again, since its checkpoints {why}.");
            var last = JobHistory.Cut(db, job.Number, checkpoint?.HistoryPoints ?? 0);
            foreach (var point in JobHistory.Points(db, job.Number))
                attempt.Best.Observe(point);
            job.TakeUp(last, attempt.Best.Epoch, shareDone, latest);
        });
        return checkpoint;
    }

    // The trainer counts the rows of the training part; people count those of their table.
    private static Divergence InDatasetRows(Divergence divergence, TrainingPlan plan) =>
        divergence with { Rows = [.. divergence.Rows.Select(row => plan.Split.Train.Span[row])] };

    private static string LineageOf(TrainingJob job, TrainingPlan plan, Dataset dataset, Table table, TrainedModel model, TrainingOutcome outcome) =>
        new ModelLineage
        {
            Source = "trainingJob",
            JobId = job.Id,
            Dataset = dataset.Name,
            DatasetSha256 = dataset.Sha256,
            TableSha256 = dataset.TableSha256(table),
            Network = JsonNode.Parse(job.NetworkSpec),
            Configuration = JsonSerializer.SerializeToNode(plan.Configuration, SpecJson.Options),
            Seed = plan.Configuration.Seed,
            Epoch = outcome.ModelEpoch,
            StopReason = EnumNames<StopReason>.Of(ReasonOf(outcome.End)),
            WeightsSha256 = model.Sha256,
            CodeVersion = ServiceVersion.Text,
        }.ToJson();

    private static StopReason ReasonOf(TrainingEnd end) => end switch
    {
        TrainingEnd.EarlyStopping => StopReason.EarlyStopping,
        TrainingEnd.Stopped => StopReason.Stopped,
        TrainingEnd.TimeLimit => StopReason.TimeLimit,
        TrainingEnd.Completed or TrainingEnd.Diverged => StopReason.Completed, // the last of several networks has diverged, and others are the model
        _ => throw new UnreachableException(),
    };

    private static string Problem(int status, string detail) => JsonSerializer.Serialize(Refusal.Of(status, detail), SpecJson.Options);

    // A job is to end with what it has learned, and that is not there any more.
    private sealed class NothingLearnedException(string what) : DamageException(what);

    // What the training of a run has come to, to be evaluated.
    private sealed record Trained(
        TrainedModel Model, TrainingOutcome Outcome, EpochResult? Kept, JsonObject? Notes, PartAnswers Known, RunEvaluation Evaluation, string[] Warnings);
}
