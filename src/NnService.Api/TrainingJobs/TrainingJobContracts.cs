using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NnService.Api.Errors;
using NnService.Api.Http.Describing;
using NnService.Api.Models;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine.Specs;
using NnService.Engine.Training.Importance;

namespace NnService.Api.TrainingJobs;

/// <summary>A training job.</summary>
public sealed record TrainingJobResponse
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Where it is on its way.</summary>
    public required JobState State { get; init; }

    /// <summary>What it does while it runs: it trains, or its training has ended and its metrics are computed; null unless running.</summary>
    public required JobStage? Stage { get; init; }

    /// <summary>Why it ended; null before.</summary>
    public required StopReason? StopReason { get; init; }

    /// <summary>How often a worker has started on it.</summary>
    public required int Attempt { get; init; }

    /// <summary>0 to 1.</summary>
    public required double Progress { get; init; }

    /// <summary>Epochs trained.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs at the most.</summary>
    public required int Epochs { get; init; }

    /// <summary>
    /// The epoch with the smallest loss that early stopping watches, which is the one whose weights the model has where the best is restored; of several
    /// networks it is then that of the one with the smallest validation loss. Without early stopping it is the one with the smallest validation loss, or
    /// training loss where there is no validation part. Null before the first report.
    /// </summary>
    public required int? BestEpoch { get; init; }

    /// <summary>Seconds to the end at the present speed, the metrics included; null unless running.</summary>
    public required double? EtaSeconds { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When a worker first started on it; null before.</summary>
    public required DateTime? StartedAt { get; init; }

    /// <summary>When it ended; null before.</summary>
    public required DateTime? EndedAt { get; init; }

    /// <summary>What it does, every default filled in: posting this again trains the same model. Left out in lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required TrainingConfiguration? Configuration { get; init; }

    /// <summary>The training loss: while it runs the latest, at the end that of the model's epoch (the best one where early stopping restores it); null before
    /// the first.</summary>
    public required double? TrainLoss { get; init; }

    /// <summary>The validation loss, of the same epoch; null without a validation part.</summary>
    public required double? ValidationLoss { get; init; }

    /// <summary>
    /// Metrics of each part (train, validation, test); beside them 95 % <c>intervals</c> of the test metrics, the <c>baselines</c> trivial and linear on the
    /// test part,
    /// and a <c>verdict</c> in words. Null until it has succeeded.
    /// </summary>
    [WireType(typeof(TrainingMetrics))]
    public required JsonNode? Metrics { get; init; }

    /// <summary>How much the model leans on each column, measured on the test part; null where the configuration's <c>importance</c> is not true.</summary>
    [WireType(typeof(PermutationImportance))]
    public required JsonNode? Importance { get; init; }

    /// <summary>Rows trained a second.</summary>
    public required double? SamplesPerSecond { get; init; }

    /// <summary>The trained model; null until it has succeeded.</summary>
    public required JobModel? Model { get; init; }

    /// <summary>The id of the study that it belongs to; null: to none.</summary>
    public required Guid? Study { get; init; }

    /// <summary>Which of the study's trials or folds it is, counted from 0; null: none.</summary>
    public required int? Trial { get; init; }

    /// <summary>Why it failed, as a problem; null otherwise.</summary>
    [WireType(typeof(JobError))]
    public required JsonNode? Error { get; init; }

    /// <summary>What was left out or looks wrong, and why a metric is null.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Its states so far.</summary>
    public required IReadOnlyList<JobTransitionResponse> Transitions { get; init; }

    internal static TrainingJobResponse Of(TrainingJob job) => Of(job, job.Metrics is null ? null : JsonNode.Parse(job.Metrics)!.AsObject());

    /// <summary>The same without tables that are too large for a list.</summary>
    internal static TrainingJobResponse SummaryOf(TrainingJob job) => Of(job, LargeTables.LeftOut(job.Metrics));

    private static TrainingJobResponse Of(TrainingJob job, JsonObject? metrics)
    {
        var importance = metrics?[JobMetrics.Importance];
        metrics?.Remove(JobMetrics.Importance);
        return new TrainingJobResponse
        {
            Id = job.Id,
            State = job.State,
            Stage = job.Stage,
            StopReason = job.StopReason,
            Attempt = job.Attempt,
            Progress = job.State == JobState.Succeeded ? 1 : job.ShareDone,
            Epoch = job.Epoch,
            Epochs = job.Epochs,
            BestEpoch = job.BestEpoch,
            EtaSeconds = job.EtaSeconds,
            CreatedAt = job.CreatedAt,
            StartedAt = job.StartedAt,
            EndedAt = job.EndedAt,
            Configuration = job.Configuration.Length == 0 ? null : StoredConfiguration.ConfigurationOf(job),
            TrainLoss = job.TrainLoss,
            ValidationLoss = job.ValidationLoss,
            Metrics = metrics,
            Importance = importance,
            SamplesPerSecond = job.SamplesPerSecond,
            Model = job.ModelVersion is { } version ? new JobModel(job.ModelName, version) : null,
            Study = job.StudyId,
            Trial = job.Trial,
            Error = job.Error is null ? null : JsonNode.Parse(job.Error),
            Warnings = [.. JsonSerializer.Deserialize<IReadOnlyList<string>>(job.Warnings, SpecJson.Options)!, .. PartNotes.In(metrics)],
            Transitions = [.. job.Transitions.OrderBy(transition => transition.Number)
                .Select(transition => new JobTransitionResponse(transition.State, transition.At, transition.Reason))],
        };
    }
}

/// <summary>What a job would do, thought through, and what it would take; nothing was started.</summary>
/// <param name="Configuration">Every default filled in: posting this trains just that.</param>
/// <param name="ParameterCount">Numbers to train.</param>
/// <param name="MemoryBytes">Memory of the job beside what the service needs anyway, roughly.</param>
/// <param name="Seconds">Time through all epochs on this machine as busy as it is now, roughly; early stopping may end it sooner.</param>
/// <param name="Warnings">What would be left out, or looks wrong.</param>
public sealed record TrainingValidationResponse(
    TrainingConfiguration Configuration, long ParameterCount, long MemoryBytes, double Seconds, IReadOnlyList<string> Warnings);

/// <summary>The job; with <c>validateOnly=true</c> what it would do. A generated client that knows no such alternatives has the members of both.</summary>
[SomeOf(typeof(TrainingJobResponse), typeof(TrainingValidationResponse), Whole = true)]
public sealed record TrainingAnswer;

/// <summary>Why a job failed: a problem document without a request.</summary>
/// <param name="Type">A URI that names the kind of problem.</param>
/// <param name="Title">The kind of problem in a few words.</param>
/// <param name="Status">The HTTP status that a request would have been refused with.</param>
/// <param name="Detail">What went wrong and what to change.</param>
/// <param name="Errors">Each single thing that is wrong.</param>
public sealed record JobError(string Type, string Title, int Status, string Detail, IReadOnlyList<ProblemItem> Errors);

/// <summary>A training job in a list: without its configuration, or with those members alone that <c>fields</c> names.</summary>
[SomeOf(typeof(TrainingJobResponse))]
public sealed record TrainingJobItem
{
    /// <summary>The members of it that <c>fields</c> names.</summary>
    [WireType(typeof(JsonObject))]
    public JsonNode? Configuration { get; init; }

    /// <summary>The trained model; null until it has succeeded.</summary>
    public JobModelItem? Model { get; init; }

    /// <summary>Why it failed, as a problem; null otherwise.</summary>
    [WireType(typeof(JsonObject))]
    public JsonNode? Error { get; init; }
}

/// <summary>The model a job in a list has trained.</summary>
[SomeOf(typeof(JobModel))]
public sealed record JobModelItem;

/// <summary>The model a job has trained.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
public sealed record JobModel(string Name, int Version);

/// <summary>One change of a job's state.</summary>
/// <param name="State">The new state.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why.</param>
public sealed record JobTransitionResponse(JobState State, DateTime At, string Reason);

/// <summary>The loss history of a job.</summary>
/// <param name="Points">The points asked for.</param>
/// <param name="Total">Points of the whole history so far.</param>
public sealed record HistoryResponse(IReadOnlyList<HistoryPointResponse> Points, int Total);

/// <summary>One point: epoch 0 is the untrained network, epoch e is after e epochs.</summary>
/// <param name="Epoch">Epochs trained.</param>
/// <param name="Step">Minibatches trained.</param>
/// <param name="TrainLoss">Loss over the training part, or the running mean of the epoch's minibatches; of the network that is under way, where a job trains
/// several.</param>
/// <param name="ValidationLoss">Loss over the validation part; null without one.</param>
/// <param name="LearningRate">The rate of the epoch.</param>
/// <param name="Metrics"><c>trainAccuracy</c> and <c>validationAccuracy</c> (classification) or <c>trainR2</c> and <c>validationR2</c>, in the units that are
/// learnt (of a <c>log1p</c> target its logarithms; the metrics of the job are in the target's own); null where it was not computed.</param>
/// <param name="ElapsedSeconds">Training time up to here.</param>
public sealed record HistoryPointResponse(
    int Epoch, long Step, double TrainLoss, double? ValidationLoss, double LearningRate, IReadOnlyDictionary<string, double?> Metrics, double ElapsedSeconds)
{
    internal static HistoryPointResponse Of(HistoryPoint point, bool isClassification) => new(
        point.Epoch,
        point.Step,
        point.TrainLoss,
        point.ValidationLoss,
        point.LearningRate,
        new Dictionary<string, double?>
        {
            [isClassification ? "trainAccuracy" : "trainR2"] = point.TrainScore,
            [isClassification ? "validationAccuracy" : "validationR2"] = point.ValidationScore,
        },
        point.ElapsedSeconds);
}
