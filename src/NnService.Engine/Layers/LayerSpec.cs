using System.Text.Json.Serialization;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Specs;

namespace NnService.Engine.Layers;

/// <summary>A layer as asked for; <see cref="Build{T}"/> makes the layer that computes.</summary>
[JsonConverter(typeof(SpecConverter<LayerSpec>))]
public abstract record LayerSpec : Spec, ISpecFamily<LayerSpec>
{
    /// <inheritdoc />
    public static SpecList<LayerSpec> Known { get; } = new(
        "layer",
        new DenseSpec(),
        new DropoutSpec(),
        new BatchNormalizationSpec(),
        new LayerNormalizationSpec(),
        new PiecewiseLinearSpec(),
        new PeriodicSpec(),
        new CosineEmbeddingSpec(),
        new CategoryEmbeddingSpec())
    {
        IsWrittenInFull = true,
    };

    /// <summary>The layer's units where this spec alone settles them; null where they follow from its neighbours.</summary>
    [JsonIgnore]
    public virtual int? FixedOutputs => null;

    /// <summary>The layer's inputs where this spec alone settles them, as explicit weights do; null otherwise.</summary>
    [JsonIgnore]
    public virtual int? FixedInputs => null;

    /// <summary>Whether the layer hands on as many numbers as it takes in.</summary>
    [JsonIgnore]
    public virtual bool KeepsWidth => true;

    /// <summary>Rows that a minibatch must have at least for the layer to train.</summary>
    [JsonIgnore]
    public virtual int LeastBatchSize => 1;

    /// <summary>
    /// Trained numbers of a layer with these inputs and outputs. Errors: <see cref="OverflowException"/> where a 64-bit count cannot hold them.
    /// </summary>
    public abstract long CountParameters(long inputs, long outputs);

    /// <summary>Multiply-adds that one row costs in the forward pass.</summary>
    public virtual long CountMultiplyAdds(long inputs, long outputs) => 0;

    /// <summary>Numbers that a row leaves in the layer's cache for the backward pass, at the most.</summary>
    public virtual long CountCache(long inputs, long outputs) => outputs;

    /// <summary>The layer that computes, for settled inputs and outputs.</summary>
    public abstract Layer<T> Build<T>(int inputs, int outputs)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>;
}
