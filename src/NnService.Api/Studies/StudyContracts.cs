using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NnService.Api.Http.Describing;
using NnService.Api.Studies.Folds;
using NnService.Api.TrainingJobs;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Data.Splits;
using NnService.Engine.Specs;

namespace NnService.Api.Studies;

/// <summary>A study: many training jobs for one question. In an answer every default is filled in.</summary>
public sealed record StudyRequest : ICheckedRequest
{
    /// <summary>More trials, or folds in all, are refused.</summary>
    internal const int MostTrials = 1000;

    /// <summary>Its name; left out: one is made.</summary>
    public string? Name { get; init; }

    /// <summary><c>search</c> (default) or <c>crossValidation</c>.</summary>
    public StudyKind? Kind { get; init; }

    /// <summary>The training job that its trials are made of; what is left out is chosen as for a single job.</summary>
    [Required]
    public TrainingConfiguration? Job { get; init; }

    /// <summary>Search: what each trial draws, by JSON pointers into the job, as <c>/optimizer/learningRate</c>.</summary>
    public IReadOnlyDictionary<string, SearchSpace>? Search { get; init; }

    /// <summary>Search: whether every trial runs to its end (<c>random</c>, default), or only the best of them (<c>successiveHalving</c>).</summary>
    public SearchMethod? Method { get; init; }

    /// <summary>Successive halving: one trial in so many goes on; default 3.</summary>
    [Range(2, 100)]
    public int? Eta { get; init; }

    /// <summary>Successive halving: epochs before the first decision; default 5.</summary>
    [Range(1, 10_000_000)]
    public int? MinEpochs { get; init; }

    /// <summary>Search: how many trials; default 20.</summary>
    [Range(1, MostTrials)]
    public int? Trials { get; init; }

    /// <summary>Cross-validation: how many parts the rows are divided into; default 5.</summary>
    [Range(2, SplitSpec.MostFolds)]
    public int? Folds { get; init; }

    /// <summary>Cross-validation: how often, with other parts each time; default 1.</summary>
    [Range(1, SplitSpec.MostFolds)]
    public int? Repeats { get; init; }

    /// <summary>Seed of what the trials draw, or of the division into folds; default 0.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Time after which it stops and keeps the best, pauses left out; left out: no limit.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? MaxSeconds { get; init; }

    /// <summary>What tells a good trial, as <c>validation/logLoss</c>; left out: the validation part's log loss or root mean squared error, of folds the test
    /// part's.</summary>
    public string? Metric { get; init; }

    /// <summary>Whether a small or a large metric is better; left out: as the metric has it.</summary>
    public SearchDirection? Direction { get; init; }

    /// <summary>What becomes the model: <c>best</c> (default of a search), <c>refit</c> (default of a cross-validation: the job once more, trained on all rows),
    /// <c>ensemble</c> (of a search at most eight trials that answer best together, of a cross-validation the models of all folds) or <c>none</c>.</summary>
    public StudyKeep? Keep { get; init; }

    /// <summary>The name of the model; left out: the job's model, or the dataset's name.</summary>
    public string? Model { get; init; }
}

/// <summary>What a trial draws for a field: exactly one of these.</summary>
public sealed record SearchSpace : ICheckedRequest
{
    /// <summary>A number between two, each as likely: <c>[low, high]</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Uniform { get; init; }

    /// <summary>A number between two, each order of magnitude as likely: <c>[low, high]</c>, low above 0.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? LogUniform { get; init; }

    /// <summary>A whole number from one to another, both included: <c>[low, high]</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<long>? Integer { get; init; }

    /// <summary>One of these values, each as likely; null: the field is left out.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JsonElement>? Choice { get; init; }
}

/// <summary>A study.</summary>
public sealed record StudyResponse
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it asks.</summary>
    public required StudyKind Kind { get; init; }

    /// <summary>Where it is on its way.</summary>
    public required JobState State { get; init; }

    /// <summary>Why it ends or has ended; null before.</summary>
    public required StudyStopReason? StopReason { get; init; }

    /// <summary>0 to 1.</summary>
    public required double Progress { get; init; }

    /// <summary>Seconds to the end, from the time that its jobs have taken; null while progress is 0, and unless it is running.</summary>
    public required double? EtaSeconds { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>When its first job was made; null before.</summary>
    public required DateTime? StartedAt { get; init; }

    /// <summary>When it ended; null before.</summary>
    public required DateTime? EndedAt { get; init; }

    /// <summary>What was asked for, every default of the study filled in; the trials' jobs have their own in full. Left out in lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [WireType(typeof(StudyRequest))]
    public required JsonNode? Configuration { get; init; }

    /// <summary>Its trials or folds by their numbers. Left out in lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required IReadOnlyList<TrialResponse>? Trials { get; init; }

    /// <summary>A search's best trial so far; null before the first.</summary>
    public required TrialResponse? Best { get; init; }

    /// <summary>A cross-validation's figures; null before its folds have ended, and of a search.</summary>
    [WireType(typeof(FoldMetricsResponse))]
    public required JsonNode? Metrics { get; init; }

    /// <summary>The model it has made; null: none, or not yet.</summary>
    public required JobModel? Model { get; init; }

    /// <summary>Why it failed; null otherwise.</summary>
    public required string? Error { get; init; }

    /// <summary>What looks wrong.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>A trial of a search, or a fold of a cross-validation.</summary>
/// <param name="Number">Its number, counted from 0.</param>
/// <param name="JobId">Its training job; null before it is made.</param>
/// <param name="State">The job's state; queued before.</param>
/// <param name="Parameters">The values it has drawn, by their pointers; of a fold <c>fold</c> and <c>repeat</c>.</param>
/// <param name="Value">The metric of its model; null before there is one.</param>
/// <param name="Epochs">Epochs trained.</param>
/// <param name="Error">Why it failed; null otherwise.</param>
public sealed record TrialResponse(
    int Number,
    Guid? JobId,
    JobState State,
    IReadOnlyDictionary<string, JsonElement> Parameters,
    double? Value,
    int Epochs,
    string? Error)
{
    internal static TrialResponse Of(StudyTrial trial) => new(
        trial.Trial, trial.JobId, trial.State, JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(trial.Parameters, SpecJson.Options)!, trial.Value,
        trial.Epochs, trial.Error);
}

/// <summary>What a study would do; nothing was started.</summary>
/// <param name="Configuration">Every default of the study filled in.</param>
/// <param name="Trials">Its trials or folds, with what they would draw.</param>
/// <param name="Jobs">How many jobs it would make, that which trains once more on all rows included.</param>
/// <param name="MemoryBytes">Memory of a job beside what the service needs anyway, roughly.</param>
/// <param name="Seconds">Time until all jobs have ended on this machine as busy as it is now, roughly; early stopping may end it sooner.</param>
/// <param name="Warnings">What would be left out, or looks wrong.</param>
public sealed record StudyValidationResponse(
    [property: WireType(typeof(StudyRequest), NeverNull = true)] JsonNode Configuration,
    IReadOnlyList<TrialResponse> Trials,
    int Jobs,
    long MemoryBytes,
    double Seconds,
    IReadOnlyList<string> Warnings);

/// <summary>The study; with <c>validateOnly=true</c> what it would do. A generated client that knows no such alternatives has the members of both.</summary>
[SomeOf(typeof(StudyResponse), typeof(StudyValidationResponse), Whole = true)]
public sealed record StudyAnswer;
