using NnService.Engine.Activations;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Losses;

namespace NnService.Engine.Explain;

/// <summary>A network, or one member of an ensemble, taken apart into stages, for one row: forwards, backwards, and the chain rule in symbols.</summary>
internal sealed class StageChain
{
    private readonly List<Stage> _stages = [];

    /// <param name="answering">The network.</param>
    /// <param name="member">The member; 0 of a network that is no ensemble.</param>
    /// <param name="counts">How many units of each letter other members' chains have named, where this one is to go on; null: it is by itself.</param>
    /// <param name="outputs">The letter of what comes out of a network by itself.</param>
    public StageChain(AnsweringNetwork answering, int member = 0, Dictionary<char, int>? counts = null, char outputs = 'y')
    {
        var layers = answering.Description.Network.Layers;
        var shape = NetworkShape.Of(answering.Description.Network, answering.Description.Features.InputLayout(), null);
        var (offset, weights, biases, normalized) = (0, 0, 0, 0);
        for (var i = 0; i < layers.Count; i++)
        {
            var built = answering.Network.Layers[i];
            var count = built.Parameters.Sum(slice => slice.Count);
            switch (layers[i])
            {
                case DenseSpec dense:
                    AddDense(answering, i, member, (weights, biases));
                    weights += built.Inputs * built.Outputs;
                    biases += dense.UseBias ? built.Outputs : 0;
                    break;
                case DropoutSpec dropout:
                    _stages.Add(new PassingStage(i, dropout.Type, new LinearSpec(), built.Outputs));
                    break;
                case BatchNormalizationSpec batch:
                    _stages.Add(new NormalizationStage(
                        i, batch.Type, built.Outputs, batch.Epsilon,
                        answering.State($"layers[{i}].runningMean"), answering.State($"layers[{i}].runningVariance"),
                        answering.Parameters, offset, normalized));
                    normalized += built.Outputs;
                    break;
                case LayerNormalizationSpec layer:
                    _stages.Add(new NormalizationStage(i, layer.Type, built.Outputs, layer.Epsilon, [], [], answering.Parameters, offset, normalized));
                    normalized += built.Outputs;
                    break;
                case EmbeddingSpec:
                    _stages.AddRange(EmbeddingStages.Of(i, (EmbeddingSpec)shape.Spec(i), answering));
                    break;
                default:
                    throw new NotSupportedException($"A {layers[i].Type} layer cannot be taken apart.");
            }

            offset += count;
        }

        if (answering.Link != OutputLink.Identity && layers[^1] is not DenseSpec)
            _stages.Add(new PassingStage(layers.Count, answering.LinkActivation.Type, answering.LinkActivation, answering.Network.Outputs));
        NameUnits(counts ?? [], counts is null ? outputs : 'm');
    }

    public IReadOnlyList<Stage> Stages => _stages;

    public Stage Last => _stages[^1];

    /// <summary>Computes every sum and activation.</summary>
    public void Forward(ReadOnlySpan<double> input)
    {
        foreach (var stage in _stages)
        {
            stage.Forward(input);
            input = stage.Value;
        }
    }

    /// <summary>Computes every ∂L/∂y and ∂L/∂z.</summary>
    /// <param name="outputGradient">∂L/∂y of the last stage.</param>
    /// <param name="fusedDelta">∂L/∂z of the last stage where the loss is fused with the link; otherwise empty.</param>
    public void Backward(ReadOnlySpan<double> outputGradient, ReadOnlySpan<double> fusedDelta)
    {
        outputGradient.CopyTo(Last.Upstream);
        Last.UsesSums |= !fusedDelta.IsEmpty;
        for (var s = _stages.Count - 1; s >= 0; s--)
        {
            var stage = _stages[s];
            stage.Backward();
            if (s == _stages.Count - 1 && !fusedDelta.IsEmpty)
                fusedDelta.CopyTo(stage.Delta);
            if (s == 0)
                break;
            var below = _stages[s - 1];
            for (var i = 0; i < below.Outputs; i++)
                foreach (var k in stage.ReadersOf(i))
                    below.Upstream[i] = double.FusedMultiplyAdd(stage.Delta[k], stage.SumSlope(k, i), below.Upstream[i]);
        }
    }

    /// <summary>
    /// The factors whose product is ∂L/∂y of a unit, or ∂L/∂z where the stage is told by its sums: as far as one path leads, then the sum over paths as one
    /// factor.
    /// </summary>
    public IEnumerable<TraceFactor> ChainTo(int stageIndex, int unit)
    {
        var stage = _stages[stageIndex];
        if (stage.UsesSums)
            return [new($"∂L/∂{stage.SumSymbol(unit)}", stage.Delta[unit])];
        if (stageIndex < _stages.Count - 1 && _stages[stageIndex + 1] is var next && next.ReadersOf(unit).Take(2).ToList() is [var reader])
            return ChainTo(stageIndex + 1, reader).Append(Between(next, reader, unit, stage.Symbol(unit)));
        return [new($"∂L/∂{stage.Symbol(unit)}", stage.Upstream[unit])];
    }

    /// <summary>The summands of ∂L/∂y of a unit; none for the last stage.</summary>
    public IEnumerable<TraceFactor> UpstreamTerms(int stageIndex, int unit)
    {
        if (stageIndex == _stages.Count - 1)
            yield break;
        var (stage, next) = (_stages[stageIndex], _stages[stageIndex + 1]);
        foreach (var reader in next.ReadersOf(unit))
        {
            var head = next.UsesSums ? next.SumSymbol(reader) : next.Symbol(reader);
            yield return new($"∂L/∂{head} · ∂{head}/∂{stage.Symbol(unit)}", next.Delta[reader] * next.SumSlope(reader, unit));
        }
    }

    private static TraceFactor Between(Stage stage, int unit, int input, string inputSymbol) => stage.UsesSums
        ? new($"∂{stage.SumSymbol(unit)}/∂{inputSymbol}", stage.SumSlope(unit, input))
        : new($"∂{stage.Symbol(unit)}/∂{inputSymbol}", stage.Slope[unit] * stage.SumSlope(unit, input));

    private void AddDense(AnsweringNetwork answering, int layer, int member, (int Weights, int Biases) before)
    {
        var (layers, built, slices) = (answering.Description.Network.Layers, answering.Network.Layers[layer], answering.Network.Slices);
        var dense = (DenseSpec)layers[layer];
        if (StageSlice.Of(slices, $"layers[{layer}].memberScales", member) is { } scales)
            _stages.Add(new ScaleStage(layer, built.Inputs, answering.Parameters, scales));
        var isOwn = answering.Link == OutputLink.Identity || !ReferenceEquals(dense, answering.Description.Network.OutputLayer);
        var activation = isOwn ? dense.Activation : layer == layers.Count - 1 ? answering.LinkActivation : new LinearSpec();
        var (weights, bias) = (StageSlice.Of(slices, $"layers[{layer}].weights", member)!, StageSlice.Of(slices, $"layers[{layer}].bias", member));
        _stages.Add(new DenseStage(layer, activation, built.Inputs, built.Outputs, answering.Parameters, weights, bias, before));
    }

    // h1, h2 … through all hidden dense layers, n1 … for normalized units, d1 … behind dropout, e1 … for what inputs are embedded as and c1 … on the way there,
    // s1 … for what a member makes of its inputs; y, or y1, y2 …, for what comes out, m1, m2 … for what comes out of members one behind the other.
    private void NameUnits(Dictionary<char, int> counts, char outputs)
    {
        Func<int, string>? below = null;
        foreach (var stage in _stages)
        {
            if (below is not null)
                stage.InputSymbol = below;
            var letter = ReferenceEquals(stage, Last) ? outputs : stage switch
            {
                DenseStage => 'h',
                NormalizationStage => 'n',
                ScaleStage => 's',
                EmbeddingStage embedding => embedding.IsWhole ? 'e' : 'c',
                _ => 'd',
            };
            var before = counts.GetValueOrDefault(letter);
            counts[letter] = before + stage.Outputs;
            stage.Symbol = letter == outputs && outputs != 'm' && stage.Outputs == 1 ? _ => $"{letter}" : unit => $"{letter}{before + unit + 1}";
            below = stage.Symbol;
        }
    }
}
