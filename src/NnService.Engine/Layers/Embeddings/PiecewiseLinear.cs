using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers.Embeddings;

/// <summary>A piecewise linear embedding of numbers, as asked for.</summary>
[Description("Embeds every number as a piecewise linear function of it, with bins between quantiles of the training rows; passes other inputs on. "
    + "At the start of a network only.")]
public sealed record PiecewiseLinearSpec : EmbeddingSpec
{
    /// <inheritdoc />
    public override string Type => "piecewiseLinear";

    /// <summary>Bins of a number; fewer where the training rows hold fewer distinct values.</summary>
    [Description("Most bins of a number; quantiles that are the same make one edge.")]
    [Range(1, 1024)]
    public int Bins { get; init; } = 48;

    /// <summary>Width of a number's embedding.</summary>
    [Description("Numbers that each number becomes.")]
    [Range(1, 1024)]
    public int Units { get; init; } = 16;

    internal override InputKind Embeds => InputKind.Number;

    /// <inheritdoc />
    public override long CountParameters(long inputs, long outputs) => checked((long)Columns.Count * (Bins + 2) * Units);

    /// <inheritdoc />
    public override long CountMultiplyAdds(long inputs, long outputs) => 2L * Columns.Count * Units;

    /// <inheritdoc />
    public override long CountCache(long inputs, long outputs) => 2L * Columns.Count;

    /// <inheritdoc />
    public override Layer<T> Build<T>(int inputs, int outputs) => new PiecewiseLinear<T>(this, inputs, outputs);

    internal override int WidthOf(InputGroup group) => Units;
}

/// <summary>
/// y = (x · w + b) + Σᵢ cᵢ Lᵢ for each number x, with the piecewise linear code cᵢ = (x − eᵢ) / (eᵢ₊₁ − eᵢ) between neighbouring edges eᵢ, at least 0
/// but in the first bin, at most 1 but in the last; L starts at 0.
/// In the bin k that x lies in, that is (x · w + b) + (cₖ Lₖ + Pₖ) with Pₖ = Σ of Lᵢ below k: no code is written out.
/// Backwards, with Dₖ = Σ of dy over the rows in bin k:  dLᵢ = Σ of cᵢ dy over the rows in bin i, + Σ of Dₖ above i.
/// Source: Gorishniy, Rubachev, Babenko 2022, section 3.2; the sum of a linear and a piecewise linear part is version B of rtdl_num_embeddings.
/// </summary>
/// <remarks>
/// The state holds the edges, which <see cref="Quantiles"/> places among the values of the training rows, the last one repeated
/// behind them.
/// Until they are set, no number has a bin.
/// </remarks>
// w, b [columns, units]   L [columns · bins, units]   e [columns, bins + 1]
internal sealed class PiecewiseLinear<T>(PiecewiseLinearSpec spec, int inputs, int outputs) : Embedding<T>(spec, inputs, outputs)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _bins = spec.Bins;
    private readonly int _units = spec.Units;

    public override IReadOnlyList<ParameterSlice> Parameters { get; } =
    [
        new("weights", 0, spec.Columns.Count, spec.Units) { IsMatrix = true },
        new("bias", spec.Columns.Count * spec.Units, spec.Columns.Count, spec.Units) { IsMatrix = true },
        new("binWeights", 2 * spec.Columns.Count * spec.Units, spec.Columns.Count * spec.Bins, spec.Units) { IsMatrix = true },
    ];

    public override IReadOnlyList<ParameterSlice> StateSlices { get; } = [new("edges", 0, spec.Columns.Count, spec.Bins + 1) { IsMatrix = true }];

    public override int CachePerRow => 2 * Columns.Length; // of each number its bin, −1 where it has none, and its code there

    public override int CacheFixed => Columns.Length * _bins * _units; // P; in the backward pass D

    private int LinearCount => Columns.Length * _units;

    public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state)
    {
        DrawUniform(random, 0, 1 / Math.Sqrt(_units), parameters[..(2 * LinearCount)]);
        parameters[(2 * LinearCount)..].Clear();
        state.Clear();
    }

    public override void Fit(Func<int, T[]> column, Span<T> state, int rulesVersion)
    {
        var widensEnds = rulesVersion >= TrainingRules.EqualWeights;
        for (var c = 0; c < Columns.Length; c++)
            Quantiles.Edges<T>(column(Columns[c].Source), state.Slice(c * (_bins + 1), _bins + 1), widensEnds);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Embed(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        var below = Below(pass);
        FillBelow(pass, below);
        for (var c = 0; c < Columns.Length; c++)
        {
            var column = Columns[c];
            var edges = Edges(pass, c);
            var used = UsedBins(edges);
            var w = Linear(pass.Parameters, c);
            var b = Linear(pass.Parameters[LinearCount..], c);
            for (var row = 0; row < pass.Rows; row++)
            {
                var x = input[(row * Inputs) + column.Input];
                var y = output.Slice((row * Outputs) + column.Output, _units);
                Elementwise.Map(w, b, y, new LinearPart(x));
                ref var at = ref pass.Cache[2 * ((row * Columns.Length) + c)];
                ref var code = ref Unsafe.Add(ref at, 1);
                var bin = BinOf(edges, used, x);
                at = T.CreateTruncating(bin);
                if (bin < 0)
                    continue;
                code = (x - edges[bin]) / (edges[bin + 1] - edges[bin]);
                Elementwise.Map(OfBin(pass.Parameters[(2 * LinearCount)..], c, bin), OfBin(below, c, bin), y, y, new BinPart(code));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void EmbedBackward(
        in LayerPass<T> pass,
        ReadOnlySpan<T> input,
        ReadOnlySpan<T> output,
        Span<T> outputGradient,
        Span<T> parameterGradient,
        Span<T> inputGradient)
    {
        var inBin = Below(pass);
        inBin.Clear();
        var ofBins = parameterGradient[(2 * LinearCount)..];
        for (var c = 0; c < Columns.Length; c++)
        {
            var column = Columns[c];
            var w = parameterGradient.Slice(c * _units, _units);
            var b = parameterGradient.Slice(LinearCount + (c * _units), _units);
            for (var row = 0; row < pass.Rows; row++)
            {
                ReadOnlySpan<T> dy = outputGradient.Slice((row * Outputs) + column.Output, _units);
                AddScaled(dy, input[(row * Inputs) + column.Input], w);
                Add(dy, b);
                var (bin, code) = At(pass, row, c);
                if (bin >= 0)
                {
                    Add(dy, OfBin(inBin, c, bin));
                    AddScaled(dy, code, OfBin(ofBins, c, bin));
                }

                if (!inputGradient.IsEmpty)
                    inputGradient[(row * Inputs) + column.Input] = T.CreateTruncating(SlopeOf(pass, c, bin, dy));
            }

            for (var bin = _bins - 2; bin >= 0; bin--)
            {
                var above = OfBin(inBin, c, bin + 1);
                Add(above, OfBin(ofBins, c, bin));
                Add(above, OfBin(inBin, c, bin));
            }
        }
    }

    private double SlopeOf(in LayerPass<T> pass, int c, int bin, ReadOnlySpan<T> dy)
    {
        var slope = Reductions.Dot(dy, Linear(pass.Parameters, c));
        if (bin < 0)
            return slope;
        var edges = Edges(pass, c);
        return slope + (Reductions.Dot<T>(dy, OfBin(pass.Parameters[(2 * LinearCount)..], c, bin)) / double.CreateChecked(edges[bin + 1] - edges[bin]));
    }

    private void FillBelow(in LayerPass<T> pass, Span<T> below)
    {
        var ofBins = pass.Parameters[(2 * LinearCount)..];
        for (var c = 0; c < Columns.Length; c++)
        {
            OfBin(below, c, 0).Clear();
            for (var bin = 1; bin < _bins; bin++)
                Elementwise.Map<T, Total>(OfBin(below, c, bin - 1), OfBin(ofBins, c, bin - 1), OfBin(below, c, bin));
        }
    }

    // How many bins have a width: the edges behind them are repetitions.
    private static int UsedBins(ReadOnlySpan<T> edges)
    {
        var bins = 0;
        while (bins + 1 < edges.Length && edges[bins + 1] > edges[bins])
            bins++;
        return bins;
    }

    // The bin whose lower edge is the last that x has reached; the first and the last have no end. −1 where there are none.
    private static int BinOf(ReadOnlySpan<T> edges, int bins, T x)
    {
        var (low, high) = (0, bins - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (x >= edges[middle])
                low = middle;
            else
                high = middle - 1;
        }

        return high;
    }

    private (int Bin, T Code) At(in LayerPass<T> pass, int row, int c)
    {
        var at = pass.Cache.Slice(2 * ((row * Columns.Length) + c), 2);
        return (int.CreateTruncating(at[0]), at[1]);
    }

    private ReadOnlySpan<T> Edges(in LayerPass<T> pass, int c) => pass.State.Slice(c * (_bins + 1), _bins + 1);

    private Span<T> Below(in LayerPass<T> pass) => pass.Cache[(pass.Rows * CachePerRow)..];

    private ReadOnlySpan<T> Linear(ReadOnlySpan<T> parameters, int c) => parameters.Slice(c * _units, _units);

    private Span<T> OfBin(Span<T> bins, int c, int bin) => bins.Slice(((c * _bins) + bin) * _units, _units);

    private ReadOnlySpan<T> OfBin(ReadOnlySpan<T> bins, int c, int bin) => bins.Slice(((c * _bins) + bin) * _units, _units);

    private readonly struct LinearPart(T x) : IParametricBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> w, Vector512<T> b) => (w * Vector512.Create(x)) + b;
    }

    private readonly struct BinPart(T code) : IParametricTernaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> l, Vector512<T> below, Vector512<T> y) => y + Transcendentals.MulAdd(Vector512.Create(code), l, below);
    }

    private readonly struct Total : IBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> y) => x + y;
    }
}
