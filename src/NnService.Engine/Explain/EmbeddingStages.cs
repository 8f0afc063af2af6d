using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;

namespace NnService.Engine.Explain;

/// <summary>Takes an embedding apart: a column at a time, each into the units of one stage or of several, between which other inputs are passed on.</summary>
// Units of a column and what they read are counted from the column's first one; they are moved to their places in the end.
internal sealed class EmbeddingStages
{
    private readonly int _layer;
    private readonly EmbeddingSpec _spec;
    private readonly AnsweringNetwork _answering;
    private readonly Dictionary<string, ParameterSlice> _slices;

    private EmbeddingStages(int layer, EmbeddingSpec spec, AnsweringNetwork answering)
    {
        (_layer, _spec, _answering) = (layer, spec, answering);
        _slices = answering.Network.Slices.Where(slice => slice.Name.StartsWith($"layers[{layer}].", StringComparison.Ordinal))
            .ToDictionary(slice => slice.Name[$"layers[{layer}].".Length..]);
    }

    /// <summary>The stages of a layer.</summary>
    public static IEnumerable<Stage> Of(int layer, EmbeddingSpec spec, AnsweringNetwork answering) => new EmbeddingStages(layer, spec, answering).All();

    private IEnumerable<Stage> All()
    {
        var columns = _spec.Columns;
        List<IReadOnlyList<EmbeddedUnit>>[] parts = [.. columns.Select((column, c) => PartsOf(column, c).ToList())];
        var count = parts.Length == 0 ? 0 : parts[0].Count;
        for (var stage = 0; stage < count; stage++)
        {
            var units = new List<EmbeddedUnit>();
            var at = 0; // the first input of the next column or run, as this stage has them
            foreach (var piece in Pieces(columns))
            {
                if (piece.Column is { } c)
                {
                    units.AddRange(parts[c][stage].Select(unit => Moved(unit, at)));
                    at += stage == 0 ? columns[c].Inputs : parts[c][stage - 1].Count;
                    continue;
                }

                units.AddRange(Enumerable.Range(at, piece.Count).Select(EmbeddedUnit.Passing));
                at += piece.Count;
            }

            yield return new EmbeddingStage(_layer, _spec.Type, at, units, _answering.Parameters, isWhole: stage == count - 1);
        }
    }

    // Columns and runs that are passed on, in the order of the inputs.
    private IEnumerable<(int? Column, int Count)> Pieces(IReadOnlyList<EmbeddedColumn> columns) =>
        columns.Select((column, c) => (At: column.Input, Piece: ((int?)c, 0)))
            .Concat(_spec.Passed.Select(run => (At: run.From, Piece: ((int?)null, run.Count))))
            .OrderBy(piece => piece.At).Select(piece => piece.Piece);

    private static EmbeddedUnit Moved(EmbeddedUnit unit, int by) =>
        unit with { Links = [.. unit.Links.Select(link => link with { Input = link.Input + by })] };

    private IEnumerable<IReadOnlyList<EmbeddedUnit>> PartsOf(EmbeddedColumn column, int c) => _spec switch
    {
        PiecewiseLinearSpec spec => PiecewiseLinear(spec, c),
        PeriodicSpec spec => Periodic(spec, c),
        CosineEmbeddingSpec spec => Cosine(spec, c),
        CategoryEmbeddingSpec => [[.. Range(column.Units, unit => new EmbeddedUnit([.. Range(column.Inputs, i => Term(i, $"weights{c}", "u", i, unit))]))]],
        _ => throw new NotSupportedException($"A {_spec.Type} layer cannot be taken apart."),
    };

    // x and its codes, then their weighted sums.
    private IEnumerable<IReadOnlyList<EmbeddedUnit>> PiecewiseLinear(PiecewiseLinearSpec spec, int c)
    {
        var edges = _answering.State($"layers[{_layer}].edges").Slice(c * (spec.Bins + 1), spec.Bins + 1).ToArray();
        var used = Enumerable.Range(0, spec.Bins).TakeWhile(bin => edges[bin + 1] > edges[bin]).Count();
        yield return [EmbeddedUnit.Passing(0), .. Range(spec.Bins, bin => CodeOf(edges, bin, used, (c * spec.Bins) + bin + 1))];
        yield return
        [
            .. Range(spec.Units, unit => new EmbeddedUnit(
                [Term(0, "weights", "v", c, unit), .. Range(spec.Bins, bin => Term(bin + 1, "binWeights", "l", (c * spec.Bins) + bin, unit))],
                Term(0, "bias", "a", c, unit))),
        ];
    }

    private static EmbeddedUnit CodeOf(double[] edges, int bin, int used, int number)
    {
        if (bin >= used)
            return new EmbeddedUnit([new EmbeddedTerm(0, Symbol: $"r{number}", Fixed: 0)]);
        var width = edges[bin + 1] - edges[bin];
        var function = used == 1 ? EmbeddedFunction.None
            : bin == 0 ? EmbeddedFunction.AtMostOne
            : bin == used - 1 ? EmbeddedFunction.AtLeastZero
            : EmbeddedFunction.ZeroToOne;
        return new EmbeddedUnit(
            [new EmbeddedTerm(0, Symbol: $"r{number}", Fixed: 1 / width)],
            new EmbeddedTerm(0, Symbol: $"q{number}", Fixed: -edges[bin] / width),
            function);
    }

    // Phases, waves, and the dense layer behind them.
    private IEnumerable<IReadOnlyList<EmbeddedUnit>> Periodic(PeriodicSpec spec, int c)
    {
        var count = spec.Frequencies;
        yield return [.. Range(count, f => new EmbeddedUnit([Term(0, "frequencies", "f", c, f)]))];
        yield return
        [
            .. Range(count, f => EmbeddedUnit.Passing(f) with { Function = EmbeddedFunction.Sine }),
            .. Range(count, f => EmbeddedUnit.Passing(f) with { Function = EmbeddedFunction.Cosine }),
        ];
        yield return
        [
            .. Range(spec.Units, unit => new EmbeddedUnit(
                [.. Range(2 * count, wave => Term(wave, "weights", "v", (c * 2 * count) + wave, unit))],
                Term(0, "bias", "a", c, unit),
                EmbeddedFunction.Relu)),
        ];
    }

    // x and its cosines, then each scaled and shifted.
    private IEnumerable<IReadOnlyList<EmbeddedUnit>> Cosine(CosineEmbeddingSpec spec, int c)
    {
        yield return
        [
            EmbeddedUnit.Passing(0),
            .. Range(spec.Frequencies, f => new EmbeddedUnit(
                [Term(0, "frequencies", "f", c, f)], Term(0, "phases", "p", c, f), EmbeddedFunction.Cosine)),
        ];
        yield return [.. Range(spec.Frequencies + 1, i => new EmbeddedUnit([Term(i, "scale", "s", c, i)], Term(0, "shift", "t", c, i)))];
    }

    private EmbeddedTerm Term(int input, string name, string symbol, int row, int column)
    {
        var slice = _slices[name];
        var at = (row * slice.Columns) + column;
        var before = name.StartsWith("weights", StringComparison.Ordinal) && _spec is CategoryEmbeddingSpec ? slice.Offset - _slices["weights0"].Offset : 0;
        return new EmbeddedTerm(input, slice.Offset + at, $"layers[{_layer}].{name}[{row}][{column}]", $"{symbol}{before + at + 1}");
    }

    private static IEnumerable<T> Range<T>(int count, Func<int, T> make) => Enumerable.Range(0, count).Select(make);
}
