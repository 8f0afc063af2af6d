using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Specs;

namespace NnService.Engine;

/// <summary>The widths of a network's layers, as far as they are known, and what follows from them.</summary>
public sealed class NetworkShape
{
    private readonly NetworkSpec _spec;
    private readonly LayerSpec[] _specs; // its layers, embeddings with what they know of their inputs
    private readonly List<(int Layer, string? Member, string Detail)> _conflicts = [];

    private NetworkShape(NetworkSpec spec, InputLayout? inputs, int? outputs)
    {
        _spec = spec;
        _specs = new LayerSpec[spec.Layers.Count];
        Layers = new LayerShape[spec.Layers.Count];
        var (width, layout) = (spec.Inputs ?? inputs?.Width ?? spec.Layers.FirstOrDefault(layer => !layer.KeepsWidth)?.FixedInputs, inputs);
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
    public long? ParameterCount => IsSettled ? Total(ParametersOf) : null;

    /// <summary>Multiply-adds of one row's forward pass; null where a width is not known yet.</summary>
    public long? MultiplyAddsPerRow => IsSettled ? Total(CountMultiplyAdds) : null;

    /// <summary>How often a row passes a layer: once up to the first dense layer of an ensemble, once for each member from there on.</summary>
    public int PassesOf(int layer) => layer < _spec.FirstDenseLayer ? 1 : _spec.MemberCount;

    /// <summary>Numbers that a row takes in a workspace for training; null where a width is not known yet.</summary>
    /// <param name="membersAtOnce">Members of an ensemble that are taken at once.</param>
    public long? NumbersPerRow(int membersAtOnce = 1) => IsSettled ? Total(layer => NumbersOf(layer, membersAtOnce)) : null;

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
                count = ParametersOf(i);
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

    /// <summary>Trained numbers of a layer; a width that is not known yet counts as 1.</summary>
    public long ParametersOf(int layer)
    {
        var (spec, inputs, outputs) = (_specs[layer], Layers[layer].Inputs ?? 1, Layers[layer].Outputs ?? 1);
        var count = spec.CountParameters(inputs, outputs);
        if (_spec.MemberCount == 1)
            return count;
        // Every member has the last dense layer for itself, and a number for each input of the first one.
        if (layer == _spec.LastDenseLayer)
            count = checked(count * _spec.MemberCount);
        return layer == _spec.FirstDenseLayer ? checked(count + ((long)inputs * _spec.MemberCount)) : count;
    }

    private long CountMultiplyAdds(int layer) =>
        checked(PassesOf(layer) * _specs[layer].CountMultiplyAdds(Layers[layer].Inputs!.Value, Layers[layer].Outputs!.Value));

    // Value and gradient of each unit, and what the layer keeps between both passes; the members of an ensemble keep their scaled inputs too.
    private long NumbersOf(int layer, int membersAtOnce)
    {
        var (inputs, outputs) = (Layers[layer].Inputs!.Value, Layers[layer].Outputs!.Value);
        var scaled = _spec.MemberCount > 1 && layer == _spec.FirstDenseLayer ? inputs : 0;
        return ((2L * outputs) + scaled + _specs[layer].CountCache(inputs, outputs)) * Math.Min(membersAtOnce, PassesOf(layer));
    }

    private long Total(Func<int, long> count)
    {
        var total = 0L;
        for (var i = 0; i < Layers.Count; i++)
            total = checked(total + count(i));
        return total;
    }

    private void Conflict(int layer, string? member, string detail) => _conflicts.Add((layer, member, detail));
}

/// <summary>Inputs and outputs of one layer; null where not known yet.</summary>
public readonly record struct LayerShape(int? Inputs, int? Outputs);
