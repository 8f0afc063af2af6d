using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using NnService.Api.Networks;
using NnService.Api.TrainingJobs.Planning.Recipes;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>
/// What a training job is asked to do. In a request everything but dataset and target may be left out; in a job every default is filled in,
/// and posting that again trains the same model.
/// </summary>
public sealed record TrainingConfiguration : ICheckedRequest
{
    internal const int MostOthers = 15;

    /// <summary>A network's name, or a network spelled out; left out: one that suits the task.</summary>
    public NetworkChoice? Network { get; init; }

    /// <summary>
    /// Networks that are trained after <c>network</c>, one after another and each as it is; those that answer the validation part best together become one
    /// model. Left out: none, or those of the recipe.
    /// </summary>
    [MaxLength(MostOthers)]
    public IReadOnlyList<NetworkSpec>? Ensemble { get; init; }

    /// <summary>A model whose weights are the start, in place of the network's own; left out: none.</summary>
    public InitialModel? InitialModel { get; init; }

    /// <summary>The dataset's name.</summary>
    [Required]
    public string? Dataset { get; init; }

    /// <summary>The column to predict, or several for a regression with several outputs.</summary>
    [Required]
    public TargetChoice? Target { get; init; }

    /// <summary>Binary classification: the label whose probability one sigmoid unit gives; left out: the second label.</summary>
    public string? PositiveLabel { get; init; }

    /// <summary>The columns to predict from; left out: every usable one but the target.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>Columns never used.</summary>
    public IReadOnlyList<string>? Ignore { get; init; }

    /// <summary>What is predicted; left out: told from the target, the network and the loss.</summary>
    public TaskKind? Task { get; init; }

    /// <summary>How raw columns become inputs.</summary>
    public PreprocessingSpec? Preprocessing { get; init; }

    /// <summary>Which rows train, validate and test.</summary>
    public SplitSpec? Split { get; init; }

    /// <summary>What is made small; left out: told from the task.</summary>
    public LossSpec? Loss { get; init; }

    /// <summary>Whether a minibatch's gradient is the mean or the sum over its rows; left out: the mean.</summary>
    public LossReduction? LossReduction { get; init; }

    /// <summary>Share of each classification target that is spread evenly over all labels.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? LabelSmoothing { get; init; }

    /// <summary>How much each class counts: <c>none</c>, <c>balanced</c>, or a weight for each label.</summary>
    public ClassWeightsChoice? ClassWeights { get; init; }

    /// <summary>
    /// A number column, 0 or more in every row, that says how much each row counts: in the loss, the metrics and the baselines. It is no feature. Left out:
    /// every row counts the same.
    /// </summary>
    public string? RowWeights { get; init; }

    /// <summary>Regression: whether answers are held within the range of the target in the training rows; left out: false.</summary>
    public bool? ClampOutput { get; init; }

    /// <summary>How the parameters move.</summary>
    public OptimizerSpec? Optimizer { get; init; }

    /// <summary>How the learning rate changes over the epochs, or the steps.</summary>
    public ScheduleSpec? Schedule { get; init; }

    /// <summary>Greatest L2 norm of a step's gradient; left out: not clipped.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? GradientClipNorm { get; init; }

    /// <summary>Rows of a minibatch.</summary>
    [Range(1, 1_000_000)]
    public int? BatchSize { get; init; }

    /// <summary>Epochs at the most.</summary>
    [Range(1, 10_000_000)]
    public int? Epochs { get; init; }

    /// <summary>The order in which an epoch visits the rows; left out: shuffled.</summary>
    public VisitOrder? Order { get; init; }

    /// <summary>Minibatches of an epoch, for rows drawn with replacement.</summary>
    [Range(1, 100_000_000)]
    public int? StepsPerEpoch { get; init; }

    /// <summary>When to end a run that no longer improves; left out: on where there is a validation part.</summary>
    public EarlyStoppingSpec? EarlyStopping { get; init; }

    /// <summary>Training time after which the run ends and keeps its model; left out: no limit.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? MaxSeconds { get; init; }

    /// <summary>Jobs of higher priority start first.</summary>
    [Range(-10, 10)]
    public int? Priority { get; init; }

    /// <summary>Epochs between two points of the history.</summary>
    [Range(1, 10_000_000)]
    public int? HistoryEvery { get; init; }

    /// <summary>Whether the training loss is taken over the whole part after each epoch, or as the running mean of its minibatches; left out: exact up to
    /// 10,000 training rows, running above.</summary>
    public HistoryLoss? HistoryLoss { get; init; }

    /// <summary>Seed of everything drawn at random.</summary>
    [Description("Seed of everything drawn at random.")]
    public ulong? Seed { get; init; }

    /// <summary>The numbers the network computes with; left out: float32.</summary>
    public Precision? Precision { get; init; }

    /// <summary>How much is done where nothing is said: <c>fast</c> (one network), <c>standard</c> (an ensemble in one network; where left out) or <c>best</c>
    /// (several such networks, up to ten times the time). A job that names its network, or starts from a model, trains that one, with what <c>fast</c> takes for
    /// batch size, epochs, optimizer and patience.</summary>
    public Recipe? Recipe { get; init; }

    /// <summary>Whether the job also measures, on its test part, how much the model leans on each column (permutation importance).</summary>
    public bool? Importance { get; init; }

    /// <summary>
    /// The version of the rules by which this trains, from 0 (until 2026-11-29) to 1; left out: the latest. A configuration in full says it, so that it trains the
    /// same model when it is posted to a later version of the service.
    /// </summary>
    [Range(TrainingRules.First, TrainingRules.Latest)]
    public int? RulesVersion { get; init; }

    /// <summary>The name of the trained model; left out: the dataset's name.</summary>
    public string? Model { get; init; }
}

/// <summary>A model to start from.</summary>
public sealed record InitialModel : ICheckedRequest
{
    /// <summary>The model's name.</summary>
    [Required]
    public string? Name { get; init; }

    /// <summary>Its version; left out: the latest.</summary>
    [Range(1, int.MaxValue)]
    public int? Version { get; init; }
}

/// <summary>What a minibatch's gradient is.</summary>
public enum LossReduction
{
    /// <summary>The mean over its rows.</summary>
    Mean,

    /// <summary>The sum over its rows.</summary>
    Sum,
}

/// <summary>The order in which an epoch visits the rows.</summary>
public enum VisitOrder
{
    /// <summary>Every row once, shuffled anew each epoch.</summary>
    Shuffled,

    /// <summary>Every row once, as they stand in the dataset.</summary>
    Sequential,

    /// <summary>Each row drawn from all of them.</summary>
    WithReplacement,
}

/// <summary>What the training loss of the history is.</summary>
public enum HistoryLoss
{
    /// <summary>The loss over the whole training part after each epoch.</summary>
    Exact,

    /// <summary>The mean over the epoch's minibatches while it ran.</summary>
    Running,
}
