using System.Text.Json;
using System.Text.Json.Serialization;
using NnService.Api.Http.Describing;
using NnService.Engine.Training;
using NnService.Engine.Training.Importance;

namespace NnService.Api.Models;

// What is stored as JSON and answered as it stands: these are its descriptions.

/// <summary>How good answers to some rows are: metrics of a classification or of a regression. Null where one is undefined.</summary>
[SomeOf(typeof(ClassificationMetrics), typeof(RegressionMetrics), OrNull = true)]
public sealed record Metrics
{
    /// <summary>The figures by target; null where there is one target.</summary>
    public IReadOnlyDictionary<string, Metrics>? PerOutput { get; init; }

    /// <summary>
    /// Share of the rows whose truth lies in the interval, or in the set of labels, of their prediction: at level 0.9 in the test metrics of a job, at the level
    /// asked for in an evaluation. Left out where there is no validation part to take intervals from.
    /// </summary>
    public double? Coverage { get; init; }
}

/// <summary>What a training has come to, on each part that there is. In lists, members that <c>fields</c> names and that are not there are null.</summary>
[SomeOf(OrNull = true)]
public sealed record TrainingMetrics
{
    /// <summary>On the rows that it was trained on.</summary>
    public Metrics? Train { get; init; }

    /// <summary>On the rows that early stopping watches.</summary>
    public Metrics? Validation { get; init; }

    /// <summary>On rows that nothing else has touched.</summary>
    public Metrics? Test { get; init; }

    /// <summary>95 % intervals of the test metrics, [low, high] each.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<double>>? Intervals { get; init; }

    /// <summary>What has to be beaten on the test part; null where nothing was fitted for that.</summary>
    public BaselineMetrics? Baselines { get; init; }

    /// <summary>Whether the network beats them beyond the interval, in words.</summary>
    public string? Verdict { get; init; }

    /// <summary>How much the model leans on each column; of a job it stands beside the metrics. Null where the training did not ask for it.</summary>
    public PermutationImportance? Importance { get; init; }

    /// <summary>Why metrics are null; also among the job's warnings.</summary>
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>What each network has come to, in their order; null where there is one.</summary>
    public IReadOnlyList<NetworkFigures>? Networks { get; init; }

    /// <summary>What the logits of all networks are divided by; null where there is one.</summary>
    public double? Temperature { get; init; }
}

/// <summary>One of several networks that a training has made.</summary>
/// <param name="LastEpoch">Its last epoch, counted through all networks.</param>
/// <param name="TrainLoss">The training loss of the epoch that was kept; null: there is none.</param>
/// <param name="ValidationLoss">The validation loss of that epoch; null: there is none.</param>
/// <param name="HasDiverged">Whether it has come to numbers that are not finite, and is left out.</param>
/// <param name="Weight">How much it counts in the model; 0: it is left out.</param>
public sealed record NetworkFigures(int LastEpoch, double? TrainLoss, double? ValidationLoss, bool HasDiverged, int Weight);

/// <summary>Metrics of what has to be beaten, without tables.</summary>
/// <param name="Trivial">Of the most frequent label, or the mean of training.</param>
/// <param name="Linear">Of a linear model; null where none was fitted.</param>
[SomeOf(OrNull = true)]
public sealed record BaselineMetrics(Metrics Trivial, Metrics? Linear);

/// <summary>Where a version comes from, in short; what is not known is left out.</summary>
[SomeOf(typeof(ModelLineage), NeverNull = true, Without = ["network", "configuration"])]
public sealed record BriefLineage;

/// <summary>The numbers of a layer: matrices as rows, vectors flat.</summary>
public sealed record LayerNumbers
{
    /// <summary>The layer's type.</summary>
    public required string Type { get; init; }

    /// <summary>[inputs][units]; where members have some of their own, [members][inputs][units].</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LayerWeights? Weights { get; init; }

    /// <summary>[units]; where members have some of their own, [members][units]; of embedded columns, [columns][units].</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LayerBias? Bias { get; init; }

    /// <summary>What other types of layers have.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; init; }
}

/// <summary>A matrix as rows; of several members one for each.</summary>
public sealed record LayerWeights;

/// <summary>A vector; of several members or columns one for each.</summary>
public sealed record LayerBias;
