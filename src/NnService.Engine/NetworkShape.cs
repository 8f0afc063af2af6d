using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Specs;

namespace NnService.Engine;

/// <summary>The widths of a network's layers, as far as they are known, and what follows from them.</summary>
public sealed class NetworkShape
{
    private readonly LayerSpec[] _specs;
    private readonly List<(int Layer, string? Member, string Detail)> _conflicts = [];

    private NetworkShape(NetworkSpec spec, InputLayout? inputs, int? outputs)
    {
        _specs = new LayerSpec[spec.Layers.Count];
        Layers = new LayerShape[spec.Layers.Count];
        var (width, layout) = (spec.Inputs ?? inputs?.Width, inputs);
        if (inputs is not null && spec.Inputs is not null && inputs.Width != spec.Inputs)
            Conflict(-1, "inputs", $"The network takes {spec.Inputs} {(spec.Inputs == 1 ? "input" : "inputs")}; the features make {inputs.Width}.");
        for (var i = 0; i < Layers.Count; i++)
        {
            var layer = spec.Layers[i];
            if (layer is EmbeddingSpec embedding)
            {
                layer = embedding = embedding with { Layout = layout };
                layout = embedding.OutputLayout;
                if (layout is not null && embedding.Columns.Count == 0)
                    Conflict(i, null, $"There is nothing to embed: no feature is a {(embedding.Embeds == InputKind.Category ? "category" : "number")}. "
                        + $"Leave the {embedding.Type} layer out, or name such a column in features.");
            }

            _specs[i] = layer;
            if (layer.FixedInputs is { } rows && width is { } given && rows != given)
                Conflict(i, "weights", $"weights has {rows} {(rows == 1 ? "row" : "rows")}; the layer has {given} {(given == 1 ? "input" : "inputs")}.");
            var layerInputs = width ?? layer.FixedInputs;
            var layerOutputs = layer.KeepsWidth ? layerInputs : layer.FixedOutputs;
            if (ReferenceEquals(layer, spec.OutputLayer))
            {
                if (layerOutputs is { } units && outputs is { } wanted && units != wanted)
                    Conflict(i, "units", $"The last layer has {units} {(units == 1 ? "unit" : "units")}; the target needs {wanted}.");
                layerOutputs ??= outputs;
            }
            else if (layerOutputs is null && !layer.KeepsWidth && layer is not EmbeddingSpec)
            {
                Conflict(i, "units", "units is missing; only the last layer's may be left out.");
            }

            ((LayerShape[])Layers)[i] = new LayerShape(layerInputs, layerOutputs);
            width = layerOutputs;
        }
    }

    /// <summary>Inputs and outputs of each layer; null where not known yet.</summary>
    public IReadOnlyList<LayerShape> Layers { get; }

    /// <summary>The network's inputs; null where not known yet.</summary>
    public int? Inputs => Layers.Count == 0 ? null : Layers[0].Inputs;

    /// <summary>The network's outputs; null where not known yet.</summary>
    public int? Outputs => Layers.Count == 0 ? null : Layers[^1].Outputs;

    /// <summary>Trained numbers of the whole network; null where a width is not known yet.</summary>
    public long? ParameterCount => IsSettled ? Total((layer, shape) => layer.CountParameters(shape.Inputs!.Value, shape.Outputs!.Value)) : null;

    /// <summary>Multiply-adds of one row's forward pass; null where a width is not known yet.</summary>
    public long? MultiplyAddsPerRow => IsSettled ? Total((layer, shape) => layer.CountMultiplyAdds(shape.Inputs!.Value, shape.Outputs!.Value)) : null;

    /// <summary>Numbers that a row takes in a workspace for training; null where a width is not known yet.</summary>
    public long? NumbersPerRow => IsSettled
        ? Total((layer, shape) => (2L * shape.Outputs!.Value) + layer.CountCache(shape.Inputs!.Value, shape.Outputs.Value)) : null;

    private bool IsSettled => Layers.All(shape => shape is { Inputs: not null, Outputs: not null });

    /// <summary>Works out the widths.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="inputs">The encoded features; null where not known.</param>
    /// <param name="outputs">Width of the encoded target; null where not known.</param>
    public static NetworkShape Of(NetworkSpec spec, InputLayout? inputs, int? outputs) => new(spec, inputs, outputs);

    /// <summary>A layer as asked for, which knows its inputs where it is an embedding.</summary>
    internal LayerSpec Spec(int layer) => _specs[layer];

    /// <summary>What does not fit together, and too many parameters; empty where all is well.</summary>
    public IReadOnlyList<SpecProblem> Problems(string at = "#")
    {
        var problems = _conflicts
            .Select(conflict => new SpecProblem(
                conflict.Layer < 0 ? $"{at}/{conflict.Member}"
                    : $"{at}/layers/{conflict.Layer}{(conflict.Member is null ? "" : $"/{conflict.Member}")}",
                conflict.Detail))
            .ToList();
        if (problems.Count == 0 && LargestLayer() is var (index, count) && count > NetworkSpec.MaxParameters)
            problems.Add(new SpecProblem(
                $"{at}/layers/{index}",
                $"The network would have more than {NetworkSpec.MaxParameters:N0} parameters, this layer alone {count:N0}; use fewer units."));
        return problems;
    }

    // A width that is not known yet counts as 1, so that a billion units are refused before a dataset is known.
    private (int Index, long Count)? LargestLayer()
    {
        (int Index, long Count)? largest = null;
        var total = 0L;
        for (var i = 0; i < Layers.Count; i++)
        {
            long count;
            try
            {
                count = _specs[i].CountParameters(Layers[i].Inputs ?? 1, Layers[i].Outputs ?? 1);
                total = checked(total + count);
            }
            catch (OverflowException)
            {
                return (i, long.MaxValue);
            }

            if (largest is null || count > largest.Value.Count)
                largest = (i, count);
        }

        return largest is { } found && total > NetworkSpec.MaxParameters ? (found.Index, Math.Max(found.Count, NetworkSpec.MaxParameters + 1)) : null;
    }

    private long Total(Func<LayerSpec, LayerShape, long> count)
    {
        var total = 0L;
        for (var i = 0; i < Layers.Count; i++)
            total = checked(total + count(_specs[i], Layers[i]));
        return total;
    }

    private void Conflict(int layer, string? member, string detail) => _conflicts.Add((layer, member, detail));
}

/// <summary>Inputs and outputs of one layer; null where not known yet.</summary>
public readonly record struct LayerShape(int? Inputs, int? Outputs);
