using System.Text.Json.Serialization;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Losses;

namespace NnService.Engine;

/// <summary>Everything about a model but its numbers: enough to turn raw rows into predictions once the parameters are there.</summary>
public sealed record ModelDescription
{
    private readonly HashSet<string> _unused = [];

    /// <summary>The network, its inputs and units settled, without starting weights.</summary>
    public required NetworkSpec Network { get; init; }

    /// <summary>How raw columns become inputs.</summary>
    public required FeatureEncoding Features { get; init; }

    /// <summary>What outputs mean.</summary>
    public required TargetEncoding Target { get; init; }

    /// <summary>Several networks that answer together; null: it is one. <see cref="Network"/>, <see cref="Link"/> are then those of the first.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<EnsemblePart>? Ensemble { get; init; }

    /// <summary>Weight of all networks together. Weights are whole numbers of any size, so that their sum needs more digits than each.</summary>
    [JsonIgnore]
    public long TotalWeight => Ensemble?.Sum(part => (long)part.Weight) ?? 1;

    /// <summary>What each network of an ensemble would be by itself; of a model of one network that alone.</summary>
    [JsonIgnore]
    public IReadOnlyList<ModelDescription> Parts => Ensemble is null
        ? [this]
        : [.. Ensemble.Select(part => this with { Network = part.Network, Link = part.Link, Ensemble = null, Baselines = null, Conformal = null })];

    /// <summary>Multiplications and additions of an answer to a row, of all networks.</summary>
    [JsonIgnore]
    public long MultiplyAddsPerRow => Parts.Sum(part =>
        NetworkShape.Of(part.Network, Features.InputLayout(), null).MultiplyAddsPerRow!.Value);

    /// <summary>The numbers it computes with.</summary>
    public required Precision Precision { get; init; }

    /// <summary>
    /// The numbers it answers with: a regression target that was scaled for training comes back in float64, everything else in the precision of the network.
    /// </summary>
    [JsonIgnore]
    public Precision AnswerPrecision => Target.Task == TaskKind.Regression && !Target.IsIdentity ? Precision.Float64 : Precision;

    /// <summary>The loss it was trained with; null for a model made from explicit weights.</summary>
    public LossSpec? Loss { get; init; }

    /// <summary>What turns the network's output into the answer: the network then ends in its logits.</summary>
    public OutputLink Link { get; init; }

    /// <summary>What the model has to beat; null for a model made from explicit weights, and for models trained before there were baselines.</summary>
    public ModelBaselines? Baselines { get; init; }

    /// <summary>What intervals and sets of labels are made of; null: the model has no validation part.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ConformalScores? Conformal { get; init; }

    /// <summary>Columns of the training dataset that the model does not use; predictions ignore them.</summary>
    public IReadOnlyList<string> UnusedColumns
    {
        get;
        init
        {
            field = value;
            _unused = new HashSet<string>(value, StringComparer.Ordinal);
        }
    } = [];

    /// <summary>Whether a column of the training dataset is one that predictions ignore: unused, or a target.</summary>
    public bool Ignores(string column) => _unused.Contains(column) || Target.Columns.Contains(column);
}
