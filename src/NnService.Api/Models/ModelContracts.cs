using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Http.Describing;
using NnService.Api.Models.Predictions;
using NnService.Api.Networks;
using NnService.Engine;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Losses;
using NnService.Engine.Specs;
using NnService.Engine.Training.Curves;

namespace NnService.Api.Models;

/// <summary>A model to make from explicit weights, without training.</summary>
public sealed record ModelRequest : ICheckedRequest
{
    /// <summary>Its name; left out: one is made. A name that is there already gets its next version.</summary>
    public string? Name { get; init; }

    /// <summary>A network's name, or a network spelled out; every dense layer with weights, and with bias unless useBias is false.</summary>
    public NetworkChoice? Network { get; init; }

    /// <summary>The features' names in the order of the inputs; left out: x1 … xn.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>The labels of a classifier: two for one output or two, otherwise one for each output; left out: outputs are numbers.</summary>
    public IReadOnlyList<string>? Labels { get; init; }

    /// <summary>The target's name, for evaluations; left out: y.</summary>
    public string? Target { get; init; }

    /// <summary>The numbers it computes with; left out: float32.</summary>
    public Precision? Precision { get; init; }

    /// <summary>Fixed shifts and scales of features; left out: raw values go in.</summary>
    public PreprocessingSpec? Preprocessing { get; init; }

    /// <summary>A document of the export json, posted as it is, brings this and the members below in the place of those above.</summary>
    public string? Format { get; init; }

    /// <summary>The exported model's network, encodings and precision.</summary>
    public JsonElement? Description { get; init; }

    /// <summary>The exported model's numbers by name.</summary>
    public JsonElement? Parameters { get; init; }

    /// <summary>What the document says about where it comes from; kept as the new version's origin where <c>testVectors</c> stand beside it.</summary>
    public JsonElement? Manifest { get; init; }

    /// <summary>Rows and the exported model's answers: the new model must give the same. Leave them out, and <c>manifest</c>, where something was changed
    /// since.</summary>
    public JsonElement? TestVectors { get; init; }
}

/// <summary>A model and its versions, newest first.</summary>
/// <param name="Name">Its name.</param>
/// <param name="CreatedAt">When its first version was made.</param>
/// <param name="Versions">Its versions, newest first.</param>
/// <param name="Aliases">The version each alias stands for.</param>
public sealed record ModelResponse(string Name, DateTime CreatedAt, IReadOnlyList<ModelVersionSummary> Versions, IReadOnlyDictionary<string, int> Aliases);

/// <summary>What an alias is to stand for.</summary>
public sealed record AliasRequest
{
    /// <summary>A version of the model.</summary>
    [Required]
    public int? Version { get; init; }
}

/// <summary>An alias: a name for one version, to be used in a path wherever a version's number stands.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Alias">The alias.</param>
/// <param name="Version">The version it stands for.</param>
public sealed record AliasResponse(string Model, string Alias, int Version);

/// <summary>A version in a list.</summary>
/// <param name="Version">1, 2, 3 …</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="Sha256">Hash of its parameters.</param>
/// <param name="Metrics">Metrics of each part, without confusion matrices and figures of each label where there are more than 20 labels; null for a model made
/// from explicit weights.</param>
public sealed record ModelVersionSummary(
    int Version, DateTime CreatedAt, string Sha256, [property: WireType(typeof(TrainingMetrics))] JsonNode? Metrics);

/// <summary>Everything about one version.</summary>
public sealed record ModelVersionResponse
{
    /// <summary>The model's name.</summary>
    public required string Name { get; init; }

    /// <summary>1, 2, 3 …</summary>
    public required int Version { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>What it predicts.</summary>
    public required TaskKind Task { get; init; }

    /// <summary>Raw columns that go in, in the model's own order.</summary>
    public required IReadOnlyList<string> Features { get; init; }

    /// <summary>Columns it predicts.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>Labels in the order of the outputs; empty for regression.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Whose probability a single output is; null but for such a classifier.</summary>
    public required string? PositiveLabel { get; init; }

    /// <summary>The numbers it computes with.</summary>
    public required Precision Precision { get; init; }

    /// <summary>The loss it was trained with; null for a model made from explicit weights.</summary>
    public required LossSpec? Loss { get; init; }

    /// <summary>Its network; of an ensemble of several the first.</summary>
    public required NetworkSpec Network { get; init; }

    /// <summary>The networks of an ensemble that a study has made, each with its weight in the mean of their answers; left out where it is one network.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EnsemblePart>? Ensemble { get; init; }

    /// <summary>How each raw column becomes inputs.</summary>
    public required FeatureEncoding Preprocessing { get; init; }

    /// <summary>Trained numbers.</summary>
    public required int ParameterCount { get; init; }

    /// <summary>Hash of the parameters.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Metrics of each part; null for a model made from explicit weights.</summary>
    [WireType(typeof(TrainingMetrics))]
    public required JsonNode? Metrics { get; init; }

    /// <summary>Where it comes from.</summary>
    [WireType(typeof(BriefLineage))]
    public required JsonNode Lineage { get; init; }

    /// <summary>Weights and biases of each layer, with its running statistics and edges of bins; left out of several networks, and above 10,000 parameters.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [WireType(typeof(IReadOnlyList<LayerNumbers>))]
    public IReadOnlyList<JsonObject>? Layers { get; init; }
}

/// <summary>Rows to predict: objects, arrays in the model's order of features, or arrays in the order of the columns; or a stored dataset.</summary>
[UnknownMembers("Rows stand in a list: {\"rows\": [{\"column\": value, …}]}.", Query = ["threshold", IntervalLevel.Parameter, "ignoreUnknown"])]
public sealed record PredictRequest : IHoldsRows
{
    /// <summary>The columns' names, where rows are arrays in another order than the model's.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>The rows.</summary>
    [JsonConverter(typeof(RowElements))]
    public IReadOnlyList<JsonElement>? Rows { get; init; }

    /// <summary>A stored dataset in the rows' place.</summary>
    public string? Dataset { get; init; }
}

/// <summary>Predictions, in the order of the rows. Written by hand (<c>Predictor</c>): this is its description.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Predictions">One for each row.</param>
/// <param name="Warnings">Categories that training had not seen; left out where there are none.</param>
public sealed record PredictResponse(
    string Model,
    int Version,
    IReadOnlyList<PredictionResponse> Predictions,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Warnings);

/// <summary>A row's prediction: what its task gives, the rest is left out.</summary>
public sealed record PredictionResponse
{
    /// <summary>Regression with one output.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Value { get; init; }

    /// <summary>Regression with several outputs, by target.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Values { get; init; }

    /// <summary>Classification.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Label { get; init; }

    /// <summary>Classification: the probability of each label.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Probabilities { get; init; }

    /// <summary>Where <c>interval</c> asks for it, of a regression: what holds the truth with the probability asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PredictionInterval? Interval { get; init; }

    /// <summary>Where <c>interval</c> asks for it, of a classification: the labels among which the truth is with the probability asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Labels { get; init; }
}

/// <summary>[low, high]; of several outputs an object with that for each target.</summary>
public sealed record PredictionInterval;

/// <summary>What to measure a model on; rows may also come as text/csv, and what is said here is then said in the query.</summary>
public sealed record EvaluateRequest
{
    /// <summary>A dataset with the features and the target.</summary>
    [Required]
    public string? Dataset { get; init; }

    /// <summary>The column that holds the truth; left out: the model's target.</summary>
    public string? Target { get; init; }

    /// <summary>The loss; left out: the one it was trained with, or the usual one of its task. Label smoothing and weights of the training have no part in it.</summary>
    public LossSpec? Loss { get; init; }
}

/// <summary>How good a model is on rows.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Dataset">The dataset's name; null: the request has brought the rows.</param>
/// <param name="Rows">Rows measured: those whose target is not missing.</param>
/// <param name="Loss">The loss, in the units of training; null where it is not finite.</param>
/// <param name="Metrics">Metrics of the task.</param>
/// <param name="Warnings">What to know about the figures, and why a metric is null.</param>
public sealed record EvaluateResponse(
    string Model, int Version, string? Dataset, int Rows, double? Loss, [property: WireType(typeof(Metrics))] JsonNode Metrics, IReadOnlyList<string> Warnings)
{
    /// <summary>95 % intervals of the metrics, [low, high] each; a metric that is undefined is left out, and one whose rows are too few or too alike to
    /// tell.</summary>
    [WireType(typeof(IReadOnlyDictionary<string, IReadOnlyList<double>>))]
    public required JsonNode? Intervals { get; init; }

    /// <summary>Metrics on the same rows of <c>trivial</c> (the most frequent label or the mean of training) and <c>linear</c>; null for a model made from
    /// explicit weights.</summary>
    [WireType(typeof(BaselineMetrics))]
    public required JsonNode? Baselines { get; init; }

    /// <summary>Curves to draw, where they are asked for; left out otherwise, and where an answer is not a finite number.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EvaluationCurves? Curves { get; init; }

    /// <summary>Whether the network beats the baselines beyond the interval, in words.</summary>
    public required string Verdict { get; init; }
}
