using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Engine.Layers.Embeddings;

/// <summary>An embedding of numbers by cosines, as asked for.</summary>
[Description("Embeds every number by itself and cosines of learnt frequencies and phases, each scaled and shifted; passes other inputs on. "
    + "At the start of a network only.")]
public sealed record CosineEmbeddingSpec : EmbeddingSpec
{
    /// <inheritdoc />
    public override string Type => "cosine";

    /// <summary>Frequencies of a number, whose embedding is one wider.</summary>
    [Description("Frequencies of each number, which becomes one number more.")]
    [Range(1, 1024)]
    public int Frequencies { get; init; } = 16;

    /// <summary>σ</summary>
    [Description("Standard deviation of the frequencies at the start; what suits a table lies between 0.01 and 10.")]
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double Scale { get; init; } = 1;

    internal override InputKind Embeds => InputKind.Number;

    /// <inheritdoc />
    public override long CountParameters(long inputs, long outputs) => checked((long)Columns.Count * ((4 * Frequencies) + 2));

    /// <inheritdoc />
    public override long CountMultiplyAdds(long inputs, long outputs) =>
        (long)Columns.Count * ((Frequencies * (2 + PeriodicSpec.MultiplyAddsPerWave)) + 1);

    /// <inheritdoc />
    public override long CountCache(long inputs, long outputs) => (long)Columns.Count * Frequencies;

    /// <inheritdoc />
    public override Layer<T> Build<T>(int inputs, int outputs) => new CosineEmbedding<T>(this, inputs, outputs);

    internal override int WidthOf(InputGroup group) => Frequencies + 1;
}

/// <summary>
/// y = v ⊙ s + t for each number x, with v = [x, cos 2π(fx + p)] for its frequencies f, which start as σ · N(0, 1) within three deviations; phases p, shifts t
/// and scales s start at 0, but the scale of x itself at 1.
/// Backwards:  ds = Σ v dy,  dt = Σ dy,  du = −2π s sin 2π(fx + p) dy,  df = Σ x du,  dp = Σ du,  dx = s₀ dy₀ + Σ f du.
/// Source: the cosine embeddings of TabPack (github.com/yandex-research/tabpack, src/project/nn.py).
/// </summary>
/// <remarks>
/// There, x is scaled by 0 at the start too, and the biases behind, drawn at random, let the network learn all the same. Biases start at 0 here: in front of
/// relu, all inputs 0 would mean all gradients 0.
/// </remarks>
// f, p [columns, frequencies]   s, t [columns, 1 + frequencies]
internal sealed class CosineEmbedding<T>(CosineEmbeddingSpec spec, int inputs, int outputs) : Embedding<T>(spec, inputs, outputs)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _frequencies = spec.Frequencies;

    public override IReadOnlyList<ParameterSlice> Parameters { get; } =
    [
        new("frequencies", 0, spec.Columns.Count, spec.Frequencies) { IsMatrix = true },
        new("phases", spec.Columns.Count * spec.Frequencies, spec.Columns.Count, spec.Frequencies) { IsMatrix = true },
        new("scale", 2 * spec.Columns.Count * spec.Frequencies, spec.Columns.Count, spec.Frequencies + 1) { IsMatrix = true },
        new("shift", spec.Columns.Count * ((3 * spec.Frequencies) + 1), spec.Columns.Count, spec.Frequencies + 1) { IsMatrix = true },
    ];

    public override int CachePerRow => Columns.Length * _frequencies; // the cosines

    public override int CacheFixed => _frequencies;

    private int PhasesAt => Columns.Length * _frequencies;

    private int ScalesAt => 2 * PhasesAt;

    private int ShiftsAt => ScalesAt + PhasesAt + Columns.Length;

    public override void Initialize(RandomStream random, Span<T> parameters, Span<T> state)
    {
        DrawTruncatedNormal(random, spec.Scale, parameters[..PhasesAt]);
        parameters[PhasesAt..].Clear();
        for (var c = 0; c < Columns.Length; c++)
            parameters[ScalesAt + (c * (_frequencies + 1))] = T.One;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Embed(in LayerPass<T> pass, ReadOnlySpan<T> input, Span<T> output)
    {
        for (var c = 0; c < Columns.Length; c++)
        {
            var column = Columns[c];
            var of = Of(pass.Parameters, c);
            for (var row = 0; row < pass.Rows; row++)
            {
                var x = input[(row * Inputs) + column.Input];
                var cosines = Cosines(pass, row, c);
                var y = output.Slice((row * Outputs) + column.Output, _frequencies + 1);
                Elementwise.Map(of.Frequencies, of.Phases, cosines, new Cosine(x));
                y[0] = (x * of.Scales[0]) + of.Shifts[0];
                Elementwise.Map<T, Affine>(cosines, of.Scales[1..], of.Shifts[1..], y[1..]);
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
        var phaseGradient = pass.Cache[(pass.Rows * CachePerRow)..];
        for (var c = 0; c < Columns.Length; c++)
        {
            var column = Columns[c];
            var of = Of(pass.Parameters, c);
            var ofFrequencies = parameterGradient.Slice(c * _frequencies, _frequencies);
            var ofPhases = parameterGradient.Slice(PhasesAt + (c * _frequencies), _frequencies);
            var ofScales = parameterGradient.Slice(ScalesAt + (c * (_frequencies + 1)), _frequencies + 1);
            var ofShifts = parameterGradient.Slice(ShiftsAt + (c * (_frequencies + 1)), _frequencies + 1);
            for (var row = 0; row < pass.Rows; row++)
            {
                var x = input[(row * Inputs) + column.Input];
                ReadOnlySpan<T> dy = outputGradient.Slice((row * Outputs) + column.Output, _frequencies + 1);
                Add(dy, ofShifts);
                ofScales[0] = T.FusedMultiplyAdd(x, dy[0], ofScales[0]);
                Elementwise.Map<T, AddProduct>(Cosines(pass, row, c), dy[1..], ofScales[1..], ofScales[1..]);
                Elementwise.Map(of.Frequencies, of.Phases, phaseGradient, new MinusSine(x));
                Elementwise.Map<T, PhaseGradient>(phaseGradient, of.Scales[1..], dy[1..], phaseGradient);
                AddScaled(phaseGradient, x, ofFrequencies);
                Add(phaseGradient, ofPhases);
                if (!inputGradient.IsEmpty)
                    inputGradient[(row * Inputs) + column.Input] =
                        T.CreateTruncating(Reductions.Dot(phaseGradient, of.Frequencies)) + (of.Scales[0] * dy[0]);
            }
        }
    }

    private Parts Of(ReadOnlySpan<T> parameters, int c) => new()
    {
        Frequencies = parameters.Slice(c * _frequencies, _frequencies),
        Phases = parameters.Slice(PhasesAt + (c * _frequencies), _frequencies),
        Scales = parameters.Slice(ScalesAt + (c * (_frequencies + 1)), _frequencies + 1),
        Shifts = parameters.Slice(ShiftsAt + (c * (_frequencies + 1)), _frequencies + 1),
    };

    private Span<T> Cosines(in LayerPass<T> pass, int row, int c) => pass.Cache.Slice((row * CachePerRow) + (c * _frequencies), _frequencies);

    /// <summary>The parameters of one number.</summary>
    private readonly ref struct Parts
    {
        public ReadOnlySpan<T> Frequencies { get; init; }

        public ReadOnlySpan<T> Phases { get; init; }

        public ReadOnlySpan<T> Scales { get; init; }

        public ReadOnlySpan<T> Shifts { get; init; }
    }

    private readonly struct Cosine(T x) : IParametricBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> frequency, Vector512<T> phase)
        {
            var turns = (frequency * Vector512.Create(x)) + phase;
            return Transcendentals.CosPi(turns + turns);
        }
    }

    private readonly struct MinusSine(T x) : IParametricBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> frequency, Vector512<T> phase)
        {
            var turns = (frequency * Vector512.Create(x)) + phase;
            return -Transcendentals.SinPi(turns + turns);
        }
    }

    private readonly struct Affine : ITernaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> v, Vector512<T> scale, Vector512<T> shift) => (v * scale) + shift;
    }

    private readonly struct AddProduct : ITernaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> y, Vector512<T> sum) => Transcendentals.MulAdd(x, y, sum);
    }

    private readonly struct PhaseGradient : ITernaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> minusSine, Vector512<T> scale, Vector512<T> dy) =>
            minusSine * Vector512.Create(T.Tau) * scale * dy;
    }
}
