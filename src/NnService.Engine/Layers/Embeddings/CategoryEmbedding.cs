using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers.Embeddings;

/// <summary>An embedding of categories, as asked for.</summary>
[Description("Embeds every category column: each of its categories becomes a row of learnt numbers; passes other inputs on. At the start of a network only.")]
public sealed record CategoryEmbeddingSpec : EmbeddingSpec
{
    // fastai's rule for tables, round(1.6 · n^0.56) for n categories, at most 600 (fastai.tabular.model, emb_sz_rule). Models that are stored rely on it.
    private const double Factor = 1.6;
    private const double Power = 0.56;
    private const int Widest = 600;

    /// <inheritdoc />
    public override string Type => "categoryEmbedding";

    /// <summary>Width of a category's embedding; null: by the number of its column's categories.</summary>
    [Description("Numbers that each category becomes; left out: 1.6 times the number of the column's categories to the power of 0.56, rounded.")]
    [Range(1, 1024)]
    public int? Units { get; init; }

    internal override InputKind Embeds => InputKind.Category;

    /// <inheritdoc />
    public override long CountParameters(long inputs, long outputs) => Columns.Sum(column => checked((long)column.Inputs * column.Units));

    /// <inheritdoc />
    public override long CountMultiplyAdds(long inputs, long outputs) => Columns.Sum(column => (long)column.Units);

    /// <inheritdoc />
    public override long CountCache(long inputs, long outputs) => 0;

    /// <inheritdoc />
    public override Layer<T> Build<T>(int inputs, int outputs) => new CategoryEmbedding<T>(this, inputs, outputs);

    internal override int WidthOf(InputGroup group) =>
        Units ?? Math.Min(Widest, (int)Math.Round(Factor * Transcendentals.Exp(Power * Transcendentals.Log((double)group.Width))));
}

/// <summary>y = x·E for each category x, whose inputs are 0 but for one: a row of E. Backwards:  dE = xᵀ·dy,  dx = dy·Eᵀ.</summary>
// x [categories]   E [categories, units], one E a column
internal sealed class CategoryEmbedding<T> : Embedding<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ParameterSlice[] _tables;

    public CategoryEmbedding(CategoryEmbeddingSpec spec, int inputs, int outputs)
        : base(spec, inputs, outputs)
    {
        _tables = new ParameterSlice[Columns.Length];
        var at = 0;
        for (var c = 0; c < _tables.Length; c++)
        {
            _tables[c] = new ParameterSlice($"weights{c}", at, Columns[c].Inputs, Columns[c].Units) { IsMatrix = true };
            at += _tables[c].Count;
        }
    }

    public override IReadOnlyList<ParameterSlice> Parameters => _tables;

    public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state)
    {
        foreach (var table in _tables)
            DrawUniform(random, table.Offset, 1 / Math.Sqrt(table.Columns), parameters.Slice(table.Offset, table.Count));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Embed(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        for (var row = 0; row < pass.Rows; row++)
        {
            for (var c = 0; c < _tables.Length; c++)
            {
                var column = Columns[c];
                var x = InputsOf(input, row, c);
                var y = output.Slice((row * Outputs) + column.Output, column.Units);
                y.Clear();
                for (var i = x.IndexOfAnyExcept(T.Zero); i >= 0; i = Next(x, i))
                    AddScaled(RowOf(pass.Parameters, c, i), x[i], y);
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
        for (var row = 0; row < pass.Rows; row++)
        {
            for (var c = 0; c < _tables.Length; c++)
            {
                var column = Columns[c];
                var x = InputsOf(input, row, c);
                ReadOnlySpan<T> dy = outputGradient.Slice((row * Outputs) + column.Output, column.Units);
                for (var i = x.IndexOfAnyExcept(T.Zero); i >= 0; i = Next(x, i))
                    AddScaled(dy, x[i], parameterGradient.Slice(_tables[c].Offset + (i * column.Units), column.Units));
                for (var i = 0; i < column.Inputs && !inputGradient.IsEmpty; i++)
                    inputGradient[(row * Inputs) + column.Input + i] = T.CreateTruncating(Reductions.Dot(dy, RowOf(pass.Parameters, c, i)));
            }
        }
    }

    private ReadOnlySpan<T> InputsOf(ReadOnlySpan<T> input, int row, int c) => input.Slice((row * Inputs) + Columns[c].Input, Columns[c].Inputs);

    private ReadOnlySpan<T> RowOf(ReadOnlySpan<T> parameters, int c, int i) => parameters.Slice(_tables[c].Offset + (i * Columns[c].Units), Columns[c].Units);

    private static int Next(ReadOnlySpan<T> x, int i) => x[(i + 1)..].IndexOfAnyExcept(T.Zero) is >= 0 and var more ? i + 1 + more : -1;
}
